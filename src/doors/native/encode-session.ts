/** From a session's facts to the guide's Session. Statuses are computed here and stored nowhere (S4). */
import type { DescribedSession } from "../../app/describe-sessions.ts";
import { digitsOf } from "../../core/ids.ts";
import type { NetworkRules } from "../../core/network-rules.ts";
import type { SessionSettings, WorkFacts } from "../../core/session.ts";
import { activityOf, nativeStatuses, statusOf } from "../../core/status.ts";
import { usageOf } from "../../core/usage.ts";
import { encodeCheckout, encodeDelivery } from "./encode-delivery.ts";
import type { Session } from "./schema/session.ts";

export interface SessionView {
  readonly nowMs: number;
  /** Scheme and host of this server as the caller knows it. */
  readonly origin: string;
}

export function encodeSession(
  { record, features, isPinned, needsBelow }: DescribedSession,
  { nowMs, origin }: SessionView,
): Session {
  const { facts, edit, sums, head, work } = record;
  return {
    id: record.id,
    organization_id: `org_${digitsOf(record.workspaceId)}`,
    agent_id: edit.agentId,
    harness_id: edit.harnessId,
    harness: record.harness,
    parent_session_id: record.parentId,
    root_session_id: record.rootId,
    title: edit.title,
    tags: [...edit.tags],
    model_id: edit.modelId,
    project_id: edit.projectId,
    task_id: edit.taskId,
    ...encodeSettings(edit.settings),
    features: [...features],
    is_pinned: isPinned,
    status: statusOf(nativeStatuses, facts),
    activity: activityOf(record, nowMs),
    needs: [...facts.needs],
    child_needs: [...needsBelow],
    hold: facts.hold === "none" ? null : facts.hold,
    stop_reason: facts.stopReason === "agent_gone" ? "failed" : facts.stopReason,
    turn_id: facts.turnId,
    turn_count: facts.turnCount,
    message_count: sums.messageCount,
    queued_count: facts.queuedCount,
    ...encodeWork(work),
    isolation: facts.isolation,
    usage: usageOf(sums),
    preview: facts.preview,
    output_preview: facts.outputPreview,
    last_event_seq: head.seq,
    last_active_at: record.lastActiveAt,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    deleted_at: head.deletedAt,
    self_url: `${origin}/api/v1/sessions/${record.id}`,
    view_url: `${origin}/sessions/${record.id}`,
  };
}

function encodeWork({ checkout, delivery }: WorkFacts) {
  return {
    checkout: checkout === null ? null : encodeCheckout(checkout),
    delivery: encodeDelivery(delivery),
  };
}

function encodeSettings(settings: SessionSettings) {
  return {
    capabilities: (settings.capabilities ?? []).map(({ ref, config }) =>
      config === undefined ? { ref } : { ref, config: { ...config } },
    ),
    system_prompt: settings.systemPrompt ?? null,
    max_iterations: settings.maxIterations ?? null,
    locale: settings.locale ?? null,
    when_busy: settings.whenBusy ?? "refuse",
    tools: [...(settings.tools ?? [])],
    tool_policies: { ...settings.toolPolicies },
    allowed_tools: [...(settings.allowedTools ?? [])],
    network_access: rulesOf(settings.networkAccess),
    hints: settings.hints === undefined || settings.hints === null ? null : { ...settings.hints },
    initial_files: (settings.initialFiles ?? []).map(({ path, isReadonly }) => ({ path, is_readonly: isReadonly })),
    forked_from_session_id: settings.forkedFrom?.sessionId ?? null,
    forked_from_seq: settings.forkedFrom?.seq ?? null,
    origin: settings.origin ?? "api",
    role: settings.role ?? null,
    issue_id: settings.issueId ?? null,
    deep_work_id: settings.deepWorkId ?? null,
    branch_name: settings.branchName ?? null,
    auto_commit: settings.autoCommit ?? false,
    model_code: settings.modelCode ?? null,
    initial_prompt: settings.initialPrompt ?? null,
    data: { ...settings.data },
  };
}

function rulesOf(rules: NetworkRules | null | undefined): Session["network_access"] {
  return rules === undefined || rules === null ? null : { allowed: [...rules.allowed], blocked: [...rules.blocked] };
}
