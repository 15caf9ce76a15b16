/**
 * What becomes of a tree whose session has ended: it goes if nothing is lost with it, and stays where something would be
 * (C3). Its branch stays in any case, so what was taken away can be made again.
 */
import { parseId } from "../../core/ids.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionRecord } from "../../core/session.ts";
import { workWrite } from "./session-checkouts.ts";
import type { WorkDeps } from "./session-checkouts.ts";

export type ReleaseCheckout = (sessionId: SessionId) => Promise<"removed" | "kept">;

export function makeReleaseCheckout(deps: WorkDeps): ReleaseCheckout {
  return (sessionId) => deps.queue.run(sessionId, () => release(deps, sessionId));
}

async function release(deps: WorkDeps, sessionId: SessionId): Promise<"removed" | "kept"> {
  const record = await deps.store.readSession(sessionId);
  if (record === undefined || !isOver(record) || record.work.checkout === null) return "kept";
  const { checkout } = record.work;
  // A repository of its own is all there is of its commits.
  if (checkout.repository === checkout.path) return "kept";
  const removed = await deps.checkouts.remove(checkout, "refuse");
  if (!removed.ok) return "kept";
  const { branch } = checkout;
  const reason = record.head.deletedAt === null ? `session ${record.facts.lifecycle}` : "session deleted";
  const facts = [{ type: "checkout.removed" as const, data: { branch, reason } }];
  // To a deleted session nothing more is written; its row is read by nobody until it is restored.
  if (record.head.deletedAt === null)
    await deps.commit(workWrite(deps, sessionId, { facts, work: { checkout: null } }));
  return "removed";
}

/** A completed session may be spoken to again, and finds its tree. */
function isOver({ facts, head }: SessionRecord): boolean {
  return head.deletedAt !== null || facts.lifecycle === "killed";
}

/** A tree that is being made is its session's before its row says so: whoever makes it has the queue. */
async function isWanted({ store, queue }: WorkDeps, id: string): Promise<boolean> {
  const sessionId = parseId("session", id);
  if (sessionId === undefined) return false;
  return queue.run(sessionId, async () => ((await store.readSession(sessionId))?.work.checkout ?? null) !== null);
}

/** At the start and daily: trees of sessions that ended while nobody could see to them, and trees of nobody. */
export function makeCollectCheckouts(deps: WorkDeps & { readonly release: ReleaseCheckout }) {
  return async (): Promise<{ readonly removed: number; readonly kept: readonly string[] }> => {
    let released = 0;
    for (const record of await deps.store.listCheckouts()) {
      if (isOver(record) && (await deps.release(record.id)) === "removed") released++;
    }
    const { removed, kept } = await deps.checkouts.collect((id) => isWanted(deps, id));
    return { removed: released + removed.length, kept };
  };
}
