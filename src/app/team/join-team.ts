/**
 * A session for somebody who works without an agent that reports: a person at a terminal, a script. It can hold what an
 * agent's can, and is seen beside them. The same user under the same name is the same session, made once.
 */
import type { SessionId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { treeOf } from "../../core/team/resolve-path.ts";
import { openWatched } from "../observe/watched-session.ts";
import type { WatchedDeps } from "../observe/watched-session.ts";
import type { Principal } from "../principal.ts";

export interface JoinCommand {
  /** What the caller calls itself; one session for each. */
  readonly conversationId: string;
  readonly report: TreeReport;
  /** What it works on, for the others. */
  readonly task?: string;
}

export type JoinTeam = (principal: Principal, command: JoinCommand) => Promise<Outcome<{ readonly id: SessionId }>>;

/** Others read it where an agent's task would stand. */
const UNSAID = "By hand";

export function makeJoinTeam(deps: WatchedDeps): JoinTeam {
  return async (principal, { conversationId, report, task }) => {
    const event = {
      agentType: "custom" as const,
      // Two users may call themselves the same.
      conversationId: `by-hand/${principal.userId}/${conversationId}`,
    };
    const [tree, branch] = [treeOf(report) ?? null, report.branch ?? null];
    const watched = await openWatched(deps, principal, { event, tree, branch });
    if (watched === null) return refuse({ code: "not_found", kind: "session", id: conversationId });
    const { id } = watched.session;
    const said = task ?? watched.presence.task ?? UNSAID;
    const presence = { branch, task: said, ...(tree === null ? {} : { tree }) };
    const written = await deps.commit({ sessionId: id, events: [], team: { presence } });
    if (written.kind === "committed") return accept({ id });
    if (written.kind === "absent") return refuse({ code: "not_found", kind: "session", id });
    throw new Error(`Joining as session ${id} was answered ${written.kind}`);
  };
}
