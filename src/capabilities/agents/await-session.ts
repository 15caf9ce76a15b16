/**
 * Waits for sessions that were started, without running: what has come to rest is told at once; otherwise the turn is
 * parked, and the call ends when all of them rest or the time is up.
 */
import { z } from "zod";

import { describeChildren } from "../../core/child-sessions.ts";
import type { ChildSession } from "../../core/child-sessions.ts";
import type { Sessions, SessionsAnswer } from "../../core/ports/tools.ts";
import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { withSessions } from "./here.ts";

const MAX_SESSIONS = 50;

export const awaitSession = defineTool({
  name: "await_session",
  description:
    "Waits until sessions that you have started have finished what they are doing, and tells for each how it ended and " +
    "what it said last. Give several ids to wait for all of them; none, to wait for all that still run.",
  input: z.object({
    session_id: z.string().min(1).optional().describe("One session"),
    session_ids: z.array(z.string().min(1)).max(MAX_SESSIONS).optional().describe("Several; instead of session_id"),
    timeout: z
      .number()
      .positive()
      .optional()
      .describe("Seconds to wait at most. Of several waits in one step the shortest ends them all"),
  }),
  hints: { isRepeatable: true, isReadonly: true },
  run: ({ session_id, session_ids = [], timeout }, context) =>
    withSessions(context, async (sessions) => {
      const ids = [...new Set([...(session_id === undefined ? [] : [session_id]), ...session_ids])];
      const looked = ids.length === 0 ? await lookAtRunning(sessions) : await sessions.look(ids);
      if (!looked.ok) return fail(looked.reason);
      const children = looked.value;
      if (children.every(({ isAtRest }) => isAtRest)) return say(describeChildren(children));
      const sessionIds = children.map(({ sessionId }) => sessionId);
      const timeoutMs = Math.min(sessions.maxWaitMs, (timeout ?? Infinity) * 1_000);
      return { status: "success", content: [], awaits: { sessionIds, timeoutMs } };
    }),
});

async function lookAtRunning(sessions: Sessions): Promise<SessionsAnswer<readonly ChildSession[]>> {
  const children = await sessions.list();
  if (children.length === 0) return { ok: false, reason: "You have started no session yet; do so with start_session" };
  const running = children.filter(({ isAtRest }) => !isAtRest);
  return { ok: true, value: running.length === 0 ? children : running };
}
