/** Says something to a session that was started: it joins the turn that runs there, or begins the next. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { SESSIONS_CLASS, withSessions } from "./here.ts";

const DELIVERIES: Readonly<Record<string, string>> = {
  started: "It begins to work on the message now",
  steered: "The turn that runs there reads the message at its next step",
  resumed: "The turn there goes on with the message",
  queued: "It reads the message when it is done with what it does now",
};

export const sendMessage = defineTool({
  name: "send_message",
  description:
    "Sends a message to a session that you have started: to ask it for more, or to set right what it does. A turn that " +
    "runs there reads it at its next step.",
  input: z.object({
    session_id: z.string().min(1).describe("As start_session gave it"),
    text: z.string().min(1).describe("The message"),
  }),
  hints: { isRepeatable: true, isReadonly: false, concurrencyClass: SESSIONS_CLASS },
  run: ({ session_id: sessionId, text }, context) =>
    withSessions(context, async (sessions) => {
      const sent = await sessions.send({ callId: context.callId, sessionId, text });
      if (!sent.ok) return fail(`The message was not sent: ${sent.reason}`);
      return say(DELIVERIES[sent.value.delivery] ?? "The message was sent before");
    }),
});
