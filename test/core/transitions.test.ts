/** S5: one test per cell of the table, each asking the decision itself whether it does what the cell says. */
import { describe, expect, test } from "vitest";
import { decideAnswer, decideResults } from "../../src/core/decide/answer.ts";
import { decideCancel } from "../../src/core/decide/cancel.ts";
import { decideClose, decideRestore } from "../../src/core/decide/close.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import { decidePause, decideResume, refuseAction } from "../../src/core/decide/hold.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import { decideSend } from "../../src/core/decide/send.ts";
import type { Outcome, SessionAction } from "../../src/core/refusal.ts";
import type { QueuedMessage, WhenBusy } from "../../src/core/session.ts";
import { initialState } from "../../src/core/state.ts";
import type { SessionState } from "../../src/core/state.ts";
import { allowedActions, nameState, stateNames, transitions } from "../../src/core/transitions.ts";
import type { Cell, StateName } from "../../src/core/transitions.ts";
import { makeClock, makeMint, messageOf, turnState } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const node = mint("node");
const sessionId = mint("session");
const deciding = { mint, runner: node, agentId: null };
const queued = { ...initialState, queuedCount: 1 };
const openCall = { id: "call_1", name: "read_file", signature: 1, started: true, isRequested: false };
const requested = { ...openCall, started: false, isRequested: true };
const asked = { id: "apr_1", callId: "call_1", answer: null } as const;
const acting = { phase: "acting", isReasonOpen: false, isActOpen: true, openCalls: [openCall] } as const;

/** Every shape that goes by a state's name. */
const shapes: Readonly<Record<StateName, readonly SessionState[]>> = {
  idle: [initialState, { ...initialState, turnCount: 3, stopReason: "failed" }],
  held: [
    { ...initialState, hold: "person" },
    { ...initialState, hold: "budget" },
    { ...queued, hold: "person" },
    turnState(mint, {}, { hold: "person" }),
    turnState(mint, acting, { hold: "budget" }),
    turnState(mint, { ...acting, phase: "waiting", needs: ["approval"], approvals: [asked] }, { hold: "person" }),
  ],
  active: [turnState(mint), turnState(mint, acting), queued, turnState(mint, {}, { queuedCount: 2 })],
  waiting: [
    turnState(mint, { phase: "waiting", needs: ["quota"] }),
    turnState(mint, { ...acting, phase: "waiting", needs: ["approval"], approvals: [asked] }),
    turnState(mint, { ...acting, phase: "waiting", needs: ["tool_results"], openCalls: [requested] }),
  ],
  cancelling: [
    turnState(mint, { phase: "cancelling" }),
    turnState(mint, { ...acting, phase: "cancelling" }, { queuedCount: 1 }),
    turnState(mint, { phase: "cancelling" }, { hold: "person" }),
  ],
  completed: [
    { ...initialState, lifecycle: "completed" },
    { ...queued, lifecycle: "completed" },
  ],
  failed: [{ ...initialState, lifecycle: "failed" }],
  killed: [
    { ...initialState, lifecycle: "killed" },
    { ...queued, lifecycle: "killed" },
  ],
  deleted: [
    { ...initialState, isDeleted: true },
    { ...initialState, isDeleted: true, lifecycle: "killed" },
    { ...queued, isDeleted: true, hold: "person" },
  ],
};

type Decided = { readonly plan: Plan; readonly after: SessionState } | "nothing" | { readonly code: string };

function decided(state: SessionState, plan: Plan | null): Decided {
  return plan === null ? "nothing" : { plan, after: foldDrafts(state, plan.events, clock.now()) };
}

function decidedOutcome(state: SessionState, outcome: Outcome<Plan | null>): Decided {
  return outcome.ok ? decided(state, outcome.value) : outcome.refusal;
}

function send(state: SessionState, whenBusy: WhenBusy): Decided & (object | string) {
  const wanted = { sessionId, message: messageOf(mint, "go"), whenBusy, queueLimit: 100 };
  const outcome = decideSend(state, wanted, deciding);
  return outcome.ok ? decided(state, outcome.value.plan) : outcome.refusal;
}

function queueOf(state: SessionState): readonly QueuedMessage[] {
  return Array.from({ length: state.queuedCount }, (_, index) => ({
    messageId: mint("message"),
    sessionId,
    position: index + 1,
    messageJson: "{}",
    queuedEventId: mint("event"),
    createdAt: "2026-01-01T12:00:00.000Z",
  }));
}

function cancel(state: SessionState, { hasOwner, clears }: { readonly hasOwner: boolean; readonly clears: boolean }) {
  const clear = clears ? queueOf(state) : [];
  const input = { ...deciding, nowMs: clock.now(), next: null, hasOwner, clear };
  const { plan, answer } = decideCancel(state, input);
  return { decision: decided(state, plan), answer };
}

type Awaited = "answer" | "give_results";

const decisions: Readonly<
  Record<Exclude<SessionAction, "send" | "cancel" | "edit_queue" | Awaited>, (state: SessionState) => Decided>
