/** Starting sessions for another one (C4, T4), by the use cases over the store in memory. */
import { describe, expect, test } from "vitest";
import { makeSessions } from "../../src/app/children/sessions.ts";
import { formatId } from "../../src/core/ids.ts";
import type { AgentId, NodeId, SessionId } from "../../src/core/ids.ts";
import type { NetworkRules } from "../../src/core/network-rules.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import { accept, refuse } from "../../src/core/refusal.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeClock } from "../store/suite/setting.ts";
import { countingMint, openEngine, principal } from "./engine-world.ts";
import { readAll } from "./read-log.ts";
import { makeScriptHarness } from "./script-harness.ts";

const node = formatId("node", 1, "1".repeat(20)) as NodeId;
const agentId = formatId("agent", 1, "2".repeat(20)) as AgentId;
const ruled: NetworkRules = { allowed: ["example.com"], blocked: [] };

type Deps = Parameters<typeof makeSessions>[0];

/** One agent, with a network rule; the parent has another. Turns are begun and nobody runs them. */
async function open() {
  const clock = makeClock();
  const store = await openMemoryStore({ clock, node });
  const engine = openEngine({
    store,
    clock,
    node,
    mint: countingMint(1),
    harness: makeScriptHarness({ steps: [] }),
    slots: 0,
  });
  const agent = {
    id: agentId,
    name: "helper",
    archivedAt: null,
    body: { system_prompt: "", capabilities: [], network_access: ruled },
  };
  // The parts of records that starting a session looks at.
  const records = {
    agents: {
      find: (_: unknown, name: string) => Promise.resolve(name === "helper" ? agent : undefined),
      get: (_: unknown, id: string) =>
        Promise.resolve(id === agentId ? accept(agent) : refuse({ code: "not_found", kind: "agent", id })),
      list: () => Promise.resolve({ items: [agent], total: 1 }),
    },
    harnesses: {},
    workspaces: { readDefaultModel: () => Promise.resolve(null) },
  } as unknown as Deps["records"];
  const sessionsOf = makeSessions({ ...engine, store, records, limits: defaultLimits });
  const networkAccess = { allowed: ["*.example.org"], blocked: [] };
  const made = await engine.createSession(principal, { agentId, origin: "cli", locale: "uk", networkAccess });
  if (!made.ok) throw new Error(made.refusal.code);
  const { id } = made.value;
  await engine.sendMessage(principal, id, { message: { content: [{ type: "text", text: "go" }] } });
  return { store, engine, id, sessions: sessionsOf(id), sessionsOf };
}

type World = Awaited<ReturnType<typeof open>>;

/** As the runner commits it before any of the calls is made. */
async function callOpen({ store, engine }: World, id: SessionId, ...callIds: readonly string[]): Promise<void> {
  const record = await store.readSession(id);
  const turnId = record?.facts.turnId ?? "";
  const tool_calls = callIds.map((callId) => ({ id: callId, name: "start_session", arguments: {} }));
  const dataJson = JSON.stringify({ turn_id: turnId, tool_calls });
  const contextJson = JSON.stringify({ turn_id: turnId });
  const event = { id: countingMint(200)("event"), type: "act.started", contextJson, dataJson };
  await engine.commit({ sessionId: id, epoch: record?.head.epoch ?? 0, events: [event] });
}

const order = (callId: string, more: object = {}) => ({ callId, agent: "helper", text: "Do it", ...more });

async function started(world: World, callId = "call_1") {
  await callOpen(world, world.id, callId);
  const answer = await world.sessions.start(order(callId));
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

describe("a session that is started", () => {
  test("T4: is made and asked once, however often its call is run", async () => {
    const world = await open();
    const first = await started(world);
    const again = await world.sessions.start(order("call_1"));
    expect(again).toMatchObject({ ok: true, value: { sessionId: first.sessionId } });
    expect(await world.sessions.list()).toHaveLength(1);
    const events = await readAll(world.store, first.sessionId as SessionId);
    expect(events.filter(({ type }) => type === "input.message")).toHaveLength(1);
  });

  test("C4: has of its parent the user, the language, the origin and the network rules", async () => {
    const world = await open();
    const { sessionId } = await started(world);
    const record = await world.store.readSession(sessionId as SessionId);
    expect(record).toMatchObject({
      workspaceId: principal.workspaceId,
      createdBy: principal.userId,
      parentId: world.id,
    });
    const { locale, origin, inheritedNetwork, networkAccess } = record?.edit.settings ?? {};
    expect({ locale, origin, networkAccess }).toEqual({ locale: "uk", origin: "cli", networkAccess: undefined });
    expect(inheritedNetwork).toEqual([ruled, { allowed: ["*.example.org"], blocked: [] }]);
  });

  test("is called by its title, or by the beginning of what it is asked", async () => {
    const world = await open();
    await callOpen(world, world.id, "a", "b");
    await world.sessions.start(order("a", { title: "A title" }));
    await world.sessions.start(order("b", { text: `Line\none ${"x".repeat(500)}` }));
    const [second, first] = await world.sessions.list();
    expect(first?.title).toBe("A title");
    expect(second?.title).toMatch(/^Line one x{71}$/);
  });

  test("T6: is not started by a call whose turn was stopped meanwhile", async () => {
    const world = await open();
    await callOpen(world, world.id, "call_1");
    await world.engine.cancelTurn(principal, world.id, { clearsQueue: false });
    expect(await world.sessions.start(order("call_1"))).toMatchObject({ ok: false });
    expect(await world.sessions.list()).toEqual([]);
  });

  test("can be named by those above it and by nobody beside or below it", async () => {
    const world = await open();
    const child = await started(world);
    const childId = child.sessionId as SessionId;
    await callOpen(world, childId, "call_2");
    const grandchild = await world.sessionsOf(childId).start(order("call_2"));
    if (!grandchild.ok) throw new Error(grandchild.reason);
    const below = grandchild.value.sessionId;
    expect(await world.sessions.look([below])).toMatchObject({ ok: true });
    expect(await world.sessionsOf(childId).look([below])).toMatchObject({ ok: true });
    expect(await world.sessionsOf(below as SessionId).look([child.sessionId])).toMatchObject({ ok: false });
    expect(await world.sessions.look([world.id])).toMatchObject({ ok: false });
    expect(await world.sessions.look(["nonsense"])).toMatchObject({ ok: false });
  });

  test("is looked for by an agent's id as well, and not found under another's name", async () => {
    const world = await open();
    await callOpen(world, world.id, "a", "b", "c");
    expect(await world.sessions.start(order("a", { agent: agentId }))).toMatchObject({ ok: true });
    expect(await world.sessions.start(order("b", { agent: "other" }))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('"helper"'),
    });
    expect(await world.sessions.start(order("c", { allowed: ["someone"] }))).toMatchObject({ ok: false });
  });
});
