/** Events of a turn: reasoning, acting, waiting, ending. The order in which they stand is rule E5. */
import { z } from "zod";
import { contentPart, message, toolCall, usage } from "./content.ts";

const turnRef = { turn_id: z.string() };
const modelRef = z.object({ model: z.string(), model_id: z.string().optional(), provider_id: z.string().optional() });

export const stopReasons = ["end_turn", "max_iterations", "max_tokens", "refusal", "failed", "cancelled"] as const;

export const turnEvents = {
  "turn.started": z.object({ ...turnRef, input_message_id: z.string() }),
  "turn.completed": z.object({
    ...turnRef,
    iterations: z.number().int(),
    stop_reason: z.enum(stopReasons),
    duration_ms: z.number().optional(),
    usage: usage.optional(),
    final_message_id: z.string().optional(),
    tool_call_count: z.number().int().optional(),
  }),
  "turn.failed": z.object({
    ...turnRef,
    error: z.string(),
    error_code: z.string(),
    iterations: z.number().int().optional(),
    usage: usage.optional(),
  }),
  "turn.cancelled": z.object({ ...turnRef, reason: z.string().optional(), usage: usage.nullable().optional() }),
  "turn.interrupted": z.object({ ...turnRef, reason: z.string(), attempt: z.number().int() }),
  "reason.started": z.object({
    ...turnRef,
    harness_id: z.string().optional(),
    agent_id: z.string().optional(),
    iteration: z.number().int().optional(),
    metadata: modelRef.optional(),
  }),
  "reason.completed": z.object({
    ...turnRef,
    success: z.boolean(),
    text_preview: z.string().optional(),
    has_tool_calls: z.boolean(),
    tool_call_count: z.number().int(),
    error: z.string().optional(),
    duration_ms: z.number().optional(),
    usage: usage.optional(),
  }),
  "reason.thinking.started": z.object({ ...turnRef, model: z.string().optional() }),
  "reason.thinking.completed": z.object({ ...turnRef, thinking: z.string() }),
  "output.message.started": z.object({
    ...turnRef,
    message_id: z.string(),
    iteration: z.number().int().optional(),
    model: z.string().optional(),
  }),
  "output.message.completed": z.object({
    message,
    metadata: modelRef.optional(),
    usage: usage.optional(),
    error_code: z.string().optional(),
    /** What the same provider wants to get back verbatim (reasoning items, signatures); opaque, of the harness. */
    provider_content: z.unknown().optional(),
  }),
  "llm.generation": z.object({
    through_seq: z.number().int(),
    tools: z.array(z.string()).optional(),
    output: z.object({
      text_length: z.number().int(),
      tool_calls: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
    }),
    metadata: z.object({
      model: z.string(),
      provider: z.string().optional(),
      success: z.boolean(),
      error: z.string().optional(),
      duration_ms: z.number().optional(),
      time_to_first_token_ms: z.number().optional(),
      finish_reasons: z.array(z.string()).optional(),
      response_id: z.string().optional(),
      usage: usage.optional(),
      retry: z.object({ attempts: z.number().int(), total_wait_ms: z.number() }).optional(),
    }),
  }),
  "act.started": z.object({ ...turnRef, tool_calls: z.array(toolCall), headline: z.string().optional() }),
  "act.completed": z.object({
    ...turnRef,
    completed: z.boolean(),
    success_count: z.number().int(),
    error_count: z.number().int(),
    duration_ms: z.number().optional(),
  }),
  "tool.started": z.object({ tool_call: toolCall, display_name: z.string().optional() }),
  "tool.progress": z.object({ tool_call_id: z.string(), tool_name: z.string(), message: z.string() }),
  "tool.completed": z.object({
    tool_call_id: z.string(),
    tool_name: z.string(),
    success: z.boolean(),
    status: z.enum(["success", "error", "timeout", "cancelled"]),
    result: z.array(contentPart).optional(),
    error: z.string().optional(),
    duration_ms: z.number().optional(),
  }),
  "tool.call_requested": z.object({ tool_calls: z.array(toolCall) }),
  "approval.requested": z.object({
    approval_id: z.string(),
    tool_call: toolCall.optional(),
    question: z.string(),
    expires_at: z.string().optional(),
  }),
  "approval.answered": z.object({
    approval_id: z.string(),
    answer: z.enum(["allow", "deny", "cancelled"]),
    scope: z.string().optional(),
    /** The user who answered. */
    by: z.string().optional(),
    reason: z.string().optional(),
  }),
  "approval.expired": z.object({ approval_id: z.string() }),
  "quota.waiting": z.object({ ...turnRef, resets_at: z.string(), reason: z.string() }),
  "quota.resumed": z.object({ ...turnRef }),
  "context.compacting": z.object({
    reason: z.enum(["proactive_budget", "request_too_large", "manual"]),
    strategy: z.string(),
    messages_before: z.number().int(),
  }),
  "context.compacted": z.object({
    strategy_used: z.enum(["observation_masking", "summarization"]),
    messages_before: z.number().int(),
    messages_after: z.number().int(),
    duration_ms: z.number(),
    /** Masking: tool results of these calls are left out of the prompt from here on. */
    masked_call_ids: z.array(z.string()).optional(),
    /** Summarising: stands in the prompt for everything before `keep_from_message_id`. */
    summary: z.string().optional(),
    keep_from_message_id: z.string().nullable().optional(),
  }),
  "budget.warning": z.object({ budget_id: z.string(), balance: z.number(), limit: z.number(), currency: z.string() }),
  "budget.exhausted": z.object({ budget_id: z.string(), balance: z.number(), limit: z.number(), currency: z.string() }),
  "budget.resumed": z.object({ budget_id: z.string(), balance: z.number(), limit: z.number(), currency: z.string() }),
} as const;
