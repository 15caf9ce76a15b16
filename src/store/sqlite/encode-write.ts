/**
 * Turns a write into a job for the writer thread: every value is made here, on the thread that has the write, so the
 * writer does nothing but run statements. Pure.
 */
import type { DraftLine } from "../../core/events/envelope.ts";
import type { QueueChange } from "../../core/decide/plan.ts";
import type { EditFacts, SumFacts } from "../../core/session.ts";
import { fedEvents } from "../../core/feed.ts";
import { initialState } from "../../core/state.ts";
import type { SessionState } from "../../core/state.ts";
import { factsOf } from "../../core/status.ts";
import type { FoldWrite, NewSession, SessionWrite } from "../../core/ports/store.ts";
import type { SessionId } from "../../core/ids.ts";
import type { OutboxDraft } from "../../core/outbox.ts";
import { factCode, isOwed } from "./fact-code.ts";
import type {
  CreateValues,
  EditValues,
  OutboxStep,
  QueueStep,
  SessionJob,
  SessionRest,
  TurnValues,
  WorkValues,
} from "./jobs.ts";
import { EDIT_COLUMNS, SUM_NAMES, titleKey } from "./session-columns.ts";
import type { Value } from "./statement.ts";

export interface EncodeOptions {
  /** All files of one session together. */
  readonly filesLimitBytes: number;
}

export function encodeWrite(write: SessionWrite, options: EncodeOptions): SessionJob {
  assertFenced(write);
  const events: string[] = [];
  for (const { id, type, contextJson, dataJson } of write.events) events.push(id, type, contextJson, dataJson);
  return [
    "session",
    write.sessionId,
    write.epoch ?? null,
    write.raises === true ? 1 : 0,
    write.owner,
    write.takes ?? "same",
    events,
    restOf(write, options),
  ];
}

/** The un-fenced may not carry what only a decision may. */
function assertFenced({ sessionId, epoch, create, fold, owner, raises, queue }: SessionWrite): void {
  if (epoch !== undefined || create !== undefined) return;
  if (fold !== undefined || owner !== undefined || raises === true || queue !== undefined) {
    throw new Error(`The un-fenced write to "${sessionId}" carries what only a fenced one may`);
  }
}

function restOf(write: SessionWrite, { filesLimitBytes }: EncodeOptions): SessionRest | undefined {
  const { create, fold, preview, outputPreview, edit, sum, key, queue, timers, files, outbox, source } = write;
  const isNew = create !== undefined;
  const feed = fedEvents(write);
  const rest: SessionRest = {
    ...(isNew ? { create: createValues(write, create) } : {}),
    ...(isNew || fold === undefined ? {} : { turn: turnOfFold(fold), isDeleted: fold.state.isDeleted }),
    ...(isNew || (preview ?? outputPreview) === undefined
      ? {}
      : { previews: [preview ?? null, outputPreview ?? null] }),
    ...(isNew || edit === undefined ? {} : { edit: editValues(edit) }),
    ...(isNew || sum === undefined ? {} : { sum: sumValues(sum) }),
    ...(write.spend === undefined ? {} : { spend: write.spend }),
    ...(write.work === undefined ? {} : { work: workValues(write.work) }),
    ...(feed.length === 0 ? {} : { feed }),
    ...(write.records === undefined ? {} : { records: write.records }),
    ...(key === undefined ? {} : { key }),
    ...(queue === undefined ? {} : { queue: queue.map((change) => queueStep(change, write.events)) }),
    ...(timers === undefined ? {} : { timers }),
    ...(files === undefined || files.length === 0
      ? {}
      : { files: { changes: files, turnId: turnIdOf(write.events), limitBytes: filesLimitBytes } }),
    ...(outbox === undefined || outbox.length === 0
      ? {}
      : { outbox: outbox.map((draft) => outboxStep(draft, write.sessionId)) }),
    ...(source === undefined ? {} : { source }),
    ...(write.team === undefined ? {} : { teamJson: JSON.stringify(write.team) }),
  };
  for (const _ in rest) return rest;
  return undefined;
}

