/** From approvals and their rules to the native wire. */
import type { ListedApproval } from "../../app/list-approvals.ts";
import type { ApprovalRule as RuleResource } from "../../app/records/approval-rules.ts";
import { approvalScopes } from "../../core/session.ts";
import type { Approval, ApprovalRule } from "./schema/approval.ts";

const STATUSES = { allow: "answered", deny: "answered", expired: "expired", cancelled: "cancelled" } as const;

export function encodeApproval({ approval, session }: ListedApproval): Approval {
  const { settled, toolCall } = approval;
  const answer = settled?.answer;
  return {
    id: approval.id,
    session_id: approval.sessionId,
    // No session has children yet: each is its own root.
    root_id: approval.sessionId,
    session_title: session.edit.title,
    agent_id: session.edit.agentId,
    turn_id: approval.turnId,
    status: answer === undefined ? "pending" : STATUSES[answer],
    question: approval.question,
    tool_call: toolCall === null ? null : { ...toolCall, arguments: toolCall.arguments ?? null },
    answer: answer === "allow" || answer === "deny" ? answer : null,
    scope: approvalScopes.find((scope) => scope === settled?.scope) ?? null,
    answered_by: settled?.by ?? null,
    reason: settled?.reason ?? null,
    requested_at: approval.requestedAt,
    expires_at: approval.expiresAt,
    settled_at: settled?.at ?? null,
  };
}

export function encodeRule({ id, body, createdAt }: RuleResource): ApprovalRule {
  return { id, user_id: body.user_id, agent_id: body.agent_id, tool: body.tool, created_at: createdAt };
}
