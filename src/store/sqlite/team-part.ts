/** The team's part of a session's job: what the session is, what is decided, and what was when the job was done before. */
import type { DatabaseSync } from "node:sqlite";
import type { WorkspaceId } from "../../core/ids.ts";
import type { TeamResult, TeamWrite } from "../../core/ports/team.ts";
import type { TeamChanges } from "../../core/team/decide-steps.ts";
import type { SessionJob } from "./jobs.ts";
import { prepareRows } from "./statement.ts";
import type { Statement } from "./statement.ts";
import { TeamWriter } from "./team-writes.ts";
import type { TeamJob, TeamRefusal } from "./team-writes.ts";

export const TEAM_PART_STATEMENTS = {
  session: "SELECT workspace_id, lifecycle FROM session WHERE number = ?",
} as const;

interface SessionRow {
  readonly workspace_id: string;
  readonly lifecycle: string;
}

export interface DecidedTeam {
  readonly job: TeamJob;
  readonly changes: TeamChanges;
}

export class TeamPart {
  readonly #writer: TeamWriter;
  readonly #session: Statement<SessionRow>;

  constructor(db: DatabaseSync) {
    this.#writer = new TeamWriter(db);
    this.#session = prepareRows<SessionRow>(db, TEAM_PART_STATEMENTS.session);
  }

  /** Contract: the job has a part for the team. */
  decide(number: number, job: SessionJob, nowMs: number): DecidedTeam | TeamRefusal {
    const row = this.#session.first(number);
    if (row === undefined) throw new Error(`Session number ${number} has no row`);
    return this.#decide(job, { ...row, nowMs });
  }

  decideNew(job: SessionJob, nowMs: number): DecidedTeam | TeamRefusal | undefined {
    const rest = job[7];
    if (rest?.teamJson === undefined || rest.create === undefined) return undefined;
    return this.#decide(job, { workspace_id: rest.create.workspaceId, lifecycle: "open", nowMs });
  }

  apply({ job, changes }: DecidedTeam): TeamResult | undefined {
    return this.#writer.apply(job, changes);
  }

  /** Contract: called after every rollback. */
  forget(): void {
    this.#writer.forget();
  }

  /** Of a job that was done before (A8): what it asked for, as it stands now. */
  again([, , , , , , , rest]: SessionJob): TeamResult | undefined {
    const steps = rest?.teamJson === undefined ? undefined : teamOf(rest.teamJson).reservations;
    if (steps === undefined) return undefined;
    const ids = steps.flatMap((step) => (step.kind === "take" || step.kind === "renew" ? step.ids : []));
    return { granted: this.#writer.granted(ids), warnings: [], freed: [] };
  }

  #decide(
    [, sessionId, , , , , , rest]: SessionJob,
    { workspace_id, lifecycle, nowMs }: SessionRow & { readonly nowMs: number },
  ): DecidedTeam | TeamRefusal {
    if (rest?.teamJson === undefined) throw new Error(`The write to "${sessionId}" has nothing for the team`);
    // Only what had a WorkspaceId was ever inserted.
    const workspaceId = workspace_id as WorkspaceId;
    const job = { sessionId, workspaceId, isOpen: lifecycle === "open", team: teamOf(rest.teamJson), nowMs };
    const decided = this.#writer.decide(job);
    return decided.kind === "changes" ? { job, changes: decided.changes } : decided;
  }
}

/** Written by `encodeWrite` of this program. */
function teamOf(json: string): TeamWrite {
  return JSON.parse(json) as TeamWrite;
}
