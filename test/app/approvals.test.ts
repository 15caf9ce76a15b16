/** Turns that wait for a person or for the client, through the engine over the store in memory (A5, T6, ruling 6). */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ResolveTurn } from "../../src/app/resolve-turn.ts";
import { permitTools } from "../../src/app/permit-tools.ts";
import type { KnownEvent } from "../../src/core/events/envelope.ts";
import { formatId } from "../../src/core/ids.ts";
import type { NodeId, SessionId, UserId } from "../../src/core/ids.ts";
import type { ToolPolicy } from "../../src/core/ports/tools.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeClock } from "../store/suite/setting.ts";
import { countingMint, openEngine, principal, resolveNothing } from "./engine-world.ts";
import type { Engine } from "./engine-world.ts";
import { followUntil, readAll } from "./read-log.ts";
import { makeScriptHarness, scriptTools } from "./script-harness.ts";

const node = formatId("node", 1, "1".repeat(20)) as NodeId;
const someoneElse = { ...principal, userId: formatId("user", 2, "1".repeat(20)) as UserId };
const HOUR = 3_600_000;

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine[Symbol.asyncDispose]()));
});

type World = Awaited<ReturnType<typeof open>>;

async function open(steps: readonly (readonly ToolPolicy[])[], { slots = 64 } = {}) {
  const clock = makeClock();
  const store = await openMemoryStore({ clock, node });
  const harness = makeScriptHarness({ steps });
  const resolveTurn: ResolveTurn = async (id, controls) => {
    const [nothing, session] = [await resolveNothing(id, controls), await store.readSession(id)];
    if (nothing.kind === "refused" || session === undefined) throw new Error("No session");
    const { allowedTools = [] } = session.edit.settings;
    const setup = { clientTools: [], toolPolicies: [], allowedTools };
    const onFault = (fault: unknown) => {
      throw fault;
    };
    const deps = { records: { approvalRules: engine.rules }, onFault };
    const definitions = await permitTools(deps, { session, setup, definitions: scriptTools });
    return { ...nothing, input: { ...nothing.input, tools: { ...nothing.input.tools, definitions } } };
  };
  const engine = openEngine({ store, clock, node, mint: countingMint(1), harness, resolveTurn, slots });
  engines.push(engine);
  return { clock, store, harness, engine, id: await start(engine) };
}

async function start(engine: Engine): Promise<SessionId> {
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  await say(engine, made.value.id, "go");
  return made.value.id;
}

function say(engine: Engine, id: SessionId, text: string, more: object = {}) {
  return engine.sendMessage(principal, id, { message: { content: [{ type: "text", text }] }, ...more });
}

/** Until the turn waits: the commit that parks it is the last that asks. */
async function parked({ engine, id, store }: Pick<World, "engine" | "id" | "store">, times = 1) {
  let seen = 0;
  await followUntil(engine, id, ({ type }) => /^(approval|tool\.call)_?.*requested$/.test(type) && ++seen === times);
  return (await store.readSession(id))?.facts;
}

async function idle({ engine, id }: Pick<World, "engine" | "id">): Promise<readonly KnownEvent[]> {
  const events = await followUntil(engine, id, ({ type }) => type === "session.idled");
  return events.filter((event): event is KnownEvent => event.known);
}

async function pending({ engine, id }: Pick<World, "engine" | "id">) {
  const listed = await engine.approvals.list(principal, { sessionId: id, limit: 100 });
  if (!listed.ok) throw new Error(listed.refusal.code);
  return listed.value.approvals.map(({ approval }) => approval);
}

async function firstPending(world: Pick<World, "engine" | "id">) {
  const [approval] = await pending(world);
  if (approval === undefined) throw new Error("Nobody is asked");
  return approval;
}

async function answer(world: Pick<World, "engine" | "id">, said: "allow" | "deny", scope = "once") {
  const { id: approvalId } = await firstPending(world);
  const command = { approvalId, answer: said, scope } as Parameters<Engine["answerApproval"]>[2];
  return { approvalId, answered: await world.engine.answerApproval(principal, world.id, command) };
}

