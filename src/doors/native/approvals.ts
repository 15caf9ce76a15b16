/** What waits for a person or for the client: the inbox, answers, rules, and results of the client's tools. */
import { z } from "zod";
import type { AnswerApproval } from "../../app/answer-approval.ts";
import type { GivenResult, GiveToolResults } from "../../app/give-tool-results.ts";
import type { ApprovalReads, ApprovalsQuery } from "../../app/list-approvals.ts";
import type { ApprovalRules } from "../../app/records/approval-rules.ts";
import type { Limits } from "../../core/limits.ts";
import { idParam } from "../../http/input.ts";
import { cursorParam, encodeCursor, offsetPage } from "../../http/paging.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeApproval, encodeRule } from "./encode-approval.ts";
import { sessionPath } from "./params.ts";
import { envelopeOf } from "./record-page.ts";
import {
  answerApprovalBody,
  approval,
  approvalList,
  approvalRuleList,
  ruleQuery,
  toolResultsAccepted,
  toolResultsBody,
} from "./schema/approval.ts";

export interface ApprovalUseCases {
  readonly approvals: ApprovalReads;
  readonly answerApproval: AnswerApproval;
  readonly giveToolResults: GiveToolResults;
  readonly approvalRules: Pick<ApprovalRules, "list" | "revoke">;
}

export interface ApprovalRouteDeps {
  readonly uses: ApprovalUseCases;
  readonly limits: Limits;
}

const group = "approvals";
const approvalPath = z.object({ session_id: idParam("session"), approval_id: idParam("approval") });
const rulePath = z.object({ rule_id: idParam("rule") });
const inboxQuery = z.object({
  limit: offsetPage.limit,
  cursor: cursorParam("session").optional(),
  status: z.enum(["pending"]).optional(),
  session_id: idParam("session").optional(),
  root_id: idParam("session").optional(),
});

export function approvalRoutes(deps: ApprovalRouteDeps): readonly Route[] {
  return [
    inboxRoute(deps),
    getRoute(deps),
    answerRoute(deps),
    rulesRoute(deps),
    revokeRoute(deps),
    toolResultsRoute(deps),
  ];
}

function inboxRoute({ uses }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/approvals",
      id: "listApprovals",
      group,
      summary: "List what waits for a person's word, over all sessions",
      description:
        "Newest sessions first. With `session_id`, those of one session; with `root_id`, of that session and all below it.",
      query: inboxQuery,
      responses: { 200: { description: "A page of approvals", schema: approvalList } },
      refusals: ["not_found"],
    },
    async ({ principal, query }) =>
      answer(await uses.approvals.list(principal, inboxOf(query)), ({ approvals, next }) =>
        json(200, {
          data: approvals.map(encodeApproval),
          limit: query.limit,
          has_more: next !== null,
          next_cursor: next === null ? null : encodeCursor(next),
        }),
      ),
  );
}

function inboxOf({ limit, cursor, session_id, root_id }: z.output<typeof inboxQuery>): ApprovalsQuery {
  return {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(session_id === undefined ? {} : { sessionId: session_id }),
    ...(root_id === undefined ? {} : { rootId: root_id }),
  };
}

function getRoute({ uses }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/approvals/{approval_id}",
      id: "getApproval",
      group,
      summary: "Get an approval, also one that is long settled",
      params: approvalPath,
      responses: { 200: { description: "The approval", schema: approval } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.approvals.get(principal, params.session_id, params.approval_id), (found) =>
        json(200, encodeApproval(found)),
      ),
  );
}

function answerRoute({ uses }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/approvals/{approval_id}",
      id: "answerApproval",
      group,
      summary: "Answer an approval",
      description:
        "Allowed, the call is made; denied, the agent is told so. The first answer counts: the same again is answered " +
        "the same, another one is a 409 that says what was answered.",
      params: approvalPath,
      body: { kind: "json", schema: answerApprovalBody },
      responses: { 200: { description: "The approval as it is now", schema: approval } },
      refusals: ["not_found", "already_answered"],
    },
    async ({ principal, params, body }) => {
      const { answer: said, scope, reason } = body;
      const why = reason === undefined ? {} : { reason };
      const command = { approvalId: params.approval_id, answer: said, scope, ...why };
      return answer(await uses.answerApproval(principal, params.session_id, command), (answered) =>
        json(200, encodeApproval(answered)),
      );
    },
  );
}

function rulesRoute({ uses }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/approval-rules",
      id: "listApprovalRules",
      group,
      summary: "List what you have allowed for good",
      query: ruleQuery,
      responses: { 200: { description: "A page of rules, newest first", schema: approvalRuleList } },
    },
    async ({ principal, query }) => {
      const page = await uses.approvalRules.list(principal, { offset: query.offset, limit: query.limit });
      return json(200, envelopeOf(page, query, encodeRule));
    },
  );
}

function revokeRoute({ uses }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: "/approval-rules/{rule_id}",
      id: "revokeApprovalRule",
      group,
      summary: "Be asked again",
      description: "It counts from the next turn of every session on.",
      params: rulePath,
      responses: { 204: { description: "Revoked" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.approvalRules.revoke(principal, params.rule_id), () => empty(204)),
  );
}

function toolResultsRoute({ uses, limits }: ApprovalRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/tool-results",
      id: "createToolResults",
      group: "messages",
      summary: "Give the results of the calls that the client was asked for",
      description:
        "All calls of `tool.call_requested` at once. While the turn waits for nothing of the kind this is a 409, " +
        "which may be tried again: the session may be just about to wait.",
      params: sessionPath,
      body: {
        kind: "json",
        schema: toolResultsBody,
        limit: { maxBytes: limits.fileBodyBytes, setting: "fileBodyBytes" },
      },
      responses: { 200: { description: "The turn has them", schema: toolResultsAccepted } },
      refusals: ["not_found", "not_waiting"],
    },
    async ({ principal, params, body }) =>
      answer(await uses.giveToolResults(principal, params.session_id, body.tool_results.map(givenOf)), (given) =>
        json(200, given),
      ),
  );
}

function givenOf({
  tool_call_id: callId,
  result,
  error,
}: z.output<typeof toolResultsBody>["tool_results"][number]): GivenResult {
  return {
    callId,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
  };
}
