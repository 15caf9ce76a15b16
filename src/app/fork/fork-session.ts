/**
 * Makes a session of another one as it stands, or as it stood at the end of a turn: configuration, log and files, in one
 * commit. The copies have ids of their own and the seqs of what they are copies of; files are rows over the same bytes,
 * so a fork costs no content and neither sees what the other writes. The other session learns nothing of it (C4). What
 * it keeps under keys, and its secrets sealed anew, are there before the fork is; both as they are now, for neither has a
 * history.
 */
import { draft } from "../../core/decide/plan.ts";
import { foldDrafts } from "../../core/decide/fold-drafts.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { DraftLine } from "../../core/events/envelope.ts";
import { ForkReader } from "../../core/fork-log.ts";
import type { ForkedLog } from "../../core/fork-log.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { BlobHash, BlobKeeping, FileChange } from "../../core/ports/files.ts";
import type { SessionWrite, Store } from "../../core/ports/store.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { EditFacts, SessionRecord } from "../../core/session.ts";
import { allowedActions, nameState } from "../../core/transitions.ts";
import type { CommitWrite } from "../commit.ts";
import { answerRepeat, createdEvent, findRepeated } from "../create-session.ts";
import type { CreateSessionCommand, SessionParts } from "../create-session.ts";
import type { Principal } from "../principal.ts";
import { foldCurrent, notFound, readLines, readOwnSession } from "../read-session.ts";
import type { SessionStorage } from "../session-storage/session-storage.ts";
import { changesOf, filesAt } from "./files-at.ts";
import { forkImages } from "./fork-images.ts";

export interface ForkCommand {
  readonly title?: string | null;
  readonly agentId?: string;
  readonly modelId?: string | null;
  readonly systemPrompt?: string | null;
  readonly tags?: readonly string[];
  readonly locale?: string | null;
  /** The fork ends with the turn of this message; nothing: with the last. */
  readonly upToMessageId?: string;
  readonly idempotency?: NonNullable<CreateSessionCommand["idempotency"]>;
}

export interface ForkSessionDeps {
  readonly store: Store;
  readonly commit: CommitWrite;
  readonly clock: Pick<Clock, "now">;
  readonly mint: MintId;
  readonly parts: Pick<SessionParts, "checkAgent" | "checkModel">;
  readonly blobs: Pick<BlobKeeping, "renew">;
  readonly storage: Pick<SessionStorage, "copy" | "erase">;
  readonly limits: Pick<Limits, "forkEvents" | "forkBytes" | "titleLength">;
}

export type ForkSession = (
  principal: Principal,
  id: SessionId,
  command: ForkCommand,
) => Promise<Outcome<SessionRecord>>;

export function makeForkSession(deps: ForkSessionDeps): ForkSession {
  return async (principal, id, command) => {
    const repeated = await findRepeated(deps, principal, command);
    if (repeated !== null) return repeated;
    const found = await readOwnSession(deps.store, principal, id);
    if (!found.ok) return found;
    const parent = found.value;
    const idle = await checkIdle(deps, parent);
    if (!idle.ok) return idle;
    const edit = await editOf(deps, parent, command);
    if (!edit.ok) return edit;
    const log = await readForkedLog(deps, parent, command.upToMessageId);
    if (!log.ok) return log;
    const files = await renewedFiles(deps, parent, log.value.lines.length);
    if (!files.ok) return files;
    return commitFork(deps, { principal, command, parent, edit: edit.value, log: log.value, files: files.value });
  };
}

/** A turn that is not at its end has no place at which another session could go on. */
async function checkIdle({ store }: ForkSessionDeps, parent: SessionRecord): Promise<Outcome<null>> {
  const { state } = await foldCurrent(store, parent);
  const name = nameState(state);
  if (state.turn === null && name !== "active") return accept(null);
  const sessionId = parent.id;
  return refuse({ code: "not_allowed", sessionId, action: "fork", state: name, allowed: allowedActions(state) });
}

async function editOf(
  { parts, limits }: ForkSessionDeps,
  { workspaceId, edit }: SessionRecord,
  command: ForkCommand,
): Promise<Outcome<EditFacts>> {
  const { title, tags, agentId, modelId, systemPrompt, locale } = command;
  const agent = agentId === undefined ? accept(edit.agentId) : await parts.checkAgent(workspaceId, agentId);
  if (!agent.ok) return agent;
  const model =
    modelId === undefined
      ? accept(edit.modelId)
      : modelId === null
        ? accept(null)
        : await parts.checkModel(workspaceId, modelId);
  if (!model.ok) return model;
  // What somebody allowed for the rest of that session was not said of this one, and its branch has one tree.
  const { allowedTools: _, branchName: __, initialPrompt: ___, ...settings } = edit.settings;
  return accept({
    title: title === undefined ? forkTitle(edit.title, limits.titleLength) : title,
    tags: tags ?? edit.tags,
    agentId: agent.value,
    harnessId: edit.harnessId,
    modelId: model.value,
    projectId: edit.projectId,
    taskId: edit.taskId,
    settings: {
      ...settings,
      ...(systemPrompt === undefined ? {} : { systemPrompt }),
      ...(locale === undefined ? {} : { locale }),
    },
  });
}

