/** From a session's facts to Agen's session. */
import type { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import { digitsOf } from "../../core/ids.ts";
import type { SessionRecord } from "../../core/session.ts";
import { shortTitle } from "../../core/short-title.ts";
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
    title: edit.title ?? shortTitle(facts.preview ?? "") ?? NEW_TITLE,
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
function originOf({ edit: { settings } }: SessionRecord): ShownSession["origin"] {
  if ((settings.deepWorkId ?? null) !== null || settings.origin === "deep_work") return "deep_work";
  return (settings.origin ?? "api") === "api" ? "api" : "app";
}
