/** What the pulse asks, in memory. */
import type { NodeId } from "../../../src/core/ids.ts";
import type { PulseStore } from "../../../src/core/ports/store.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { forgetTeam } from "./team-reads.ts";
import { compareText, isoOf } from "./world.ts";
import type { Stored, World } from "./world.ts";

/** A turn that is being cancelled is ended even on hold; one that waits is parked and needs nobody (A5). */
function needsOwner({ facts, head, harness }: SessionRecord): boolean {
  if (harness === "observed") return false;
  if (head.deletedAt !== null || facts.lifecycle !== "open") return false;
  if (facts.turn === "cancelling") return true;
  if (facts.hold !== "none" || facts.turn === "waiting") return false;
  return facts.turn === "active" || facts.queuedCount > 0;
}

function isAlive(world: World, owner: NodeId | null, asking: NodeId): boolean {
  if (owner === null) return false;
  if (owner === asking || owner === world.node) return true;
  return !world.isAlone && (world.nodes.get(owner) ?? 0) > world.clock.now();
}

/** Removes from the front of each list what is left of the allowance. */
function purge(stored: Stored, rows: number): boolean {
  let left = rows;
  stored.purge = "begun";
  const rest = <T>(list: readonly T[]): readonly T[] => {
    const kept = list.slice(left);
    left -= list.length - kept.length;
    return kept;
  };
  stored.log = [...rest(stored.log)];
  stored.fileVersions = rest(stored.fileVersions);
  const paths = [...stored.files.keys()];
  const kept = new Set(rest(paths));
  for (const path of paths) if (!kept.has(path)) stored.files.delete(path);
  stored.queue = rest(stored.queue);
  const isEmpty = stored.log.length + stored.fileVersions.length + kept.size + stored.queue.length === 0;
  if (isEmpty) {
    stored.purge = "done";
    stored.commits.clear();
    stored.keys.clear();
  }
  return isEmpty;
}

export function memoryPulse(world: World): PulseStore {
  const { clock, nodes, sessions } = world;
  return {
    async renewNode(node, lifeMs) {
      nodes.set(node, clock.now() + lifeMs);
    },
    async findOwnerless(node, limit) {
      return Array.from(sessions.values(), ({ record }) => record)
        .filter((record) => needsOwner(record) && !isAlive(world, record.head.owner, node))
        .toSorted((left, right) => compareText(left.lastActiveAt, right.lastActiveAt) || compareText(left.id, right.id))
        .slice(0, limit)
        .map(({ id }) => id);
    },
    async findMoved(known) {
      return [...known].flatMap(([id, { seq, epoch }]) => {
        const head = sessions.get(id)?.record.head;
        return head === undefined || (head.seq === seq && head.epoch === epoch) ? [] : [head];
      });
    },
    async dueTimers(limit) {
      const now = isoOf(clock.now());
      return world.timers
        .filter(({ dueAt }) => dueAt <= now)
        .toSorted((left, right) => compareText(left.dueAt, right.dueAt))
        .slice(0, limit);
    },
    async takeTimer(timer) {
      const others = world.timers.filter(
        ({ kind, sessionId, dueAt }) => kind !== timer.kind || sessionId !== timer.sessionId || dueAt !== timer.dueAt,
      );
      const isTaken = others.length < world.timers.length;
      world.timers = others;
      return isTaken;
    },
    async purgeSlice(id, rows) {
      const stored = sessions.get(id);
      if (stored === undefined || stored.record.head.deletedAt === null) return true;
      const isDone = purge(stored, rows);
      forgetTeam(world, id);
      if (isDone) world.timers = world.timers.filter(({ sessionId }) => sessionId !== id);
      return isDone;
    },
  };
}
