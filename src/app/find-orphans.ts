/**
 * Turns whose process was asking a person something when its server died (S6). A turn that waits is owed by nobody, so the
 * pulse does not look for it; this one waited with its owner, who is gone.
 */
import type { NodeId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { isSpawned } from "../core/project-work/spawned.ts";
import type { SessionRecord } from "../core/session.ts";

export interface FindOrphansDeps {
  readonly store: Pick<SessionReads, "listCheckouts">;
  readonly node: NodeId;
}

export type FindOrphans = () => Promise<readonly SessionId[]>;

export function makeFindOrphans({ store, node }: FindOrphansDeps): FindOrphans {
  // A program always has a working tree.
  return async () => (await store.listCheckouts()).filter((record) => isOrphan(record, node)).map(({ id }) => id);
}

/** Without an owner, too: who took the turn from the dead one may have died right after. */
function isOrphan({ harness, head, facts }: SessionRecord, node: NodeId): boolean {
  const isAsking = facts.turn === "waiting" && facts.needs.includes("approval");
  return isSpawned(harness) && isAsking && head.owner !== node && head.deletedAt === null;
}
