/**
 * The sessions that a user has pinned: one short record for each user, so a page of sessions says of each whether it is
 * pinned for the price of one look. A session that is gone stays in it until there is need for its place; one that comes
 * back out of the trash is pinned as before.
 */
import type { MintId, SessionId } from "../core/ids.ts";
import { parseId } from "../core/ids.ts";
import type { RecordStore } from "../core/ports/records.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { pinsBody } from "../core/records/bodies.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { makeOwnRecord } from "./own-record.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface PinsDeps {
  readonly store: Pick<RecordStore, "findRecordByName" | "writeRecord"> & Pick<SessionReads, "readSession">;
  readonly mint: MintId;
  readonly limits: { readonly pinnedSessions: number };
}

export interface Pins {
  of(owner: Pick<Principal, "workspaceId" | "userId">): Promise<ReadonlySet<SessionId>>;
  set(principal: Principal, id: SessionId, isPinned: boolean): Promise<Outcome<null>>;
}

type Body = ReturnType<typeof pinsBody.parse>;

export function makePins(deps: PinsDeps): Pins {
  const record = makeOwnRecord<Body>({ ...deps, kind: "pins", idKind: "pins", schema: pinsBody });
  return {
    of: async (owner) => idsOf(await record.read(owner)),
    async set(principal, id, isPinned) {
      const found = await readOwnSession(deps.store, principal, id);
      if (!found.ok) return found;
      const limit = deps.limits.pinnedSessions;
      const after = await record.change(principal, async (body) => {
        const pinned = idsOf(body);
        if (pinned.has(id) === isPinned) return null;
        if (!isPinned) return { session_ids: [...pinned].filter((other) => other !== id) };
        const kept = pinned.size < limit ? [...pinned] : await withoutGone(deps.store, pinned);
        return kept.length < limit ? { session_ids: [...kept, id] } : null;
      });
      if (idsOf(after).has(id) === isPinned) return accept(null);
      return refuse({ code: "quota_exceeded", what: "pinned sessions", limit, setting: "pinnedSessions" });
    },
  };
}

function idsOf(body: Body | null): ReadonlySet<SessionId> {
  return new Set((body?.session_ids ?? []).flatMap((id) => parseId("session", id) ?? []));
}

async function withoutGone(
  store: Pick<SessionReads, "readSession">,
  ids: ReadonlySet<SessionId>,
): Promise<readonly SessionId[]> {
  const kept: SessionId[] = [];
  for (const id of ids) if ((await store.readSession(id))?.head.deletedAt === null) kept.push(id);
  return kept;
}
