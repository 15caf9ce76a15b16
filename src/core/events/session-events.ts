/** Events of a session's own life: making, changing, holding, ending. Nothing in here happens inside a model call. */
import { z } from "zod";
import { message, usage } from "./content.ts";

const turnRef = { turn_id: z.string() };

export const sessionEvents = {
  "session.created": z.object({
    harness: z.string(),
    harness_id: z.string().optional(),
    agent_id: z.string().optional(),
    model_id: z.string().optional(),
    title: z.string().optional(),
    origin: z.string().optional(),
    /** Started by that session, under that root. */
    parent_session_id: z.string().optional(),
    root_session_id: z.string().optional(),
    /** What follows up to that seq is a copy of the other session's log. */
    forked_from_session_id: z.string().optional(),
    forked_from_seq: z.number().int().optional(),
  }),
  "session.updated": z.object({
    changed: z.array(z.string()),
    title: z.string().nullable().optional(),
    tags: z.array(z.string()).optional(),
  }),
  "session.title.updated": z.object({ title: z.string() }),
  "session.model.changed": z.object({ model_id: z.string() }),
  "session.activated": z.object({ ...turnRef, input_message_id: z.string() }),
  "session.idled": z.object({
    turn_id: z.string().optional(),
    iterations: z.number().int().optional(),
    usage: usage.optional(),
  }),
  "session.paused": z.object({ by: z.enum(["person", "budget"]), reason: z.string().optional() }),
  "session.resumed": z.object({ by: z.enum(["person", "budget"]) }),
  "session.completed": z.object({ reason: z.string().optional() }),
  "session.failed": z.object({ error: z.string() }),
  "session.killed": z.object({ reason: z.string().optional() }),
  "session.reopened": z.object({ was: z.enum(["completed", "failed"]) }),
  "session.deleted": z.object({ purge_after: z.string().optional() }),
  "session.restored": z.object({}),
  "input.message": z.object({
    message,
    /** False for the words that a cancel puts into the log (ruling 7), and for those given to an agent that rests. */
    starts_turn: z.boolean().optional(),
    /** It waited in the queue until now. */
    from_queue: z.boolean().optional(),
  }),
  "message.queued": z.object({ message }),
  "message.unqueued": z.object({ message_id: z.string(), reason: z.enum(["deleted", "edited", "cleared"]) }),
  "file.written": z.object({
    path: z.string(),
    operation: z.enum(["write", "delete", "mkdir", "move", "copy", "restore"]),
    size_bytes: z.number().int().optional(),
    created: z.boolean().optional(),
    version: z.number().int().optional(),
  }),
} as const;
