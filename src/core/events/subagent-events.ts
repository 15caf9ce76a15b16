/** Events of a session about those that it has started. Their own logs say what they did. */
import { z } from "zod";
import { usage } from "./content.ts";

const ended = {
  subagent_session_id: z.string(),
  subagent_name: z.string().optional(),
  /** Of the child, whose end this is. */
  turn_id: z.string(),
  status: z.string(),
  /** First characters of what it said last; the whole is in its log. */
  result: z.string().optional(),
  /** What the turn used; it is part of this session's usage from here on. */
  usage: usage.optional(),
};

export const subagentEvents = {
  "subagent.spawned": z.object({
    subagent_session_id: z.string(),
    subagent_name: z.string().optional(),
    /** First characters of what it was asked for. */
    task: z.string(),
    status: z.string(),
    tool_call_id: z.string().optional(),
  }),
  "subagent.completed": z.object(ended),
  "subagent.failed": z.object({ ...ended, error: z.string() }),
  "subagent.cancelled": z.object(ended),
  /** A session below one of this session's own has used this; it is part of this session's usage from here on. */
  "subagent.usage": z.object({ subagent_session_id: z.string(), usage }),
  /** The call ends when all of them have come to rest, or the time is up. */
  "subagent.awaited": z.object({
    tool_call_id: z.string(),
    session_ids: z.array(z.string()),
    timeout_ms: z.number().int(),
  }),
} as const;
