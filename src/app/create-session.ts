/**
 * Makes a session: one commit with `session.created` as seq 1 (ruling 11) and the files it is born with. Agent, harness,
 * model and capabilities are checked first, so a session that exists can run. An idempotency key lives on the session
 * it made (C3).
 */
import type { EditFacts, HarnessName, SessionRecord } from "../core/session.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { EventDraft, Fact } from "../core/events/envelope.ts";
import { foldDrafts } from "../core/decide/fold-drafts.ts";
import { draft } from "../core/decide/plan.ts";
import { outboxDraft } from "../core/decide/tell.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import { parseId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Blobs, FileChange } from "../core/ports/files.ts";
import type { SessionReads, SessionWrite } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { initialState } from "../core/state.ts";
import type { CommitWrite } from "./commit.ts";
import { initialFacts, planInitialFiles, storeInitialFiles } from "./initial-files.ts";
import type { PlannedFile } from "./initial-files.ts";
import type { CreateSessionCommand, SessionParts, StartedBy } from "./new-session.ts";
import { checkParts } from "./new-session-parts.ts";
import type { Principal } from "./principal.ts";

export type { CreateSessionCommand, SessionParts, StartedBy } from "./new-session.ts";

export interface CreateSessionDeps {
  readonly store: Pick<SessionReads, "readSession" | "findSessionKey">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly parts: SessionParts;
  readonly blobs: Pick<Blobs, "put">;
  readonly limits: Limits;
}

export type CreateSession = (principal: Principal, command: CreateSessionCommand) => Promise<Outcome<SessionRecord>>;

export function makeCreateSession(deps: CreateSessionDeps): CreateSession {
  return async (principal, command) => {
    const repeated = await findRepeated(deps, principal, command);
    if (repeated !== null) return repeated;
    const parts = await checkParts(deps.parts, principal.workspaceId, command);
    if (!parts.ok) return parts;
    const planned = planInitialFiles(command.initialFiles ?? [], deps.limits);
    if (!planned.ok) return planned;
    const files = await storeInitialFiles(deps.blobs, planned.value);
    if (!files.ok) return files;
    const sessionId = command.sessionId ?? deps.mint("session");
    const { harness, edit } = parts.value;
    const born = {
      harness,
      edit: withFiles(edit, planned.value),
      files: files.value,
      facts: initialFacts(planned.value),
    };
    const result = await deps.commit(creation({ sessionId, principal, command, born, mint: deps.mint }));
    if (result.kind === "duplicate")
      return answerRepeat(deps, command, { bodyHash: result.bodyHash, id: result.madeId });
    if (result.kind !== "committed") throw new Error(`Creating session ${sessionId} was answered ${result.kind}`);
    return readBack(deps, sessionId);
  };
}

function withFiles(edit: EditFacts, files: readonly PlannedFile[]): EditFacts {
  if (files.length === 0) return edit;
  const initialFiles = files.map(({ path, isReadonly }) => ({ path, isReadonly }));
  return { ...edit, settings: { ...edit.settings, initialFiles } };
}

/** When it is looked whether a session that was to begin at once has. */
export const BEGIN_CHECK_MS = 5_000;

interface Creation {
  readonly sessionId: SessionId;
  readonly principal: Principal;
  readonly command: CreateSessionCommand;
  readonly born: {
    readonly harness: HarnessName;
    readonly edit: EditFacts;
    readonly files: readonly FileChange[];
    readonly facts: readonly Fact[];
  };
  readonly mint: MintId;
}

type Created = Extract<Fact, { type: "session.created" }>["data"];

/** Seq 1 (E3): what the session is made of, and `more`. */
export function createdEvent(mint: MintId, edit: EditFacts, more: Created): EventDraft {
  const { agentId, harnessId, modelId, title } = edit;
  const data: Created = {
    ...more,
    ...(agentId === null ? {} : { agent_id: agentId }),
    ...(harnessId === null ? {} : { harness_id: harnessId }),
    ...(modelId === null ? {} : { model_id: modelId }),
    ...(title === null ? {} : { title }),
  };
  return draft(mint, {}, { type: "session.created", data });
}

function creation({ sessionId, principal, command, born, mint }: Creation): SessionWrite {
  const { harness, edit, files, facts } = born;
  const { idempotency, startedBy } = command;
  const parent = startedBy === undefined ? null : placeUnder(startedBy.parent);
  const above = parent === null ? {} : { parent_session_id: parent.id, root_session_id: parent.rootId };
  const created = createdEvent(mint, edit, { harness, origin: command.origin, ...above });
  return {
    sessionId,
    create: {
      workspaceId: principal.workspaceId,
      createdBy: principal.userId,
      harness,
      conversationId: command.conversationId ?? null,
      ...(parent === null ? {} : { parent }),
      edit,
      idempotency: idempotency === undefined ? null : { principal: principal.userId, ...idempotency },
    },
    events: [created, ...facts.map((fact) => draft(mint, {}, fact))].map(encodeDraft),
    fold: { state: foldDrafts(initialState, [created], 0), through: 0 },
    ...(files.length === 0 ? {} : { files }),
    ...(command.beginsAtOnce === true ? { timers: [{ kind: "begin", dueInMs: BEGIN_CHECK_MS }] } : {}),
    ...(startedBy === undefined ? {} : { outbox: [tellOfMaking(created, edit, startedBy)] }),
  };
}

function placeUnder({ id, rootId }: StartedBy["parent"]) {
  return { id, rootId: rootId ?? id };
}

function tellOfMaking(created: EventDraft, { title: name }: EditFacts, { parent, task, callId }: StartedBy) {
  return outboxDraft("child_made", { eventId: created.id, target: parent.id }, { name, task, callId });
}

type RepeatDeps = Pick<CreateSessionDeps, "store">;
type Keyed = Pick<CreateSessionCommand, "idempotency">;

/** Looked up before any other rule: a repeat is answered even if its agent has gone since. */
export async function findRepeated(
  deps: RepeatDeps,
  { workspaceId, userId }: Principal,
  command: Keyed,
): Promise<Outcome<SessionRecord> | null> {
  if (command.idempotency === undefined) return null;
  const found = await deps.store.findSessionKey(workspaceId, userId, command.idempotency.key);
  return found === undefined ? null : answerRepeat(deps, command, { bodyHash: found.bodyHash, id: found.sessionId });
}

export async function answerRepeat(
  deps: RepeatDeps,
  { idempotency }: Keyed,
  made: { readonly bodyHash: string; readonly id: string },
): Promise<Outcome<SessionRecord>> {
  // Without a key it was the conversation that has its session already (S3).
  if (idempotency !== undefined && idempotency.bodyHash !== made.bodyHash)
    return refuse({ code: "idempotency_mismatch", key: idempotency.key });
  const sessionId = parseId("session", made.id);
  if (sessionId === undefined) throw new Error(`A making was answered with ${made.id}, which is no session id`);
  return readBack(deps, sessionId);
}

async function readBack(deps: RepeatDeps, sessionId: SessionId): Promise<Outcome<SessionRecord>> {
  const record = await deps.store.readSession(sessionId);
  if (record === undefined) throw new Error(`Session ${sessionId} is gone right after it was made`);
  return record.head.deletedAt === null
    ? accept(record)
    : refuse({ code: "not_found", kind: "session", id: sessionId });
}
