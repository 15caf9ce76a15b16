/** Agents kept for their next hook: all that a store must do, and that nobody is ever told what was overwritten. */
import fc from "fast-check";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { makeRecentAgents, withRecentAgents } from "../../../src/app/observe/recent-agents.ts";
import type { AgentStore } from "../../../src/app/observe/recent-agents.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { describeStore } from "../../store/describe-store.ts";
import { openSetting } from "../../store/suite/setting.ts";
import type { OpenStore, Setting } from "../../store/suite/setting.ts";
import { tree } from "../../store/suite/team-scene.ts";

const open: OpenStore = async (options) => withRecentAgents(await openMemoryStore({ ...options, isAlone: true }));

describeStore("recent agents over a store", open);

const cursor = { agentType: "cursor", conversationId: "c1" } as const;

/** How often each read reached the store. */
function counted(store: AgentStore) {
  const counts = { readSession: 0, findPresence: 0, readPresence: 0 };
  const through: AgentStore = {
    ...store,
    readSession: (id) => (counts.readSession++, store.readSession(id)),
    findPresence: (...of) => (counts.findPresence++, store.findPresence(...of)),
    readPresence: (id) => (counts.readPresence++, store.readPresence(id)),
  };
  return { counts, agents: makeRecentAgents(through) };
}

async function openAgent(setting: Setting) {
  const { counts, agents } = counted(setting.store);
  const id = await setting.make();
  await agents.write(setting.fact(id, { team: { presence: { ...cursor, tree, currentFile: "0" } } }));
  const find = () => agents.findPresence(setting.workspaceId, "cursor", "c1");
  return { id, counts, agents, find };
}

describe("an agent that was just heard", () => {
  test("is not asked for again, nor is its session", async () => {
    await using setting = await openSetting({ open: openMemoryStore, notSupported: {} });
    const { id, counts, agents, find } = await openAgent(setting);
    const [first, second] = [await find(), await find()];
    expect(second).toEqual(first);
    expect(await agents.readSession(id)).toEqual(await agents.readSession(id));
    expect(await agents.readPresence(id)).toEqual(first?.presence);
    expect(counts).toEqual({ findPresence: 1, readSession: 1, readPresence: 0 });
  });

  test("is read again behind its own hook's write, so that its next hook finds it there", async () => {
    await using setting = await openSetting({ open: openMemoryStore, notSupported: {} });
    const { id, counts, agents, find } = await openAgent(setting);
    await find();
    await agents.write(setting.fact(id, { team: { presence: { currentFile: "1" } } }));
    await nextTurn();
    const before = { ...counts };
    expect((await find())?.presence.currentFile).toBe("1");
    expect((await agents.readSession(id))?.id).toBe(id);
    expect(counts).toEqual(before);
  });

  test("is found by the name that it has now", async () => {
    await using setting = await openSetting({ open: openMemoryStore, notSupported: {} });
    const { id, agents, find } = await openAgent(setting);
    await find();
    await agents.write(setting.fact(id, { team: { presence: { conversationId: "c2" } } }));
    await nextTurn();
    expect(await find()).toBeUndefined();
    expect(await agents.findPresence(setting.workspaceId, "cursor", "c2")).toMatchObject({ sessionId: id });
  });

  test("is nobody that a hook does not ask for: a session that is only read is read each time", async () => {
    await using setting = await openSetting({ open: openMemoryStore, notSupported: {} });
    const { counts, agents } = counted(setting.store);
    const id = await setting.make();
    for (let times = 0; times < 3; times++) await agents.readSession(id);
    expect(counts.readSession).toBe(3);
  });
});

/** Each call of the store takes as many turns of the loop as is drawn, before its work and after it. */
function slow(store: AgentStore, turns: () => number): AgentStore {
  const paced =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      for (let turn = turns(); turn > 0; turn--) await nextTurn();
      const result = await call(...args);
      for (let turn = turns(); turn > 0; turn--) await nextTurn();
      return result;
    };
  return {
    readSession: paced(store.readSession),
    findPresence: paced(store.findPresence),
    readPresence: paced(store.readPresence),
    findOverlaps: paced(store.findOverlaps),
    write: paced(store.write),
    purgeSlice: paced(store.purgeSlice),
  };
}

interface Seen {
  written: number;
  resolved: number;
}

/** What may be asked at any moment; each says for itself whether it was told what it had to be told. */
function callsOf({ store, workspaceId, fact }: Setting, agents: AgentStore, id: SessionId) {
  const seen: Seen = { written: 0, resolved: 0 };
  const expectFile = (file: string | null | undefined, least: number) =>
    expect(Number(file ?? -1)).toBeGreaterThanOrEqual(least);
  return {
    async write() {
      const number = ++seen.written;
      const seq = (await store.readSession(id))?.head.seq ?? 0;
      await agents.write(fact(id, { team: { presence: { currentFile: String(number) } } }));
      seen.resolved = number;
      expect((await agents.readSession(id))?.head.seq).toBeGreaterThan(seq);
    },
    async find() {
      const least = seen.resolved;
      expectFile((await agents.findPresence(workspaceId, "cursor", "c1"))?.presence.currentFile, least);
    },
    async presence() {
      const least = seen.resolved;
      expectFile((await agents.readPresence(id))?.currentFile, least);
    },
    wait: () => nextTurn(),
  };
}

test("a read that begins after a write has resolved sees it, whatever else is under way", async () => {
  const steps = fc.array(fc.constantFrom("write", "find", "presence", "wait"), { minLength: 5, maxLength: 40 });
  const property = fc.asyncProperty(steps, fc.infiniteStream(fc.nat(3)), async (names, drawn) => {
    await using setting = await openSetting({ open: openMemoryStore, notSupported: {} });
    const id = await setting.make();
    await setting.store.write(setting.fact(id, { team: { presence: { ...cursor, tree, currentFile: "0" } } }));
    const turns = () => drawn.next().value ?? 0;
    const agents = makeRecentAgents(slow(setting.store, turns));
    const calls = callsOf(setting, agents, id);
    const running: Promise<unknown>[] = [];
    let last: Promise<unknown> = Promise.resolve();
    for (const name of names) {
      // Writes of one session come one after the other; reads come whenever they come.
      const call = name === "write" ? (last = last.then(calls.write)) : calls[name]();
      running.push(call);
      if (turns() === 0) await call;
    }
    await Promise.all(running);
    expect(await agents.readPresence(id)).toEqual(await setting.store.readPresence(id));
    expect(await agents.readSession(id)).toEqual(await setting.store.readSession(id));
  });
  await fc.assert(property, { numRuns: 300 });
});
