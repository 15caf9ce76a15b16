/**
 * Lists a workspace's sessions, newest first, by keyset cursor or by offset. Filters by status go through the same table
 * that computes it (C1). Totals are exact up to a cap and then say so.
 */
import { nativeStatuses, wherePredicate } from "../core/status.ts";
import type { FactPredicate, NativeStatus } from "../core/status.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionOrder, SessionQuery, SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { HarnessName, Need, SessionRecord } from "../core/session.ts";
import type { Pins } from "./pins.ts";
import type { Principal } from "./principal.ts";

export interface ListSessionsQuery {
  readonly status?: NativeStatus;
  /** What another door's table of statuses makes of one of its words (S7). */
  readonly where?: FactPredicate;
  readonly agentId?: string;
  readonly harness?: HarnessName;
  readonly projectId?: string;
  readonly taskId?: string;
  readonly parentId?: SessionId;
  readonly rootId?: SessionId;
  readonly tags?: readonly string[];
  readonly search?: string;
  /** One of them at least. */
  readonly needs?: readonly Need[];
  readonly isPinned?: boolean;
  /** Those in the trash instead of the others. */
  readonly isDeleted?: boolean;
  readonly mine?: boolean;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly order?: SessionOrder;
  readonly cursor?: { readonly at: string; readonly id: SessionId };
  readonly offset?: number;
  readonly limit: number;
}

export interface ListedSessions {
  readonly sessions: readonly SessionRecord[];
  readonly total: number;
  readonly isTotalCapped: boolean;
  readonly hasMore: boolean;
}

export type ListSessions = (principal: Principal, query: ListSessionsQuery) => Promise<Outcome<ListedSessions>>;

export const TOTAL_CAP = 10_000;

export interface ListSessionsDeps {
  readonly store: Pick<SessionReads, "listSessions" | "countSessions">;
  readonly pins: Pick<Pins, "of">;
}

export function makeListSessions({ store, pins }: ListSessionsDeps): ListSessions {
  return async (principal, query) => {
    const {
      status,
      where: given,
      needs,
      mine,
      isPinned,
      cursor,
      offset,
      limit,
      order = "created_at",
      ...filters
    } = query;
    const predicate = predicateOf(status, needs, given);
    const where: Omit<SessionQuery, "order" | "cursor" | "offset" | "limit"> = {
      ...filters,
      workspaceId: principal.workspaceId,
      ...(predicate === undefined ? {} : { where: predicate }),
      ...(isPinned === true ? { ids: [...(await pins.of(principal))] } : {}),
      ...(mine === true ? { createdBy: principal.userId } : {}),
    };
    const place = {
      order,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(offset === undefined ? {} : { offset }),
    };
    const page = await store.listSessions({ ...where, ...place });
    const total = await store.countSessions(where, TOTAL_CAP);
    return accept({ ...page, total, isTotalCapped: total >= TOTAL_CAP });
  };
}

function predicateOf(
  status: NativeStatus | undefined,
  needs: readonly Need[] | undefined,
  given: FactPredicate | undefined,
): FactPredicate | undefined {
  const of: FactPredicate[] = given === undefined ? [] : [given];
  if (status !== undefined) of.push(wherePredicate(nativeStatuses, status));
  if (needs !== undefined) of.push({ kind: "facts", tests: { needs } });
  return of.length < 2 ? of[0] : { kind: "all", of };
}
