/**
 * For which session a tool is called. A client of MCP says nothing of the conversation that it belongs to, so an agent
 * that also reports by hooks would be two, and stand in its own way. It is found by what it says (a session's id), else by
 * where it is: the one agent of this user, of the client's kind, that is at work in this tree. Only where nobody is found
 * it gets a session of its own, when it does something that must have one; where several are found it is asked to say
 * which one it is, because a wrong guess would let one agent write what another has reserved.
 *
 * A key that is bound to a session has no choice: it acts for that one, and is told so where it names another (H10).
 */
import type { SessionId } from "../../../core/ids.ts";
import { parseId } from "../../../core/ids.ts";
import type { Present, TeamReads } from "../../../core/ports/team.ts";
import { accept, refuse } from "../../../core/refusal.ts";
import type { Outcome } from "../../../core/refusal.ts";
import { agentNameOf } from "../../../core/team/agent-names.ts";
import type { AgentType, TreeReport } from "../../../core/team/hook-event.ts";
import { treeOf } from "../../../core/team/resolve-path.ts";
import { PRESENT_MS } from "../../observe/hook-uses.ts";
import { openWatched } from "../../observe/watched-session.ts";
import type { WatchedDeps } from "../../observe/watched-session.ts";
import type { Principal } from "../../principal.ts";
import { notFound, readOwnSession } from "../../read-session.ts";
import { hearCall } from "./hear-call.ts";
import type { HearCallDeps } from "./hear-call.ts";
import { BadInput } from "./team-tool.ts";
import type { TeamCaller } from "./team-tool.ts";

export interface CallerHints {
  /** Said by the client, or by the tool's arguments. */
  readonly sessionId?: string;
  readonly report: TreeReport;
  /** Tells this client from others that are not found in any other way. */
  readonly conversationId: string;
  /** What the client calls itself: `claude-code`. */
  readonly clientName?: string;
  readonly signal: AbortSignal;
}

export interface FindCallerDeps extends WatchedDeps, HearCallDeps {
  readonly store: WatchedDeps["store"] & HearCallDeps["store"] & Pick<TeamReads, "listPresent">;
}

/** A session that was named and is not there, or is another user's, is refused. */
export type FindCaller = (principal: Principal, hints: CallerHints) => Promise<Outcome<TeamCaller>>;

/** The argument by which a model says for which session it acts. */
export const OWN_SESSION = "as_session_id";

const MOST_PRESENT = 1_000;
/** No hook comes while a tool of the agent runs. */
const BUSY_MS = 60 * 60_000;

export function makeFindCaller(deps: FindCallerDeps): FindCaller {
  return async (principal, hints) => {
    const found = await findCaller(deps, principal, hints);
    const known = found.ok && principal.role !== "viewer" ? found.value.knownSessionId : null;
    if (known !== null) await hearCall(deps, known);
    return found;
  };
}

async function findCaller(
  deps: FindCallerDeps,
  principal: Principal,
  hints: CallerHints,
): Promise<Outcome<TeamCaller>> {
  const { report, signal } = hints;
  const told = { principal, report, signal };
  const said = saidBy(principal, hints);
  if (!said.ok) return said;
  if (said.value !== undefined) {
    const named = await findNamed(deps, principal, said.value);
    if (!named.ok) return named;
    const id = named.value;
    return accept({ ...told, knownSessionId: id, sessionId: async () => id });
  }
  const here = await findHere(deps, principal, hints);
  const [only, ...others] = here;
  if (only !== undefined && others.length === 0) {
    const { id } = only.session;
    return accept({ ...told, knownSessionId: id, sessionId: async () => id });
  }
  const own = await findOwn(deps, principal, hints);
  const unclear = own === null && others.length > 0 ? whichOf(here) : undefined;
  return accept({
    ...told,
    knownSessionId: own,
    ...(unclear === undefined ? {} : { unclear }),
    sessionId: async () => {
      if (unclear !== undefined) throw new BadInput(unclear);
      return own ?? makeOwn(deps, principal, hints);
    },
  });
}

/** Refused and not passed over: an agent that takes itself for another would believe that it has acted for that one. */
function saidBy({ boundTo }: Principal, { sessionId }: CallerHints): Outcome<string | undefined> {
  if (boundTo === undefined || sessionId === undefined || sessionId.trim() === boundTo) {
    return accept(boundTo ?? sessionId);
  }
  return refuse({ code: "forbidden", reason: `your key is bound to session ${boundTo}, and acts for no other` });
}

async function findNamed({ store }: FindCallerDeps, principal: Principal, text: string): Promise<Outcome<SessionId>> {
  const id = parseId("session", text.trim());
  if (id === undefined) return notFound(text.slice(0, 100));
  const found = await readOwnSession(store, principal, id);
  if (!found.ok) return found;
  const { createdBy } = found.value;
  if (createdBy === null || createdBy === principal.userId) return accept(id);
  return refuse({ code: "forbidden", reason: `session ${id} is another user's, and only its own agent acts for it` });
}

/** One that was heard of lately; else, where nobody was, one whose agent has long been busy with something. */
async function findHere(
  { store, clock }: FindCallerDeps,
  { workspaceId, userId }: Principal,
  { report, clientName }: CallerHints,
): Promise<readonly Present[]> {
  const tree = treeOf(report);
  if (tree === undefined || tree.host === "") return [];
  const kinds = kindsOf(clientName);
  const nowMs = clock.now();
  const present = await store.listPresent({ workspaceId, sinceMs: nowMs - BUSY_MS, limit: MOST_PRESENT });
  const here = present.filter(({ session, presence }) => {
    if (presence?.tree?.tree !== tree.tree || session.createdBy !== userId || presence.endedAt !== null) return false;
    return presence.agentType !== "custom" && (kinds === null || kinds.includes(presence.agentType));
  });
  const heard = here.filter(({ presence }) => nowMs - Date.parse(presence?.heardAt ?? "") < PRESENT_MS);
  return heard.length === 0 && here.length === 1 ? here : heard;
}

/** Clients that report by hooks as well, by what they call themselves in the protocol. */
const CLIENTS: readonly (readonly [RegExp, readonly AgentType[]])[] = [
  [/claude/i, ["claude_code"]],
  [/cursor/i, ["cursor", "claude_code"]],
  [/codex/i, ["codex"]],
  [/gemini/i, ["gemini"]],
  [/opencode/i, ["opencode"]],
  [/copilot|visual studio code|vscode/i, ["copilot", "vscode"]],
  [/windsurf|codeium/i, ["windsurf"]],
];

/** Nothing: it may be any of them. */
function kindsOf(clientName: string | undefined): readonly AgentType[] | null {
  if (clientName === undefined) return null;
  return CLIENTS.find(([pattern]) => pattern.test(clientName))?.[1] ?? null;
}

function whichOf(here: readonly Present[]): string {
  const ways = here.map(({ session, presence }) => {
    const task = presence?.task ?? session.edit.title;
    return `${session.id} (${agentNameOf(session.harness, presence?.agentType ?? null)}${task === null ? "" : `, '${task}'`})`;
  });
  return `Several of your user's agents work in this tree; say which one you are with ${OWN_SESSION}: ${ways.join(" or ")}`;
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
