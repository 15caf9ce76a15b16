/** Questions to a person, the rules that answer them, and results of the client's tools, on the native wire. */
import { z } from "zod";
import { toolCall } from "../../../core/events/content.ts";
import { approvalScopes } from "../../../core/session.ts";
import { listEnvelope, offsetPage } from "../../../http/paging.ts";

export const approvalScope = z.enum(approvalScopes).meta({
  id: "ApprovalScope",
  description:
    "once: this call · session: calls of this tool in this session, those that are asked about now too · " +
    "always: calls of this tool in all sessions that you make with this agent, until you revoke the rule",
});

export const approval = z
  .object({
    id: z.string(),
    session_id: z.string(),
    /** The session at the top, where those of its children are answered too. */
    root_id: z.string(),
    session_title: z.string().nullable(),
    agent_id: z.string().nullable(),
    turn_id: z.string().nullable(),
    status: z.enum(["pending", "answered", "expired", "cancelled"]),
    question: z.string(),
    tool_call: toolCall
      .nullable()
      .describe("Arguments that are too long for an event are `{$omitted_bytes}`; the agent's message has them whole"),
    answer: z.enum(["allow", "deny"]).nullable(),
    scope: approvalScope.nullable(),
    answered_by: z.string().nullable(),
    reason: z.string().nullable(),
    requested_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    settled_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Approval" });

export const approvalList = z
  .object({
    data: z.array(approval),
    limit: z.int(),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  })
  .meta({
    id: "ApprovalList",
    description: "A page ends with the last approval of a session, so it may hold a few more",
  });

export const answerApprovalBody = z
  .object({
    answer: z.enum(["allow", "deny"]),
    scope: approvalScope.default("once"),
    reason: z.string().min(1).max(1_000).optional().describe("With a denial, the agent is told"),
  })
  .meta({ id: "AnswerApproval" });

export const approvalRule = z
  .object({
    id: z.string(),
    user_id: z.string(),
    agent_id: z.string(),
    tool: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "ApprovalRule" });

export const approvalRuleList = listEnvelope(approvalRule).meta({ id: "ApprovalRuleList" });
export const ruleQuery = z.object(offsetPage);

const MAX_RESULTS = 256;

const clientResult = z
  .object({
    tool_call_id: z.string().min(1).max(1_000),
    result: z.unknown().optional().describe("Any JSON; the model reads text as it is, and everything else as JSON"),
    error: z.string().min(1).optional(),
  })
  .refine(({ result, error }) => result !== undefined || error !== undefined, "has neither result nor error")
  .meta({ id: "ClientToolResult" });

export const toolResultsBody = z
  .object({ tool_results: z.array(clientResult).min(1).max(MAX_RESULTS) })
  .meta({ id: "ToolResults", description: "One for each call that the turn waits for" });

export const toolResultsAccepted = z
  .object({ accepted: z.int(), status: z.string() })
  .meta({ id: "ToolResultsAccepted" });

export type Approval = z.infer<typeof approval>;
export type ApprovalList = z.infer<typeof approvalList>;
export type AnswerApproval = z.input<typeof answerApprovalBody>;
export type ApprovalRule = z.infer<typeof approvalRule>;
export type ApprovalRuleList = z.infer<typeof approvalRuleList>;
export type ToolResults = z.input<typeof toolResultsBody>;
export type ToolResultsAccepted = z.infer<typeof toolResultsAccepted>;
