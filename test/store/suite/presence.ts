/** What agents say of themselves, and who is at work (ruling 29). */
import { describe, expect, test } from "vitest";
import { turnState } from "./setting.ts";
import { openSetting } from "./setting.ts";
import type { Suite } from "./setting.ts";
import { elsewhere, makeScene, tree } from "./team-scene.ts";

const cursor = { agentType: "cursor", conversationId: "c1" } as const;
const silent = { task: null, currentFile: null, branch: null, headCommit: null, tree: null, endedAt: null };

export function describePresence(suite: Suite): void {
  describe("presence", () => {
    test("keeps what was said before, and sets what is said now", async () => {
      await using setting = await openSetting(suite);
      const { say } = makeScene(setting);
      const id = await setting.make();
      expect(await setting.store.readPresence(id)).toBeUndefined();
      await say(id, { presence: { ...cursor, task: "Build JWT auth flow", tree } });
      setting.clock.advance(1_000);
      await say(id, { presence: { currentFile: "src/a.ts", branch: "main" } });
      const presence = {
        ...silent,
        ...cursor,
        task: "Build JWT auth flow",
        tree,
        currentFile: "src/a.ts",
        branch: "main",
      };
      expect(await setting.store.readPresence(id)).toEqual({ ...presence, heardAt: "2026-01-01T12:00:01.000Z" });
      await say(id, { presence: { task: null, isEnded: true } });
      expect(await setting.store.readPresence(id)).toMatchObject({ task: null, endedAt: "2026-01-01T12:00:01.000Z" });
    });

    test("is found by the agent's own id of the conversation, in its workspace", async () => {
      await using setting = await openSetting(suite);
      const { say } = makeScene(setting);
      const { store, workspaceId, mint } = setting;
      const id = await setting.make();
      await say(id, { presence: cursor });
      expect(await store.findPresence(workspaceId, "cursor", "c1")).toMatchObject({ sessionId: id });
      expect(await store.findPresence(workspaceId, "codex", "c1")).toBeUndefined();
      expect(await store.findPresence(mint("workspace"), "cursor", "c1")).toBeUndefined();
    });

    test("S3: a conversation is one session's: whoever comes second is told whose", async () => {
      await using setting = await openSetting(suite);
      const { say } = makeScene(setting);
      const [one, two] = [await setting.make(), await setting.make()];
      await say(one, { presence: cursor });
      expect(await say(two, { presence: cursor })).toEqual({ kind: "duplicate", bodyHash: "", madeId: one });
      expect(await setting.store.readPresence(two)).toBeUndefined();
    });

    test("is of agents that report: what has no conversation has none", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      expect((await makeScene(setting).say(id, { presence: { currentFile: "a.ts" } })).kind).toBe("committed");
      expect(await setting.store.readPresence(id)).toBeUndefined();
    });

    test("D4: the trees that were told of are found by what lies in them, the innermost first", async () => {
      await using setting = await openSetting(suite);
      const { say } = makeScene(setting);
      const { store, workspaceId, mint } = setting;
      const inner = { ...tree, root: "/repos/app/vendor/lib", tree: "host-a:/repos/app/vendor/lib", repository: "lib" };
      const [one, two] = [await setting.make(), await setting.make()];
      await say(one, { presence: { ...cursor, tree } });
      await say(two, { presence: { agentType: "codex", conversationId: "c2", tree: inner } });
      const find = (path: string, host = "host-a") => store.findTree(workspaceId, host, path);
      expect(await find("/repos/app/src/a.ts")).toEqual(tree);
      expect(await find("/repos/app")).toEqual(tree);
      expect(await find("/repos/app/vendor/lib/a.c")).toEqual(inner);
      expect(await find("/repos/application/a.ts")).toBeUndefined();
      expect(await find("/repos/app/src/a.ts", elsewhere.host)).toBeUndefined();
      expect(await store.findTree(mint("workspace"), "host-a", "/repos/app/a")).toBeUndefined();
    });
  });

  describe("who is at work", () => {
    test("shows the latest first, with what each holds, and nobody who is silent, ended or deleted", async () => {
      await using setting = await openSetting(suite);
      const scene = makeScene(setting);
      const { store, workspaceId, clock } = setting;
      const started = clock.now();
      const [silentOne, running, ended] = [await setting.make(), await setting.make(), await setting.make()];
      await setting.commit(await setting.fenced(running, { owner: setting.node, state: turnState(setting.mint) }));
      await scene.say(ended, { presence: { agentType: "codex", conversationId: "c2" } });
      clock.advance(6 * 60_000);
      const heard = await setting.make();
      await scene.say(heard, { presence: cursor });
      await scene.hold(heard, ["b.ts", "a/"]);
      await scene.say(ended, { presence: { isEnded: true } });
      clock.advance(1_000);
      const latest = await setting.make();
      const present = await store.listPresent({ workspaceId, sinceMs: started + 60_000, limit: 10 });
      expect(present.map(({ session }) => session.id)).toEqual([latest, heard, running]);
      expect(present[1]).toMatchObject({ presence: cursor, heldPaths: ["a/", "b.ts"] });
      expect(present.map(({ session }) => session.id)).not.toContain(silentOne);
      expect(await store.listPresent({ workspaceId, sinceMs: started + 60_000, limit: 1 })).toHaveLength(1);
      expect(await store.listPresent({ workspaceId: setting.mint("workspace"), sinceMs: 0, limit: 1 })).toEqual([]);
    });
  });

  describe("notices", () => {
    test("are the other session's, in their order, until they were shown", async () => {
      await using setting = await openSetting(suite);
      const { say } = makeScene(setting);
      const [one, two] = [await setting.make(), await setting.make()];
      await say(one, { notices: ["first", "second"].map((text) => ({ to: two, text })) });
      const notices = await setting.store.readNotices(two, 10);
      expect(notices.map(({ text }) => text)).toEqual(["first", "second"]);
      expect(await setting.store.readNotices(two, 1)).toHaveLength(1);
      await say(one, { noticesShown: notices.map(({ id }) => id) });
      expect(await setting.store.readNotices(two, 10)).toHaveLength(2);
      await say(two, { noticesShown: notices.slice(0, 1).map(({ id }) => id) });
      expect((await setting.store.readNotices(two, 10)).map(({ text }) => text)).toEqual(["second"]);
    });
  });
}
