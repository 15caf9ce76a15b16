/** Events of an agent that is a program of its own: when it started and ended, and what only such an agent says. */
import { z } from "zod";
import { isolations } from "../session-words.ts";

export const processEvents = {
  "process.started": z.object({
    pid: z.number().int(),
    /** As it was started, without its arguments. */
    program: z.string(),
    /** What it says of itself. */
    version: z.string().optional(),
    /** The conversation as the agent itself names it; given back to it after a restart. */
    agent_session_id: z.string(),
    isolation: z.enum(isolations),
    /** Links in the checkout that its sandbox could not protect, though settings are read through them. */
    unprotected: z.array(z.string()).optional(),
    /** It remembers the conversation so far. */
    resumed: z.boolean(),
  }),
  "process.exited": z.object({
    exit_code: z.number().int().optional(),
    signal: z.string().optional(),
    /** A sentence for people. */
    reason: z.string(),
  }),
  /** What the agent means to do; each one takes the place of the one before. */
  "plan.updated": z.object({
    turn_id: z.string(),
    entries: z.array(z.object({ content: z.string(), priority: z.string(), status: z.string() })),
  }),
} as const;