async function openCallIds({ store, id }: Pick<World, "store" | "id">): Promise<readonly string[]> {
  return (await readAll(store, id)).flatMap((event) =>
    event.known && event.type === "tool.call_requested" ? event.data.tool_calls.map((call) => call.id) : [],
  );
}

const typesOf = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const results = (events: readonly KnownEvent[]) =>
  events.flatMap((event) => (event.type === "tool.completed" ? [event.data] : []));

describe("a turn whose calls a person must allow", () => {
  test("A5: waits without an owner after the other calls were made, and says what it needs", async () => {
    const world = await open([["approve", "auto"]]);
    expect(await parked(world)).toMatchObject({ turn: "waiting", needs: ["approval"] });
    const record = await world.store.readSession(world.id);
    expect(record?.head.owner).toBeNull();
    expect(world.harness.ran).toHaveLength(1);
    expect(await firstPending(world)).toMatchObject({
      sessionId: world.id,
      question: expect.stringContaining("risky") as string,
      toolCall: { name: "risky" },
      requestedAt: "2026-01-01T12:00:00.000Z",
      expiresAt: "2026-01-02T12:00:00.000Z",
      settled: null,
    });
  });

  test("A12: makes an allowed call, begun in the log before it runs, and goes on to its end", async () => {
    const world = await open([["approve", "auto"], ["auto"]]);
    await parked(world);
    const { answered } = await answer(world, "allow");
    expect(answered).toMatchObject({
      ok: true,
      value: { approval: { settled: { answer: "allow", scope: "once", by: principal.userId } } },
    });
    const events = await idle(world);
    const asked = typesOf(events).indexOf("approval.requested");
    expect(typesOf(events).slice(asked, asked + 6)).toEqual([
      "approval.requested",
      "approval.answered",
      "tool.started",
      "tool.completed",
      "act.completed",
      "reason.started",
    ]);
    expect(typesOf(events)).not.toContain("turn.interrupted");
    expect(world.harness.ran).toHaveLength(3);
    expect(world.engine.faults).toEqual([]);
  });

  test("does not make a denied call; the model is told, and the turn goes on", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    await answer(world, "deny");
    const events = await idle(world);
    expect(results(events)).toMatchObject([{ success: false, error: "The user did not allow this" }]);
    expect(world.harness.ran).toEqual([]);
    expect(typesOf(events)).toContain("turn.completed");
  });

  test("answers the same again the same, and tells of the first answer whoever says something else", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { approvalId, answered } = await answer(world, "allow", "session");
    const say = (said: "allow" | "deny", scope: "once" | "session" | "always") =>
      world.engine.answerApproval(principal, world.id, { approvalId, answer: said, scope });
    const again = await say("allow", "session");
    expect(again).toMatchObject(answered.ok ? { ok: true, value: { approval: answered.value.approval } } : {});
    expect(await say("allow", "once"), "what it asks for is so already").toMatchObject({ ok: true });
    const refused = { ok: false, refusal: { code: "already_answered", approvalId, answer: "allow" } };
    expect(await say("deny", "once")).toMatchObject(refused);
    expect(await say("allow", "always"), "would hold for longer").toMatchObject(refused);
    await idle(world);
    expect(await say("deny", "once"), "when the turn is long over").toMatchObject(refused);
    const types = typesOf(await readAll(world.store, world.id));
    expect(types.filter((type) => type === "approval.answered")).toHaveLength(1);
  });

  test("knows nothing of approvals that are not there, another session's or another workspace's", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const command = { approvalId, answer: "allow", scope: "once" } as const;
    const other = await start(world.engine);
    const missing = { ok: false, refusal: { code: "not_found", kind: "approval" } };
    expect(await world.engine.answerApproval(principal, other, command)).toMatchObject(missing);
    const stranger = { ...principal, workspaceId: formatId("workspace", 9, "9".repeat(20)) };
    const foreign = await world.engine.answerApproval(stranger, world.id, command);
    expect(foreign).toMatchObject({ ok: false, refusal: { code: "not_found", kind: "session" } });
    expect(await pending(world)).toHaveLength(1);
  });

  test("is not taken by any node while it waits, and by any once it is answered (S6)", async () => {
    const world = await open([["approve"]], { slots: 1 });
    await parked(world);
    await vi.waitFor(() => expect(world.engine.runners.size).toBe(0));
    const busy = world.engine.runners.reserve();
    expect(await world.store.findOwnerless(node, 10)).toEqual([]);
    await answer(world, "allow");
    const head = await world.store.readHead(world.id);
    expect(head?.owner).toBeNull();
    expect(await world.store.findOwnerless(node, 10)).toEqual([world.id]);
    busy?.release();
    await world.engine.pulse.beat();
    expect(typesOf(await idle(world))).toContain("turn.completed");
  });

  test("T6: a cancel answers what was asked, and ends it in one commit", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const asked = await firstPending(world);
    await world.engine.cancelTurn(principal, world.id, { clearsQueue: false });
    const events = await idle(world);
    expect(typesOf(events).slice(-7)).toEqual([
      "turn.cancelled",
      "input.message",
      "approval.answered",
      "tool.completed",
      "act.completed",
      "output.message.completed",
      "session.idled",
    ]);
    const late = { approvalId: asked.id, answer: "allow", scope: "once" } as const;
    expect(await world.engine.answerApproval(principal, world.id, late)).toMatchObject({
      ok: false,
      refusal: { code: "already_answered", answer: "cancelled" },
    });
    expect(world.harness.ran).toEqual([]);
    world.clock.advance(25 * HOUR);
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test.each(["kill", "complete", "delete"] as const)("T6: a %s answers what was asked", async (action) => {
    const world = await open([["approve"]]);
    await parked(world);
    await world.engine.controlSession(principal, world.id, { action });
    const events = await readAll(world.store, world.id);
    expect(events.findLast(({ type }) => type === "approval.answered")).toMatchObject({
      data: { answer: "cancelled" },
    });
    const page = await world.engine.approvals.list(principal, { limit: 10 });
    expect(page).toMatchObject({ ok: true, value: { approvals: [] } });
    expect(await world.store.findOwnerless(node, 10)).toEqual([]);
  });

  test("T1: a message meanwhile is refused or queued, and starts when the turn is over", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    expect(await say(world.engine, world.id, "now?")).toMatchObject({ ok: false, refusal: { code: "turn_running" } });
    const queued = await say(world.engine, world.id, "then", { whenBusy: "steer" });
    expect(queued).toMatchObject({ ok: true, value: { delivery: "queued" } });
    await answer(world, "deny");
    await followUntil(world.engine, world.id, ({ type }) => type === "turn.completed");
    expect(await parked(world, 2)).toMatchObject({ turn: "waiting", turnCount: 2, queuedCount: 0 });
  });

  test("ruling 7: an answer to a paused session is noted, and the call is made after the resume", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    await world.engine.controlSession(principal, world.id, { action: "pause" });
    await answer(world, "allow");
    await world.engine.pulse.beat();
    expect(world.harness.ran).toEqual([]);
    expect((await world.store.readSession(world.id))?.facts).toMatchObject({
      hold: "person",
      turn: "active",
      needs: [],
    });
    await world.engine.controlSession(principal, world.id, { action: "resume" });
    await idle(world);
    expect(world.harness.ran).toHaveLength(1);
  });

  test("expires: after its time the call is closed, the model told, and the turn goes on", async () => {
    const world = await open([["approve", "approve"]]);
    await parked(world);
    const asked = await firstPending(world);
    world.clock.advance(24 * HOUR - 1);
    await world.engine.pulse.beat();
    expect(await pending(world)).toHaveLength(2);
    world.clock.advance(1);
    await world.engine.pulse.beat();
    const events = await idle(world);
    expect(typesOf(events).filter((type) => type === "approval.expired")).toHaveLength(2);
    expect(results(events)).toMatchObject([{ error: "Nobody allowed this in time" }, { status: "error" }]);
    const late = { approvalId: asked.id, answer: "allow", scope: "once" } as const;
    expect(await world.engine.answerApproval(principal, world.id, late)).toMatchObject({
      refusal: { code: "already_answered", answer: "expired" },
    });
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test("D5: gives each wait its whole time, also when the timer of one before it is just going off", async () => {
    const world = await open([["approve"], ["approve"]]);
    await parked(world);
    world.clock.advance(24 * HOUR);
    const [due] = await world.store.dueTimers(1);
    if (due === undefined) throw new Error("Nothing is due");
    await answer(world, "allow");
    await parked(world, 2);
    await world.engine.fireTimer(due);
    expect(await pending(world)).toHaveLength(1);
  });
});

