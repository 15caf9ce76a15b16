/**
 * The loop of every control: read the session, decide, commit at the epoch the decision was made at; if somebody was
 * faster, read and decide again. It ends because each refusal means that another control went through.
 */
import type { Plan } from "../core/decide/plan.ts";
import type { SessionId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { MessageKey, WriteResult } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { CommitWrite } from "./commit.ts";
import { planWrite } from "./commit.ts";
import { foldCurrent, notFound } from "./read-session.ts";
import type { CurrentSession, ReadableStore } from "./read-session.ts";

export interface ControlDeps {
  readonly store: ReadableStore;
  readonly commit: CommitWrite;
  readonly clock: Pick<Clock, "now">;
}

export interface Control<Answer> {
  readonly sessionId: SessionId;
  readonly workspaceId?: string;
  /** Also sees what is in the trash. */
  readonly seesDeleted?: boolean;
  /** Nothing to commit: `plan` is null and the answer stands. */
  readonly decide: (
    session: CurrentSession,
  ) =>
    | Outcome<{ readonly plan: Plan | null; readonly answer: Answer }>
    | Promise<Outcome<{ readonly plan: Plan | null; readonly answer: Answer }>>;
  readonly key?: MessageKey;
}

export interface Controlled<Answer> {
  readonly answer: Answer;
  readonly session: CurrentSession;
  /** Nothing: the decision had nothing to commit. */
  readonly result: SettledResult | null;
}

type SettledResult = Extract<
  WriteResult,
  // The last four only of a plan with `team`: the caller knows what it asked for.
  { kind: "committed" | "duplicate" | "held" | "reservations_moved" | "hook_known" | "session_over" }
>;

const ATTEMPTS = 1_000;

export async function decideAndCommit<Answer>(
  deps: ControlDeps,
  control: Control<Answer>,
): Promise<Outcome<Controlled<Answer>>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const session = await readFor(deps.store, control);
    if (session === null) return notFound(control.sessionId);
    const decided = await control.decide(session);
    if (!decided.ok) return decided;
    const { plan, answer } = decided.value;
    if (plan === null) return accept({ answer, session, result: null });
    const result = await commitPlan(deps, { session, plan, control });
    if (result.kind === "absent") return notFound(control.sessionId);
    if (isSettled(result)) return accept({ answer, session, result });
  }
  throw new Error(`Session ${control.sessionId} moved on ${ATTEMPTS} times while one decision was being made`);
}

function isSettled(result: WriteResult): result is SettledResult {
  return (
    result.kind !== "stale" &&
    result.kind !== "absent" &&
    result.kind !== "file_conflict" &&
    result.kind !== "files_full"
  );
}

async function readFor<Answer>(store: ReadableStore, control: Control<Answer>): Promise<CurrentSession | null> {
  const record = await store.readSession(control.sessionId);
  if (record === undefined) return null;
  if (control.workspaceId !== undefined && record.workspaceId !== control.workspaceId) return null;
  if (record.head.deletedAt !== null && control.seesDeleted !== true) return null;
  return foldCurrent(store, record);
}

async function commitPlan<Answer>(
  { commit, clock }: ControlDeps,
  {
    session,
    plan,
    control,
  }: { readonly session: CurrentSession; readonly plan: Plan; readonly control: Control<Answer> },
): Promise<WriteResult> {
  const { after: _, ...write } = planWrite(plan, {
    sessionId: control.sessionId,
    workspaceId: session.record.workspaceId,
    epoch: session.head.epoch,
    state: session.state,
    foldedSeq: session.foldedSeq,
    nowMs: clock.now(),
  });
  return commit(control.key === undefined ? write : { ...write, key: control.key });
}
