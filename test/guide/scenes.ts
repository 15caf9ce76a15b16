/** What examples of the guide begin with: agents that say and call what an example needs, sessions, turns that are followed. */
import type { Player } from "./play.ts";
import type { ScriptStep, Theatre } from "./stage.ts";

export interface Example {
  /** The golden file. */
  readonly name: string;
  /** What the guide shows with it. */
  readonly title: string;
  readonly play: (player: Player, theatre: Theatre) => Promise<void>;
}

export const usage = { input: 20, output: 10 };
export const says = (text: string): ScriptStep => ({ text, chunks: 1, usage });
/** The pause is longer than the time for which hints are held back, so each piece is a hint of its own. */
export const saysInTwo = (text: string): ScriptStep => ({ text, chunks: 2, chunkDelayMs: 400, usage });
export const calls = (name: string, input: object, text?: string): ScriptStep => ({
  ...(text === undefined ? {} : { text, chunks: 1 }),
  tools: [{ name, input }],
  usage,
});

export const SHORT_AGENT = "agt_01933b5a";
export const LONG_AGENT = "agt_01933b5a00007000800000000001";
export const SESSION = "ses_01933b5a";

/** Its session of an agent that does as the steps say. */
export async function openSession({ stage }: Player, steps: readonly ScriptStep[], more: object = {}): Promise<string> {
  const agentId = await stage.agent("analyst", steps, more);
  const { id } = await stage.ask("POST", "/sessions", { agent_id: agentId, title: "Q1 Sales Analysis" });
  stage.stands(SESSION, id);
  return id;
}

export async function followTurn(player: Player, send: string): Promise<void> {
  await using stream = await player.open("follow");
  await player.run(send);
  await stream.until("session.idled");
}

/** Beside the play: a session whose turn is over. */
export async function openTold(player: Player, steps: readonly ScriptStep[]): Promise<string> {
  const id = await openSession(player, steps);
  const message = { content: [{ type: "text", text: "Analyze the sales data in sales.csv" }] };
  await player.stage.ask("POST", `/sessions/${id}/messages?wait=true`, { message });
  return id;
}

export async function addModel({ stage }: Pick<Player, "stage">): Promise<string> {
  const provider = await stage.ask("POST", "/providers", { name: "second", provider_type: "scripted" });
  return (await stage.ask("POST", `/providers/${provider.id}/models`, { model_id: "fast" })).id;
}
