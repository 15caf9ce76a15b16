/** Who holds what, as others are told of them (R5): the person, the agent, and what it works on. */
import type { SessionId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Presence, TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import type { Holder, Told } from "../../core/team/hold-text.ts";
import type { Overlap } from "../../core/team/reservation.ts";

export interface DescribeHoldersDeps {
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
  { store, userNames }: DescribeHoldersDeps,
  workspaceId: WorkspaceId,
  sessionIds: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, Holder>> {
  if (sessionIds.length === 0) return new Map();
  const found = await Promise.all(
    [...new Set(sessionIds)].map(async (id): Promise<Found> => ({
      id,
      session: await store.readSession(id),
      presence: await store.readPresence(id),
    })),
  );
  const names = await userNames(
    workspaceId,
    found.map(({ session }) => session?.createdBy ?? null),
  );
  return new Map(found.map((one) => [one.id, holderOf(one, names)]));
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
