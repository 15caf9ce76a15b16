/**
 * What an agent is told with the answer to its hook: the briefing, then notices and messages that wait for it. Reading
 * marks nothing; whoever commits the hook's facts commits with them that these were told, so each is told once.
 */
import type { Message } from "../../core/events/content.ts";
import type { SessionId } from "../../core/ids.ts";
import { textOf } from "../../core/fold-turn.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Notice, TeamReads } from "../../core/ports/team.ts";
import type { QueuedMessage } from "../../core/session.ts";
import { takesContext } from "../../core/team/context-moments.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import type { Principal } from "../principal.ts";
import { isObserved } from "./told.ts";
import type { Watched } from "./watched-session.ts";

export interface Briefs {
  /** Contract: reads only. The whole picture, for an agent that begins. */
  readonly whole: (principal: Principal, sessionId: SessionId) => Promise<string>;
  /** What is new since it was last told; nothing when nothing is. */
  readonly delta: (principal: Principal, sessionId: SessionId) => Promise<string | null>;
}

export interface NewsDeps {
  readonly store: Pick<SessionReads, "readQueue"> & Pick<TeamReads, "readNotices">;
  readonly briefs: Briefs;
}

export interface News {
  readonly text: string | null;
  readonly delivered: readonly QueuedMessage[];
  readonly noticesShown: readonly number[];
}

const NONE: News = { text: null, delivered: [], noticesShown: [] };
const NOTICES_AT_ONCE = 20;
const MESSAGES_AT_ONCE = 10;
/** IDEs spill or drop more than about 10,000 characters. */
const LONGEST = 9_500;

export async function gatherNews(
  { store, briefs }: NewsDeps,
  {
    principal,
    watched,
    event,
  }: { readonly principal: Principal; readonly watched: Watched; readonly event: HookEvent },
): Promise<News> {
  const { session } = watched;
  // What is told once is for the agent itself: one that it has started takes it along when it ends.
  if (event.subagentId !== undefined) return NONE;
  if (event.moment === "pre_tool" || !takesContext(event.agentType, event.moment)) return NONE;
  const isBeginning = event.moment === "session_start";
  const brief = isBeginning
    ? await briefs.whole(principal, session.id)
    : event.moment === "turn_start"
      ? await briefs.delta(principal, session.id)
      : null;
  const notices = await store.readNotices(session.id, NOTICES_AT_ONCE);
  // What waits for a spawned agent are turns to come, which its harness begins.
  const isWaiting = isObserved(watched) && session.facts.queuedCount > 0;
  const waiting = isWaiting ? await store.readQueue(session.id) : [];
  return compose(brief, notices, waiting.slice(0, MESSAGES_AT_ONCE));
}

/** What does not fit stays where it waits; a single thing that is too long for any answer is cut. */
function compose(brief: string | null, notices: readonly Notice[], waiting: readonly QueuedMessage[]): News {
  const parts = brief === null ? [] : [brief.slice(0, LONGEST)];
  let length = parts[0]?.length ?? 0;
  const fits = (text: string) => {
    if (parts.length > 0 && length + text.length > LONGEST) return false;
    parts.push(text.slice(0, LONGEST));
    length += text.length;
    return true;
  };
  const told = notices.filter(({ text }) => fits(text));
  const delivered = waiting.filter((queued) => fits(`Message for you: ${textOfQueued(queued)}`));
  return {
    text: parts.length === 0 ? null : parts.join("\n\n"),
    delivered,
    noticesShown: told.map(({ id }) => id),
  };
}

function textOfQueued({ messageJson }: QueuedMessage): string {
  // Written by us as a Message; the store keeps it as text.
  return textOf((JSON.parse(messageJson) as Message).content);
}
