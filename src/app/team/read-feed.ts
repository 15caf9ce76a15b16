/** Pages of a workspace's feed: the last `limit` lines by default, the first after a place, or the last before one. */
import type { SessionId } from "../../core/ids.ts";
import type { FeedLine, FeedReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";

export interface ReadFeedQuery {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly sessionId?: SessionId;
}

/** Always oldest first. */
export type ReadFeed = (principal: Principal, query: ReadFeedQuery) => Promise<Outcome<readonly FeedLine[]>>;

export interface ReadFeedDeps {
  readonly store: Pick<FeedReads, "readFeed" | "readFeedBack">;
}

export function makeReadFeed({ store }: ReadFeedDeps): ReadFeed {
  return async ({ workspaceId }, { after, before, ...query }) => {
    if (after !== undefined && before !== undefined) {
      return refuse({ code: "invalid_cursor", path: "after", reason: "give one of after and before" });
    }
    const read = { ...query, workspaceId };
    if (after !== undefined) return accept(await readOn(store, { ...read, after }));
    return accept(await store.readFeedBack({ ...read, ...(before === undefined ? {} : { before }) }));
  };
}

/** A store may stop a page early; this one is read to its limit or to the end of the feed. */
async function readOn(
  store: ReadFeedDeps["store"],
  { after, limit, ...read }: Parameters<FeedReads["readFeed"]>[0],
): Promise<readonly FeedLine[]> {
  const lines: FeedLine[] = [];
  for (let from = after; ;) {
    const page = await store.readFeed({ ...read, after: from, limit: limit - lines.length });
    lines.push(...page.lines);
    from = page.through;
    if (lines.length >= limit || page.through >= page.end) return lines;
  }
}