describe("an allow for longer than once", () => {
  test("for the session: no more questions about that tool, in later turns too, those asked now are answered", async () => {
    const world = await open([["approve", "approve"], ["approve"]]);
    await parked(world, 2);
    await answer(world, "allow", "session");
    await idle(world);
    expect(world.harness.ran).toHaveLength(3);
    expect((await world.store.readSession(world.id))?.edit.settings.allowedTools).toEqual(["risky"]);
    const other = { ...world, id: await start(world.engine) };
    expect(await parked(other)).toMatchObject({ needs: ["approval"] });
  });

  test("always: no more questions in any session of that user with that agent, until the rule is revoked", async () => {
    const world = await open([["approve"], ["approve"]]);
    await parked(world);
    await answer(world, "allow", "always");
    await idle(world);
    const other = { ...world, id: await start(world.engine) };
    await idle(other);
    expect(world.harness.ran).toHaveLength(4);
    const { items } = await world.engine.rules.list(principal, { limit: 10 });
    expect(items.map(({ body }) => body)).toEqual([{ user_id: principal.userId, agent_id: "agt", tool: "risky" }]);
    const member = { ...someoneElse, role: "member" } as const;
    expect((await world.engine.rules.list(member, { limit: 10 })).items).toEqual([]);
    expect(await world.engine.rules.revoke(member, items[0]?.id ?? "")).toMatchObject({
      refusal: { code: "not_found" },
    });
    expect(await world.engine.rules.revoke(principal, items[0]?.id ?? "")).toMatchObject({ ok: true });
    const third = { ...world, id: await start(world.engine) };
    expect(await parked(third)).toMatchObject({ needs: ["approval"] });
  });

  test("always: is for one's own sessions; a colleague allows for the session", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const command = { approvalId, answer: "allow", scope: "always" } as const;
    expect(await world.engine.answerApproval(someoneElse, world.id, command)).toMatchObject({
      refusal: { code: "invalid_input", path: "/scope" },
    });
    const session = { ...command, scope: "session" } as const;
    expect(await world.engine.answerApproval(someoneElse, world.id, session)).toMatchObject({ ok: true });
  });

  test("leaves no rule when somebody else was faster with another answer", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const both = await Promise.all([
      world.engine.answerApproval(principal, world.id, { approvalId, answer: "deny", scope: "once" }),
      world.engine.answerApproval(principal, world.id, { approvalId, answer: "allow", scope: "always" }),
    ]);
    const denied = both[0].ok;
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    await idle(world);
    const { total } = await world.engine.rules.list(principal, { limit: 10 });
    expect(total).toBe(denied ? 0 : 1);
  });

  test("cannot be a denial", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    expect((await answer(world, "deny", "session")).answered).toMatchObject({ refusal: { path: "/scope" } });
  });
});

