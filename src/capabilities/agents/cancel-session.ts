/** Stops what a session that was started is doing; the session stays and can be asked again. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { SESSIONS_CLASS, withSessions } from "./here.ts";

export const cancelSession = defineTool({
  name: "cancel_session",
  description:
    "Cancels the work of a session that you have started, and of those that it has started itself. It keeps what it has " +
    "and can be sent messages again.",
  input: z.object({ session_id: z.string().min(1).describe("As start_session gave it") }),
  hints: { isRepeatable: true, isReadonly: false, concurrencyClass: SESSIONS_CLASS },
  run: ({ session_id }, context) =>
    withSessions(context, async (sessions) => {
      const cancelled = await sessions.cancel(session_id);
      if (!cancelled.ok) return fail(cancelled.reason);
      return say(cancelled.value.status === "cancelled" ? "Its work is cancelled" : "It was not working on anything");
    }),
});
