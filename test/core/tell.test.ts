/** What a commit tells other sessions (P10, C4): read off its events and the states around them. */
import { describe, expect, test } from "vitest";
import { decideCancel } from "../../src/core/decide/cancel.ts";
import { decideClose } from "../../src/core/decide/close.ts";
import { endTurn } from "../../src/core/decide/end-turn.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import { draft, turnContext } from "../../src/core/decide/plan.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import { startTurnDrafts } from "../../src/core/decide/start-turn.ts";
import { isAtRest, sumsOfCommit, tellOthers } from "../../src/core/decide/tell.ts";
import type { Message } from "../../src/core/events/content.ts";
import type { Fact } from "../../src/core/events/envelope.ts";
import { formatId } from "../../src/core/ids.ts";
import type { IdKind, MintId } from "../../src/core/ids.ts";
import { initialState } from "../../src/core/state.ts";
import type { SessionState, TurnState } from "../../src/core/state.ts";
import { factsOf } from "../../src/core/status.ts";

let count = 0;
const mint: MintId = <K extends IdKind>(kind: K) => formatId<K>(kind, ++count, "0".repeat(20));
const sessionId = mint("session");
const parentId = mint("session");
const input = { mint, runner: null, agentId: null, nowMs: 0, next: null };
const usage = { input_tokens: 7, output_tokens: 3, cost_usd: 0.000_002 };

function messageOf(metadata?: Record<string, unknown>): Message {
  const more = metadata === undefined ? {} : { metadata };
  return { id: mint("message"), role: "user", content: [{ type: "text", text: "go" }], ...more };
}

type Busy = SessionState & { readonly turn: TurnState };

function busy(more: Partial<TurnState> = {}, state: Partial<SessionState> = { parentId }): Busy {
  const started = foldDrafts(initialState, startTurnDrafts({ message: messageOf(), isFromQueue: false }, input), 0);
  if (started.turn === null) throw new Error("No turn was started");
  return { ...started, ...state, turn: { ...started.turn, usage, lastText: "the answer", ...more } };
}

function told(before: SessionState, plan: Plan) {
  const after = foldDrafts(before, plan.events, 0);
  const ended = before.turn !== null && after.turn?.id !== before.turn.id ? before.turn : null;
  const rows = tellOthers({ sessionId, plan, before, after, ended });
  return rows.map(({ kind, target, bodyJson, isForChildren = false }) => {
    return { kind, target, isForChildren, body: JSON.parse(bodyJson) as unknown };
  });
}

const planOf = (...facts: readonly Fact[]): Plan => ({
  events: facts.map((fact) => draft(mint, {}, fact)),
  raises: false,
});

const end = (state: Busy, kind: "completed" | "failed") =>
  endTurn(
    state,
    {
      end: kind === "completed" ? { kind, stopReason: "end_turn" } : { kind, error: "It broke", errorCode: "x" },
      before: [],
    },
    input,
  );

