/** One write in one step: everything that could refuse it is looked at first, so a refusal has nothing to undo. */
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { MessageKey, NewSession, SessionWrite, WriteResult } from "../../../src/core/ports/store.ts";
import { mergePatch } from "../../../src/app/records/merge-patch.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import type { Head, QueuedMessage, SessionRecord, SumFacts, TurnFacts, WorkFacts } from "../../../src/core/session.ts";
import type { TeamResult } from "../../../src/core/ports/team.ts";
import { initialState } from "../../../src/core/state.ts";
import { factsOf } from "../../../src/core/status.ts";
import { noSums } from "../../../src/core/usage.ts";
import { putFeed } from "./feed.ts";
import { writeRecord } from "./records.ts";
import { applyFiles, refuseFiles } from "./files.ts";
import { spendBudget } from "./budgets.ts";
import { putOutbox } from "./outbox.ts";
import { applyTeam, decideTeam } from "./team-write.ts";
import { asStored, isoOf, shownSessions } from "./world.ts";
import type { Stored, World } from "./world.ts";

export function applyWrite(world: World, write: SessionWrite): WriteResult {
  assertFenced(write);
  const stored = world.sessions.get(write.sessionId);
  const repeated = findCommit(world, stored, write) ?? findDuplicate(world, stored, write);
  if (repeated !== undefined) return repeated;
  const target = write.create === undefined ? stored : newSession(world, write, write.create);
  if (target === undefined) return { kind: "absent" };
  const refused = refuseHead(target, write) ?? refuseFiles(world, target, write.files ?? []);
  if (refused !== undefined) return refused;
  const team = decideTeam(world, target, write);
  if (team !== undefined && "refused" in team) return team.refused;
  world.sessions.set(write.sessionId, target);
  const result = commit(world, target, write);
  if (team === undefined) return result;
  return committedTeam(result, { write, team: applyTeam(world, target, write, team.changes), world });
}

function committedTeam(
  result: Committed,
  { write, team, world }: { readonly write: SessionWrite; readonly team: TeamResult; readonly world: World },
): WriteResult {
  if (write.team?.reservations === undefined) return result;
  const first = write.events[0];
  if (first !== undefined) world.team.results.set(first.id, team);
  return { ...result, team };
}

function assertFenced(write: SessionWrite): void {
  if (write.epoch !== undefined || write.create !== undefined) return;
  const fencedOnly = [write.fold, write.owner, write.raises, write.queue];
  if (fencedOnly.some((part) => part !== undefined && part !== false)) {
    throw new Error(`The un-fenced write to "${write.sessionId}" carries what only a fenced one may`);
  }
}

function findCommit(world: World, stored: Stored | undefined, { events }: SessionWrite): WriteResult | undefined {
  const first = events[0];
  const lines = first === undefined ? undefined : stored?.commits.get(first.id);
  if (stored === undefined || first === undefined || lines === undefined) return undefined;
  const result = committed(stored, lines);
  const team = world.team.results.get(first.id);
  return team === undefined ? result : { ...result, team };
}

function findDuplicate(world: World, stored: Stored | undefined, write: SessionWrite): WriteResult | undefined {
  const used = write.key === undefined ? undefined : stored?.keys.get(write.key.clientMessageId);
  if (used !== undefined) return { kind: "duplicate", bodyHash: used.bodyHash, madeId: used.messageId };
  if (write.source !== undefined && stored?.told.has(write.source) === true) {
    return { kind: "duplicate", bodyHash: "", madeId: write.source };
  }
  const { create } = write;
  if (create === undefined) return undefined;
  const other = shownSessions(world).find((session) => isSameMaking(session, create));
  if (other === undefined) return undefined;
  return { kind: "duplicate", bodyHash: other.idempotency?.bodyHash ?? "", madeId: other.record.id };
}

function isSameMaking({ record, idempotency }: Stored, create: NewSession): boolean {
  if (record.workspaceId !== create.workspaceId) return false;
  const asked = create.idempotency;
  const isSameKey = asked !== null && idempotency?.principal === asked.principal && idempotency.key === asked.key;
  const isSameConversation =
    create.conversationId !== null &&
    record.conversationId === create.conversationId &&
    record.harness === create.harness;
  return isSameKey || isSameConversation;
}

function refuseHead({ record: { head }, purge }: Stored, write: SessionWrite): WriteResult | undefined {
  if (write.create !== undefined) return undefined;
  if (write.epoch === undefined) return head.deletedAt === null ? undefined : { kind: "absent" };
  if (write.epoch !== head.epoch) return { kind: "stale", head };
  return purge === "none" ? undefined : { kind: "absent" };
}

function newSession(world: World, write: SessionWrite, create: NewSession): Stored {
  if (world.sessions.has(write.sessionId)) throw new Error(`Session "${write.sessionId}" has been made before`);
  const at = isoOf(world.clock.now());
  const head: Head = { sessionId: write.sessionId, seq: 0, epoch: 1, owner: null, takes: 0, deletedAt: null };
  const record: SessionRecord = {
    id: write.sessionId,
    workspaceId: create.workspaceId,
    createdBy: create.createdBy,
    harness: create.harness,
    conversationId: create.conversationId,
    parentId: create.parent?.id ?? null,
    rootId: create.parent?.rootId ?? null,
    createdAt: at,
    updatedAt: at,
    lastActiveAt: at,
    head,
    facts: { ...factsOf(initialState), preview: null, outputPreview: null },
    edit: asStored(create.edit),
    sums: noSums,
    work: { checkout: null, delivery: null },
    state: initialState,
    foldedSeq: 0,
  };
  return {
    record,
    idempotency: create.idempotency,
    keys: new Map(),
    told: new Set(),
    log: [],
    commits: new Map(),
    queue: [],
    files: new Map(),
    fileVersions: [],
    purge: "none",
  };
}

