/** Gathers what a briefing is made of, with one read for each kind of thing. */
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { FeedReads, Present, TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import type { BriefingFacts } from "../../core/team/briefing.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import type { Principal } from "../principal.ts";
import type { Kinds } from "../records/kinds.ts";
import type { Conventions } from "./conventions.ts";
import type { Decisions } from "./decisions.ts";
import { readUserNames } from "./user-names.ts";

export interface BriefsDeps {
  readonly store: Pick<SessionReads, "readSession"> &
    Pick<TeamReads, "listPresent" | "listReservations" | "readPresence" | "readNotices"> &
    Pick<FeedReads, "readFeed">;
  readonly kinds: Pick<Kinds, "user">;
  readonly decisions: Pick<Decisions, "list">;
  readonly conventions: Pick<Conventions, "listOfTier">;
  readonly now: () => number;
}

export interface BriefOptions {
  /** Whose agent asks; it is not told of itself. */
  readonly sessionId?: SessionId;
  /** Also what waits for the session, without marking it as told. */
  readonly withMessages?: boolean;
}

/** Silent for longer, an agent is shown to nobody (R3). */
export const PRESENT_MS = 5 * 60_000;
const MOST_AGENTS = 100;
const MOST_HELD = 500;
const MOST_DECISIONS = 10;
/** Some of the newest may have been superseded. */
const DECISIONS_READ = 30;
const MOST_MUSTS = 100;
const MOST_MESSAGES = 20;

/** Where the reader works. */
interface Reader {
  readonly session: SessionRecord | null;
  readonly repository: string | null;
  readonly branch: string | null;
}

export async function gatherFacts(
  deps: BriefsDeps,
  principal: Principal,
  { sessionId, withMessages = false }: BriefOptions,
): Promise<BriefingFacts> {
  const { store, now } = deps;
  const { workspaceId } = principal;
  const reader = await readReader(deps, sessionId);
  const { repository } = reader;
  const present = await store.listPresent({ workspaceId, sinceMs: now() - PRESENT_MS, limit: MOST_AGENTS });
  const where = repository === null ? {} : { repository };
  const held = await store.listReservations({ workspaceId, ...where, limit: MOST_HELD });
  const people = await readPeople(deps, principal, { present, held });
  const notices = withMessages && sessionId !== undefined ? await store.readNotices(sessionId, MOST_MESSAGES) : [];
  return {
    agents: agentsOf(present, { sessionId, people }),
    ...holdsOf(held, { principal, reader, people, present, nowMs: now() }),
    decisions: await decisionsOf(deps, principal),
    musts: (await deps.conventions.listOfTier(principal, "must", MOST_MUSTS)).map(({ body }) => body),
    messages: notices.map(({ text }) => text),
  };
}

async function readReader({ store }: BriefsDeps, sessionId: SessionId | undefined): Promise<Reader> {
  if (sessionId === undefined) return { session: null, repository: null, branch: null };
  const presence = await store.readPresence(sessionId);
  const session = (await store.readSession(sessionId)) ?? null;
  return { session, repository: presence?.tree?.repository ?? null, branch: presence?.branch ?? null };
}

/** Sessions by id, and how each is called: by its user's name, else by its agent's. */
interface People {
  readonly sessions: ReadonlyMap<SessionId, SessionRecord>;
  readonly nameOf: (id: SessionId) => string;
}

async function readPeople(
  { store, kinds }: BriefsDeps,
  principal: Principal,
  { present, held }: { readonly present: readonly Present[]; readonly held: readonly Reservation[] },
): Promise<People> {
  const agentTypes = new Map(present.map(({ session, presence }) => [session.id, presence?.agentType ?? null]));
  const sessions = new Map(present.map(({ session }) => [session.id, session]));
  const absent = [...new Set(held.map(({ sessionId }) => sessionId))].filter((id) => !sessions.has(id));
  for (const session of await Promise.all(absent.map((id) => store.readSession(id)))) {
    if (session !== undefined) sessions.set(session.id, session);
  }
  const users = [...sessions.values()].map(({ createdBy }) => createdBy);
  const names = await readUserNames({ kinds }, principal, users);
  return {
    sessions,
    nameOf(id) {
      const session = sessions.get(id);
      if (session === undefined) return "somebody";
      return names.get(session.createdBy ?? "") ?? agentNameOf(session.harness, agentTypes.get(id) ?? null);
    },
  };
}

function agentsOf(
  present: readonly Present[],
  { sessionId, people }: { readonly sessionId: SessionId | undefined; readonly people: People },
): BriefingFacts["agents"] {
  return present
    .filter(({ session }) => session.id !== sessionId)
    .map(({ session, presence }) => ({
      name: people.nameOf(session.id),
      agent: agentNameOf(session.harness, presence?.agentType ?? null),
      branch: presence?.branch ?? null,
      task: presence?.task ?? session.edit.title ?? session.facts.preview,
    }));
}

interface Holding {
  readonly principal: Principal;
  readonly reader: Reader;
  readonly people: People;
  readonly present: readonly Present[];
  readonly nowMs: number;
}

/** What others hold, what the reader's own earlier work holds, and what is held twice. */
function holdsOf(
  held: readonly Reservation[],
  holding: Holding,
): Pick<BriefingFacts, "locked" | "leftovers" | "conflicts"> {
  const { reader, people, nowMs } = holding;
  const isOwn = (one: Reservation) => isLeftover(one, holding);
  const others = held.filter((one) => !isOwn(one));
  return {
    locked: others.map(({ path, sessionId, branch }) => ({
      path: path.path,
      holder: people.nameOf(sessionId),
      branch: branch === reader.branch ? null : branch,
    })),
    leftovers: held.filter(isOwn).map(({ path, expiresAt, openUntil }) => ({
      path: path.path,
      leftMs: Date.parse(openUntil !== null && openUntil > expiresAt ? openUntil : expiresAt) - nowMs,
    })),
    conflicts: conflictsOf(others, people),
  };
}

/** The session's own, or of a session of the same user that nobody has heard of for a while. */
function isLeftover({ sessionId, holderId }: Reservation, { principal, reader, people, present }: Holding): boolean {
  if (reader.session === null) return false;
  const own = reader.session.rootId ?? reader.session.id;
  if (holderId === own || sessionId === reader.session.id) return true;
  const isPresent = present.some(({ session }) => session.id === sessionId || session.id === holderId);
  return !isPresent && people.sessions.get(sessionId)?.createdBy === principal.userId;
}

function conflictsOf(held: readonly Reservation[], people: People): BriefingFacts["conflicts"] {
  const byPath = Map.groupBy(held, ({ repository, path }) => `${repository} ${path.key}`);
  return [...byPath.values()].flatMap((those) => {
    const [first] = those;
    const isShared = those.every(({ mode }) => mode === "shared");
    if (first === undefined || isShared || new Set(those.map(({ holderId }) => holderId)).size < 2) return [];
    const holders = those.map(({ sessionId, branch }) => {
      return branch === null ? people.nameOf(sessionId) : `${people.nameOf(sessionId)} on ${branch}`;
    });
    return [{ path: first.path.path, holders }];
  });
}

async function decisionsOf({ decisions, now }: BriefsDeps, principal: Principal): Promise<BriefingFacts["decisions"]> {
  const { items } = await decisions.list(principal, { limit: DECISIONS_READ });
  return items
    .filter(({ supersededBy }) => supersededBy === null)
    .slice(0, MOST_DECISIONS)
    .map(({ body, createdAt, madeByName, isStale }) => ({
      title: body.title,
      by: madeByName ?? "somebody",
      ageMs: now() - Date.parse(createdAt),
      isStale,
    }));
}
