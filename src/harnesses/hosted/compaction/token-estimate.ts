/**
 * How many tokens a prompt will take, without any vendor's tokenizer: UTF-8 bytes by a ratio that is cautious for
 * English (about 4), code (about 3.5) and Chinese (3) alike. Being wrong by a fifth costs an early compaction, or one
 * refused call that is then compacted.
 */
import type { Conversation, Entry } from "../../../core/conversation.ts";
import type { ContentPart } from "../../../core/events/content.ts";
import type { TurnInput } from "../../../core/ports/harness.ts";

export const BYTES_PER_TOKEN = 3.4;
/** What the large vendors charge for one picture of usual size. */
export const TOKENS_PER_IMAGE = 1_600;
/** Role, separators, ids. */
const TOKENS_PER_ENTRY = 12;
const MASKED_TOKENS = 30;

export function tokensOfText(text: string): number {
  return Buffer.byteLength(text) / BYTES_PER_TOKEN;
}

function tokensOfPart(part: ContentPart): number {
  if (part.type === "text") return tokensOfText(part.text);
  if (part.type === "image" || part.type === "image_file") return TOKENS_PER_IMAGE;
  return tokensOfText(JSON.stringify(part));
}

function tokensOfContent(content: readonly ContentPart[]): number {
  return content.reduce((sum, part) => sum + tokensOfPart(part), 0);
}

function measure(entry: Entry): number {
  switch (entry.kind) {
    case "user":
      return TOKENS_PER_ENTRY + tokensOfContent(entry.message.content);
    case "agent": {
      const kept = entry.providerContent === undefined ? "" : JSON.stringify(entry.providerContent);
      const thinking = entry.providerContent === undefined ? "" : (entry.message.thinking ?? "");
      return TOKENS_PER_ENTRY + tokensOfContent(entry.message.content) + tokensOfText(kept) + tokensOfText(thinking);
    }
    case "tool":
      if (entry.isMasked) return MASKED_TOKENS;
      return TOKENS_PER_ENTRY + tokensOfContent(entry.content) + tokensOfText(entry.error ?? "");
  }
}

export interface Estimator {
  entry(entry: Entry): number;
  prompt(conversation: Conversation): number;
}

/** Entries never change, so each is measured once in a run; a step then costs its new entries and a sum. */
export function makeEstimator({ instructions, tools }: TurnInput): Estimator {
  const measured = new WeakMap<Entry, number>();
  const fixed = tokensOfText(instructions) + tokensOfText(JSON.stringify(tools.definitions));
  const entry = (each: Entry): number => {
    const known = measured.get(each) ?? measure(each);
    measured.set(each, known);
    return known;
  };
  return {
    entry,
    prompt: ({ entries, summary }) =>
      Math.ceil(entries.reduce((sum, each) => sum + entry(each), fixed + tokensOfText(summary ?? ""))),
  };
}
