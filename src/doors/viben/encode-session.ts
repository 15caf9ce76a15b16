/** From a session's facts to the three forms in which Viben's page shows one. */
import type { z } from "zod";
import { harnessNames } from "../../core/session-words.ts";
import type { HarnessName } from "../../core/session-words.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { createdSession, listedSession, session } from "./schema.ts";
import { vibenStatusOf } from "./statuses.ts";

/** `claude-code` is CLAUDE_CODE there. */
export function capitalsOf(harness: HarnessName): string {
  return harness.toUpperCase().replaceAll("-", "_");
}

export function harnessOf(capitals: string): HarnessName | undefined {
  return harnessNames.find((name) => capitalsOf(name) === capitals);
}

export function encodeCreated(record: SessionRecord): z.infer<typeof createdSession> {
  return {
    id: record.id,
    agent_id: record.edit.agentId ?? capitalsOf(record.harness),
    task_id: record.edit.taskId,
    status: vibenStatusOf(record),
    created_at: record.createdAt,
  };
}

export function encodeListed(record: SessionRecord): z.infer<typeof listedSession> {
  return { ...encodeCreated(record), last_active: record.lastActiveAt, message_count: record.sums.messageCount };
}

export function encodeSession(record: SessionRecord, model: string | null): z.infer<typeof session> {
  const workdir = record.work.checkout?.path ?? null;
  return { ...encodeListed(record), data: { ...record.edit.settings.data, workdir, model } };
}
