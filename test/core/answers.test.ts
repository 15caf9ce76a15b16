/** What answers to a parked turn come to: approvals, results of the client's tools, and silence (A5, ruling 6). */
import { describe, expect, test } from "vitest";
import {
  decideAnswer,
  decideExpiry,
  decideResults,
  DENIED_TEXT,
  UNANSWERED_TEXT,
  UNDELIVERED_TEXT,
} from "../../src/core/decide/answer.ts";
import type { Answering } from "../../src/core/decide/answer.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import type { SessionState, TurnState } from "../../src/core/state.ts";
import { initialState, pendingApprovals } from "../../src/core/state.ts";
import { makeClock, makeMint, turnState } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const node = mint("node");
const sessionId = mint("session");
const input = { mint, runner: node, agentId: null };

function call(id: string, name: string, isRequested = false) {
  return { id, name, signature: 1, started: false, isRequested };
}

/** Waits for a person about two writes and a removal, and for the client about a question. */
const parked: Partial<TurnState> = {
  phase: "waiting",
  isReasonOpen: false,
  isActOpen: true,
  needs: ["approval", "tool_results"],
  openCalls: [call("w1", "write"), call("w2", "write"), call("r", "remove"), call("q", "ask_user", true)],
  approvals: ["w1", "w2", "r"].map((callId) => ({ id: `apr_${callId}`, callId, answer: null })),
};

function waiting(turn: Partial<TurnState> = {}, rest: Partial<SessionState> = {}): SessionState {
  return turnState(mint, { ...parked, ...turn }, rest);
}

/** Only one question is open, and nothing else. */
const lastAsked = {
  needs: ["approval"],
  openCalls: [call("w1", "write")],
  approvals: [{ id: "apr_w1", callId: "w1", answer: null }],
} as const;

function answer(state: SessionState, said: Partial<Answering> = {}): Plan | null {
  const answering = { approvalId: "apr_w1", answer: "allow", scope: "once", by: "usr_1", ...said } as const;
  return decideAnswer(state, answering, input)?.plan ?? null;
}

function after(state: SessionState, plan: Plan | null): SessionState {
  return foldDrafts(state, plan?.events ?? [], clock.now());
}

const typesOf = (plan: Plan | null) => plan?.events.map(({ type }) => type) ?? [];

describe("an answer to an approval", () => {
  test("A1: is a control event that leaves a turn parked which waits for more", () => {
    const state = waiting();
    const plan = answer(state);
    expect(plan).toMatchObject({
      raises: true,
      timers: [],
      events: [
        {
          type: "approval.answered",
          data: { approval_id: "apr_w1", answer: "allow", scope: "once", by: "usr_1" },
          context: { turn_id: state.turn?.id },
        },
      ],
    });
    expect(plan).not.toHaveProperty("owner");
    expect(after(state, plan).turn).toMatchObject({ phase: "waiting", needs: ["approval", "tool_results"] });
  });

  test("A5: to the last question gives the turn to the runner, and nothing is left to expire", () => {
    const state = waiting(lastAsked);
    const plan = answer(state);
    expect(plan).toMatchObject({ owner: node, timers: [{ kind: "approval_expiry", dueInMs: null }] });
    expect(after(state, plan).turn).toMatchObject({ phase: "acting", needs: [], openCalls: [{ id: "w1" }] });
  });

  test("ruling 7: to a held session is noted, and the turn waits for the resume", () => {
    const state = waiting(lastAsked, { hold: "person" });
    const plan = answer(state);
    expect(plan).not.toHaveProperty("owner");
    expect(after(state, plan)).toMatchObject({ hold: "person", turn: { phase: "acting" } });
  });

  test("A5: leaves a harness that holds a process its turn", () => {
    const said = { approvalId: "apr_w1", answer: "allow", scope: "once", by: "usr_1" } as const;
    expect(decideAnswer(waiting(lastAsked), said, { ...input, hasOwner: true })?.plan).not.toHaveProperty("owner");
  });

  test("that denies ends the call in the same commit, and the model is told", () => {
    const state = waiting(lastAsked);
    const plan = answer(state, { answer: "deny" });
    expect(typesOf(plan)).toEqual(["approval.answered", "tool.completed"]);
    expect(plan?.events[1]?.data).toEqual({
      tool_call_id: "w1",
      tool_name: "write",
      success: false,
      status: "error",
      error: DENIED_TEXT,
    });
    expect(after(state, plan).turn).toMatchObject({ phase: "acting", openCalls: [] });
  });

  test("that denies with a reason tells the model why (T11)", () => {
    const plan = answer(waiting(lastAsked), { answer: "deny", reason: "Write to /tmp instead" });
    expect(plan?.events[0]?.data).toMatchObject({ answer: "deny", reason: "Write to /tmp instead" });
    expect(plan?.events[1]?.data).toMatchObject({ error: `${DENIED_TEXT}: Write to /tmp instead` });
  });

  test.each(["session", "always"] as const)("with the scope %s also answers what is asked about that tool", (scope) => {
    const state = waiting();
    const said = { approvalId: "apr_w2", answer: "allow", scope, by: "usr_1" } as const;
    const decided = decideAnswer(state, said, input);
    expect(decided?.toolName).toBe("write");
    const { turn } = after(state, decided?.plan ?? null);
    expect(turn && pendingApprovals(turn).map(({ id }) => id)).toEqual(["apr_r"]);
  });

  test("comes to nothing where no such question is open", () => {
    const answered = answer(waiting()) ?? { events: [] };
    expect(answer(after(waiting(), answered as Plan))).toBeNull();
    expect(answer(waiting(), { approvalId: "apr_x" })).toBeNull();
    expect(answer(initialState)).toBeNull();
    expect(answer({ ...waiting(), isDeleted: true })).toBeNull();
  });
});

