/**
 * What people, agents and tools say: content parts and messages, as they stand in the log and on the native wire.
 * These schemas are the truth for stored data; their types are inferred. Field names are the wire's.
 */
import { z } from "zod";

export const textPart = z.object({ type: z.literal("text"), text: z.string() });
export const imagePart = z.object({
  type: z.literal("image"),
  url: z.string().optional(),
  base64: z.string().optional(),
  media_type: z.string().optional(),
});
export const imageFilePart = z.object({
  type: z.literal("image_file"),
  image_id: z.string(),
  filename: z.string().optional(),
});
export const toolCallPart = z.object({
  type: z.literal("tool_call"),
  id: z.string(),
  name: z.string(),
  arguments: z.unknown(),
});
export const toolResultPart = z.object({
  type: z.literal("tool_result"),
  tool_call_id: z.string(),
  result: z.unknown().optional(),
  error: z.string().optional(),
});

export const contentPart = z
  .discriminatedUnion("type", [textPart, imagePart, imageFilePart, toolCallPart, toolResultPart])
  .meta({ id: "ContentPart" });

export const messageControls = z
  .object({
    model_id: z.string().optional(),
    max_tokens: z.number().int().positive().optional(),
    temperature: z.number().min(0).max(2).optional(),
    reasoning: z
      .object({ effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).optional() })
      .optional(),
  })
  .meta({ id: "MessageControls" });

export const message = z
  .object({
    id: z.string(),
    role: z.enum(["user", "agent", "tool_result", "system"]),
    content: z.array(contentPart),
    controls: messageControls.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    tags: z.array(z.string()).optional(),
    thinking: z.string().optional(),
    phase: z.enum(["commentary", "final_answer"]).optional(),
    created_at: z.string().optional(),
  })
  .meta({ id: "MessageContent" });

export const usage = z
  .object({
    input_tokens: z.number().int().nonnegative(),
    output_tokens: z.number().int().nonnegative(),
    cache_read_tokens: z.number().int().nonnegative().optional(),
    cache_creation_tokens: z.number().int().nonnegative().optional(),
    cost_usd: z.number().nonnegative().optional(),
  })
  .meta({ id: "Usage" });

export const toolCall = z.object({ id: z.string(), name: z.string(), arguments: z.unknown() });

export type ContentPart = z.infer<typeof contentPart>;
export type MessageControls = z.infer<typeof messageControls>;
export type Message = z.infer<typeof message>;
export type Usage = z.infer<typeof usage>;
export type ToolCall = z.infer<typeof toolCall>;
