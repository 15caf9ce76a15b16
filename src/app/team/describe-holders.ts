/** Who holds what, as others are told of them (R5): the person, the agent, and what it works on. */
import type { SessionId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Presence, TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import type { Holder, Told } from "../../core/team/hold-text.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import type { RecentMap } from "../recent-map.ts";

export interface DescribeHoldersDeps {
  /** Who was just described, for those who are asked for again and again; each time anew, unless given. */
  readonly recentHolders?: RecentMap<SessionId, Holder>;
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence">;
  /** Users that are not known are left out. */
  readonly userNames: (
    workspaceId: WorkspaceId,
    ids: readonly (UserId | null)[],
  ) => Promise<ReadonlyMap<string, string>>;
}

interface Found {
  readonly id: SessionId;
  readonly session: SessionRecord | undefined;
  readonly presence: Presence | undefined;
}

export async function describeHolders(
  deps: DescribeHoldersDeps,
  workspaceId: WorkspaceId,
  sessionIds: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, Holder>> {
  const holders = new Map<SessionId, Holder>();
  const unknown = new Set<SessionId>();
  for (const id of sessionIds) {
    const recent = deps.recentHolders?.get(id);
    if (recent === undefined) unknown.add(id);
    else holders.set(id, recent);
  }
  for (const [id, holder] of unknown.size === 0 ? [] : await readHolders(deps, workspaceId, [...unknown])) {
    deps.recentHolders?.set(id, holder);
    holders.set(id, holder);
  }
  return holders;
}

async function readHolders(
  { store, userNames }: DescribeHoldersDeps,
  workspaceId: WorkspaceId,
  sessionIds: readonly SessionId[],
): Promise<readonly (readonly [SessionId, Holder])[]> {
  const found = await Promise.all(
    sessionIds.map(async (id): Promise<Found> => ({
      id,
      session: await store.readSession(id),
      presence: await store.readPresence(id),
    })),
  );
  const names = await userNames(
    workspaceId,
    found.map(({ session }) => session?.createdBy ?? null),
  );
  return found.map((one) => [one.id, holderOf(one, names)] as const);
}

function holderOf({ session, presence }: Found, names: ReadonlyMap<string, string>): Holder {
  const agent = agentNameOf(session?.harness ?? "hosted", presence?.agentType ?? null);
  const name = names.get(session?.createdBy ?? "") ?? "Somebody";
  return { name, agent, task: presence?.task ?? session?.edit.title ?? session?.facts.preview ?? null };
}

export async function tellHolders(
  deps: DescribeHoldersDeps,
  workspaceId: WorkspaceId,
  overlaps: readonly Overlap[],
): Promise<readonly Told[]> {
  const ids = overlaps.map(({ reservation }) => reservation.sessionId);
  const holders = await describeHolders(deps, workspaceId, ids);
  return overlaps.flatMap((overlap) => {
    const holder = holders.get(overlap.reservation.sessionId);
    return holder === undefined ? [] : [{ overlap, holder }];
  });
}
