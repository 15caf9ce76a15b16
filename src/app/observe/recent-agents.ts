/**
 * Agents at work, kept for their next hook: an editor stands still while it is asked, and each hook asks who speaks, and
 * often who is in its way. What a hook's own write has made old is read again when that write has been answered, so that
 * it stands there before the next hook comes; a write that only reserves is followed by one that tells of its agent, and
 * is not waited for. Only over a store that nobody else writes to (`isAlone`).
 *
 * Invariant: a read that begins after a write has resolved sees it. A write forgets its session as it begins and again as
 * it ends, and what was read in between is not kept. What is kept is bounded; sessions without an agent that reports never are.
 */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { PulseStore, SessionReads, SessionWrites, Store } from "../../core/ports/store.ts";
import type { Presence, TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";

export type AgentStore = Pick<SessionReads, "readSession"> &
  Pick<TeamReads, "findPresence" | "readPresence" | "findOverlaps"> &
  SessionWrites &
  Pick<PulseStore, "purgeSlice">;

const MOST_AGENTS = 500;
/** Asking again for more than these would itself keep others waiting. */
const MOST_PATHS = 10;

interface Recent {
  readonly presence: Presence | undefined;
  /** By which its hooks find it; nothing, where it was asked for as a session. */
  readonly name?: string;
  /** Nothing: not asked for yet. */
  session?: SessionRecord;
}

function nameOf(workspaceId: WorkspaceId, { agentType, conversationId }: Conversation): string {
  return JSON.stringify([workspaceId, agentType, conversationId]);
}

type Conversation = Pick<Presence, "agentType" | "conversationId">;

/** The same store; where others write to it too, as it is. */
export function withRecentAgents<Whole extends AgentStore & Pick<Store, "isAlone">>(store: Whole): Whole {
  return store.isAlone ? { ...store, ...makeRecentAgents(store) } : store;
}

export function makeRecentAgents(store: AgentStore): AgentStore {
  const agents = new RecentAgents();
  return { ...readsOf(store, agents), ...writesOf(store, agents) };
}

class RecentAgents {
  readonly #agents = new Map<SessionId, Recent>();
  readonly #names = new Map<string, SessionId>();
  /** Of any session, begun or ended: what is read while it moves is not kept. */
  writes = 0;
  /** What the last hook of any of them asked to write. */
  asked: Parameters<TeamReads["findOverlaps"]> | undefined;

  of(id: SessionId): Recent | undefined {
    return this.#agents.get(id);
  }

  named(name: string): { readonly sessionId: SessionId; readonly presence: Presence } | undefined {
    const sessionId = this.#names.get(name);
    const presence = sessionId === undefined ? undefined : this.#agents.get(sessionId)?.presence;
    return sessionId === undefined || presence === undefined ? undefined : { sessionId, presence };
  }

  keep(id: SessionId, recent: Recent): void {
    const [oldest] = this.#agents.keys();
    if (oldest !== undefined && this.#agents.size >= MOST_AGENTS) this.forget(oldest);
    this.forget(id);
    this.#agents.set(id, recent);
    if (recent.name !== undefined) this.#names.set(recent.name, id);
  }

  forget(id: SessionId): void {
    const name = this.#agents.get(id)?.name;
    if (name !== undefined) this.#names.delete(name);
    this.#agents.delete(id);
  }

  async during<T>(id: SessionId, write: () => Promise<T>): Promise<T> {
    this.writes++;
    this.forget(id);
    try {
      return await write();
    } finally {
      this.writes++;
      this.forget(id);
    }
  }
}

function readsOf(
  store: AgentStore,
  agents: RecentAgents,
): Pick<AgentStore, "readSession" | "readPresence" | "findPresence" | "findOverlaps"> {
  return {
    findOverlaps(...asked) {
      const [, { sessionId, paths }] = asked;
      if (sessionId !== null && paths.length <= MOST_PATHS && agents.of(sessionId) !== undefined) agents.asked = asked;
      return store.findOverlaps(...asked);
    },
    async readSession(id) {
      const recent = agents.of(id);
      if (recent?.session !== undefined) return recent.session;
      const session = await store.readSession(id);
      // Forgotten meanwhile, it is kept by nobody.
      if (recent !== undefined && session !== undefined) recent.session = session;
      return session;
    },
    async readPresence(id) {
      const recent = agents.of(id);
      if (recent !== undefined) return recent.presence;
      const before = agents.writes;
      const presence = await store.readPresence(id);
      if (before === agents.writes) agents.keep(id, { presence });
      return presence;
    },
    async findPresence(workspaceId, agentType, conversationId) {
      const name = nameOf(workspaceId, { agentType, conversationId });
      const known = agents.named(name);
      if (known !== undefined) return known;
      const before = agents.writes;
      const found = await store.findPresence(workspaceId, agentType, conversationId);
      if (found !== undefined && before === agents.writes) {
        agents.keep(found.sessionId, { presence: found.presence, name });
      }
      return found;
    },
  };
}

function writesOf(store: AgentStore, agents: RecentAgents): Pick<AgentStore, "write" | "purgeSlice"> {
  return {
    async write(write) {
      const { sessionId: id, team } = write;
      const result = await agents.during(id, () => store.write(write));
      // The loop turns first: whoever waits for the write goes on before.
      if (team?.presence !== undefined) setImmediate(() => void readAgain(store, agents, id));
      return result;
    },
    purgeSlice: (id, rows) => agents.during(id, () => store.purgeSlice(id, rows)),
  };
}

/** Contract: never rejects; what cannot be read now is read when it is asked for. */
async function readAgain(store: AgentStore, agents: RecentAgents, id: SessionId): Promise<void> {
  const { writes: before, asked } = agents;
  // Its answer is of no use to anybody; that its pages are there, to the next who asks.
  if (asked !== undefined) await store.findOverlaps(...asked).catch(() => []);
  const [presence, session] = await Promise.all([store.readPresence(id), store.readSession(id)]).catch(() => []);
  if (before !== agents.writes || presence === undefined || session === undefined) return;
  agents.keep(id, { presence, session, name: nameOf(session.workspaceId, presence) });
}
