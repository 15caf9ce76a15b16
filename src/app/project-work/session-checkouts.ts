/**
 * The working trees of sessions: made when one is first needed, looked at, committed, merged, taken away. What git did is
 * said in the session's log by the commit that changes its row. Calls about one session come one after the other.
 *
 * Invariant (C3): a tree goes only where nothing is lost with it; where git was asked and the log could not be written
 * (a crash, a deletion), the branch and the hidden refs have what was there, and the next look at the tree finds it.
 */
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Checkout, CheckoutOutcome, Checkouts } from "../../core/ports/checkouts.ts";
import type { SessionReads, SessionWrite } from "../../core/ports/store.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { KeyedQueue } from "../../lib/keyed-queue.ts";
import type { CommitWrite } from "../commit.ts";
import { notFound } from "../read-session.ts";
import { refusalOfCheckout } from "./checkout-refusals.ts";

export interface WorkDeps {
  readonly store: Pick<SessionReads, "readSession" | "readLog" | "listCheckouts">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly clock: Pick<Clock, "now">;
  readonly checkouts: Checkouts;
  /** By session; shared by everything that touches its tree. */
  readonly queue: KeyedQueue;
}

export interface WithCheckout {
  readonly record: SessionRecord;
  readonly checkout: Checkout;
}

/** Facts from outside of a turn, with what they say of the work. */
export function workWrite(
  { mint }: Pick<WorkDeps, "mint">,
  sessionId: SessionId,
  { facts, work }: { readonly facts: readonly Fact[]; readonly work: NonNullable<SessionWrite["work"]> },
): SessionWrite {
  return { sessionId, events: facts.map((fact) => encodeDraft(draft(mint, {}, fact))), work };
}

/** Of a workspace's session, deleted ones being none. */
export async function readWithCheckout(
  { store }: Pick<WorkDeps, "store">,
  { workspaceId }: { readonly workspaceId: string },
  sessionId: SessionId,
): Promise<Outcome<WithCheckout>> {
  const record = await store.readSession(sessionId);
  if (record === undefined || record.workspaceId !== workspaceId || record.head.deletedAt !== null) {
    return notFound(sessionId);
  }
  const { checkout } = record.work;
  if (checkout !== null) return accept({ record, checkout });
  const reason =
    record.work.delivery?.branch === undefined
      ? "has no checkout yet; it is made with its first turn, if it has a project or a spawned agent"
      : `has no checkout any more; its branch "${record.work.delivery.branch}" is where it was`;
  return refuse({ code: "no_checkout", sessionId, reason });
}

export function outcomeOf<T>(outcome: CheckoutOutcome<T>, sessionId: SessionId): Outcome<T> {
  return outcome.ok ? accept(outcome.value) : refuse(refusalOfCheckout(outcome.refusal, sessionId));
}
