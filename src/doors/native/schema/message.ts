/** Messages on the native wire: what a client may send, and what the log says was said. */
import { z } from "zod";
import { contentPart, imageFilePart, imagePart, messageControls, textPart } from "../../../core/events/content.ts";
import type { Limits } from "../../../core/limits.ts";
import { needNames } from "../../../core/session-words.ts";
import { whenBusy } from "./session.ts";

/** Only what a user can say; calls and results are the agent's and its tools'. */
const userPart = z
  .discriminatedUnion("type", [
    textPart.extend({ text: z.string().min(1, "must not be empty") }),
    imagePart.extend({
      media_type: z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]).optional(),
    }),
    imageFilePart,
  ])
  .meta({ id: "UserContentPart" });

export const clientMessageId = z.string().min(1).max(200);

function userContent(limits: Limits) {
  return z
    .array(userPart)
    .min(1, "must hold at least one part")
    .refine((parts) => parts.filter(({ type }) => type !== "text").length <= limits.imagesPerMessage, {
      error: `holds more than ${limits.imagesPerMessage} images`,
    });
}

export function sendMessageBody(limits: Limits) {
  return z
    .object({
      message: z.object({
        role: z.literal("user").optional(),
        content: userContent(limits),
        controls: messageControls.optional(),
        metadata: z.record(z.string(), z.unknown()).optional(),
        tags: z.array(z.string().max(limits.tagLength)).max(limits.tags).optional(),
      }),
      controls: messageControls.nullish().describe("As message.controls, which wins where both say something"),
      metadata: z.record(z.string(), z.unknown()).nullish(),
      tags: z.array(z.string().max(limits.tagLength)).max(limits.tags).nullish(),
      when_busy: whenBusy.optional(),
      reaction: z
        .enum(["ci_failed"])
        .optional()
        .describe("What the message reacts to. ci_failed: the agent is asked for a fix of the checks that fail now"),
      client_message_id: clientMessageId.nullish(),
    })
    .meta({ id: "SendMessage" });
}

export function editQueuedBody(limits: Limits) {
  return z.object({ content: userContent(limits) }).meta({ id: "EditQueuedMessage" });
}

export const message = z
  .object({
    id: z.string(),
    session_id: z.string(),
    sequence: z.int(),
    role: z.enum(["user", "agent", "tool_result", "system"]),
    content: z.array(contentPart),
    controls: messageControls.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    tags: z.array(z.string()).optional(),
    thinking: z.string().optional(),
    phase: z.enum(["commentary", "final_answer"]).optional(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "Message" });

export const sentMessage = message
  .extend({ delivery: z.enum(["started", "queued", "steered", "resumed", "duplicate"]) })
  .meta({ id: "SentMessage" });

/** With `wait=true`: how the turn ended, or how far it has come. */
export const awaitedMessage = z
  .object({
    status: z
      .enum(["completed", "failed", "cancelled", "waiting", "timeout"])
      .describe("waiting: for somebody to answer `needs`; timeout: it goes on, follow its events"),
    message: sentMessage.describe("As without wait"),
    messages: z.array(message).describe("What was said after it, in order"),
    error: z.string().nullable().describe("Why the turn failed"),
    turn_id: z.string().nullable().describe("null while the message waits in the queue"),
    needs: z.array(z.enum(needNames)),
  })
  .meta({ id: "AwaitedMessage" });

export const messageList = z.object({ data: z.array(message), total: z.int() }).meta({ id: "MessageList" });

export const queuedMessage = z
  .object({
    id: z.string(),
    session_id: z.string(),
    position: z.int().describe("1 is next"),
    content: z.array(contentPart),
    controls: messageControls.optional(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "QueuedMessage" });

export const queue = z.object({ data: z.array(queuedMessage), total: z.int() }).meta({ id: "Queue" });

export type Message = z.infer<typeof message>;
export type SentMessage = z.infer<typeof sentMessage>;
export type AwaitedMessage = z.infer<typeof awaitedMessage>;
export type MessageList = z.infer<typeof messageList>;
export type QueuedMessage = z.infer<typeof queuedMessage>;
export type Queue = z.infer<typeof queue>;
export type SendMessage = z.input<ReturnType<typeof sendMessageBody>>;
