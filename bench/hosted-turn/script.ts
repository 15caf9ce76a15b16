/** The turn that is measured: k steps of one tool call each, then an answer; 20 deltas an answer. */

export const DELTAS = 20;
const TEXT = "The quick brown fox reads the log, and ";
const ZONES = ["UTC", "Europe/Berlin", "Asia/Samarkand"];

/** A text of its own for the last answer, so that an answer can be told from what came before it. */
export const LAST_TEXT = `${TEXT.repeat(10)}that is all.`;

/** What the user says: the script of the whole turn, for the scripted model and the model server alike. */
export function scriptOf(steps: number): string {
  const calls = Array.from({ length: steps }, (_, at) => ({
    text: TEXT.repeat(10),
    chunks: DELTAS,
    tools: [{ name: "get_current_time", input: { timezone: ZONES[at % ZONES.length] } }],
  }));
  return `\`\`\`serai-script\n${JSON.stringify([...calls, { text: LAST_TEXT, chunks: DELTAS }])}\n\`\`\``;
}

export type ModelName = "scripted" | "served";
export type LoopName = "ours" | "stream_text" | "do_stream" | "commit";

/** What the host is asked to do: so many turns, so many at once. For `commit`: so many writes of one event. */
export interface Job {
  readonly loop: LoopName;
  readonly model: ModelName;
  readonly steps: number;
  readonly turns: number;
  readonly parallel: number;
}

export interface Done {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** Of each turn. */
  readonly turnMs: readonly number[];
}
