/**
 * Makes room in the context of a run (T8): before a call when the estimate says that it will not fit, and after one when
 * the provider says so. Each level is used at most once per step and each leaves out more, so it ends.
 */
import type { Fact } from "../../../core/events/envelope.ts";
import type { HarnessItem } from "../../../core/ports/harness.ts";
import type { Run } from "../options.ts";
import { compactionLevels } from "./compaction-plan.ts";
import type { CompactionPlan } from "./compaction-plan.ts";
import { summarise } from "./summarise.ts";

type Reason = "proactive_budget" | "request_too_large";

export interface Compactor {
  /** Of the prompt as it is now, estimated. */
  promptTokens(): number;
  /** Before a call: compacts as far as the estimate asks for. */
  makeRoom(): AsyncGenerator<HarnessItem, void>;
  /** After a refused call: the next level that can do anything; false when nothing more can be left out. */
  makeMoreRoom(): AsyncGenerator<HarnessItem, boolean>;
}

export function makeCompactor(run: Run): Compactor {
  const { input, estimator } = run;
  const { contextTokens } = input.model;
  const promptTokens = () => estimator.prompt(input.view().conversation);
  const planOf = (level: (typeof compactionLevels)[number]) =>
    level.plan(input.view().conversation, { contextTokens, promptTokens: promptTokens(), tokensOf: estimator.entry });
  let nextLevel = 0;
  return {
    promptTokens,
    async *makeRoom() {
      // A turn that is far from the limit, which is nearly every one, is done here.
      if (promptTokens() <= contextTokens * (compactionLevels[0]?.above ?? 1)) return;
      for (const level of compactionLevels) {
        const plan = promptTokens() > contextTokens * level.above ? planOf(level) : null;
        if (plan !== null) yield* compact(run, plan, "proactive_budget");
      }
    },
    async *makeMoreRoom() {
      while (nextLevel < compactionLevels.length) {
        const level = compactionLevels[nextLevel++];
        const plan = level === undefined ? null : planOf(level);
        if (plan !== null && (yield* compact(run, plan, "request_too_large"))) return true;
      }
      return false;
    },
  };
}

function compacting(run: Run, strategy: string, reason: Reason): Fact {
  const { entries } = run.input.view().conversation;
  return { type: "context.compacting", data: { reason, strategy, messages_before: entries.length } };
}

/** False when nothing was left out. */
async function* compact(run: Run, plan: CompactionPlan, reason: Reason): AsyncGenerator<HarnessItem, boolean> {
  const startedAt = run.room.clock.monotonic();
  const { entries } = run.input.view().conversation;
  const measured = (messages_after: number) => ({
    messages_before: entries.length,
    messages_after,
    duration_ms: Math.round(run.room.clock.monotonic() - startedAt),
  });
  if (plan.kind === "mask") {
    const masked_call_ids = [...plan.callIds];
    const compacted: Fact = {
      type: "context.compacted",
      data: { strategy_used: "observation_masking", ...measured(entries.length), masked_call_ids },
    };
    const facts = [compacting(run, "observation_masking", reason), compacted];
    yield { kind: "facts", facts, next: { kind: "goes_on" } };
    return true;
  }
  yield { kind: "facts", facts: [compacting(run, "summarization", reason)], next: { kind: "goes_on" } };
  const summary = await summarise(run, plan.keepFrom);
  if (summary === undefined) return false;
  const first = entries[plan.keepFrom];
  const keep_from_message_id = first === undefined || first.kind === "tool" ? null : first.message.id;
  const data = { ...measured(entries.length - plan.keepFrom), summary: summary.text, keep_from_message_id };
  const compacted: Fact = { type: "context.compacted", data: { strategy_used: "summarization", ...data } };
  yield { kind: "facts", facts: [...summary.facts, compacted], next: { kind: "goes_on" } };
  return true;
}
