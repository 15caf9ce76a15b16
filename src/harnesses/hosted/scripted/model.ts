/**
 * The scripted model (H2): a provider without a network, for demos, tests and load. Says what a script in the prompt
 * tells it; without one it plays the analysis of a CSV file on whatever tools it is given, or says what it is.
 *
 * A model of the same shape as the vendors', so nothing in the loop knows it. Loads nothing and remembers nothing.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { sleep } from "../../../lib/deadline.ts";
import { analyseCsv } from "./csv-demo.ts";
import { playStep, ScriptedFault, untilAborted } from "./play-step.ts";
import { dueStep, messageText, turnsAfter } from "./script.ts";
import type { ScriptStep } from "./script.ts";

const WHAT_IT_IS = `I am the scripted model: no model provider is set up for this session, so nobody is thinking here.

To get real answers, add a provider: set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY in the environment of the server and start it again, or add one with POST /api/v1/providers (any server that speaks the OpenAI protocol will do, also on your own machine).

To see me at work without one, put a file ending in .csv into the session and ask me to analyse it, or send a script in a fence marked serai-script.`;

function ownOptions({ providerOptions }: LanguageModelV4CallOptions): { attempt: number; purpose: unknown } {
  const { attempt, purpose } = providerOptions?.scripted ?? {};
  return { attempt: typeof attempt === "number" ? attempt : 1, purpose };
}

/** A summary worth the name is not to be had here; the beginning and the end of what was said has to do. */
function summaryOf(prompt: LanguageModelV4Prompt): ScriptStep {
  const last = prompt.at(-1);
  const lines = last === undefined ? [] : messageText(last).split("\n").slice(2);
  const shown = [...lines.slice(0, 3), ...lines.slice(3).slice(-3)].map((line) => line.slice(0, 300));
  return { text: `Notes by the scripted model, which quotes instead of summarising:\n${shown.join("\n")}` };
}

function stepFor(options: LanguageModelV4CallOptions): ScriptStep {
  const { attempt, purpose } = ownOptions(options);
  if (purpose === "summary") return summaryOf(options.prompt);
  return dueStep(options.prompt, attempt) ?? analyseCsv(options) ?? { text: WHAT_IT_IS };
}

function lengthOf(prompt: LanguageModelV4Prompt): number {
  return prompt.reduce((sum, message) => sum + messageText(message).length, 0);
}

async function begin(step: ScriptStep, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (step.delayMs !== undefined && step.delayMs > 0) await sleep(step.delayMs, signal);
  if (step.status !== undefined && step.failAfterChunks === undefined) throw new ScriptedFault(step);
  const isMute = step.text === undefined && step.thinking === undefined && step.tools === undefined;
  if (step.hang === true && isMute) await untilAborted(signal);
}

export function makeScriptedModel(modelId: string): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "scripted",
    modelId,
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("The scripted model only streams")),
    doStream: async (options) => {
      const { prompt, abortSignal: signal } = options;
      const step = stepFor(options);
      await begin(step, signal);
      const playing = { step, turn: turnsAfter(prompt, -1), promptLength: lengthOf(prompt), signal };
      return { stream: ReadableStream.from(playStep(playing)) };
    },
  };
}
