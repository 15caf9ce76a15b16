/**
 * For which session a tool is called. A client of MCP says nothing of the conversation that it belongs to, so an agent
 * that also reports by hooks would be two, and stand in its own way. It is found by what it says (a session's id), else by
 * where it is: the one agent of this user at work in this tree. Only where nobody is found, or several, it gets a session
 * of its own, when it does something that must have one.
 */
import type { SessionId } from "../../../core/ids.ts";
import { parseId } from "../../../core/ids.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { TeamReads } from "../../../core/ports/team.ts";
import type { TreeReport } from "../../../core/team/hook-event.ts";
import { treeOf } from "../../../core/team/resolve-path.ts";
import type { Principal } from "../../principal.ts";
import { openWatched } from "../../observe/watched-session.ts";
import type { WatchedDeps } from "../../observe/watched-session.ts";
import { PRESENT_MS } from "../../observe/hook-uses.ts";
import type { TeamCaller } from "./team-tool.ts";

export interface CallerHints {
  /** Said by the client, or by the tool's arguments. */
  readonly sessionId?: string;
  readonly report: TreeReport;
  /** Tells this client from others that are not found in any other way. */
  readonly conversationId: string;
}

export interface FindCallerDeps extends WatchedDeps {
  readonly store: WatchedDeps["store"] & Pick<TeamReads, "listPresent">;
  readonly clock: Pick<Clock, "now">;
}

export interface FoundCaller extends TeamCaller {
  readonly report: TreeReport;
}

export type FindCaller = (principal: Principal, hints: CallerHints) => Promise<FoundCaller>;

const MOST_PRESENT = 200;

export function makeFindCaller(deps: FindCallerDeps): FindCaller {
  return async (principal, hints) => {
    const known = (await findNamed(deps, principal, hints)) ?? (await findHere(deps, principal, hints));
    return {
      principal,
      report: hints.report,
      knownSessionId: known ?? (await findOwn(deps, principal, hints)),
      sessionId: async () => known ?? (await makeOwn(deps, principal, hints)),
    };
  };
}

async function findNamed(
  { store }: FindCallerDeps,
  { workspaceId }: Principal,
  { sessionId }: CallerHints,
): Promise<SessionId | null> {
  const id = sessionId === undefined ? undefined : parseId("session", sessionId);
  const session = id === undefined ? undefined : await store.readSession(id);
  const isOwn = session !== undefined && session.workspaceId === workspaceId && session.head.deletedAt === null;
  return isOwn ? session.id : null;
}

async function findHere(
  { store, clock }: FindCallerDeps,
  { workspaceId, userId }: Principal,
  { report }: CallerHints,
): Promise<SessionId | null> {
  const tree = treeOf(report);
  if (tree === undefined || tree.host === "") return null;
  const present = await store.listPresent({ workspaceId, sinceMs: clock.now() - PRESENT_MS, limit: MOST_PRESENT });
  const here = present.filter(
    ({ session, presence }) =>
      session.createdBy === userId && presence?.tree?.tree === tree.tree && presence.agentType !== "custom",
  );
  const [only, ...others] = here;
  return only === undefined || others.length > 0 ? null : only.session.id;
}

function toldOf({ report, conversationId }: CallerHints) {
  const event = { agentType: "custom" as const, conversationId: `mcp/${conversationId}` };
  return { event, tree: treeOf(report) ?? null, branch: report.branch ?? null };
}

async function findOwn({ store }: FindCallerDeps, { workspaceId }: Principal, hints: CallerHints) {
  const { agentType, conversationId } = toldOf(hints).event;
  return (await store.findPresence(workspaceId, agentType, conversationId))?.sessionId ?? null;
}

async function makeOwn(deps: FindCallerDeps, principal: Principal, hints: CallerHints): Promise<SessionId> {
  const watched = await openWatched(deps, principal, toldOf(hints));
  if (watched === null) throw new Error(`The session of the client "${hints.conversationId}" was deleted`);
  return watched.session.id;
}
