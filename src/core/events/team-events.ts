/** Events of working beside others: reservations, what an IDE's agent did, decisions. */
import { z } from "zod";

const reserved = { reservation_ids: z.array(z.string()), paths: z.array(z.string()), repository: z.string() };
const holder = z.object({
  path: z.string(),
  held_by_session_id: z.string(),
  reservation_id: z.string(),
  expires_at: z.string(),
});

export const teamEvents = {
  "reservation.acquired": z.object({
    ...reserved,
    mode: z.enum(["exclusive", "shared"]),
    branch: z.string().optional(),
    tool_use_id: z.string().optional(),
    ttl_ms: z.number().int(),
  }),
  "reservation.denied": z.object({
    paths: z.array(z.string()),
    repository: z.string(),
    holders: z.array(holder),
    tool_use_id: z.string().optional(),
    reason: z.string(),
  }),
  "reservation.released": z.object({
    ...reserved,
    reason: z.enum(["released", "session_ended", "committed", "forced", "unused"]),
    by_user_id: z.string().optional(),
  }),
  "reservation.expired": z.object(reserved),
  /** A write into what somebody else holds, seen after the fact. */
  "reservation.violated": z.object({
    paths: z.array(z.string()),
    repository: z.string(),
    holders: z.array(holder),
    tool_use_id: z.string().optional(),
    command: z.string().optional(),
  }),
  "decision.recorded": z.object({
    decision_id: z.string(),
    title: z.string(),
    rationale: z.string().optional(),
    decision_type: z.string().optional(),
    files: z.array(z.string()).optional(),
    tags: z.array(z.string()).optional(),
    supersedes: z.string().optional(),
  }),
  /** The agent was told what was waiting for it: messages and notices. */
  "context.delivered": z.object({ text: z.string(), message_ids: z.array(z.string()).optional() }),
  /** A hook could not be read, or the server was away and the gap was reported later (R9). */
  "hook.faulted": z.object({ raw_event: z.string().optional(), reason: z.string() }),
} as const;