> = {
  pause: (state) => decidedOutcome(state, decidePause(state, sessionId, deciding)),
  resume: (state) => decidedOutcome(state, decideResume(state, sessionId, deciding)),
  complete: (state) =>
    decidedOutcome(state, decideClose(state, { action: "complete", sessionId, hasOwner: false }, deciding)),
  fail: (state) => decidedOutcome(state, decideClose(state, { action: "fail", sessionId, hasOwner: false }, deciding)),
  kill: (state) => decidedOutcome(state, decideClose(state, { action: "kill", sessionId, hasOwner: false }, deciding)),
  delete: (state) =>
    decidedOutcome(state, decideClose(state, { action: "delete", sessionId, hasOwner: false }, deciding)),
  restore: (state) => decided(state, decideRestore(state, deciding)),
};

function planned(decision: Decided): { readonly plan: Plan; readonly after: SessionState } {
  if (decision === "nothing" || "code" in decision) throw new Error(`Nothing was done: ${JSON.stringify(decision)}`);
  // A1: whatever is done to a session from outside its turn is a control event.
  expect(decision.plan.raises).toBe(true);
  return decision;
}

const typesOf = ({ plan }: { readonly plan: Plan }) => plan.events.map(({ type }) => type);
const refused = { code: "not_allowed", sessionId };
const absent = { code: "not_found", kind: "session", id: sessionId };

/** What `do` comes to, by the action. */
const effects: Readonly<Record<keyof typeof decisions, (after: SessionState, before: SessionState) => void>> = {
  pause: (after, before) => expect(after).toEqual({ ...before, hold: before.hold === "none" ? "person" : before.hold }),
  resume: (after) => expect(after).toMatchObject({ hold: "none", lifecycle: "open" }),
  complete: (after) => expect(after).toMatchObject({ lifecycle: "completed", turn: null, hold: "none" }),
  fail: (after) => expect(after).toMatchObject({ lifecycle: "failed", turn: null, hold: "none" }),
  kill: (after) => expect(after).toMatchObject({ lifecycle: "killed", turn: null, hold: "none" }),
  delete: (after) => expect(after).toMatchObject({ isDeleted: true, turn: null }),
  restore: (after, before) => expect(after).toEqual({ ...before, isDeleted: false }),
};

function checkSend(cell: Cell, state: SessionState): void {
  const [rejecting, queueing, steering] = (["refuse", "queue", "steer"] as const).map((when) => send(state, when));
  if (rejecting === undefined || queueing === undefined || steering === undefined) throw new Error("Unreachable");
  switch (cell) {
    case "start":
      for (const sent of [rejecting, queueing, steering]) {
        expect(typesOf(planned(sent))).toEqual([
          "input.message",
          "turn.started",
          "session.activated",
          "reason.started",
          "output.message.started",
        ]);
        expect(planned(sent).plan).toMatchObject({ owner: node, takes: "reset" });
      }
      return;
    case "reopen":
      for (const sent of [rejecting, queueing, steering]) {
        expect(typesOf(planned(sent)).slice(0, 3)).toEqual(["session.reopened", "input.message", "turn.started"]);
        expect(planned(sent).after).toMatchObject({ lifecycle: "open", turn: { phase: "reasoning" } });
      }
      return;
    case "hold":
      expect(rejecting).toEqual({ code: state.hold === "budget" ? "budget_exhausted" : "on_hold", sessionId });
      for (const sent of [queueing, steering]) expect(typesOf(planned(sent))).toEqual(["message.queued"]);
      return;
    case "busy": {
      if (state.turn?.needs.includes("tool_results") === true) {
        for (const sent of [rejecting, queueing, steering]) {
          expect(typesOf(planned(sent))).toEqual(["tool.completed", "input.message"]);
        }
        return;
      }
      expect(rejecting).toEqual({ code: "turn_running", sessionId });
      expect(typesOf(planned(queueing))).toEqual(["message.queued"]);
      const isRead = state.turn?.phase === "reasoning" || state.turn?.phase === "acting";
      expect(typesOf(planned(steering))).toEqual([isRead ? "input.message" : "message.queued"]);
      return;
    }
    default: {
      const refusal = cell === "absent" ? absent : { ...refused, action: "send", allowed: allowedActions(state) };
      for (const sent of [rejecting, queueing, steering]) expect(sent).toMatchObject(refusal);
    }
  }
}

function checkCancel(cell: Cell, state: SessionState): void {
  for (const hasOwner of [true, false]) {
    const { decision, answer } = cancel(state, { hasOwner, clears: false });
    if (cell !== "do" || state.turn === null) {
      expect([decision, answer]).toEqual(["nothing", state.turn === null ? "no_op" : "cancelled"]);
      continue;
    }
    expect(answer).toBe("cancelled");
    const { after } = planned(decision);
    expect(typesOf(planned(decision)).slice(0, 2)).toEqual(["turn.cancelled", "input.message"]);
    expect(after).toMatchObject({ stopReason: "cancelled", queuedCount: state.queuedCount });
    expect(after.turn?.phase ?? "over").toBe(hasOwner ? "cancelling" : "over");
  }
  const { decision } = cancel(state, { hasOwner: true, clears: true });
  const isOpen = state.lifecycle === "open" && !state.isDeleted;
  const left = decision === "nothing" || "code" in decision ? state.queuedCount : decision.after.queuedCount;
  expect(left).toBe(isOpen ? 0 : state.queuedCount);
}

