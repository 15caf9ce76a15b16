/**
 * Approval rules: tools that a user has allowed for good with an agent. A rule is found by its name, so asking whether
 * there is one is a single look-up, and allowing twice is the same as once. It holds in sessions that its user made.
 */
import type { UserId, WorkspaceId } from "../../core/ids.ts";
import type { Role } from "../../core/ports/keys.ts";
import type { ApprovalRuleBody } from "../../core/records/bodies.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { applyRecord } from "./apply-record.ts";
import { findRecord, getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { listRecords } from "./list-records.ts";
import type { RecordListQuery, RecordPage } from "./list-records.ts";
import { removeRecord } from "./remove-record.ts";
import { notFound } from "./resource.ts";
import type { Resource } from "./resource.ts";

export interface RuleOwner {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly role: Role;
}

export interface RuleSubject {
  readonly userId: string;
  readonly agentId: string;
  readonly tool: string;
}

export type ApprovalRule = Resource<ApprovalRuleBody>;

export interface ApprovalRules {
  /** The caller's own. */
  list(owner: RuleOwner, query: RecordListQuery): Promise<RecordPage<ApprovalRuleBody>>;
  /** One's own; owners of the workspace may take away anybody's. */
  revoke(owner: RuleOwner, id: string): Promise<Outcome<ApprovalRule>>;
  allow(
    owner: RuleOwner,
    rule: Omit<RuleSubject, "userId">,
  ): Promise<Outcome<{ readonly id: string; readonly isNew: boolean }>>;
  isAllowed(workspaceId: WorkspaceId, rule: RuleSubject): Promise<boolean>;
}

function nameOf({ userId, agentId, tool }: RuleSubject): string {
  return `${userId} ${agentId} ${tool}`;
}

export function makeApprovalRules({ approvalRule: kind }: Pick<Kinds, "approvalRule">): ApprovalRules {
  return {
    list: ({ workspaceId, userId }, query) => listRecords(kind, { workspaceId }, { ...query, search: `${userId} ` }),
    async revoke(owner, id) {
      const found = await getRecord(kind, owner, id);
      if (!found.ok) return found;
      const isMine = found.value.body.user_id === owner.userId || owner.role === "owner";
      return isMine ? removeRecord(kind, owner, found.value.id) : notFound(kind, id);
    },
    async allow(owner, { agentId, tool }) {
      const body: ApprovalRuleBody = { user_id: owner.userId, agent_id: agentId, tool };
      const name = nameOf({ userId: owner.userId, agentId, tool });
      const applied = await applyRecord(kind, owner, { name, body });
      return applied.ok ? accept({ id: applied.value.resource.id, isNew: applied.value.isNew }) : applied;
    },
    async isAllowed(workspaceId, rule) {
      return (await findRecord(kind, { workspaceId }, nameOf(rule))) !== undefined;
    },
  };
}
