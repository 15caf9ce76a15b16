/** Changes what a person may change of a session: facts of class `edit`, alone and without a fence, with an event. */
import { draft } from "../core/decide/plan.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { Fact } from "../core/events/envelope.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { NetworkRules } from "../core/network-rules.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { EditFacts, SessionRecord, SessionSettings } from "../core/session.ts";
import type { CommitWrite } from "./commit.ts";
import type { SessionParts } from "./create-session.ts";
import type { Principal } from "./principal.ts";
import { notFound, readOwnSession } from "./read-session.ts";

export interface EditSessionCommand {
  readonly title?: string | null;
  readonly tags?: readonly string[];
  readonly modelId?: string | null;
  readonly systemPrompt?: string | null;
  readonly maxIterations?: number | null;
  readonly locale?: string | null;
  readonly whenBusy?: SessionSettings["whenBusy"];
  readonly networkAccess?: NetworkRules | null;
  readonly hints?: Readonly<Record<string, unknown>> | null;
}

export interface EditSessionDeps {
  readonly store: Pick<SessionReads, "readSession">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly parts: Pick<SessionParts, "checkModel">;
}

export type EditSession = (
  principal: Principal,
  id: SessionId,
  command: EditSessionCommand,
) => Promise<Outcome<SessionRecord>>;

export function makeEditSession(deps: EditSessionDeps): EditSession {
  return async (principal, id, command) => {
    const found = await readOwnSession(deps.store, principal, id);
    if (!found.ok) return found;
    const edit = await editOf(deps, found.value, command);
    if (!edit.ok) return edit;
    const changed = Object.keys(command).filter((key) => command[key as keyof EditSessionCommand] !== undefined);
    if (changed.length === 0) return found;
    const fact: Fact = { type: "session.updated", data: { changed, ...shownOf(edit.value) } };
    const event = encodeDraft(draft(deps.mint, {}, fact));
    const result = await deps.commit({ sessionId: id, events: [event], edit: edit.value });
    return result.kind === "absent" ? notFound(id) : readOwnSession(deps.store, principal, id);
  };
}

async function editOf(
  deps: EditSessionDeps,
  record: SessionRecord,
  command: EditSessionCommand,
): Promise<Outcome<Partial<EditFacts>>> {
  const { title, tags, modelId, ...rest } = command;
  const model =
    modelId === undefined || modelId === null
      ? accept(modelId)
      : await deps.parts.checkModel(record.workspaceId, modelId);
  if (!model.ok) return model;
  const settings = settingsOf(rest);
  return accept({
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(model.value === undefined ? {} : { modelId: model.value }),
    ...(Object.keys(settings).length === 0 ? {} : { settings: { ...record.edit.settings, ...settings } }),
  });
}

function settingsOf({
  systemPrompt,
  maxIterations,
  locale,
  whenBusy,
  networkAccess,
  hints,
}: Omit<EditSessionCommand, "title" | "tags" | "modelId">): SessionSettings {
  return {
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(locale === undefined ? {} : { locale }),
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(networkAccess === undefined ? {} : { networkAccess }),
    ...(hints === undefined ? {} : { hints }),
  };
}

function shownOf({ title, tags }: Partial<EditFacts>) {
  return { ...(title === undefined ? {} : { title }), ...(tags === undefined ? {} : { tags: [...tags] }) };
}
