/**
 * Writes down what became of a session's work. What somebody has to see to (a conflict, failing checks) follows from the
 * facts; when it changes that is a decision, because statuses are made of it, and whoever runs the session hears of it.
 */
import type { Delivery, DeliveryChange } from "../../core/delivery.ts";
import { draft } from "../../core/decide/plan.ts";
import type { SessionId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { decideAndCommit } from "../decide-and-commit.ts";
import { newsOf } from "./read-delivery.ts";
import type { DeliveryNews } from "./read-delivery.ts";
import { workWrite } from "./session-checkouts.ts";
import type { WorkDeps } from "./session-checkouts.ts";

type WorkNeed = "conflict" | "ci";

export interface DeliveryDeps extends WorkDeps {
  /** A control event was committed: its runner should look. */
  readonly onControl: (sessionId: SessionId) => void;
}

/** Contract: the change is made of what stands when it is committed; nothing is written that was known. */
export async function commitDelivery(
  deps: DeliveryDeps,
  sessionId: SessionId,
  change: DeliveryChange,
): Promise<Outcome<null>> {
  const before = (await deps.store.readSession(sessionId))?.work.delivery ?? null;
  const news = newsOf(before, change);
  if (news === null) return accept(null);
  const needs = needsOf({ ...before, ...withoutNulls(news.change) });
  if (sameNeeds(needs, needsOf(before ?? {}))) {
    await deps.commit(workWrite(deps, sessionId, factOf(news)));
    return accept(null);
  }
  return decideNeeds(deps, sessionId, { news, needs });
}

async function decideNeeds(
  deps: DeliveryDeps,
  sessionId: SessionId,
  { news, needs }: { readonly news: DeliveryNews; readonly needs: readonly WorkNeed[] },
): Promise<Outcome<null>> {
  const data = { ...news.data, needs: [...needs] };
  const event = draft(deps.mint, {}, { type: "delivery.updated", data });
  const plan = { events: [event], raises: true, work: { delivery: news.change } };
  const decided = await decideAndCommit(deps, { sessionId, decide: () => accept({ plan, answer: null }) });
  if (!decided.ok) return decided;
  deps.onControl(sessionId);
  return accept(null);
}

function factOf({ data, change }: DeliveryNews) {
  return { facts: [{ type: "delivery.updated" as const, data }], work: { delivery: change } };
}

/** A merged branch is nobody's trouble any more. */
function needsOf({ conflicts = [], checks, mergedAt }: Delivery): readonly WorkNeed[] {
  if (mergedAt !== undefined) return [];
  return [...(conflicts.length > 0 ? (["conflict"] as const) : []), ...(checks === "failing" ? (["ci"] as const) : [])];
}

function sameNeeds(left: readonly WorkNeed[], right: readonly WorkNeed[]): boolean {
  return left.length === right.length && left.every((need) => right.includes(need));
}

function withoutNulls(change: DeliveryChange): Delivery {
  return Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? undefined]));
}
