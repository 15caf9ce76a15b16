/** Other sessions that the agent can start, ask, wait for and stop; each works by itself, in its own conversation. */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { awaitSession } from "./await-session.ts";
import { cancelSession } from "./cancel-session.ts";
import { listSessions } from "./list-sessions.ts";
import { sendMessage } from "./send-message.ts";
import { makeStartSession } from "./start-session.ts";

export const agents = defineCapability({
  id: "agents",
  name: "Agents",
  description:
    "Lets the agent start sessions of other agents, send them messages, wait for what they come to, and cancel them. " +
    "agents says which ones may be started, by name or id; all of the workspace if absent.",
  risk: "medium",
  features: ["subagents"],
  prompt:
    "You can hand work to other agents with start_session. Each works in a session of its own and knows nothing of this " +
    "conversation, so its prompt must say everything it needs. Start those that do not depend on each other first, then " +
    "wait for all of them with one await_session; do not ask again and again how far they are.",
  config: z.strictObject({
    agents: z
      .array(z.string().min(1).max(200))
      .max(100)
      .optional()
      .describe("Names or ids of the agents that may be started; all of the workspace if absent"),
  }),
  tools: ({ agents: allowed }) => [makeStartSession(allowed), sendMessage, awaitSession, cancelSession, listSessions],
});
