/** Reading sessions in memory: one by one, and in lists. */
import type { SessionId } from "../../../src/core/ids.ts";
import type { SessionQuery, SessionReads } from "../../../src/core/ports/store.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { holds } from "../../../src/core/status.ts";
import { compareText, shownSessions } from "./world.ts";
import type { World } from "./world.ts";

type Filter = Omit<SessionQuery, "order" | "cursor" | "offset" | "limit">;
type Place = NonNullable<SessionQuery["cursor"]>;
type Reads = Omit<SessionReads, "readLog" | "readLogBack" | "countEvents" | "countEventTypes" | "findEvent">;

function matches(session: SessionRecord, query: Filter): boolean {
  const { edit, createdAt } = session;
  const tests = [
    session.workspaceId === query.workspaceId,
    query.ids?.includes(session.id) ?? true,
    (session.head.deletedAt !== null) === (query.isDeleted ?? false),
    query.where === undefined || holds(query.where, session.facts),
    query.agentId === undefined || edit.agentId === query.agentId,
    query.projectId === undefined || edit.projectId === query.projectId,
    query.taskId === undefined || edit.taskId === query.taskId,
    query.parentId === undefined || session.parentId === query.parentId,
    query.rootId === undefined || session.rootId === query.rootId,
    query.harness === undefined || session.harness === query.harness,
    query.createdBy === undefined || session.createdBy === query.createdBy,
    query.createdAfter === undefined || createdAt > query.createdAfter,
    query.createdBefore === undefined || createdAt < query.createdBefore,
    (query.tags ?? []).every((tag) => edit.tags.includes(tag)),
    (edit.title ?? "").toLowerCase().includes((query.search ?? "").toLowerCase()),
  ];
  return tests.every(Boolean);
}

function newestFirst(left: Place, right: Place): number {
  return compareText(right.at, left.at) || compareText(right.id, left.id);
}

export function memorySessions(world: World): Reads {
  const { sessions } = world;
  const all = (query: Filter) =>
    shownSessions(world)
      .map(({ record }) => record)
      .filter((one) => matches(one, query));
  return {
    async readSession(id) {
      const stored = sessions.get(id);
      return stored?.purge === "done" ? undefined : stored?.record;
    },
    async readHead(id) {
      return sessions.get(id)?.record.head;
    },
    async listSessions({ order, cursor, offset = 0, limit, ...filter }) {
      const placeOf = ({ id, createdAt, lastActiveAt }: SessionRecord): Place => ({
        id,
        at: order === "created_at" ? createdAt : lastActiveAt,
      });
      const sorted = all(filter)
        .toSorted((left, right) => newestFirst(placeOf(left), placeOf(right)))
        .filter((session) => cursor === undefined || newestFirst(cursor, placeOf(session)) < 0);
      return { sessions: sorted.slice(offset, offset + limit), hasMore: sorted.length > offset + limit };
    },
    async listCheckouts(projectId) {
      const all = Array.from(world.sessions.values(), ({ record }) => record);
      const isAsked = ({ edit }: SessionRecord) => projectId === undefined || edit.projectId === projectId;
      return all.filter((record) => record.work.checkout !== null && isAsked(record));
    },
    async needsBelow(roots) {
      const waiting = shownSessions(world)
        .map(({ record }) => record)
        .filter(({ rootId, head, facts }) => rootId !== null && head.deletedAt === null && facts.needs.length > 0);
      const below = (root: SessionId) => waiting.filter(({ rootId }) => rootId === root);
      const needs = roots.map((root) => [root, new Set(below(root).flatMap(({ facts }) => facts.needs))] as const);
      return new Map(needs.filter(([, set]) => set.size > 0));
    },
    async countSessions(query, cap) {
      return Math.min(cap, all(query).length);
    },
    async readQueue(id) {
      return sessions.get(id)?.queue ?? [];
    },
    async findMessageKey(id, clientMessageId) {
      return sessions.get(id)?.keys.get(clientMessageId);
    },
    async findSessionKey(workspaceId, principal, key) {
      const found = shownSessions(world).find(
        ({ record, idempotency }) =>
          record.workspaceId === workspaceId && idempotency?.principal === principal && idempotency.key === key,
      );
      if (found === undefined) return undefined;
      return { bodyHash: found.idempotency?.bodyHash ?? "", sessionId: found.record.id };
    },
  };
}