function checkControl(action: keyof typeof decisions, cell: Cell, state: SessionState): void {
  const decision = decisions[action](state);
  // A hold may hide behind a cancel's tail; it is what a pause and a resume are about, not the name of the state.
  const isHidden = nameState(state) === "cancelling" && state.hold !== "none";
  const said: Cell = !isHidden ? cell : action === "pause" ? "no_op" : action === "resume" ? "do" : cell;
  switch (said) {
    case "do":
      expect(planned(decision).after).not.toEqual(state);
      return effects[action](planned(decision).after, state);
    case "no_op":
      return expect(decision).toBe("nothing");
    case "absent":
      return expect(decision).toEqual(absent);
    default:
      expect(decision).toMatchObject({ ...refused, action, state: nameState(state), allowed: allowedActions(state) });
  }
}

/** Editing the queue is decided in the use case that holds the queue; the core says who is refused, and how. */
function checkEdit(cell: Cell, state: SessionState): void {
  expect(["do", "refuse", "absent"]).toContain(cell);
  const { refusal } = refuseAction(state, "edit_queue", sessionId);
  expect(refusal.code).toBe(cell === "absent" ? "not_found" : "not_allowed");
}

/** What a parked turn waits for takes effect, also on hold; everything else finds that nobody has asked. */
function checkAwaited(action: Awaited, cell: Cell, state: SessionState): void {
  expect(["awaited", "refuse", "absent"]).toContain(cell);
  const need = action === "answer" ? "approval" : "tool_results";
  const isAwaited = cell === "awaited" && state.turn?.needs.includes(need) === true;
  const decision = action === "answer" ? answer(state) : giveResults(state);
  if (isAwaited) {
    const { plan, after } = planned(decision);
    expect(after.turn).toMatchObject({ phase: "acting", needs: [] });
    expect(plan.owner).toBe(state.hold === "none" ? node : undefined);
  } else if (action === "answer") expect(decision).toBe("nothing");
  else if (cell === "absent") expect(decision).toEqual(absent);
  else expect(decision).toMatchObject({ code: "not_waiting", sessionId, need, allowed: allowedActions(state) });
}

function answer(state: SessionState): Decided {
  const said = { approvalId: "apr_1", answer: "allow", scope: "once", by: "usr_1" } as const;
  return decided(state, decideAnswer(state, said, deciding)?.plan ?? null);
}

function giveResults(state: SessionState): Decided {
  return decidedOutcome(
    state,
    decideResults(state, { sessionId, results: [{ callId: "call_1", content: [] }] }, deciding),
  );
}

const actions = Object.keys(transitions) as readonly SessionAction[];
const cells = actions.flatMap((action) =>
  stateNames.map((name) => ({ action, name, cell: transitions[action][name] })),
);

describe("the table of what an action does in a state", () => {
  test("S5: has a shape for every state's name", () => {
    for (const name of stateNames) expect(shapes[name].map(nameState)).toEqual(shapes[name].map(() => name));
  });

  test.each(cells)("S5: $action of a session that is $name: $cell", ({ action, name, cell }) => {
    expect(shapes[name].length).toBeGreaterThan(0);
    for (const state of shapes[name]) {
      if (action === "send") checkSend(cell, state);
      else if (action === "cancel") checkCancel(cell, state);
      else if (action === "edit_queue") checkEdit(cell, state);
      else if (action === "answer" || action === "give_results") checkAwaited(action, cell, state);
      else checkControl(action, cell, state);
    }
  });

  test.each(stateNames)("S5: names as the way out of %s only what would be done", (name) => {
    for (const state of shapes[name]) {
      for (const action of allowedActions(state)) {
        expect(["do", "start", "reopen", "busy"]).toContain(transitions[action][name]);
      }
    }
  });

  test("S5: a killed session can only be deleted", () => {
    expect(allowedActions({ ...initialState, lifecycle: "killed" })).toEqual(["delete"]);
  });
});

test("S5: a session that is only watched is idle while messages wait for its agent, and takes more (ruling 6)", () => {
  const watched: SessionState = { ...queued, isObserved: true };
  expect(nameState(watched)).toBe("idle");
  const sent = decideSend(
    watched,
    { sessionId, message: messageOf(mint, "Hi"), whenBusy: "refuse", queueLimit: 10 },
    deciding,
  );
  expect(sent).toMatchObject({ ok: true, value: { delivery: "queued" } });
  expect(
    decideSend(watched, { sessionId, message: messageOf(mint, "Hi"), whenBusy: "refuse", queueLimit: 1 }, deciding),
  ).toMatchObject({ ok: false, refusal: { code: "quota_exceeded" } });
});
