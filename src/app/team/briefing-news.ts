/** What the others have done since an agent was last told, read off the feed: one read when there is nothing. */
import { parseLine } from "../../core/events/envelope.ts";
import type { KnownEvent } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { FeedLine } from "../../core/ports/team.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import { agentLine, renderNews } from "../../core/team/briefing.ts";
import type { Principal } from "../principal.ts";
import type { BriefsDeps } from "./briefing-facts.ts";
import { readUserNames } from "./user-names.ts";

const NEWS_TYPES = [
  "session.created",
  "reservation.acquired",
  "reservation.released",
  "reservation.expired",
  "reservation.violated",
  "decision.recorded",
] as const;

/** More has happened than anybody reads; the newest of it counts. */
const MOST_LINES = 200;
const MOST_READS = 10;

export interface News {
  readonly text: string | null;
  readonly through: number;
}

export async function readNews(
  deps: BriefsDeps,
  principal: Principal,
  { sessionId, after }: { readonly sessionId: SessionId; readonly after: number },
): Promise<News> {
  const { lines, through } = await readFeed(deps, principal, after);
  const others = lines.filter((line) => line.sessionId !== sessionId);
  if (others.length === 0) return { text: null, through };
  const repository = (await deps.store.readPresence(sessionId))?.tree?.repository ?? null;
  const who = await readWho(deps, principal, others);
  const events = others.flatMap((line) => {
    const event = parseLine(line);
    return event.known && isNear(event, repository) ? [event] : [];
  });
  const told = events.flatMap((event) => tell(event, { events, who: who(event.sessionId) }));
  return { text: renderNews([...new Set(told)]), through };
}

async function readFeed(
  { store }: BriefsDeps,
  { workspaceId }: Principal,
  after: number,
): Promise<{ readonly lines: readonly FeedLine[]; readonly through: number }> {
  let lines: readonly FeedLine[] = [];
  let from = after;
  for (let reads = 0; reads < MOST_READS; reads++) {
    const page = await store.readFeed({ workspaceId, after: from, limit: MOST_LINES, types: NEWS_TYPES });
    lines = [...lines, ...page.lines].slice(-MOST_LINES);
    from = page.through;
    if (page.through >= page.end) break;
  }
  return { lines, through: from };
}

/** Files of another repository are no news here. */
function isNear({ data }: KnownEvent, repository: string | null): boolean {
  return repository === null || !("repository" in data) || data.repository === repository;
}

interface Who {
  readonly name: string;
  readonly line: string;
}

async function readWho(
  { store, kinds }: BriefsDeps,
  principal: Principal,
  lines: readonly FeedLine[],
): Promise<(id: SessionId) => Who> {
  const ids = [...new Set(lines.map(({ sessionId }) => sessionId))];
  const names = await readUserNames(
    { kinds },
    principal,
    lines.map(({ userId }) => userId),
  );
  const read = async (id: SessionId): Promise<readonly [SessionId, Who]> => {
    const [session, presence] = await Promise.all([store.readSession(id), store.readPresence(id)]);
    const agent = agentNameOf(session?.harness ?? "observed", presence?.agentType ?? null);
    const name = names.get(session?.createdBy ?? "") ?? agent;
    const task = presence?.task ?? session?.edit.title ?? session?.facts.preview ?? null;
    return [id, { name, line: agentLine({ name, agent, branch: presence?.branch ?? null, task }) }];
  };
  const known = new Map(await Promise.all(ids.map(read)));
  return (id) => known.get(id) ?? { name: "Somebody", line: "Somebody" };
}

interface Telling {
  /** All that is new. */
  readonly events: readonly KnownEvent[];
  readonly who: Who;
}

function tell(event: KnownEvent, { events, who }: Telling): readonly string[] {
  switch (event.type) {
    case "session.created":
      return [`Has begun: ${who.line}`];
    case "decision.recorded":
      return [`Decided: ${event.data.title} (${who.name})`];
    case "reservation.violated":
      return event.data.paths.map((path) => `Written although somebody else holds it: ${path} (${who.name})`);
    case "reservation.acquired":
      return event.data.paths
        .filter((path) => isLast(event, path, events))
        .map((path) => `Locked: ${path} (${who.name})`);
    case "reservation.released":
    case "reservation.expired":
      // What was taken and given back in between is no news.
      return event.data.paths
        .filter((path) => isLast(event, path, events) && !events.some((other) => isTaking(other, event, path)))
        .map((path) => `Free again: ${path}`);
    default:
      return [];
  }
}

function holdOf(event: KnownEvent): readonly string[] | null {
  const isHold =
    event.type === "reservation.acquired" ||
    event.type === "reservation.released" ||
    event.type === "reservation.expired";
  return isHold ? event.data.paths : null;
}

/** Nothing came after it for this path in the same session. */
function isLast(event: KnownEvent, path: string, events: readonly KnownEvent[]): boolean {
  return !events.some(
    (other) => other.sessionId === event.sessionId && other.seq > event.seq && holdOf(other)?.includes(path) === true,
  );
}

function isTaking(other: KnownEvent, { sessionId, seq }: KnownEvent, path: string): boolean {
  const isBefore = other.sessionId === sessionId && other.seq < seq;
  return isBefore && other.type === "reservation.acquired" && other.data.paths.includes(path);
}
