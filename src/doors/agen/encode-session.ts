/** From a session's facts to Agen's session. */
import type { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import { digitsOf } from "../../core/ids.ts";
import type { SessionRecord } from "../../core/session.ts";
import { activityOf, statusOf } from "../../core/status.ts";
import type { session } from "./schema.ts";
import { agenStatuses } from "./statuses.ts";
import type { AgenUseCases } from "./use-cases.ts";

export type ShownSession = z.infer<typeof session>;

export interface ShowDeps {
  readonly uses: Pick<AgenUseCases, "readModelCodes">;
  readonly now: () => number;
}

export async function showSessions({ uses, now }: ShowDeps, records: readonly SessionRecord[]) {
  const modelOf = await uses.readModelCodes(records);
  return records.map((record) => encodeSession(record, { model: modelOf(record), nowMs: now() }));
}

interface View {
  readonly model: string | null;
  readonly nowMs: number;
}

function encodeSession(record: SessionRecord, { model, nowMs }: View): ShownSession {
  const { edit, facts, work } = record;
  const { settings } = edit;
  return {
    id: record.id,
    title: titleOf(edit.title ?? settings.initialPrompt ?? facts.preview),
    workspace_id: record.workspaceId,
    user_id: record.createdBy ?? NOBODY,
    branch_name: work.checkout?.branch ?? work.delivery?.branch ?? settings.branchName ?? null,
    auto_commit: settings.autoCommit ?? false,
    status: statusOf(agenStatuses, facts),
    origin: originOf(record),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    // One working tree each, isolated as the session's log says.
    sandbox_id: work.checkout === null ? null : `sbx_${digitsOf(record.id)}`,
    ...(model === null ? {} : { model }),
    agent_status: activityOf(record, nowMs),
    merged_at: work.delivery?.mergedAt ?? null,
    deep_work_id: settings.deepWorkId ?? null,
  };
}

/** Of a session that the server made by itself. */
const NOBODY: Principal["userId"] | "" = "";
const NEW_TITLE = "New session";
const MOST_CHARACTERS = 60;

/** A short one, made of the first line where nobody has given one. */
function titleOf(text: string | null): string {
  const line = (text ?? "").trim().split(/\r?\n/, 1)[0] ?? "";
  const characters = Array.from(line);
  if (characters.length === 0) return NEW_TITLE;
  return characters.length <= MOST_CHARACTERS ? line : `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}

function originOf({ edit: { settings } }: SessionRecord): ShownSession["origin"] {
  if ((settings.deepWorkId ?? null) !== null || settings.origin === "deep_work") return "deep_work";
  return (settings.origin ?? "api") === "api" ? "api" : "app";
}
