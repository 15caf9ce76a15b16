/** Reading in memory who works on what. */
import type { Presence, TeamReads } from "../../../src/core/ports/team.ts";
import { decideTake } from "../../../src/core/team/decide-take.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";
import { isLiveRow, shownRow, teamRows } from "./team-rows.ts";
import type { TeamWorld } from "./team-rows.ts";
import { compareText, isoOf, shownSessions } from "./world.ts";
import type { World } from "./world.ts";

function presenceOf(team: TeamWorld, id: Parameters<TeamReads["readPresence"]>[0]): Presence | undefined {
  const stored = team.presences.get(id);
  if (stored === undefined) return undefined;
  const { workspaceId: _, ...presence } = stored;
  return presence;
}

export function memoryTeam(world: World): TeamReads {
  const { team, clock } = world;
  const live = (test: (row: Reservation) => boolean) =>
    team.reservations.filter((row) => test(row) && isLiveRow(team, row, clock.now())).map((row) => shownRow(team, row));
  return {
    async readPresence(id) {
      return presenceOf(team, id);
    },
    async findPresence(workspaceId, agentType, conversationId) {
      for (const [sessionId, stored] of team.presences) {
        const isIt = stored.agentType === agentType && stored.conversationId === conversationId;
        const presence = isIt && stored.workspaceId === workspaceId ? presenceOf(team, sessionId) : undefined;
        if (presence !== undefined) return { sessionId, presence };
      }
      return undefined;
    },
    async listPresent({ workspaceId, sinceMs, limit }) {
      const since = isoOf(sinceMs);
      const lastOf = (id: Parameters<typeof presenceOf>[1], activeAt: string) => {
        const heardAt = presenceOf(team, id)?.heardAt ?? "";
        return heardAt > activeAt ? heardAt : activeAt;
      };
      return shownSessions(world)
        .map(({ record }) => record)
        .filter(({ id, workspaceId: theirs, head, facts, lastActiveAt }) => {
          const isThere = theirs === workspaceId && head.deletedAt === null && facts.lifecycle === "open";
          if (!isThere || (presenceOf(team, id)?.endedAt ?? null) !== null) return false;
          return facts.turn === "active" || facts.turn === "cancelling" || lastOf(id, lastActiveAt) >= since;
        })
        .toSorted((left, right) =>
          compareText(lastOf(right.id, right.lastActiveAt), lastOf(left.id, left.lastActiveAt)),
        )
        .slice(0, limit)
        .map((session) => ({
          session,
          presence: presenceOf(team, session.id) ?? null,
          heldPaths: live(({ sessionId }) => sessionId === session.id)
            .map(({ path }) => path.path)
            .toSorted(compareText),
        }));
    },
    async findOverlaps(workspaceId, wish) {
      const rows = teamRows(team, workspaceId);
      const decided = decideTake((path) => rows.meeting(wish.tree.repository, path), wish, clock.now());
      if (decided.kind === "held") return { overlaps: decided.overlaps, held: [] };
      const held = decided.grants.flatMap(({ path, kept }) => (kept === null ? [] : [{ path, reservation: kept }]));
      return { overlaps: decided.warnings, held };
    },
    async listReservations({ workspaceId, repository, sessionId, holderId, cursor, limit }) {
      return live(
        (row) =>
          row.workspaceId === workspaceId &&
          (repository === undefined || row.repository === repository) &&
          (sessionId === undefined || row.sessionId === sessionId) &&
          (holderId === undefined || row.holderId === holderId) &&
          (cursor === undefined || row.id < cursor),
      )
        .toSorted((left, right) => compareText(right.id, left.id))
        .slice(0, limit);
    },
    async readReservation(id) {
      return live((row) => row.id === id)[0];
    },
    async findExpired(limit) {
      const now = clock.now();
      return team.reservations
        .filter((row) => !isLiveRow(team, row, now))
        .toSorted((left, right) => compareText(left.expiresAt, right.expiresAt) || compareText(left.id, right.id))
        .slice(0, limit)
        .map((row) => shownRow(team, row));
    },
    async readNotices(id, limit) {
      return team.notices
        .filter(({ to }) => to === id)
        .slice(0, limit)
        .map(({ to: _, ...notice }) => notice);
    },
    async findTree(workspaceId, host, absolutePath) {
      const found = [...team.trees.values()]
        .filter((tree) => tree.workspaceId === workspaceId && tree.host === host)
        .filter(({ root }) => absolutePath === root || absolutePath.startsWith(root.endsWith("/") ? root : `${root}/`))
        .toSorted((left, right) => right.root.length - left.root.length)[0];
      if (found === undefined) return undefined;
      const { workspaceId: _, ...tree } = found;
      return tree;
    },
    async readEdits(workspaceId, repository, keys) {
      const found = keys.flatMap((key) => {
        const edits = team.edits.get(`${workspaceId}\n${repository}\n${key}`);
        return edits === undefined ? [] : [[key, edits] as const];
      });
      return new Map(found);
    },
    async hasHook(id, { toolUseId, moment }) {
      return team.hooks.some((hook) => hook.sessionId === id && hook.toolUseId === toolUseId && hook.moment === moment);
    },
  };
}

/** Nothing of a purged session is left. */
export function forgetTeam({ team }: World, id: Parameters<TeamReads["readPresence"]>[0]): void {
  team.presences.delete(id);
  team.reservations = team.reservations.filter(({ sessionId, holderId }) => sessionId !== id && holderId !== id);
  team.waiters = team.waiters.filter(({ sessionId }) => sessionId !== id);
  team.notices = team.notices.filter(({ to }) => to !== id);
  team.hooks = team.hooks.filter(({ sessionId }) => sessionId !== id);
}
