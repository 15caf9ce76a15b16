/**
 * Changes what a person may change of a session: facts of class `edit`, with an event. Title, tags and model are set
 * without a fence. Settings are one column, so what is written is made of what was read: nobody may come between, and a
 * change of them is a decision like any other (A1). So is a change of the project, which the next turn begins with.
 */
import { draft } from "../core/decide/plan.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { Fact } from "../core/events/envelope.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { NetworkRules } from "../core/network-rules.ts";
import type { SessionReads, SessionWrite, WriteResult } from "../core/ports/store.ts";
import type { ClientTool, ToolPolicies } from "../core/records/client-tool.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { EditFacts, SessionRecord, SessionSettings } from "../core/session.ts";
import type { KeyedQueue } from "../lib/keyed-queue.ts";
import type { CommitWrite } from "./commit.ts";
import type { SessionParts } from "./create-session.ts";
import { checkWork, workSettings } from "./new-session.ts";
import type { WorkSettings } from "./new-session.ts";
import { projectAfter } from "./project-work/change-project.ts";
import { mergePatch } from "./records/merge-patch.ts";
import type { Principal } from "./principal.ts";
import { notFound, readOwnSession } from "./read-session.ts";

export interface EditSessionCommand extends WorkSettings {
  readonly title?: string | null;
  readonly tags?: readonly string[];
  readonly modelId?: string | null;
  readonly systemPrompt?: string | null;
  readonly maxIterations?: number | null;
  readonly locale?: string | null;
  readonly whenBusy?: SessionSettings["whenBusy"];
  readonly networkAccess?: NetworkRules | null;
  readonly hints?: Readonly<Record<string, unknown>> | null;
  /** In place of those before. */
  readonly tools?: readonly ClientTool[];
  /** Merged with those before; null takes one away. */
  readonly toolPolicies?: Readonly<Record<string, "auto" | "approve" | null>>;
  readonly allowedTools?: readonly string[];
  readonly taskId?: string | null;
  /** Id or slug; null takes it out of the one that it is in. */
  readonly projectId?: string | null;
  /** Merged with what is there (RFC 7396). */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface EditSessionDeps {
  readonly store: Pick<SessionReads, "readSession">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly parts: Pick<SessionParts, "checkModel" | "checkTools" | "findProject">;
  /** By session; shared by everything that touches its tree. */
  readonly queue: Pick<KeyedQueue, "run">;
}

export type EditSession = (
  principal: Principal,
  id: SessionId,
  command: EditSessionCommand,
) => Promise<Outcome<SessionRecord>>;

const ATTEMPTS = 1_000;

export function makeEditSession(deps: EditSessionDeps): EditSession {
  const edit = editing(deps);
  return (principal, id, command) => {
    const work = () => edit(principal, id, command);
    // Nobody makes its working tree meanwhile, in the repository of the project that it leaves.
    return command.projectId === undefined ? work() : deps.queue.run(id, work);
  };
}

function editing(deps: EditSessionDeps): EditSession {
  return async (principal, id, command) => {
    const changed = Object.keys(command).filter((key) => command[key as keyof EditSessionCommand] !== undefined);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await readOwnSession(deps.store, principal, id);
      if (!found.ok) return found;
      const edit = await editOf(deps, found.value, command);
      if (!edit.ok) return edit;
      if (changed.length === 0) return found;
      const result = await deps.commit(writeOf(deps, found.value, { edit: edit.value, changed }));
      if (result.kind === "stale") continue;
      if (result.kind === "absent") return notFound(id);
      const edited = result.kind === "committed" ? editedOf(found.value, edit.value, result) : null;
      return edited === null ? readOwnSession(deps.store, principal, id) : accept(edited);
    }
    throw new Error(`Session ${id} moved on ${ATTEMPTS} times while one change was being made`);
  };
}

/** What a read would show now, without one; nothing when somebody else has committed in between. */
function editedOf(
  record: SessionRecord,
  edit: Partial<EditFacts>,
  { head, lines }: Extract<WriteResult, { kind: "committed" }>,
): SessionRecord | null {
  const [line] = lines;
  if (line === undefined || head.seq !== record.head.seq + 1) return null;
  return { ...record, head, updatedAt: line.ts, edit: { ...record.edit, ...edit } };
}

function writeOf(
  { mint }: EditSessionDeps,
  { id: sessionId, head }: SessionRecord,
  { edit, changed }: { readonly edit: Partial<EditFacts>; readonly changed: string[] },
): SessionWrite {
  const fact: Fact = { type: "session.updated", data: { changed, ...shownOf(edit) } };
  const write = { sessionId, events: [encodeDraft(draft(mint, {}, fact))], edit };
  return edit.settings === undefined && edit.projectId === undefined
    ? write
    : { ...write, epoch: head.epoch, raises: true };
}

async function editOf(
  deps: EditSessionDeps,
  record: SessionRecord,
  command: EditSessionCommand,
): Promise<Outcome<Partial<EditFacts>>> {
  const work = checkWork(command);
  if (!work.ok) return work;
  const { title, tags, modelId, taskId, projectId, ...rest } = command;
  const project = projectId === undefined ? accept(undefined) : await projectAfter(deps.parts, record, projectId);
  if (!project.ok) return project;
  const model =
    modelId === undefined || modelId === null
      ? accept(modelId)
      : await deps.parts.checkModel(record.workspaceId, modelId);
  if (!model.ok) return model;
  const settings = settingsOf(rest, record.edit.settings);
  const tooling = deps.parts.checkTools({
    tools: settings.tools ?? [],
    policies: settings.toolPolicies ?? {},
    capabilities: record.edit.settings.capabilities ?? [],
  });
  if (!tooling.ok) return tooling;
  return accept({
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(model.value === undefined ? {} : { modelId: model.value }),
    ...(taskId === undefined ? {} : { taskId }),
    ...(project.value === undefined ? {} : { projectId: project.value }),
    ...(Object.keys(settings).length === 0 ? {} : { settings: { ...record.edit.settings, ...settings } }),
  });
}

function settingsOf(
  { toolPolicies, data, ...command }: Omit<EditSessionCommand, "title" | "tags" | "modelId" | "taskId" | "projectId">,
  before: SessionSettings,
): SessionSettings {
  const { systemPrompt, maxIterations, locale, whenBusy, networkAccess, hints, tools, allowedTools } = command;
  return {
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(locale === undefined ? {} : { locale }),
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(networkAccess === undefined ? {} : { networkAccess }),
    ...(hints === undefined ? {} : { hints }),
    ...(tools === undefined ? {} : { tools }),
    ...(allowedTools === undefined ? {} : { allowedTools: [...new Set(allowedTools)] }),
    ...workSettings(command),
    // A merge of two objects is one.
    ...(data === undefined ? {} : { data: mergePatch(before.data, data) as NonNullable<SessionSettings["data"]> }),
    ...(toolPolicies === undefined ? {} : { toolPolicies: mergedPolicies(before.toolPolicies ?? {}, toolPolicies) }),
  };
}

function mergedPolicies(before: ToolPolicies, patch: NonNullable<EditSessionCommand["toolPolicies"]>): ToolPolicies {
  const merged = Object.entries({ ...before, ...patch });
  return Object.fromEntries(merged.flatMap(([name, policy]) => (policy === null ? [] : [[name, policy] as const])));
}

function shownOf({ title, tags }: Partial<EditFacts>) {
  return { ...(title === undefined ? {} : { title }), ...(tags === undefined ? {} : { tags: [...tags] }) };
}
