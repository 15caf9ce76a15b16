/** From a session's facts to the three forms in which Viben's page shows one. */
import type { z } from "zod";
import type { SessionRecord } from "../../core/session.ts";
import { capitalsOf } from "./capitals.ts";
import type { createdSession, listedSession, session } from "./schema.ts";
import { vibenStatusOf } from "./statuses.ts";

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
