/** What turns wait for: a person's word on a call, and the results of calls that the client carries out itself. */
import type {
  Approval as WireApproval,
  ApprovalList as WireApprovalList,
  ApprovalRuleList as WireApprovalRuleList,
  ToolResultsAccepted as WireToolResultsAccepted,
} from "../doors/native/schema/approval.ts";
import { sessionPath } from "./sessions.ts";
import type {
  AnswerApproval,
  Approval,
  ApprovalList,
  ApprovalRuleList,
  PageQuery,
  ToolResult,
  ToolResultsAccepted,
} from "./shapes.ts";
import type { Transport } from "./transport.ts";

export interface ListApprovals {
  readonly sessionId?: string;
  /** At most 100 sessions' worth a page. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface Approvals {
  /** The inbox: what waits for an answer, over all sessions or in one. */
  list(query?: ListApprovals): Promise<ApprovalList>;
  /** Everything that waits, page after page. */
  all(query?: Omit<ListApprovals, "cursor">): AsyncGenerator<Approval, void, undefined>;
  /** Also one that is long settled. */
  get(sessionId: string, approvalId: string): Promise<Approval>;
  /** The first answer counts; another one is a `SeraiError` with code `already_answered`. */
  answer(sessionId: string, approvalId: string, answer: AnswerApproval | "allow" | "deny"): Promise<Approval>;
  /** What you have allowed for good. */
  rules(query?: Omit<PageQuery, "search">): Promise<ApprovalRuleList>;
  /** Be asked again. */
  revokeRule(ruleId: string): Promise<void>;
}

export function makeApprovals({ json, empty }: Transport): Approvals {
  const list: Approvals["list"] = (query = {}) =>
    json<WireApprovalList>({ method: "GET", path: "/approvals", query: { ...query } });
  const at = (sessionId: string, id: string) => sessionPath(sessionId, `/approvals/${encodeURIComponent(id)}`);
  return {
    list,
    all: (query) => allPages(list, query ?? {}),
    get: (sessionId, id) => json<WireApproval>({ method: "GET", path: at(sessionId, id) }),
    answer: (sessionId, id, given) =>
      json<WireApproval>({
        method: "POST",
        path: at(sessionId, id),
        json: typeof given === "string" ? { answer: given } : given,
      }),
    rules: (query) => json<WireApprovalRuleList>({ method: "GET", path: "/approval-rules", query: { ...query } }),
    revokeRule: (ruleId) => empty({ method: "DELETE", path: `/approval-rules/${encodeURIComponent(ruleId)}` }),
  };
}

async function* allPages(list: Approvals["list"], query: ListApprovals): AsyncGenerator<Approval, void, undefined> {
  let page = await list({ limit: 100, ...query });
  for (;;) {
    yield* page.data;
    if (page.nextCursor === null) return;
    page = await list({ limit: 100, ...query, cursor: page.nextCursor });
  }
}

export interface ToolResults {
  /** One for each call of `tool.call_requested`, all at once. */
  create(sessionId: string, toolResults: readonly ToolResult[]): Promise<ToolResultsAccepted>;
}

export function makeToolResults({ json }: Transport): ToolResults {
  return {
    create: (sessionId, toolResults) =>
      json<WireToolResultsAccepted>({
        method: "POST",
        path: sessionPath(sessionId, "/tool-results"),
        json: { toolResults },
      }),
  };
}
