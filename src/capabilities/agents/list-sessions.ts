/** What became of the sessions that were started. */
import { z } from "zod";

import { describeChild } from "../../core/child-sessions.ts";
import { defineTool } from "../define-tool.ts";
import { say } from "../tool-results.ts";
import { withSessions } from "./here.ts";

const TEXT_SHOWN = 200;

export const listSessions = defineTool({
  name: "list_sessions",
  description:
    "Lists the sessions that you have started, newest first: how each stands and the beginning of what it said.",
  input: z.object({}),
  hints: { isRepeatable: true, isReadonly: true },
  run: (_input, context) =>
    withSessions(context, async (sessions) => {
      const children = await sessions.list();
      if (children.length === 0) return say("No session was started yet");
      const shown = children.map((child) => describeChild({ ...child, text: child.text.slice(0, TEXT_SHOWN) }));
      return say(JSON.stringify(shown, null, 2));
    }),
});
