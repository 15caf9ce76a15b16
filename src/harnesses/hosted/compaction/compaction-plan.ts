/**
 * Which part of a conversation can be left out of the prompt, step by step (T8): the outputs of old tool calls first,
 * then everything but the end, summarised; then the same, harder. Pure.
 */
import type { Conversation, Entry } from "../../../core/conversation.ts";

export type CompactionPlan =
  | { readonly kind: "mask"; readonly callIds: readonly string[] }
  /** `keepFrom`: index of the first entry that stays. */
  | { readonly kind: "summarise"; readonly keepFrom: number };

export interface CompactionLevel {
  /** Taken when the prompt is above this share of the context. */
  readonly above: number;
  readonly plan: (conversation: Conversation, ends: KeptEnds) => CompactionPlan | null;
}

export interface KeptEnds {
  readonly contextTokens: number;
  /** Of the prompt as it is; the smaller of the two counts, because a vendor may give less than its model is known for. */
  readonly promptTokens: number;
  readonly tokensOf: (entry: Entry) => number;
}

/** A prompt is compacted before it takes more than this of the context; the answer needs the rest. */
export const BUDGET = 0.85;
/** Below it after masking, masking was enough; else the next step would only mask again and spoil the prompt cache. */
const ENOUGH = 0.7;
const KEPT_OUTPUTS = 2;
/** What stays word for word beside a summary. */
const KEPT_SHARE = 0.2;

function mask({ entries }: Conversation, keepLast: number): CompactionPlan | null {
  const shown = entries.flatMap((entry) => (entry.kind === "tool" && !entry.isMasked ? [entry.callId] : []));
  const callIds = shown.slice(0, Math.max(0, shown.length - keepLast));
  return callIds.length === 0 ? null : { kind: "mask", callIds };
}

/** Where the conversation may be cut: before a message, and never between a call and its result. */
function boundaries(entries: readonly Entry[]): readonly number[] {
  const open = new Set<string>();
  return entries.flatMap((entry, index) => {
    if (entry.kind === "tool") {
      open.delete(entry.callId);
      return [];
    }
    const isFree = open.size === 0;
    if (entry.kind === "agent") {
      for (const part of entry.message.content) if (part.type === "tool_call") open.add(part.id);
    }
    return isFree ? [index] : [];
  });
}

function summarise(
  conversation: Conversation,
  keepTokens: number,
  tokensOf: KeptEnds["tokensOf"],
): CompactionPlan | null {
  const { entries } = conversation;
  const cuts = boundaries(entries);
  let keepFrom = cuts.at(-1) ?? 0;
  let kept = entries.slice(keepFrom).reduce((sum, entry) => sum + tokensOf(entry), 0);
  for (const cut of cuts.toReversed().slice(1)) {
    kept += entries.slice(cut, keepFrom).reduce((sum, entry) => sum + tokensOf(entry), 0);
    if (kept > keepTokens) break;
    keepFrom = cut;
  }
  return keepFrom === 0 ? null : { kind: "summarise", keepFrom };
}

export const compactionLevels: readonly CompactionLevel[] = [
  { above: BUDGET, plan: (conversation) => mask(conversation, KEPT_OUTPUTS) },
  {
    above: ENOUGH,
    plan: (conversation, { contextTokens, promptTokens, tokensOf }) =>
      summarise(conversation, Math.min(contextTokens, promptTokens) * KEPT_SHARE, tokensOf),
  },
  { above: BUDGET, plan: (conversation) => mask(conversation, 0) },
  { above: BUDGET, plan: (conversation, { tokensOf }) => summarise(conversation, 0, tokensOf) },
];
