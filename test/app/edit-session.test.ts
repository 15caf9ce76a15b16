/** What an edit answers is what a read would show, whoever else commits beside it; over every store. */
import { describe, expect, test } from "vitest";
import { makeCommit } from "../../src/app/commit.ts";
import { makeCreateSession } from "../../src/app/create-session.ts";
import { makeEditSession } from "../../src/app/edit-session.ts";
import type { EditSessionCommand } from "../../src/app/edit-session.ts";
import { formatId } from "../../src/core/ids.ts";
import type { AgentId, HarnessId, ModelId, NodeId, SessionId } from "../../src/core/ids.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { accept } from "../../src/core/refusal.ts";
import { makeKeyedQueue } from "../../src/lib/keyed-queue.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeFolder } from "../store/sqlite/sqlite-setting.ts";
import { noProjects } from "./no-projects.ts";
import { countingMint, principal } from "./engine-world.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const queue = makeKeyedQueue();
const node = formatId("node", 1, "1".repeat(20)) as NodeId;

const parts = {
  ...noProjects,
  checkAgent: (_: unknown, id: string) => Promise.resolve(accept(id as AgentId)),
  findAgent: (_: unknown, name: string) => Promise.resolve(accept(name as AgentId)),
  checkHarness: (_: unknown, id: string) => Promise.resolve(accept(id as HarnessId)),
  findHarness: (_: unknown, name: string) => Promise.resolve(accept(name as HarnessId)),
  checkModel: (_: unknown, id: string) => Promise.resolve(accept(id as ModelId)),
  checkCapabilities: () => accept(undefined),
  checkTools: () => accept(undefined),
};

async function world(store: Store) {
  const mint = countingMint(1);
  const commit = makeCommit({ store, onCommitted: () => undefined });
  const blobs = { put: () => Promise.reject(new Error("No files here")) };
  const create = makeCreateSession({ store, commit, mint, parts, blobs, limits: defaultLimits });
  const made = await create(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  return { id: made.value.id, mint, edit: makeEditSession({ store, commit, mint, parts, queue }), commit };
}

const edits: readonly EditSessionCommand[] = [
  { title: "One" },
  { title: null, tags: ["a", "b"] },
  { modelId: "mod" },
  { systemPrompt: "Be kind", maxIterations: 3 },
  { locale: null, tags: [] },
];

async function editAll(store: Store): Promise<void> {
  const { id, edit } = await world(store);
  for (const command of edits) {
    const edited = await edit(principal, id, command);
    expect(edited).toEqual(accept(await store.readSession(id)));
  }
}

/** Somebody commits a fact of the session between its read and its edit. */
function disturbed(store: Store, disturb: (id: SessionId) => Promise<unknown>): Store {
  let isDone = false;
  return {
    ...store,
    async readSession(id) {
      const record = await store.readSession(id);
      if (!isDone) {
        isDone = true;
        await disturb(id);
      }
      return record;
    },
  };
}

describe("an edit", () => {
  test("answers what a read would show, in memory", async () => {
    await using store = await openMemoryStore({ clock, node });
    await editAll(store);
  });

  test("answers what a read would show, in SQLite", async () => {
    using folder = makeFolder();
    await using store = await openSqliteStore({ folder: folder.path, clock, node });
    await editAll(store);
  });

  test("shows what somebody else committed in between as well", async () => {
    await using store = await openMemoryStore({ clock, node });
    const { id, mint, commit } = await world(store);
    const sum = { inputTokens: 7, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0, costMicroUsd: 0 };
    const line = { id: mint("event"), type: "session.updated", contextJson: "{}", dataJson: '{"changed":[]}' };
    const between = disturbed(store, () =>
      store.write({ sessionId: id, events: [line], sum: { ...sum, messageCount: 2 } }),
    );
    const edit = makeEditSession({ store: between, commit, mint, parts, queue });
    const edited = await edit(principal, id, { title: "Mine" });
    expect(edited).toMatchObject({
      ok: true,
      value: { edit: { title: "Mine" }, sums: { inputTokens: 7, messageCount: 2 } },
    });
    expect(edited).toEqual(accept(await store.readSession(id)));
  });
});
