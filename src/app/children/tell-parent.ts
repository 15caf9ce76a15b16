/**
 * What becomes known in the session above: a child was made, a turn of it ended, somebody below has used something. One
 * commit each, once (`source`), which also adds what was used and ends the calls that waited for nothing else.
 *
 * It is told to a deleted session too, because its own parent still has to hear of the usage.
 */
import { draft } from "../../core/decide/plan.ts";
import type { Plan } from "../../core/decide/plan.ts";
import type { OutboxBodies, OutboxRow } from "../../core/outbox.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import { decideAndCommit } from "../decide-and-commit.ts";
import type { ControlDeps } from "../decide-and-commit.ts";
import type { CurrentSession } from "../read-session.ts";
import { planEndOfWaiting } from "./end-waiting.ts";
import type { EndWaitingDeps } from "./end-waiting.ts";

export interface TellParentDeps extends ControlDeps, EndWaitingDeps {
  readonly store: ControlDeps["store"] & EndWaitingDeps["store"];
  /** The turn of the session may be owed from now on. */
  readonly onControl: (sessionId: SessionId) => void;
}

type Ended = NonNullable<OutboxBodies["turn_ended"]["turn"]>;

export async function tellOfChild(
  deps: TellParentDeps,
  row: OutboxRow,
  { name, task, callId }: OutboxBodies["child_made"],
): Promise<void> {
  await tell(deps, row, {
    type: "subagent.spawned",
    data: {
      subagent_session_id: row.sourceId,
      ...(name === null ? {} : { subagent_name: name }),
      task,
      status: "running",
      tool_call_id: callId,
    },
  });
}

export async function tellOfTurn(
  deps: TellParentDeps,
  row: OutboxRow,
  { turn }: OutboxBodies["turn_ended"],
): Promise<void> {
  const child = await deps.store.readSession(row.sourceId);
  await tell(deps, row, turn === null ? null : endFact(row.sourceId, turn, child?.edit.title ?? null));
}

export async function tellOfUsage(
  deps: TellParentDeps,
  row: OutboxRow,
  { usedBy, usage }: OutboxBodies["usage_added"],
): Promise<void> {
  await tell(deps, row, { type: "subagent.usage", data: { subagent_session_id: usedBy, usage } });
}

/** The calls that ended before they began to wait. */
export async function endWaiting(deps: TellParentDeps, { target }: Pick<OutboxRow, "target">): Promise<void> {
  await commit(deps, target, (session) => planEndOfWaiting(deps, { session, before: [], isTimeUp: false }));
}

function endFact(sessionId: SessionId, ended: Ended, title: string | null): Fact {
  const { turnId, outcome, text, error, usage } = ended;
  const data = {
    subagent_session_id: sessionId,
    ...(title === null ? {} : { subagent_name: title }),
    turn_id: turnId,
    status: outcome,
    ...(text === "" ? {} : { result: text }),
    ...(usage.input_tokens + usage.output_tokens === 0 ? {} : { usage }),
  };
  if (outcome === "failed") return { type: "subagent.failed", data: { ...data, error: error ?? "" } };
  return { type: outcome === "completed" ? "subagent.completed" : "subagent.cancelled", data };
}

async function tell(deps: TellParentDeps, { target, eventId }: OutboxRow, fact: Fact | null): Promise<void> {
  await commit(deps, target, async (session) => {
    const said = fact === null ? [] : [draft(deps.mint, {}, fact)];
    const ending = await planEndOfWaiting(deps, { session, before: said, isTimeUp: false });
    if (ending !== null) return { ...ending, source: eventId };
    return said.length === 0 ? null : { events: said, raises: false, source: eventId };
  });
}

/** A session that was erased hears nothing any more, and nobody has to be told so. */
async function commit(
  deps: TellParentDeps,
  sessionId: SessionId,
  plan: (session: CurrentSession) => Promise<Plan | null>,
): Promise<void> {
  const decide = async (session: CurrentSession) => accept({ plan: await plan(session), answer: null });
  const told = await decideAndCommit(deps, { sessionId, seesDeleted: true, decide });
  if (told.ok && told.value.result?.kind === "committed") deps.onControl(sessionId);
}
