/**
 * The session of an agent's conversation: found by what the agent calls it, made by the first hook that names it, whatever
 * that hook is (S3). Two hooks at once make one session. A spawned agent that reports by hooks too is found here as well,
 * by the conversation that its own session has noted (ruling 30).
 */
import { foldDrafts } from "../../core/decide/fold-drafts.ts";
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Presence, TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import { initialState } from "../../core/state.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import type { Tree } from "../../core/team/tree.ts";
import type { CommitWrite } from "../commit.ts";
import type { Principal } from "../principal.ts";

export interface WatchedDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "findPresence" | "readPresence">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly clock: Pick<Clock, "now">;
}

export interface Watched {
  readonly session: SessionRecord;
  readonly presence: Presence;
}

export interface Told {
  readonly event: Pick<HookEvent, "agentType" | "conversationId">;
  readonly tree: Tree | null;
  readonly branch: string | null;
}

/** Nothing: the session was deleted, and its agent works on unwatched. */
export async function openWatched(deps: WatchedDeps, principal: Principal, told: Told): Promise<Watched | null> {
  const found = await findWatched(deps, principal, told.event);
  if (found !== undefined) return found;
  const id = await make(deps, principal, told);
  return readWatched(deps, id);
}

export async function findWatched(
  { store }: Pick<WatchedDeps, "store">,
  { workspaceId }: Pick<Principal, "workspaceId">,
  { agentType, conversationId }: Told["event"],
): Promise<Watched | null | undefined> {
  const known = await store.findPresence(workspaceId, agentType, conversationId);
  if (known === undefined) return undefined;
  const session = await store.readSession(known.sessionId);
  return session === undefined || session.head.deletedAt !== null ? null : { session, presence: known.presence };
}

async function readWatched({ store }: WatchedDeps, id: SessionId): Promise<Watched | null> {
  const session = await store.readSession(id);
  const presence = await store.readPresence(id);
  if (session === undefined || presence === undefined || session.head.deletedAt !== null) return null;
  return { session, presence };
}

async function make(deps: WatchedDeps, { workspaceId, userId, keyId }: Principal, told: Told): Promise<SessionId> {
  const { mint, clock, commit } = deps;
  const { agentType, conversationId } = told.event;
  const sessionId = mint("session");
  const data = { harness: "observed", origin: "hooks" };
  const events = [draft(mint, {}, { type: "session.created", data })];
  const result = await commit({
    sessionId,
    create: {
      workspaceId,
      createdBy: userId,
      harness: "observed",
      // Conversations are the agents' own: two of them may call theirs the same.
      conversationId: `${agentType}/${conversationId}`,
      edit: {
        title: null,
        tags: [],
        agentId: null,
        harnessId: null,
        modelId: null,
        projectId: null,
        taskId: null,
        settings: { origin: "hooks", ...(keyId === null ? {} : { hookKeyId: keyId }) },
      },
      idempotency: null,
    },
    events: events.map(encodeDraft),
    fold: { state: foldDrafts(initialState, events, clock.now()), through: 0 },
    team: { presence: { agentType, conversationId, tree: told.tree, branch: told.branch } },
  });
  if (result.kind === "committed") return sessionId;
  const other = result.kind === "duplicate" ? parseId("session", result.madeId) : undefined;
  if (other === undefined) throw new Error(`Making a session for "${conversationId}" was answered ${result.kind}`);
  return other;
}
