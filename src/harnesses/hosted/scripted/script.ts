/**
 * Scripts for the scripted model (H2): a list of steps, one per model call, as JSON in a fence marked `serai-script` in a
 * message of the user or in the system prompt.
 *
 * Which step is due is read from the prompt alone (how often the model has spoken since the script), so crashes, resumes
 * and parallel sessions need no memory here.
 */
import type { LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { z } from "zod";

const count = z.int().nonnegative();

const stepSchema = z.strictObject({
  text: z.string().optional(),
  thinking: z.string().optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        input: z.unknown().optional(),
        /** The argument text as it stands, to play a model that writes broken JSON. */
        rawInput: z.string().optional(),
        unlisted: z.boolean().optional(),
      }),
    )
    .optional(),
  /** How many text deltas; by default one per word, eight at most. */
  chunks: z.int().positive().optional(),
  /** Before the first delta. */
  delayMs: count.optional(),
  /** Between two deltas. */
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
  /** Fail with this HTTP status instead. */
  status: z.int().min(400).max(599).optional(),
  retryAfter: z.number().nonnegative().optional(),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** How many tries of one call meet the fault (status, cut or hang) before the rest of the step is played. */
  times: z.int().positive().optional(),
  /** Break off after so many deltas. */
  cutAfterChunks: count.optional(),
  /** Tell the error of `status` inside the stream, after so many deltas. */
  failAfterChunks: count.optional(),
  /** Say what the step says and never end. */
  hang: z.boolean().optional(),
});

const scriptSchema = z.array(stepSchema);

export type ScriptStep = z.infer<typeof stepSchema>;

// The fence of Markdown: the closing line has at least the opening marks and nothing else.
const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*serai-script[ \t]*\r?\n([\s\S]*?)\r?\n?^[ \t]*\1[`~]*[ \t]*$/gm;

export function messageText(message: LanguageModelV4Message): string {
  if (message.role === "system") return message.content;
  return message.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

export function turnsAfter(prompt: LanguageModelV4Prompt, index: number): number {
  return prompt.slice(index + 1).filter(({ role }) => role === "assistant").length;
}

/** The last message of the user or the system that holds a script. */
function findFence(prompt: LanguageModelV4Prompt): { readonly source: string; readonly at: number } | undefined {
  for (let at = prompt.length - 1; at >= 0; at--) {
    const message = prompt[at];
    if (message === undefined || message.role === "assistant" || message.role === "tool") continue;
    const source = [...messageText(message).matchAll(FENCE)].at(-1)?.[2];
    if (source !== undefined) return { source, at };
  }
  return undefined;
}

function isFaulty({ status, cutAfterChunks, hang }: ScriptStep): boolean {
  return status !== undefined || cutAfterChunks !== undefined || hang === true;
}

function saysSomething({ text, thinking, tools }: ScriptStep): boolean {
  return text !== undefined || thinking !== undefined || (tools?.length ?? 0) > 0;
}

/** A fault that passes and says nothing belongs to the same turn as the step after it. */
function stepsOfTurn(steps: readonly ScriptStep[], turn: number): readonly ScriptStep[] {
  let group: ScriptStep[] = [];
  let at = 0;
  for (const step of steps) {
    group.push(step);
    if (isFaulty(step) && step.times !== undefined && !saysSomething(step)) continue;
    if (at === turn) return group;
    group = [];
    at += 1;
  }
  return at === turn ? group : [];
}

function stepOfAttempt(group: readonly ScriptStep[], attempt: number): ScriptStep {
  let faulty = 0;
  for (const step of group) {
    if (!isFaulty(step) || step.times === undefined) return step;
    faulty += step.times;
    if (attempt <= faulty) return step;
  }
  const { status: _status, cutAfterChunks: _cut, failAfterChunks: _fail, hang: _hang, ...rest } = group.at(-1) ?? {};
  return saysSomething(rest) ? rest : { text: "done" };
}

function parseScript(source: string): readonly ScriptStep[] | string {
  try {
    const parsed = scriptSchema.safeParse(JSON.parse(source));
    return parsed.success ? parsed.data : z.prettifyError(parsed.error);
  } catch (fault) {
    if (fault instanceof SyntaxError) return fault.message;
    throw fault;
  }
}

/** The step that is due, if the prompt holds a script; a script that cannot be read says so. */
export function dueStep(prompt: LanguageModelV4Prompt, attempt: number): ScriptStep | undefined {
  const found = findFence(prompt);
  if (found === undefined) return undefined;
  const steps = parseScript(found.source);
  if (typeof steps === "string") return { text: `The serai-script in this conversation cannot be read: ${steps}` };
  return stepOfAttempt(stepsOfTurn(steps, turnsAfter(prompt, found.at)), attempt);
}
