/**
 * The inbox: approvals that wait for a person, over all sessions of a workspace. A page holds whole sessions, newest
 * first, so what it costs follows the page: the sessions are found by what they need, and of each only its last
 * questions are read.
 */
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { FactPredicate } from "../core/status.ts";
import { findApproval, findPending } from "./find-approval.ts";
import type { ApprovalView } from "./find-approval.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface SessionPlace {
  readonly at: string;
  readonly id: SessionId;
}

export interface ApprovalsQuery {
  readonly sessionId?: SessionId;
  /** Of this session and of all below it. */
  readonly rootId?: SessionId;
  readonly cursor?: SessionPlace;
  /** A page has as many or, with the last session's, a few more. */
  readonly limit: number;
}

export interface ListedApproval {
  readonly approval: ApprovalView;
  readonly session: SessionRecord;
}

export interface ApprovalPage {
  readonly approvals: readonly ListedApproval[];
  /** Where the next page begins; nothing: this is the last. */
  readonly next: SessionPlace | null;
}

export interface ApprovalReads {
  list(principal: Principal, query: ApprovalsQuery): Promise<Outcome<ApprovalPage>>;
  get(principal: Principal, sessionId: SessionId, approvalId: string): Promise<Outcome<ListedApproval>>;
}

export interface ApprovalReadDeps {
  readonly store: Pick<SessionReads, "listSessions" | "readSession" | "readLog" | "readLogBack">;
}

const ASKING: FactPredicate = { kind: "facts", tests: { needs: ["approval"] } };
const SESSIONS_AT_ONCE = 20;
/** An approval shows up to 40 KiB of arguments; a page stops before it grows out of hand. */
const PAGE_BYTES = 1024 * 1024;

export function makeApprovalReads(deps: ApprovalReadDeps): ApprovalReads {
  return {
    async list(principal, query) {
      const named = query.sessionId ?? query.rootId;
      if (named === undefined) return accept(await listAll(deps, principal, query));
      const found = await readOwnSession(deps.store, principal, named);
      if (!found.ok) return found;
      if (query.sessionId === undefined)
        return accept(await listTree(deps, principal, { ...query, root: found.value }));
      return accept({ approvals: await listOf(deps, found.value), next: null });
    },
    async get(principal, sessionId, approvalId) {
      const found = await readOwnSession(deps.store, principal, sessionId);
      if (!found.ok) return found;
      const approval = await findApproval(deps.store, sessionId, approvalId);
      if (approval === undefined) return refuse({ code: "not_found", kind: "approval", id: approvalId });
      return accept({ approval, session: found.value });
    },
  };
}

async function listOf({ store }: ApprovalReadDeps, session: SessionRecord): Promise<readonly ListedApproval[]> {
  return (await findPending(store, session)).map((approval) => ({ approval, session }));
}

/** What the session at the top asks itself comes first, beside the first page. */
async function listTree(
  deps: ApprovalReadDeps,
  principal: Principal,
  { root, ...query }: ApprovalsQuery & { readonly root: SessionRecord },
): Promise<ApprovalPage> {
  const own = query.cursor === undefined ? await listOf(deps, root) : [];
  const below = await listAll(deps, principal, query);
  return { ...below, approvals: [...own, ...below.approvals] };
}

async function listAll(
  deps: ApprovalReadDeps,
  { workspaceId }: Principal,
  { limit, cursor: from, rootId }: ApprovalsQuery,
): Promise<ApprovalPage> {
  const approvals: ListedApproval[] = [];
  let sizeBytes = 0;
  let cursor = from;
  for (;;) {
    const place = { ...(cursor === undefined ? {} : { cursor }), ...(rootId === undefined ? {} : { rootId }) };
    const query = { workspaceId, where: ASKING, order: "created_at", limit: SESSIONS_AT_ONCE, ...place } as const;
    const { sessions, hasMore } = await deps.store.listSessions(query);
    for (const [index, session] of sessions.entries()) {
      const found = await listOf(deps, session);
      approvals.push(...found);
      sizeBytes += Buffer.byteLength(JSON.stringify(found.map(({ approval }) => approval)));
      cursor = { at: session.createdAt, id: session.id };
      const isLast = !hasMore && index === sessions.length - 1;
      if (isLast) return { approvals, next: null };
      if (approvals.length >= limit || sizeBytes >= PAGE_BYTES) return { approvals, next: cursor };
    }
    if (sessions.length === 0) return { approvals, next: null };
  }
}
