/**
 * Turns that wait for a project's budget go on when it was changed; those that still cannot wait again. Whoever changes it
 * wakes them, behind the commit of the change. What got lost between the two (a crash), and who began to wait while it was
 * being changed, is found by comparing what a turn was told with what is so now: at the start, every few minutes, and
 * once right after each turn began to wait.
 */
import { draft, turnContext } from "../../core/decide/plan.ts";
import { parseLine } from "../../core/events/envelope.ts";
import type { EventData } from "../../core/events/envelope.ts";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { SessionQuery, SessionReads } from "../../core/ports/store.ts";
import { accept } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { limitsOf, MICRO } from "../../core/project-work/budget.ts";
import { decideAndCommit } from "../decide-and-commit.ts";
import type { Project } from "../records/find-project.ts";
import { projectIdOf } from "../records/find-project.ts";
import type { Projects } from "../records/projects.ts";
import type { DeliveryDeps } from "./commit-delivery.ts";

export interface ResumeDeps extends DeliveryDeps {
  readonly store: DeliveryDeps["store"] & Pick<SessionReads, "listSessions">;
}

export async function resumeBudget(deps: ResumeDeps, project: Project): Promise<void> {
  const of = { workspaceId: project.workspaceId, projectId: projectIdOf(project) };
  for await (const { id } of heldSessions(deps, of)) await resumeOne(deps, project, id);
}

export interface WakeDeps extends ResumeDeps {
  readonly store: ResumeDeps["store"] & Pick<SessionReads, "readLogBack">;
  readonly projects: Pick<Projects, "get">;
}

export interface WakeHeld {
  /** Every turn that a budget holds which is another than it was told. */
  all(): Promise<void>;
  one(sessionId: SessionId): Promise<void>;
  /** Those that a limit in dollars holds: what a model costs may have been said (W15). Null: of every workspace. */
  priced(workspaceId: WorkspaceId | null): Promise<void>;
}

export function makeWakeHeld(deps: WakeDeps): WakeHeld {
  const { store } = deps;
  const look = async (record: SessionRecord, isDue: IsDue) => {
    const { projectId } = record.edit;
    if (projectId === null || record.head.deletedAt !== null || !record.facts.needs.includes("budget")) return;
    const [project, told] = [await deps.projects.get(record, projectId), await readTold(deps, record.id)];
    if (project.ok && told !== null && isDue(told, project.value)) await resumeOne(deps, project.value, record.id);
  };
  return {
    async all() {
      // A session of a project has its tree before its first call of a model.
      for (const record of await store.listCheckouts()) await look(record, isChanged);
    },
    async one(sessionId) {
      const record = await store.readSession(sessionId);
      if (record !== undefined) await look(record, isChanged);
    },
    async priced(workspaceId) {
      const isOf = (record: SessionRecord) => workspaceId === null || record.workspaceId === workspaceId;
      for (const record of (await store.listCheckouts()).filter(isOf)) await look(record, isInDollars);
    },
  };
}

type Exhausted = EventData<"budget.exhausted">;

async function readTold({ store }: WakeDeps, sessionId: SessionId): Promise<Exhausted | null> {
  const [line] = await store.readLogBack({ sessionId, limit: 1, types: ["budget.exhausted"] });
  const event = line === undefined ? undefined : parseLine(line);
  return event?.known === true && event.type === "budget.exhausted" ? event.data : null;
}

/** Whether a turn that was told so may go on. */
type IsDue = (told: Exhausted, project: Project) => boolean;

/** Only a limit that is another one: what is left of the same is not more, and the turn would wait again and again. */
const isChanged: IsDue = (told, { body }) => limitNow(body, told) !== told.limit;

const isInDollars: IsDue = ({ currency }) => currency === "usd";

function limitNow(body: Project["body"], { currency }: Exhausted): number | null {
  const limits = limitsOf(body);
  if (currency === "tokens") return limits?.tokens ?? null;
  return limits === null || limits.microUsd === null ? null : limits.microUsd / MICRO;
}

const PAGE = 100;

interface HeldOf {
  readonly workspaceId: WorkspaceId;
  readonly projectId: NonNullable<SessionQuery["projectId"]>;
}

async function* heldSessions({ store }: ResumeDeps, of: HeldOf): AsyncIterable<SessionRecord> {
  const where = { kind: "facts", tests: { needs: ["budget"] } } as const;
  // By place and not from the start again: what still cannot go on waits again, and would come again and again.
  let place: Pick<SessionQuery, "cursor"> = {};
  for (;;) {
    const page = await store.listSessions({ ...of, ...place, where, order: "created_at", limit: PAGE });
    yield* page.sessions;
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