function outboxStep({ isForChildren = false, ...draft }: OutboxDraft, sourceId: SessionId): OutboxStep {
  return { ...draft, isForChildren, sourceId };
}

function createValues(write: SessionWrite, create: NewSession): CreateValues {
  const { workspaceId, harness, conversationId, idempotency } = create;
  const edit = { ...create.edit, ...write.edit };
  const key = titleKey(edit.title);
  const state = write.fold?.state ?? initialState;
  return {
    columns: [
      write.sessionId,
      workspaceId,
      create.createdBy,
      harness,
      conversationId,
      create.parent?.id ?? null,
      create.parent?.rootId ?? null,
      edit.agentId,
      edit.harnessId,
      edit.modelId,
      edit.projectId,
      edit.taskId,
      edit.title,
      key,
      JSON.stringify(edit.tags),
      JSON.stringify(edit.settings),
      write.preview ?? null,
      write.outputPreview ?? null,
      ...factValues(state),
      JSON.stringify(state),
      ...sumValues(write.sum ?? {}),
    ],
    workspaceId,
    harness,
    conversationId,
    tags: edit.tags,
    titleKey: key,
    idempotency,
  };
}

function turnOfFold({ state, through }: FoldWrite): TurnValues {
  return { facts: factValues(state), stateJson: JSON.stringify(state), through };
}

/** In the order of `FACT_COLUMNS`. */
function factValues(state: SessionState): readonly Value[] {
  const facts = factsOf(state);
  return [
    facts.lifecycle,
    facts.hold,
    facts.turn,
    facts.turnId,
    JSON.stringify(facts.needs),
    facts.stopReason,
    facts.turnCount,
    facts.queuedCount,
    factCode(facts),
    isOwed(facts) && !state.isDeleted ? 1 : 0,
    facts.isolation,
  ];
}

/** Names of the merge are those of the record, so that it comes out as it went in. */
function workValues({ checkout, delivery }: NonNullable<SessionWrite["work"]>): WorkValues {
  return {
    ...(checkout === undefined ? {} : { checkoutJson: checkout === null ? null : JSON.stringify(checkout) }),
    ...(delivery === undefined ? {} : { deliveryJson: JSON.stringify(delivery) }),
  };
}

function sumValues(sum: Partial<SumFacts>): readonly number[] {
  return SUM_NAMES.map((name) => sum[name] ?? 0);
}

function editValues({ title, tags, settings, ...names }: Partial<EditFacts>): EditValues {
  const plain: (readonly [string, Value])[] = [];
  for (const [name, value] of Object.entries(names)) plain.push([EDIT_COLUMNS[name as keyof typeof names], value]);
  if (settings !== undefined) plain.push([EDIT_COLUMNS.settings, JSON.stringify(settings)]);
  return {
    plain,
    ...(title === undefined ? {} : { title: { text: title, key: titleKey(title) } }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function queueStep(change: QueueChange, events: readonly DraftLine[]): QueueStep {
  if (change.kind === "remove") return change;
  const { kind, message } = change;
  const step = { messageId: message.id, messageJson: JSON.stringify(message) };
  if (kind === "replace") return { kind, ...step };
  const said = events.find(({ type, dataJson }) => type === "message.queued" && dataJson.includes(message.id));
  if (said === undefined) throw new Error(`Nothing in the write says that "${message.id}" was queued`);
  return { kind, ...step, eventId: said.id };
}

function turnIdOf(events: readonly DraftLine[]): string | null {
  for (const { contextJson } of events) {
    // Written by us as an EventContext.
    const { turn_id } = JSON.parse(contextJson) as { readonly turn_id?: string };
    if (turn_id !== undefined) return turn_id;
  }
  return null;
}
