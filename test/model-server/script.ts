// The script: its shape, where it stands in a request, and which of its steps is due.
// Invariant: a pure function of the request, so retries, resumes and parallel sessions need no memory here.
//
//   prompt with script ── turn 0 ── turn 1 ── …      one step per model call;
//        (message i)      counted: assistant turns after message i
import { z } from "zod";
import type { ModelMessage, ModelRequest, Part } from "./exchange.ts";

const count = z.int().nonnegative();

const toolSchema = z.strictObject({
  name: z.string().min(1),
  input: z.unknown().optional(),
  /** Sent as the argument text as it stands, to play a model that writes broken JSON. */
  rawInput: z.string().optional(),
  /** Call the tool although the request does not offer it, to play a model that invents tools. */
  unlisted: z.boolean().optional(),
});

export const stepSchema = z.strictObject({
  text: z.string().optional(),
  thinking: z.string().optional(),
  tools: z.array(toolSchema).optional(),
  /** How many text deltas; by default one per word, eight at most. */
  chunks: z.int().positive().optional(),
  /** Before the first byte, the headers included. */
  delayMs: count.optional(),
  /** Between two content chunks. */
  chunkDelayMs: count.optional(),
  usage: z
    .strictObject({
      input: count,
      output: count,
      cacheRead: count.optional(),
      cacheWrite: count.optional(),
      reasoning: count.optional(),
    })
    .optional(),
  stop: z.enum(["length", "filter"]).optional(),
  status: z.int().min(400).max(599).optional(),
  retryAfter: z.number().nonnegative().optional(),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  /** Extra headers of the answer, whatever it is. */
  headers: z.record(z.string(), z.string()).optional(),
  /** How often the fault (status, cut, early end or hang) is served to the same conversation before the rest of the step is played. */
  times: z.int().positive().optional(),
  /** Destroy the socket after so many content chunks. */
  cutAfterChunks: count.optional(),
  /** End the answer as if it were whole, without the protocol's own end, after so many content chunks: a proxy's cut. */
  endAfterChunks: count.optional(),
  /** Tell the error of `status` inside a stream that has answered 200, after so many content chunks; 0 tells it first. */
  failAfterChunks: count.optional(),
  /** Say what the step says and never end; a step with nothing to say sends not even headers. */
  hang: z.boolean().optional(),
});

const scriptSchema = z.array(stepSchema);

/** One step, as it is written in a script. */
export type Step = z.input<typeof stepSchema>;

export type FoundScript =
  | { readonly kind: "script"; readonly steps: readonly Step[]; readonly turn: number }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "none" };

// Either a block, closed by a line that begins with the opening marks, or all on one line, for prompts given in a shell.
const fence = /(`{3,}|~{3,})[ \t]*serai-script(?:[ \t]+(\S.*)\1|[ \t]*\r?\n([\s\S]*?)^[ \t]*\1)/gm;
const opening = /(?:`{3,}|~{3,})[ \t]*serai-script\b/;

/** The source of the last script in a text; `null` where one is begun and never closed. */
function lastFence(text: string): string | null | undefined {
  const match = [...text.matchAll(fence)].at(-1);
  if (match !== undefined) return match[2] ?? match[3];
  return opening.test(text) ? null : undefined;
}

function textOf(message: ModelMessage): string {
  return message.parts.map((part) => (part.kind === "text" ? part.text : "")).join("\n");
}

/** The text of the prompt this request continues: the last user message that is no tool result. */
export function lastPrompt(request: ModelRequest): string {
  const message = request.messages.findLast((each) => each.role === "user");
  return message === undefined ? "" : textOf(message);
}

// Every id this server mints ends in _<12 hex digits>_<n>.
const mintedId = /_([0-9a-f]{12})(?:_\d+)?$/;

function replyKey(part: Part): string | undefined {
  return "id" in part ? mintedId.exec(part.id)?.[1] : undefined;
}

/**
 * The assistant turns among these messages. A run of assistant messages is one turn (OpenAI sends one item per part); a later
 * run with parts of a reply already counted is none (some agents write call, result, call, result for one parallel step).
 */
export function countTurns(messages: readonly ModelMessage[]): number {
  const seen = new Set<string>();
  let turns = 0;
  let isOpen = false;
  for (const message of messages) {
    if (message.role !== "assistant") {
      isOpen = false;
      continue;
    }
    const keys = message.parts.map(replyKey).filter((key) => key !== undefined);
    const isKnown = keys.some((key) => seen.has(key));
    if (!isOpen && !isKnown) turns += 1;
    for (const key of keys) seen.add(key);
    isOpen = true;
  }
  return turns;
}

function parseScript(source: string | null, turn: number): FoundScript {
  if (source === null)
    return { kind: "unreadable", reason: "serai-script: the fence is not closed on a line of its own" };
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return { kind: "unreadable", reason: `serai-script is not JSON: ${cause.message}` };
  }
  const parsed = scriptSchema.safeParse(value);
  if (!parsed.success) return { kind: "unreadable", reason: `serai-script: ${z.prettifyError(parsed.error)}` };
  return { kind: "script", steps: parsed.data, turn };
}

/** The script that counts for this request: of the last user message that holds one, else of the system prompt. */
export function findScript(request: ModelRequest): FoundScript {
  for (let at = request.messages.length - 1; at >= 0; at -= 1) {
    const message = request.messages[at];
    if (message === undefined || message.role === "assistant") continue;
    const source = lastFence(textOf(message));
    if (source !== undefined) return parseScript(source, countTurns(request.messages.slice(at + 1)));
  }
  const source = lastFence(request.system);
  return source === undefined ? { kind: "none" } : parseScript(source, countTurns(request.messages));
}

/** The same for a script from outside: it counts as if the last prompt held it. */
export function placeScript(steps: readonly Step[], request: ModelRequest): FoundScript {
  const at = request.messages.findLastIndex((message) => message.role === "user");
  return { kind: "script", steps, turn: countTurns(request.messages.slice(at + 1)) };
}

/** A script fenced for a prompt. */
export function fenced(steps: readonly Step[]): string {
  return `\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
}
