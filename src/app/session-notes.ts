/** What a session's own tools may see of it and set on it: facts, and its title. */
import { draft } from "../core/decide/plan.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { SessionNotes } from "../core/ports/tools.ts";
import { nativeStatuses, statusOf } from "../core/status.ts";
import { usageOf } from "../core/usage.ts";
import type { CommitWrite } from "./commit.ts";

export interface SessionNotesDeps {
  readonly store: Pick<SessionReads, "readSession">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly limits: Pick<Limits, "titleLength">;
}

export function makeSessionNotes(deps: SessionNotesDeps): (sessionId: SessionId) => SessionNotes {
  return (sessionId) => ({
    async describe() {
      const record = await deps.store.readSession(sessionId);
      if (record === undefined) return { id: sessionId, status: "deleted" };
      const { edit, facts, createdAt } = record;
      const { title, tags, agentId, modelId } = edit;
      const status = statusOf(nativeStatuses, facts);
      const { turnCount } = facts;
      return {
        id: sessionId,
        title,
        tags,
        status,
        agentId,
        modelId,
        createdAt,
        turnCount,
        usage: usageOf(record.sums),
      };
    },
    async setTitle(title) {
      if (title.length > deps.limits.titleLength) {
        return { ok: false, reason: `A title has at most ${deps.limits.titleLength} characters` };
      }
      const event = draft(deps.mint, {}, { type: "session.title.updated", data: { title } });
      const result = await deps.commit({ sessionId, events: [encodeDraft(event)], edit: { title } });
      return result.kind === "committed" ? { ok: true } : { ok: false, reason: "The session is gone" };
    },
  });
}
