/** The session as its own agent sees it: what it is, and what it is called. */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { getSessionInfo } from "./get-session-info.ts";
import { writeSessionTitle } from "./write-session-title.ts";

export const session = defineCapability({
  id: "session",
  name: "Session",
  description: "Lets the agent see facts about its session and give it a title.",
  risk: "low",
  features: [],
  config: z.strictObject({}),
  tools: () => [getSessionInfo, writeSessionTitle],
});
