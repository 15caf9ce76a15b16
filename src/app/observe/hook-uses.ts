/** What hook doors call beside the hook itself: who is at work, a sign of life, an end, by the session's own id. */
import { parseId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Present, TeamReads } from "../../core/ports/team.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import type { ControlSession } from "../control-session.ts";
import type { Principal } from "../principal.ts";
import { notFound, readOwnSession } from "../read-session.ts";
import { keepAlive } from "./handle-hook.ts";
import type { HandleHookDeps } from "./handle-hook.ts";
import { hearEnd } from "./hear-turn.ts";
import type { HoldWordsDeps } from "./hold-words.ts";
import type { Place } from "./told.ts";
import type { Watched } from "./watched-session.ts";

export interface HookUsesDeps extends HandleHookDeps {
  readonly store: HandleHookDeps["store"] & Pick<TeamReads, "listPresent"> & Pick<SessionReads, "readSession">;
  readonly userNames: HoldWordsDeps["userNames"];
  readonly controlSession: ControlSession;
}

/** A session of any harness that works, or was heard of in the last five minutes (ruling 29). */
export interface PresentAgent {
  readonly sessionId: string;
  readonly userName: string;
  /** Underscored: `claude_code`, `hosted`. */
  readonly agentType: string;
  readonly task: string | null;
  readonly currentFile: string | null;
  readonly branch: string | null;
  /** The session's id where the agent has none of its own. */
  readonly conversationId: string;
  readonly heardAt: string;
  readonly heldPaths: readonly string[];
}

export const PRESENT_MS = 5 * 60_000;
const MOST_PRESENT = 1_000;

export async function listPresentAgents(
  { store, clock, userNames }: Pick<HookUsesDeps, "store" | "clock" | "userNames">,
  { workspaceId }: Principal,
): Promise<Outcome<readonly PresentAgent[]>> {
  const present = await store.listPresent({ workspaceId, sinceMs: clock.now() - PRESENT_MS, limit: MOST_PRESENT });
  const names = await userNames(
    workspaceId,
    present.map(({ session }) => session.createdBy),
  );
  return accept(present.map((each) => agentOf(each, names)));
}

function agentOf({ session, presence, heldPaths }: Present, names: ReadonlyMap<string, string>): PresentAgent {
  const { heardAt = session.lastActiveAt } = presence ?? {};
  return {
    sessionId: session.id,
    userName: names.get(session.createdBy ?? "") ?? "Somebody",
    agentType: presence?.agentType ?? session.harness.replaceAll("-", "_"),
    task: presence?.task ?? session.edit.title,
    currentFile: presence?.currentFile ?? null,
    branch: presence?.branch ?? null,
    conversationId: presence?.conversationId ?? session.id,
    heardAt: heardAt > session.lastActiveAt ? heardAt : session.lastActiveAt,
    heldPaths,
  };
}

/** One that no hook reports needs no sign of life: its turns are its life. */
export async function hearHeartbeat(deps: HookUsesDeps, principal: Principal, id: string): Promise<Outcome<null>> {
  const found = await findOwn(deps, principal, id);
  if (!found.ok) return found;
  const watched = await watchedOf(deps, found.value);
  if (watched !== null) await keepAlive(deps, watched);
  return accept(null);
}

export async function endWatched(
  deps: HookUsesDeps,
  principal: Principal,
  id: string,
): Promise<Outcome<{ readonly releasedFiles: readonly string[] }>> {
  const found = await findOwn(deps, principal, id);
  if (!found.ok) return found;
  const watched = await watchedOf(deps, found.value);
  if (watched !== null) {
    const { releasedFiles = [] } = await hearEnd(deps, toldOfEnd(principal, watched));
    return accept({ releasedFiles });
  }
  const { workspaceId } = principal;
  const held = await deps.store.listReservations({ workspaceId, sessionId: found.value.id, limit: MOST_PRESENT });
  const ended = await deps.controlSession(principal, found.value.id, { action: "complete" });
  // One that has failed or was killed is as ended as it can be.
  if (!ended.ok && ended.refusal.code !== "not_allowed") return ended;
  return accept({ releasedFiles: held.map(({ path }) => path.path) });
}

async function findOwn({ store }: HookUsesDeps, principal: Principal, text: string): Promise<Outcome<SessionRecord>> {
  const id = parseId("session", text);
  return id === undefined ? notFound(text) : readOwnSession(store, principal, id);
}

async function watchedOf({ store }: HookUsesDeps, session: SessionRecord): Promise<Watched | null> {
  const presence = session.harness === "observed" ? await store.readPresence(session.id) : undefined;
  return presence === undefined ? null : { session, presence };
}

const NOWHERE: Place = {
  ...{ tree: null, branch: null, head: null, localRoot: null },
  resolve: async () => null,
  elsewhere: async () => null,
};

function toldOfEnd(principal: Principal, watched: Watched) {
  const { agentType, conversationId } = watched.presence;
  const event: HookEvent = { moment: "session_end", agentType, conversationId, files: [], rawEvent: "end" };
  return { principal, watched, event, place: NOWHERE, policy: "warn", endsAtTurnEnd: false } as const;
}