const FORK_MARK = " (fork)";

function forkTitle(title: string | null, maxLength: number): string {
  const whole = title ?? "Session";
  // Never half of a surrogate pair.
  const cut = Array.from(whole).slice(0, maxLength - FORK_MARK.length);
  while (cut.join("").length > maxLength - FORK_MARK.length) cut.pop();
  return cut.join("") + FORK_MARK;
}

async function readForkedLog(
  { store, limits }: ForkSessionDeps,
  { id: sessionId, head }: SessionRecord,
  upToMessageId: string | undefined,
): Promise<Outcome<ForkedLog>> {
  const reader = new ForkReader(upToMessageId ?? null);
  let isWanted = true;
  for await (const lines of readLines(store, { sessionId, after: 0 })) {
    for (const line of lines) {
      isWanted &&= line.seq <= head.seq && reader.add(line);
      if (reader.lineCount > limits.forkEvents) return tooLong("forkEvents", limits.forkEvents);
      if (reader.sizeBytes > limits.forkBytes) return tooLong("forkBytes", limits.forkBytes);
    }
    if (!isWanted) break;
  }
  const log = reader.finish();
  if (log !== null) return accept(log);
  // Without a message there is nothing to miss but the log itself, which was erased in the meantime.
  return upToMessageId === undefined
    ? notFound(sessionId)
    : refuse({ code: "not_found", kind: "message", id: upToMessageId });
}

function tooLong(setting: keyof Limits, limit: number) {
  return refuse({ code: "too_large", what: "the log up to where it is to be forked", limit, setting });
}

async function renewedFiles(
  { store, blobs }: ForkSessionDeps,
  parent: SessionRecord,
  seq: number,
): Promise<Outcome<readonly FileChange[]>> {
  const files = await filesAt(store, parent, seq);
  const hashes = new Set(files.map(({ hash }) => hash).filter((hash): hash is BlobHash => hash !== null));
  for (const hash of hashes) {
    // Contents go only when every session that names them is erased.
    if (!(await blobs.renew(hash))) return notFound(parent.id);
  }
  return accept(changesOf(files));
}

interface Fork {
  readonly principal: Principal;
  readonly command: ForkCommand;
  readonly parent: SessionRecord;
  readonly edit: EditFacts;
  readonly log: ForkedLog;
  readonly files: readonly FileChange[];
}

async function commitFork(deps: ForkSessionDeps, fork: Fork): Promise<Outcome<SessionRecord>> {
  const { store, mint } = deps;
  const { parent, log, command } = fork;
  const sessionId = mint("session");
  const place = { workspaceId: parent.workspaceId, from: parent.id, to: sessionId };
  const images = await forkImages(deps, log.lines, place);
  const discard = async () => {
    await images.discard();
    await deps.storage.erase(sessionId);
  };
  const write = writeOf(deps, fork, { sessionId, rename: (json) => images.rename(json) });
  await deps.storage.copy({ workspaceId: parent.workspaceId, sessionId: parent.id }, sessionId);
  const result = await deps.commit(write).catch(async (cause: unknown) => {
    await discard();
    throw cause;
  });
  if (result.kind === "committed") return readOwnSession(store, fork.principal, sessionId);
  await discard();
  if (result.kind === "duplicate") return answerRepeat(deps, command, { bodyHash: result.bodyHash, id: result.madeId });
  throw new Error(`Making session ${sessionId} of ${parent.id} was answered ${result.kind}`);
}

function writeOf(
  deps: ForkSessionDeps,
  { principal, command, parent, edit, log, files }: Fork,
  { sessionId, rename }: { readonly sessionId: SessionId; readonly rename: (dataJson: string) => string },
): SessionWrite {
  const { mint, clock } = deps;
  const forkedFrom = { sessionId: parent.id, seq: log.lines.length };
  const closing = log.closing.map((fact) => draft(mint, {}, fact));
  const copies = log.lines.slice(1).map((line): DraftLine => ({
    id: mint("event"),
    type: line.type,
    contextJson: line.contextJson,
    dataJson: rename(line.dataJson),
  }));
  // A fork is nobody's child, whoever started the session that it was taken from, and no program was started for it.
  const { parentId: _, isolation: __, ...state } = foldDrafts(log.state, closing, clock.now());
  const { idempotency } = command;
  const origin = { origin: "api", forked_from_session_id: parent.id, forked_from_seq: forkedFrom.seq } as const;
  const created = createdEvent(mint, edit, { harness: parent.harness, ...origin });
  return {
    sessionId,
    create: {
      workspaceId: parent.workspaceId,
      createdBy: principal.userId,
      harness: parent.harness,
      conversationId: null,
      edit: { ...edit, settings: { ...edit.settings, origin: "api", forkedFrom } },
      idempotency: idempotency === undefined ? null : { principal: principal.userId, ...idempotency },
    },
    events: [encodeDraft(created), ...copies, ...closing.map(encodeDraft)],
    fold: { state, through: 0 },
    sum: { messageCount: log.messageCount },
    ...(log.preview === null ? {} : { preview: log.preview }),
    ...(log.outputPreview === null ? {} : { outputPreview: log.outputPreview }),
    ...(files.length === 0 ? {} : { files }),
  };
}