describe("results of the client's tools", () => {
  const give = (state: SessionState, ...ids: readonly string[]) =>
    decideResults(state, { sessionId, results: ids.map((callId) => ({ callId, content: [] })) }, input);
  const two = waiting({
    needs: ["tool_results"],
    openCalls: [call("a", "ask_user", true), call("b", "ask_user", true)],
    approvals: [],
  });

  test("A5: end the calls as they say and give the turn to the runner", () => {
    const content = [{ type: "text" as const, text: "42" }];
    const results = [
      { callId: "b", content: [], error: "No such thing" },
      { callId: "a", content },
    ];
    const decided = decideResults(two, { sessionId, results }, input);
    if (!decided.ok) throw new Error(decided.refusal.code);
    const common = { tool_name: "ask_user" };
    expect(decided.value.events.map(({ data }) => data)).toEqual([
      { ...common, tool_call_id: "b", success: false, status: "error", error: "No such thing" },
      { ...common, tool_call_id: "a", success: true, status: "success", result: content },
    ]);
    expect(decided.value).toMatchObject({
      raises: true,
      owner: node,
      timers: [{ kind: "tool_results_expiry", dueInMs: null }],
    });
    expect(after(two, decided.value).turn).toMatchObject({ phase: "acting", needs: [], openCalls: [] });
  });

  test("A5: leave a turn parked that waits for a person as well", () => {
    const decided = give(waiting(), "q");
    if (!decided.ok) throw new Error(decided.refusal.code);
    expect(decided.value).not.toHaveProperty("owner");
    expect(after(waiting(), decided.value).turn).toMatchObject({ phase: "waiting", needs: ["approval"] });
  });

  test.each([
    [["a"], "/tool_results", '"b"'],
    [["a", "x"], "/tool_results/1/tool_call_id", '"x"'],
    [["a", "a"], "/tool_results/1/tool_call_id", "before"],
    [[], "/tool_results", '"a", "b"'],
  ] as const)("are refused as %j: each awaited call once, no other", (ids, path, words) => {
    const decided = give(two, ...ids);
    expect(decided).toMatchObject({ ok: false, refusal: { code: "invalid_input", path } });
    expect(JSON.stringify(decided)).toContain(JSON.stringify(words).slice(1, -1));
  });

  test("are refused when a person is asked and not the client", () => {
    expect(give(waiting({ needs: ["approval"], openCalls: [call("w1", "write")] }), "w1")).toMatchObject({
      ok: false,
      refusal: { code: "not_waiting", need: "tool_results", state: "waiting" },
    });
  });
});

describe("what nobody answers", () => {
  test("expires: the questions, with their calls, and the turn still waits for the client", () => {
    const state = waiting();
    const plan = decideExpiry(state, "approval", input);
    expect(typesOf(plan)).toEqual(Array(3).fill(["approval.expired", "tool.completed"]).flat());
    expect(plan?.events[1]).toMatchObject({ data: { success: false, status: "error", error: UNANSWERED_TEXT } });
    expect(plan).not.toHaveProperty("owner");
    expect(after(state, plan).turn).toMatchObject({ needs: ["tool_results"], openCalls: [{ id: "q" }] });
  });

  test("expires: the client's calls, and the turn still waits for a person", () => {
    const state = waiting();
    const plan = decideExpiry(state, "tool_results", input);
    expect(plan?.events.map(({ data }) => data)).toMatchObject([
      { tool_call_id: "q", success: false, status: "timeout", error: UNDELIVERED_TEXT },
    ]);
    expect(after(state, plan).turn).toMatchObject({ needs: ["approval"], openCalls: [{}, {}, {}] });
  });

  test("leaves alone what no longer waits for it", () => {
    expect(decideExpiry(initialState, "approval", input)).toBeNull();
    expect(decideExpiry(waiting(lastAsked), "tool_results", input)).toBeNull();
    expect(decideExpiry(waiting({ phase: "cancelling", needs: [] }), "approval", input)).toBeNull();
  });
});
