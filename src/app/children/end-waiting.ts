/**
 * The end of a wait for sessions: whether they have come to rest is read from the sessions themselves, after the state
 * of the one that waits. Of two children that end at once, whoever is told of the later end therefore sees both ends;
 * and one that ended just before the wait began is seen by the look that every wait begins with.
 */
import { goOn } from "../../core/decide/answer.ts";
import { draft, turnContext } from "../../core/decide/plan.ts";
import type { Plan } from "../../core/decide/plan.ts";
import { describeChildren } from "../../core/child-sessions.ts";
import type { ChildSession } from "../../core/child-sessions.ts";
import { MAX_EVENT_BYTES } from "../../core/events/envelope.ts";
import type { EventDraft } from "../../core/events/envelope.ts";
import type { MintId } from "../../core/ids.ts";
import type { OpenCall, TurnState } from "../../core/state.ts";
import type { CurrentSession } from "../read-session.ts";
import { fitResult } from "../tool-result.ts";
import { lookAtChildren } from "./look-at-children.ts";
import type { ChildReads } from "./look-at-children.ts";

export interface EndWaitingDeps {
  readonly store: ChildReads;
  readonly mint: MintId;
}

/** The event's other fields. */
const ENVELOPE_BYTES = 2 * 1024;

export interface EndWaiting {
  readonly session: CurrentSession;
  /** What is said in the same commit. */
  readonly before: readonly EventDraft[];
  /** Also ends for sessions that go on. */
  readonly isTimeUp: boolean;
}

/** The plan that ends whatever calls are over and lets the turn go on, or nothing when none is. */
export async function planEndOfWaiting(
  deps: EndWaitingDeps,
  { session, before, isTimeUp }: EndWaiting,
): Promise<Plan | null> {
  const { state, head, record } = session;
  const { turn } = state;
  if (turn === null || turn.phase !== "waiting" || state.isDeleted) return null;
  const ends: EventDraft[] = [];
  for (const call of turn.openCalls) {
    if (call.awaits === undefined) continue;
    const children = await lookAtChildren(deps.store, call.awaits);
    const isOver = children.every(({ isAtRest }) => isAtRest);
    if (isOver || isTimeUp) ends.push(endOf(turn, { call, children, isOver }, deps.mint));
  }
  if (ends.length === 0) return null;
  const input = { mint: deps.mint, runner: null, agentId: record.edit.agentId, hasOwner: head.owner !== null };
  return goOn({ ...state, turn }, [...before, ...ends], input);
}

function endOf(
  turn: TurnState,
  {
    call,
    children,
    isOver,
  }: { readonly call: OpenCall; readonly children: readonly ChildSession[]; readonly isOver: boolean },
  mint: MintId,
): EventDraft {
  const text = describeChildren(children);
  const running = children.filter(({ isAtRest }) => !isAtRest).length;
  const late = `The time is up and ${running} of ${children.length} sessions still run; await them again, or cancel them`;
  const { content, error, status } = fitResult(
    {
      status: isOver ? "success" : "timeout",
      content: [{ type: "text", text }],
      ...(isOver ? {} : { error: late }),
    },
    MAX_EVENT_BYTES - ENVELOPE_BYTES,
  );
  return draft(mint, turnContext(turn), {
    type: "tool.completed",
    data: {
      tool_call_id: call.id,
      tool_name: call.name,
      success: isOver,
      status,
      result: [...content],
      ...(error === undefined ? {} : { error }),
    },
  });
}
