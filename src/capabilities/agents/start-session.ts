/** Hands work to another agent. The call names the session it makes, so run again it finds the same one. */
import { z } from "zod";

import { describeChild } from "../../core/child-sessions.ts";
import type { Tool } from "../../core/ports/tools.ts";
import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { SESSIONS_CLASS, withSessions } from "./here.ts";

export function makeStartSession(allowed: readonly string[] | undefined): Tool {
  const which = allowed === undefined ? "" : ` Agents that can be started: ${allowed.join(", ") || "none"}.`;
  return defineTool({
    name: "start_session",
    description:
      "Starts a session of another agent and gives it a first message. It works by itself while you go on; wait for what " +
      `it comes to with await_session.${which}`,
    input: z.object({
      agent: z.string().trim().min(1).max(200).describe("Name or id of the agent"),
      prompt: z.string().min(1).describe("What it is to do, with everything that it has to know"),
      title: z.string().trim().min(1).max(200).optional().describe("A few words by which people find the session"),
    }),
    hints: { isRepeatable: true, isReadonly: false, concurrencyClass: SESSIONS_CLASS },
    run: ({ agent, prompt, title }, context) =>
      withSessions(context, async (sessions) => {
        const started = await sessions.start({
          callId: context.callId,
          agent,
          text: prompt,
          ...(title === undefined ? {} : { title }),
          ...(allowed === undefined ? {} : { allowed }),
        });
        if (!started.ok) return fail(`No session was started: ${started.reason}`);
        const { session_id, title: named, status } = describeChild(started.value);
        return say(JSON.stringify({ session_id, title: named, status }));
      }),
  });
}
