/** A session's working tree and what became of its work, as the native wire has them. */
import type { Checkout as PortCheckout } from "../../core/ports/checkouts.ts";
import type { WorkFacts } from "../../core/session.ts";
import type { Checkout, Delivery } from "./schema/delivery.ts";

export function encodeCheckout({ path, repository, branch, base, baseCommit }: PortCheckout): Checkout {
  return { path, repository, branch, base, base_commit: baseCommit };
}

export function encodeDelivery(delivery: WorkFacts["delivery"]): Delivery | null {
  if (delivery === null) return null;
  return {
    branch: delivery.branch ?? null,
    base: delivery.base ?? null,
    head: delivery.head ?? null,
    ahead: delivery.ahead ?? null,
    behind: delivery.behind ?? null,
    dirty: delivery.dirty ?? null,
    pr: delivery.pr === undefined ? null : { ...delivery.pr },
    checks: delivery.checks ?? null,
    checks_head: delivery.checksHead ?? null,
    fix: delivery.fixSentFor === undefined ? null : { sent_for: delivery.fixSentFor },
    review: delivery.review ?? null,
    mergeable: delivery.mergeable ?? null,
    merged_at: delivery.mergedAt ?? null,
    conflicts: (delivery.conflicts ?? []).map(({ other, paths }) => ({ other, paths: [...paths] })),
  };
}
