/** Turns of observed sessions: what hooks change of a session, from fold to fold. */
import { describe, expect, test } from "vitest";
import { decideCancel } from "../../src/core/decide/cancel.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import { decideAnswered, decideHeard, decideSilent } from "../../src/core/decide/observe.ts";
import { draft } from "../../src/core/decide/plan.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import { decideSend } from "../../src/core/decide/send.ts";
import { decideClose } from "../../src/core/decide/close.ts";
import type { Message } from "../../src/core/events/content.ts";
import type { EventId, SessionId } from "../../src/core/ids.ts";
import type { QueuedMessage } from "../../src/core/session.ts";
import { initialState } from "../../src/core/state.ts";
import type { SessionState } from "../../src/core/state.ts";
import { makeClock, makeMint } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const input = { mint, runner: null, agentId: null, nowMs: clock.now() };
const sessionId = mint("session");
const born = fold(initialState, [draft(mint, {}, { type: "session.created", data: { harness: "observed" } })]);

function fold(state: SessionState, events: Plan["events"]): SessionState {
  return foldDrafts(state, events, input.nowMs);
}

function after(state: SessionState, plan: Plan | null): SessionState {
  if (plan === null) throw new Error("There is no plan");
  return fold(state, plan.events);
}

function says(text: string, role: Message["role"] = "user"): Message {
  return { id: mint("message"), role, content: [{ type: "text", text }] };
}

function queued(text: string): QueuedMessage {
  const message = says(text);
  const place = {
    sessionId: sessionId satisfies SessionId,
    position: 1,
    createdAt: new Date(input.nowMs).toISOString(),
  };
  const queuedEventId: EventId = mint("event");
  return { ...place, messageId: message.id, messageJson: JSON.stringify(message), queuedEventId };
}

function typesOf(plan: Plan | null): readonly string[] {
  return plan?.events.map(({ type }) => type) ?? [];
}

function prompted(state: SessionState): SessionState {
  return after(state, decideHeard(state, { prompt: says("Build it"), delivered: [] }, input));
}

describe("an observed session", () => {
  test("ruling 30: a prompt begins a turn that nobody owns, and a timer watches over it", () => {
    const plan = decideHeard(born, { prompt: says("Build it"), delivered: [] }, input);
    expect(typesOf(plan)).toEqual(["input.message", "turn.started", "session.activated"]);
    expect(plan).toMatchObject({ raises: true, timers: [{ kind: "silence", dueInMs: 300_000 }] });
    expect(plan?.owner).toBeUndefined();
    expect(after(born, plan).turn).toMatchObject({ phase: "reasoning" });
  });

  test("a prompt while the agent works joins the turn", () => {
    const plan = decideHeard(prompted(born), { prompt: says("And test it"), delivered: [] }, input);
    expect(typesOf(plan)).toEqual(["input.message"]);
  });

  test("ruling 30: the agent's answer completes the turn and leaves the session open", () => {
    const working = prompted(born);
    const plan = decideAnswered(working, says("Done", "agent"), input);
    expect(typesOf(plan)).toEqual(["output.message.completed", "turn.completed", "session.idled"]);
    expect(after(working, plan)).toMatchObject({ turn: null, lifecycle: "open", stopReason: "end_turn" });
    expect(plan?.timers).toEqual([{ kind: "silence", dueInMs: null }]);
  });

  test("an answer without a turn changes nothing", () => {
    expect(decideAnswered(born, says("Done", "agent"), input)).toBeNull();
    expect(decideSilent(born, input)).toBeNull();
  });

  test("ruling 30: silence fails the turn and says why", () => {
    const working = prompted(born);
    const plan = decideSilent(working, input);
    expect(typesOf(plan)).toEqual(["turn.failed", "session.idled"]);
    expect(plan?.events[0]?.data).toMatchObject({ error_code: "agent_silent" });
    expect(after(working, plan).turn).toBeNull();
  });

  test("ruling 6: a message always waits, whether the agent works or rests", () => {
    for (const state of [born, prompted(born)]) {
      const send = { sessionId, message: says("Look here"), whenBusy: "refuse" as const, queueLimit: 10 };
      const sent = decideSend(state, send, input);
      expect(sent).toMatchObject({ ok: true, value: { delivery: "queued" } });
    }
  });

  test("ruling 6: a killed one takes no message", () => {
    const closed = decideClose(born, { action: "kill", sessionId, hasOwner: false }, input);
    const killed = closed.ok ? after(born, closed.value) : born;
    const send = { sessionId, message: says("Look here"), whenBusy: "queue" as const, queueLimit: 10 };
    expect(decideSend(killed, send, input)).toMatchObject({ ok: false, refusal: { code: "not_allowed" } });
    expect(decideHeard(killed, { prompt: says("Go on"), delivered: [] }, input)).toBeNull();
  });

  test("what waited is given to the agent with its prompt, and leaves the queue", () => {
    const waiting = fold(born, [draft(mint, {}, { type: "message.queued", data: { message: says("Look here") } })]);
    expect(waiting.queuedCount).toBe(1);
    const plan = decideHeard(waiting, { prompt: says("Go on"), delivered: [queued("Look here")] }, input);
    expect(typesOf(plan)).toEqual(["input.message", "turn.started", "session.activated", "input.message"]);
    expect(plan?.queue).toMatchObject([{ kind: "remove" }]);
    expect(after(waiting, plan)).toMatchObject({ queuedCount: 0 });
  });

  test("what is given to an agent that rests begins no turn", () => {
    const waiting = fold(born, [draft(mint, {}, { type: "message.queued", data: { message: says("Look here") } })]);
    const plan = decideHeard(waiting, { delivered: [queued("Look here")] }, input);
    expect(plan?.events[0]?.data).toMatchObject({ from_queue: true, starts_turn: false });
    expect(after(waiting, plan)).toMatchObject({ queuedCount: 0, turn: null });
  });

  test("ruling 28: an ended one is open again with its next event, under the same id", () => {
    const closed = decideClose(born, { action: "complete", sessionId, hasOwner: false }, input);
    const completed = closed.ok ? after(born, closed.value) : born;
    const plan = decideHeard(completed, { delivered: [] }, input);
    expect(typesOf(plan)).toEqual(["session.reopened"]);
    expect(after(completed, plan).lifecycle).toBe("open");
  });

  test("T6: a cancel ends the turn at once, since nobody here runs it, and the queue stays for the agent", () => {
    const working = fold(prompted(born), [
      draft(mint, {}, { type: "message.queued", data: { message: says("Next") } }),
    ]);
    const { plan } = decideCancel(working, { ...input, hasOwner: false, clear: [], next: says("Next") });
    expect(typesOf(plan).at(-1)).toBe("session.idled");
    expect(after(working, plan)).toMatchObject({ turn: null, queuedCount: 1 });
  });
});
