/** Viben's page as schemas: exactly its keys, those that may be empty as null (ruling 16). */
import { z } from "zod";
import type { Limits } from "../../core/limits.ts";
import { messageText } from "../../http/dialect-input.ts";
import { plainText } from "../../http/input.ts";
import { vibenWords } from "./statuses.ts";

const MAX_NAME = 255;

const made = {
  id: z.string(),
  agent_id: z.string().describe("An agent's id, or a harness in capitals: CLAUDE_CODE"),
  task_id: z.string().nullable(),
  status: z.enum(vibenWords),
  created_at: z.iso.datetime(),
};

export const createdSession = z.object(made).meta({ id: "VibenCreatedSession" });

export const listedSession = z
  .object({ ...made, last_active: z.iso.datetime(), message_count: z.int() })
  .meta({ id: "VibenListedSession" });

export const session = listedSession
  .extend({
    data: z.looseObject({ workdir: z.string().nullable(), model: z.string().nullable() }),
  })
  .meta({ id: "VibenSession" });

export const sessionList = z.object({ sessions: z.array(listedSession) }).meta({ id: "VibenSessionList" });

export function createBody(limits: Limits) {
  return z
    .object({
      agent_id: plainText(z.string().min(1).max(MAX_NAME)),
      task_id: plainText(z.string().max(MAX_NAME)).nullish(),
      prompt: messageText(limits).nullish(),
    })
    .meta({ id: "VibenCreateSession" });
}

const MAX_DATA = 64 * 1024;

const patchData = z
  .record(z.string(), z.unknown())
  .refine((data) => !("workdir" in data) && !("model" in data), "must not hold workdir or model, which are computed")
  .refine((data) => JSON.stringify(data).length <= MAX_DATA, "has more than 64 KiB");

export function patchBody(limits: Limits) {
  return z
    .object({
      status: z.enum(vibenWords).optional(),
      data: patchData.optional().describe("Merged with what is there (RFC 7396)"),
      prompt: messageText(limits)
        .optional()
        .describe("Before the first turn the prompt that begins it; later the session's system prompt"),
    })
    .meta({ id: "VibenPatchSession" });
}

export function messageBody(limits: Limits) {
  return z.object({ content: messageText(limits) }).meta({ id: "VibenSendMessage" });
}

export const sentMessage = z
  .object({ message_id: z.string(), status: z.literal("sent"), timestamp: z.iso.datetime() })
  .meta({ id: "VibenSentMessage" });

export const deletedSession = z.object({ deleted: z.string() }).meta({ id: "VibenDeletedSession" });
