/** Turns that wait for a project's budget go on when it was raised; those that still cannot wait again. */
import { draft, turnContext } from "../../core/decide/plan.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionQuery, SessionReads } from "../../core/ports/store.ts";
import { accept } from "../../core/refusal.ts";
import { limitsOf, MICRO } from "../../core/project-work/budget.ts";
import { decideAndCommit } from "../decide-and-commit.ts";
import type { Project } from "../records/find-project.ts";
import { projectIdOf } from "../records/find-project.ts";
import type { DeliveryDeps } from "./commit-delivery.ts";

export interface ResumeDeps extends DeliveryDeps {
  readonly store: DeliveryDeps["store"] & Pick<SessionReads, "listSessions">;
}

const PAGE = 100;

export async function resumeBudget(deps: ResumeDeps, project: Project): Promise<void> {
  const where = { kind: "facts", tests: { needs: ["budget"] } } as const;
  const of = { workspaceId: project.workspaceId, projectId: projectIdOf(project) };
  // By place and not from the start again: what still cannot go on waits again, and would come again and again.
  let place: Pick<SessionQuery, "cursor"> = {};
  for (;;) {
    const page = await deps.store.listSessions({ ...of, ...place, where, order: "created_at", limit: PAGE });
    for (const { id } of page.sessions) await resumeOne(deps, project, id);
    const last = page.sessions.at(-1);
    if (last === undefined || !page.hasMore) return;
    place = { cursor: { at: last.createdAt, id: last.id } };
  }
}

async function resumeOne(deps: ResumeDeps, project: Project, sessionId: SessionId): Promise<void> {
  const limits = limitsOf(project.body);
  const isMoney = limits?.tokens === null;
  const limit = (isMoney ? (limits?.microUsd ?? 0) / MICRO : limits?.tokens) ?? 0;
  const data = { budget_id: project.id, balance: limit, limit, currency: isMoney ? "usd" : "tokens" };
  await decideAndCommit(deps, {
    sessionId,
    decide: ({ state }) => {
      const { turn } = state;
      if (turn === null || !turn.needs.includes("budget")) return accept({ plan: null, answer: null });
      const event = draft(deps.mint, turnContext(turn), { type: "budget.resumed", data });
      return accept({ plan: { events: [event], raises: true }, answer: null });
    },
  });
  deps.onControl(sessionId);
}
