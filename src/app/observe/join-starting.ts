/**
 * The session of a spawned agent whose hook is faster than the commit that says what it calls its conversation (ruling
 * 30): its program was started with the session's id, and the hook tells it. Believed only while that can be true: of a
 * session of the caller's workspace whose turn waits for a program of this kind to say that it is there. So neither an
 * agent that the agent itself has started nor anybody else gets into it, and a name that is wrong is as good as none.
 */
import type { SessionReads } from "../../core/ports/store.ts";
import { isSpawned } from "../../core/project-work/spawned.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import { parseId } from "../../core/ids.ts";
import type { CommitWrite } from "../commit.ts";
import type { Principal } from "../principal.ts";
import { agentTypeOf } from "../project-work/note-agent.ts";
import { findWatched } from "./watched-session.ts";
import type { Watched, WatchedDeps } from "./watched-session.ts";

export interface JoinDeps {
  readonly store: WatchedDeps["store"] & Pick<SessionReads, "readLogBack">;
  readonly commit: CommitWrite;
}

interface Naming {
  readonly event: Pick<HookEvent, "agentType" | "conversationId" | "moment">;
  /** The session that its program says it was started for: anything, from anybody. */
  readonly startedFor?: string;
}

/** Nothing: the hook names none that it can belong to. */
export async function joinStarting(
  deps: JoinDeps,
  principal: Pick<Principal, "workspaceId">,
  { event, startedFor }: Naming,
): Promise<Watched | null | undefined> {
  // An end is of a program that was there before.
  if (startedFor === undefined || event.moment === "session_end") return undefined;
  const id = parseId("session", startedFor);
  const session = id === undefined ? undefined : await deps.store.readSession(id);
  if (session === undefined || session.workspaceId !== principal.workspaceId) return undefined;
  if (!awaitsProgram(session, event) || !(await isUntold(deps, session))) return undefined;
  const { agentType, conversationId } = event;
  const branch = session.work.checkout?.branch ?? null;
  const presence = { agentType, conversationId, tree: null, branch };
  // Another hook of the same moment, or the program's own answer, may have been first: whoever has it then, has it.
  await deps.commit({ sessionId: session.id, events: [], team: { presence } });
  return findWatched(deps, principal, event);
}

function awaitsProgram({ harness, head, facts }: SessionRecord, { agentType }: Naming["event"]): boolean {
  if (!isSpawned(harness) || agentTypeOf(harness) !== agentType) return false;
  return head.deletedAt === null && facts.lifecycle === "open" && facts.turn === "active";
}

/** The program that runs, or is being started, has not yet said what it calls its conversation. */
async function isUntold({ store }: JoinDeps, { id, edit }: SessionRecord): Promise<boolean> {
  const types = ["process.started", "process.exited"];
  const [last] = await store.readLogBack({ sessionId: id, limit: 1, types });
  // What a fork has copied was said of another program.
  return last === undefined || last.type === "process.exited" || last.seq <= (edit.settings.forkedFrom?.seq ?? 0);
}
