/**
 * Briefings: what an agent should know of the others, as it begins and with each prompt. Only reads.
 *
 * What an agent was last told is a place of the feed, kept in memory: a delta costs one read when nothing has happened.
 * A place that was lost (a restart) costs the agent a whole briefing instead.
 */
import type { SessionId } from "../../core/ids.ts";
import type { Outcome } from "../../core/refusal.ts";
import { accept } from "../../core/refusal.ts";
import { NOBODY, renderBriefing } from "../../core/team/briefing.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";
import { gatherFacts } from "./briefing-facts.ts";
import type { BriefOptions, BriefsDeps } from "./briefing-facts.ts";
import { readNews } from "./briefing-news.ts";

export interface Briefs {
  brief(principal: Principal, options?: BriefOptions): Promise<Outcome<string>>;
  /** The whole picture, for an agent that begins. */
  whole(principal: Principal, sessionId: SessionId): Promise<string>;
  /** What is new since it was last told; nothing when nothing is. */
  delta(principal: Principal, sessionId: SessionId): Promise<string | null>;
}

/** Sessions whose place in the feed is kept; whoever falls out is told everything again. */
const MOST_PLACES = 10_000;

export function makeBriefs(deps: BriefsDeps): Briefs {
  const told = new Map<SessionId, number>();

  async function endOfFeed({ workspaceId }: Principal): Promise<number> {
    return (await deps.store.readFeed({ workspaceId, after: Number.MAX_SAFE_INTEGER, limit: 1 })).end;
  }

  function note(sessionId: SessionId, place: number): void {
    told.delete(sessionId);
    const [oldest] = told.keys();
    if (oldest !== undefined && told.size >= MOST_PLACES) told.delete(oldest);
    told.set(sessionId, place);
  }

  async function whole(principal: Principal, sessionId: SessionId): Promise<string> {
    // Before the facts are read, so that nothing falls between.
    const place = await endOfFeed(principal);
    const text = renderBriefing(await gatherFacts(deps, principal, { sessionId }));
    note(sessionId, place);
    return text;
  }

  return {
    async brief(principal, options = {}) {
      const { sessionId } = options;
      const own = sessionId === undefined ? accept(null) : await readOwnSession(deps.store, principal, sessionId);
      return own.ok ? accept(renderBriefing(await gatherFacts(deps, principal, options))) : own;
    },
    whole,
    async delta(principal, sessionId) {
      const after = told.get(sessionId);
      if (after === undefined) {
        const text = await whole(principal, sessionId);
        return text === NOBODY ? null : text;
      }
      const news = await readNews(deps, principal, { sessionId, after });
      note(sessionId, news.through);
      return news.text;
    },
  };
}