describe("a turn whose calls the client carries out", () => {
  const give = (
    { engine, id }: Pick<World, "engine" | "id">,
    ids: readonly string[],
    more: object = { result: "42" },
  ) =>
    engine.giveToolResults(
      principal,
      id,
      ids.map((callId) => ({ callId, ...more })),
    );

  test("waits for them, takes all of them at once, and goes on", async () => {
    const world = await open([["client_side", "auto", "client_side"]]);
    expect(await parked(world)).toMatchObject({ turn: "waiting", needs: ["tool_results"] });
    const ids = await openCallIds(world);
    expect(await give(world, ids, { result: { answer: 42 } })).toEqual({
      ok: true,
      value: { accepted: 2, status: "active" },
    });
    const events = await idle(world);
    expect(results(events).slice(1)).toMatchObject(
      ids.map((tool_call_id) => ({ tool_call_id, success: true, result: [{ type: "text", text: '{"answer":42}' }] })),
    );
    expect(typesOf(events)).toContain("turn.completed");
  });

  test("says that it is not waiting, before, after and for others", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const refused = { ok: false, refusal: { code: "not_waiting", need: "tool_results" } };
    expect(await give(world, ["call_1"])).toMatchObject(refused);
    await answer(world, "deny");
    await idle(world);
    expect(await give(world, ["call_1"])).toMatchObject({ ...refused, refusal: { state: "idle" } });
  });

  test("refuses missing and unknown calls, and still waits", async () => {
    const world = await open([["client_side", "client_side"]]);
    await parked(world);
    const [first = "", second = ""] = await openCallIds(world);
    expect(await give(world, [first])).toMatchObject({ refusal: { code: "invalid_input", path: "/tool_results" } });
    expect(await give(world, [first, "call_x"])).toMatchObject({ refusal: { code: "invalid_input" } });
    expect(await give(world, [first, second], { error: "No such user" })).toMatchObject({ ok: true });
    expect(results(await idle(world))).toMatchObject([{ status: "error", error: "No such user" }, {}]);
  });

  test("cuts what an event cannot hold, and refuses what is over the limit", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    const ids = await openCallIds(world);
    expect(await give(world, ids, { result: "x".repeat(100_001) })).toMatchObject({
      refusal: { code: "too_large", setting: "clientToolResultBytes" },
    });
    expect(await give(world, ids, { result: "x".repeat(100_000) })).toMatchObject({ ok: true });
    expect(JSON.stringify(results(await idle(world)))).toContain("was cut");
  });

  test("waits for the client and a person side by side, whoever comes first", async () => {
    const world = await open([["client_side", "approve"]]);
    expect(await parked(world, 2)).toMatchObject({ needs: ["approval", "tool_results"] });
    await give(world, await openCallIds(world));
    expect((await world.store.readSession(world.id))?.facts).toMatchObject({ turn: "waiting", needs: ["approval"] });
    await answer(world, "allow");
    await idle(world);
    expect(world.harness.ran).toHaveLength(1);
  });

  test("ruling 6: a message closes the client's calls and joins; what a person is asked stays open", async () => {
    const world = await open([["client_side", "approve"]]);
    await parked(world, 2);
    const joined = await say(world.engine, world.id, "Never mind");
    expect(joined).toMatchObject({ ok: true, value: { delivery: "steered" } });
    expect(await pending(world)).toHaveLength(1);
    await answer(world, "deny");
    const events = await idle(world);
    expect(results(events)).toMatchObject([
      { status: "cancelled", error: "Cancelled because the user sent a message instead" },
      { status: "error" },
    ]);
    expect(events.findLast(({ type }) => type === "output.message.completed")).toMatchObject({
      data: { message: { content: [{ text: "done after 2 inputs" }] } },
    });
  });

  test("ruling 6: a message to a turn that waits for the client alone lets it go on at once", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    expect(await say(world.engine, world.id, "Never mind")).toMatchObject({ value: { delivery: "resumed" } });
    expect(typesOf(await idle(world))).toContain("turn.completed");
    world.clock.advance(HOUR);
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test("does not wait for ever: after five minutes its calls have timed out, and the turn goes on", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    world.clock.advance(5 * 60_000);
    await world.engine.pulse.beat();
    expect(results(await idle(world))).toMatchObject([
      { status: "timeout", success: false, error: "The client gave no result in time" },
    ]);
  });
});

describe("the inbox", () => {
  test("shows what waits over all sessions, newest first, page by page, whole sessions each", async () => {
    const world = await open([["approve", "approve"]]);
    const ids = [world.id];
    for (let n = 0; n < 4; n++) {
      world.clock.advance(1_000);
      ids.push(await start(world.engine));
    }
    for (const id of ids) await parked({ ...world, id }, 2);
    await answer(world, "deny");
    const seen: (readonly SessionId[])[] = [];
    for (let cursor: { at: string; id: SessionId } | undefined; ;) {
      const listed = await world.engine.approvals.list(principal, { limit: 3, ...(cursor && { cursor }) });
      if (!listed.ok) throw new Error(listed.refusal.code);
      seen.push(listed.value.approvals.map(({ approval }) => approval.sessionId));
      if (listed.value.next === null) break;
      cursor = listed.value.next;
    }
    const [a, b, c, d, e] = ids.toReversed();
    expect(seen).toEqual([[a, a, b, b], [c, c, d, d], [e]]);
  });
});
