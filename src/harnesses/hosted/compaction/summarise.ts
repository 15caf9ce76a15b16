/**
 * Has the model write the notes that stand for what is left out. If it cannot even be asked that, the notes say plainly
 * that something is missing; a failure that has nothing to do with length is handed back instead.
 */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Conversation, Entry } from "../../../core/conversation.ts";
import type { Fact } from "../../../core/events/envelope.ts";
import { cutUtf8 } from "../../../lib/well-formed.ts";
import { generation } from "../answer-facts.ts";
import { callQuietly } from "../call-model.ts";
import type { CallOutcome } from "../call-model.ts";
import type { Run } from "../options.ts";
import { BYTES_PER_TOKEN } from "./token-estimate.ts";
import { lastRequest, transcriptOf } from "./transcript.ts";

const INSTRUCTIONS = `You write the notes with which an assistant goes on working after its conversation became too long.
Everything that is not in the notes will be forgotten. Write down, briefly and in plain text: what the user wants and any
rules they gave; decisions made and why; what was done, with exact file paths, names, commands, figures; what failed and
what was learned from it; what is still to be done. Do not answer the conversation, do not call tools, add nothing new.`;

const SUMMARY_TOKENS = 4_096;
const MAX_SUMMARY_BYTES = 32 * 1024;
/** Of the context, for the transcript; halved each time the provider says that it is still too long. */
const TRANSCRIPT_SHARE = 0.6;
const ATTEMPTS = 3;
const NOT_SUMMARISED = "(Earlier messages were left out. They were too long to be summarised.)";

export interface Summary {
  readonly text: string;
  /** What the model call for it used, if there was one. */
  readonly facts: readonly Fact[];
}

function optionsFor(run: Run, transcript: string): Omit<LanguageModelV4CallOptions, "abortSignal"> {
  return {
    prompt: [
      { role: "system", content: INSTRUCTIONS },
      {
        role: "user",
        content: [{ type: "text", text: `The conversation, one JSON object per line:\n\n${transcript}` }],
      },
    ],
    maxOutputTokens: Math.min(SUMMARY_TOKENS, run.input.model.maxOutputTokens),
    providerOptions: { openai: { store: false }, scripted: { purpose: "summary" } },
  };
}

function transcriptWith(old: Conversation, left: readonly Entry[], maxBytes: number): string {
  const notes =
    old.summary === null ? "" : `${JSON.stringify({ earlier_notes: cutUtf8(old.summary, maxBytes / 2) })}\n`;
  return notes + transcriptOf(left, maxBytes - Buffer.byteLength(notes));
}

function withRequest(text: string, left: readonly Entry[], kept: readonly Entry[]): string {
  const isKept = kept.some(({ kind }) => kind === "user");
  const request = isKept ? "" : lastRequest(left);
  const bounded = cutUtf8(text, MAX_SUMMARY_BYTES);
  return request === "" ? bounded : `${bounded}\n\nThe user's last request, word for word:\n${request}`;
}

/** Nothing where the model could not be asked for a reason other than length. */
export async function summarise(run: Run, keepFrom: number): Promise<Summary | undefined> {
  const view = run.input.view();
  const { entries } = view.conversation;
  const [left, kept] = [entries.slice(0, keepFrom), entries.slice(keepFrom)];
  let maxBytes = run.input.model.contextTokens * TRANSCRIPT_SHARE * BYTES_PER_TOKEN;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++, maxBytes /= 2) {
    const outcome = await callQuietly(run, optionsFor(run, transcriptWith(view.conversation, left, maxBytes)));
    if (outcome.kind === "answered") return answered(run, outcome, (text) => withRequest(text, left, kept));
    if (outcome.kind === "parked" || outcome.kind === "unpaid" || outcome.fault.kind !== "too_large") return undefined;
  }
  return { text: withRequest(NOT_SUMMARISED, left, kept), facts: [] };
}

function answered(
  { input }: Run,
  { answer, tries }: Extract<CallOutcome, { kind: "answered" }>,
  finish: (text: string) => string,
): Summary {
  const said = answer.blocks
    .flatMap((block) => (block.kind === "text" ? [block.text] : []))
    .join("\n")
    .trim();
  const content = [{ type: "text" as const, text: said }];
  const used = generation({ input, view: input.view() }, { answer, tries, said: content });
  return { text: finish(said === "" ? NOT_SUMMARISED : said), facts: [used] };
}