function commit(world: World, stored: Stored, write: SessionWrite): Committed {
  const last = stored.log.at(-1)?.ts ?? "";
  const now = isoOf(world.clock.now());
  const ts = now > last ? now : last;
  const { seq } = stored.record.head;
  const lines = write.events.map(({ id, type, contextJson, dataJson }, index): LogLine => ({
    id,
    type,
    contextJson,
    dataJson,
    sessionId: write.sessionId,
    seq: seq + index + 1,
    ts,
  }));
  const queue = queueAfter(stored.queue, write, ts);
  stored.log.push(...lines);
  if (lines[0] !== undefined) stored.commits.set(lines[0].id, lines);
  stored.record = recordAfter(stored.record, write, ts);
  if (write.key !== undefined) stored.keys.set(write.key.clientMessageId, keyOf(write.key));
  stored.queue = queue;
  if (write.source !== undefined) stored.told.add(write.source);
  setTimers(world, write);
  if (write.spend !== undefined) spendBudget(world.budgets, write.spend);
  putOutbox(world, write);
  putFeed(world, write, lines);
  for (const record of write.records ?? []) writeRecord(world, record);
  applyFiles(stored, { changes: write.files ?? [], lines, ts });
  return committed(stored, lines);
}

type Committed = Extract<WriteResult, { kind: "committed" }>;

function committed({ record }: Stored, lines: readonly LogLine[]): Committed {
  return { kind: "committed", head: record.head, lines };
}

function keyOf({ clientMessageId, bodyHash, messageId }: MessageKey): MessageKey {
  return { clientMessageId, bodyHash, messageId };
}

function recordAfter(record: SessionRecord, write: SessionWrite, ts: string): SessionRecord {
  const { fold } = write;
  const isWhole = fold !== undefined && fold.through === record.head.seq;
  const head = headAfter(record.head, write, ts);
  return {
    ...record,
    updatedAt: ts,
    lastActiveAt: fold === undefined ? record.lastActiveAt : ts,
    head,
    facts: factsAfter(record.facts, write),
    edit: { ...record.edit, ...asStored(write.edit ?? {}) },
    sums: sumsAfter(record.sums, write.sum ?? {}),
    work: workAfter(record.work, write.work ?? {}),
    state: isWhole ? asStored(fold.state) : record.state,
    foldedSeq: isWhole ? head.seq : record.foldedSeq,
  };
}

function headAfter(head: Head, write: SessionWrite, ts: string): Head {
  const takes = { reset: 0, count: head.takes + 1, same: head.takes }[write.takes ?? "same"];
  const deletedAt = write.fold?.state.isDeleted === true ? (head.deletedAt ?? ts) : null;
  return {
    ...head,
    seq: head.seq + write.events.length,
    epoch: head.epoch + (write.raises === true && write.create === undefined ? 1 : 0),
    owner: write.owner === undefined ? head.owner : write.owner,
    takes,
    deletedAt: write.fold === undefined ? head.deletedAt : deletedAt,
  };
}

function factsAfter(facts: TurnFacts, { fold, preview, outputPreview }: SessionWrite): TurnFacts {
  return {
    ...facts,
    ...(fold === undefined ? {} : asStored(factsOf(fold.state))),
    preview: preview ?? facts.preview,
    outputPreview: outputPreview ?? facts.outputPreview,
  };
}

function workAfter(work: WorkFacts, { checkout, delivery }: NonNullable<SessionWrite["work"]>): WorkFacts {
  return {
    checkout: checkout === undefined ? work.checkout : asStored(checkout),
    delivery: delivery === undefined ? work.delivery : (mergePatch(work.delivery, asStored(delivery)) as Delivery),
  };
}

function sumsAfter(sums: SumFacts, more: Partial<SumFacts>): SumFacts {
  const added = Object.entries(more).map(([name, value]) => [name, sums[name as keyof SumFacts] + value] as const);
  return { ...sums, ...(Object.fromEntries(added) as Partial<SumFacts>) };
}

function queueAfter(
  queue: readonly QueuedMessage[],
  { queue: changes = [], sessionId, events }: SessionWrite,
  ts: string,
): readonly QueuedMessage[] {
  let after = queue;
  for (const change of changes) {
    if (change.kind === "remove") {
      after = after.filter(({ messageId }) => !change.messageIds.includes(messageId));
      continue;
    }
    const { id: messageId } = change.message;
    const messageJson = JSON.stringify(change.message);
    if (change.kind === "replace") {
      after = after.map((waiting) => (waiting.messageId === messageId ? { ...waiting, messageJson } : waiting));
      continue;
    }
    const said = events.find(({ type, dataJson }) => type === "message.queued" && dataJson.includes(messageId));
    if (said === undefined) throw new Error(`Nothing in the log says that "${messageId}" was queued`);
    const position = (after.at(-1)?.position ?? 0) + 1;
    after = [...after, { messageId, sessionId, position, messageJson, queuedEventId: said.id, createdAt: ts }];
  }
  return after;
}

function setTimers(world: World, { sessionId, timers = [] }: SessionWrite): void {
  for (const { kind, dueInMs } of timers) {
    const others = world.timers.filter((timer) => timer.kind !== kind || timer.sessionId !== sessionId);
    const set = dueInMs === null ? [] : [{ kind, sessionId, dueAt: isoOf(world.clock.now() + dueInMs) }];
    world.timers = [...others, ...set];
  }
}