describe("a session that another one has started", () => {
  test.each([
    ["completed", null],
    ["failed", "It broke"],
  ] as const)("C4: tells its parent of a turn that %s, with what it used", (outcome, error) => {
    const state = busy();
    const turn = { turnId: state.turn.id, outcome, text: "the answer", error, usage };
    expect(told(state, end(state, outcome))).toEqual([
      { kind: "turn_ended", target: parentId, isForChildren: false, body: { turn } },
    ]);
  });

  test("T6: tells of a cancelled turn when it is over, not when it is asked for", () => {
    const state = busy();
    const asked = decideCancel(state, { ...input, hasOwner: true, clear: [] }).plan;
    const parked = decideCancel(state, { ...input, hasOwner: false, clear: [] }).plan;
    if (asked === null || parked === null) throw new Error("Nothing was cancelled");
    const kinds = (plan: Plan) => told(state, plan).map(({ kind }) => kind);
    expect(kinds(asked)).toEqual(["stop_children"]);
    expect(kinds(parked)).toEqual(["turn_ended", "stop_children"]);
    expect(told(state, parked)[0]?.body).toMatchObject({ turn: { outcome: "cancelled", error: null } });
  });

  test("C4: that comes to rest without a turn tells so, because it may be waited for", () => {
    const queued = { ...initialState, parentId, queuedCount: 1 };
    const killed = decideClose(queued, { action: "kill", sessionId, hasOwner: false }, input);
    if (!killed.ok || killed.value === null) throw new Error("Nothing was killed");
    expect(told(queued, killed.value)).toContainEqual(
      expect.objectContaining({ kind: "turn_ended", target: parentId, body: { turn: null } }),
    );
    const idle = { ...queued, queuedCount: 0 };
    expect(told(idle, killed.value).map(({ kind }) => kind)).toEqual(["stop_children"]);
  });

  test("C4: passes on what sessions below it have used", () => {
    const plan = planOf({ type: "subagent.usage", data: { subagent_session_id: "ses_x", usage } });
    const body = { usedBy: "ses_x", usage };
    expect(told(busy(), plan)).toEqual([{ kind: "usage_added", target: parentId, isForChildren: false, body }]);
    expect(told(busy({}, {}), plan)).toEqual([]);
  });

  test("T6: looks at its parent after a message of a turn of it", () => {
    const message = messageOf({ asked_by_turn_id: "turn_1" });
    const plan = planOf({ type: "input.message", data: { message } });
    const row = { kind: "asked_by_parent", target: sessionId, isForChildren: false, body: { turnId: "turn_1" } };
    expect(told({ ...initialState, parentId }, plan)).toEqual([row]);
    expect(told(initialState, plan), "what a client writes into a message of its own session").toEqual([]);
  });
});

describe("any session", () => {
  test("C4: tells nobody of its turns", () => {
    const state = busy({}, {});
    expect(told(state, end(state, "completed"))).toEqual([]);
  });

  test.each(["kill", "delete"] as const)("B12: tells the children, if it has any, of a %s", (action) => {
    const state = busy({}, {});
    const closed = decideClose(state, { action, sessionId, hasOwner: false, isPermanent: true }, input);
    if (!closed.ok || closed.value === null) throw new Error("Nothing was closed");
    const body = { action, isPermanent: action === "delete", workspaceId: null };
    expect(told(state, closed.value)).toEqual([
      { kind: "stop_children", target: sessionId, isForChildren: true, body },
    ]);
  });

  test("A5: looks once at what it waits for, after it has begun to wait", () => {
    const state = busy();
    const data = { tool_call_id: "call", session_ids: ["ses_x"], timeout_ms: 1 };
    const plan: Plan = {
      events: [draft(mint, turnContext(state.turn), { type: "subagent.awaited", data })],
      raises: true,
    };
    expect(told(state, plan)).toEqual([{ kind: "awaiting", target: sessionId, isForChildren: false, body: {} }]);
  });

  test("C4: adds to its sums its own turn, what was used below, or both", () => {
    const below = planOf({ type: "subagent.usage", data: { subagent_session_id: "ses_x", usage } });
    const { turn } = busy();
    const sum = (inputTokens: number, costMicroUsd: number) => expect.objectContaining({ inputTokens, costMicroUsd });
    expect(sumsOfCommit({ plan: planOf(), ended: null })).toBeNull();
    expect(sumsOfCommit({ plan: planOf(), ended: turn })).toEqual(sum(7, 2));
    expect(sumsOfCommit({ plan: below, ended: null })).toEqual(sum(7, 2));
    expect(sumsOfCommit({ plan: below, ended: turn })).toEqual(sum(14, 4));
  });

  test("C4: rests when nothing of it runs or is owed; what is held is still to come", () => {
    const rests = (state: SessionState) => isAtRest(factsOf(state));
    expect(rests(initialState)).toBe(true);
    expect(rests({ ...initialState, queuedCount: 1 })).toBe(false);
    expect(rests({ ...initialState, queuedCount: 1, hold: "person" })).toBe(true);
    expect(rests(busy())).toBe(false);
    expect(rests({ ...busy(), hold: "person" })).toBe(false);
    expect(rests({ ...initialState, queuedCount: 1, lifecycle: "killed" })).toBe(true);
  });
});
