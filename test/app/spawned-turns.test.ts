/** Turns of a spawned agent through the engine: it keeps its owner while somebody is asked (A5), and is cancelled (T6). */
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openAcpHarness } from "../../src/harnesses/acp/harness.ts";
import { HeldNames } from "../../src/lib/held-names.ts";
import type { Step } from "../acp-agent/script.ts";
import { mint } from "../harnesses/hosted/drive.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openEngine, principal, resolveNothing } from "./engine-world.ts";
import { answer, node, say } from "./parked-world.ts";
import { followUntil, typesOf } from "./read-log.ts";

const AGENT = fileURLToPath(new URL("../acp-agent/agent.ts", import.meta.url));
const asking: Step = { ask: { toolCallId: "t", title: "Delete all", kind: "delete" } };

async function open(approvalMs = 60_000) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "serai-spawned-")));
  await Promise.all(["tree", "state"].map((name) => mkdir(join(folder, name))));
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const harness = openAcpHarness({
    clock,
    random: Math.random,
    environment: process.env,
    names: new HeldNames(join(folder, "held-names")),
    hasSandbox: false,
    times: { cancelMs: 1_500, graceMs: 100 },
  });
  const store = await openMemoryStore({ clock, node });
  const engine = openEngine({
    store,
    clock,
    node,
    // Processes are found by the session's id: no other run on this machine may have the same.
    mint,
    harness,
    waits: { approvalMs, toolResultsMs: 1_000 },
    resolveTurn: async (...asked) => {
      const resolved = await resolveNothing(...asked);
      if (resolved.kind === "refused") return resolved;
      const spawned = {
        harness: "claude-code" as const,
        folder: join(folder, "tree"),
        stateFolder: join(folder, "state"),
        program: { command: process.execPath, args: [AGENT], env: {} },
        resume: null,
        model: null,
        mcpServers: [],
        isIsolated: false,
      };
      return { ...resolved, input: { ...resolved.input, spawned } };
    },
  });
  onTestFinished(async () => {
    await engine[Symbol.asyncDispose]();
    await harness[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  const { id } = made.value;
  const tell = async (steps: readonly Step[]) => {
    const sent = await say(engine, id, JSON.stringify(steps));
    expect(sent.ok).toBe(true);
  };
  return { engine, store, id, say: tell };
}

type World = Awaited<ReturnType<typeof open>>;

const seen = ({ engine, id }: World, type: string) => followUntil(engine, id, (event) => event.type === type);
const headOf = async ({ store, id }: World) => (await store.readHead(id)) ?? { owner: null };

test("A5: keeps its owner while a person is asked, and goes on with the answer in the same run", async () => {
  const world = await open();
  await world.say([asking, { say: "done" }]);
  await seen(world, "approval.requested");
  expect((await headOf(world)).owner).toBe(node);
  await answer(world, "allow");
  const events = await seen(world, "session.idled");
  expect(events.filter(({ type }) => type === "process.started")).toHaveLength(1);
  expect(events.map(({ type }) => type)).not.toContain("turn.interrupted");
  expect(events.find(({ type }) => type === "tool.completed")?.data).toMatchObject({ success: true });
  expect((await headOf(world)).owner).toBeNull();
  expect(world.engine.faults).toEqual([]);
});

test("A5: ends a question that nobody answers by the same timer, and the agent is told no", async () => {
  const world = await open(0);
  await world.say([asking, { say: "done" }]);
  await seen(world, "approval.requested");
  for (const timer of await world.store.dueTimers(10)) await world.engine.fireTimer(timer);
  const events = await seen(world, "session.idled");
  expect(events.map(({ type }) => type)).toContain("approval.expired");
  expect(events.find(({ type }) => type === "tool.completed")?.data).toMatchObject({ success: false });
  const said = events.findLast(({ type }) => type === "output.message.completed")?.data;
  expect(JSON.stringify(said)).toContain("(abort)done");
});

test("T6: is cancelled in one tail, and the next message finds the same program", async () => {
  const world = await open();
  await world.say([{ say: "Working" }, { hang: "until-cancel" }]);
  await seen(world, "process.started");
  await world.engine.cancelTurn(principal, world.id, { clearsQueue: false });
  const events = await seen(world, "session.idled");
  expect(events.slice(-2).map(({ type }) => type)).toEqual(["output.message.completed", "session.idled"]);
  await world.say([{ say: "Here again" }]);
  await followUntil(world.engine, world.id, ({ type }) => type === "turn.completed");
  expect((await typesOf(world.store, world.id)).filter((type) => type === "process.started")).toHaveLength(1);
  expect(world.engine.faults).toEqual([]);
});

test("ruling 7: a pause lets its turn finish", async () => {
  const world = await open();
  await world.say([{ say: "one" }, { waitMs: 200 }, asking, { say: "two" }]);
  await seen(world, "process.started");
  await world.engine.controlSession(principal, world.id, { action: "pause" });
  await seen(world, "approval.requested");
  await answer(world, "allow");
  const events = await seen(world, "session.idled");
  expect(events.map(({ type }) => type)).toContain("turn.completed");
});
