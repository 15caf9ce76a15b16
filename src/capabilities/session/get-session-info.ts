/** What the session's own agent may know about it. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { say } from "../tool-results.ts";

export const getSessionInfo = defineTool({
  name: "get_session_info",
  description: "Says what is known about this session: its id, title, tags, agent, model and usage.",
  input: z.object({}),
  hints: { isRepeatable: true, isReadonly: true },
  async run(_input, { ports }) {
    return say(JSON.stringify(await ports.session.describe()));
  },
});
