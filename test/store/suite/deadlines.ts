/** Until when a reservation counts, what keeps it, and what frees it unasked (R3, R8, R11; D5, D6). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { openSetting } from "./setting.ts";
import type { Suite } from "./setting.ts";
import { makeScene, pathOf, teamOf, tree, wishOf } from "./team-scene.ts";

const MINUTE = 60_000;

async function openScene(suite: Suite) {
  const setting = await openSetting(suite);
  const [a, b] = [await setting.make(), await setting.make()];
  const scene = makeScene(setting);
  return {
    setting,
    a,
    b,
    ...scene,
    pass: (minutes: number) => setting.clock.advance(minutes * MINUTE),
    pre: (id: SessionId, toolUseId: string, paths: readonly string[] = []) => {
      const wish = wishOf(id, paths, { provisionalFor: toolUseId });
      const take = { kind: "take", wish, ids: paths.map(() => setting.mint("reservation")) } as const;
      const hookKey = { toolUseId, moment: "pre_tool" } as const;
      return scene.say(id, { hookKey, reservations: paths.length === 0 ? [] : [take] });
    },
    post: (id: SessionId, toolUseId: string, paths: readonly string[] = []) => {
      const edited = paths.map((path) => ({ tree, path: pathOf(path) }));
      const hookKey = { toolUseId, moment: "post_tool" } as const;
      return scene.say(id, { hookKey, reservations: [{ kind: "confirm", toolUseId, edited }] });
    },
    fail: (id: SessionId, toolUseId: string) => {
      const hookKey = { toolUseId, moment: "tool_failed" } as const;
      return scene.say(id, { hookKey, reservations: [{ kind: "drop", toolUseId }] });
    },
    [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose](),
  };
}

export function describeDeadlines(suite: Suite): void {
  describe("a deadline", () => {
    test("D5: is the store's clock's: at its moment the next one gets the path, whoever set the machine's clock", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      scene.setting.clock.step(60 * MINUTE);
      expect((await scene.take(scene.b, ["a.ts"])).kind).toBe("held");
      scene.setting.clock.advance(10 * MINUTE - 1);
      expect((await scene.take(scene.b, ["a.ts"])).kind).toBe("held");
      scene.setting.clock.advance(1);
      expect((await scene.check(scene.b, ["a.ts"])).overlaps).toEqual([]);
      expect((await scene.take(scene.b, ["a.ts"])).kind).toBe("committed");
    });

    test("D5: what is past it is in no list, and found by who sweeps, the earliest first", async () => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      await scene.hold(scene.a, ["b.ts"], { ttlMs: 2 * MINUTE });
      const [first] = await scene.hold(scene.a, ["a.ts"], { ttlMs: MINUTE });
      scene.pass(3);
      expect(await scene.heldBy(scene.a)).toEqual([]);
      expect(await store.readReservation(first!.id)).toBeUndefined();
      expect((await store.findExpired(10)).map(({ path }) => path.path)).toEqual(["a.ts", "b.ts"]);
      expect(await store.findExpired(1)).toHaveLength(1);
    });

    test("D5: a slide is written once less than nine tenths are left, by each reservation's own time", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      await scene.hold(scene.a, ["b.ts"], { ttlMs: MINUTE });
      const slide = () => scene.steps(scene.a, { kind: "slide", holderId: scene.a });
      const left = async () => {
        const { store, workspaceId, clock } = scene.setting;
        const rows = await store.listReservations({ workspaceId, sessionId: scene.a, limit: 10 });
        return rows.map(({ expiresAt }) => Date.parse(expiresAt) - clock.now()).toSorted((x, y) => x - y);
      };
      scene.pass(0.5);
      await slide();
      expect(await left()).toEqual([MINUTE, 9.5 * MINUTE]);
      scene.pass(0.6);
      await slide();
      expect(await left()).toEqual([MINUTE, 10 * MINUTE]);
    });

    test("R3: nothing slides it further than two hours after the last edit", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      for (let minute = 0; minute < 119; minute += 7) {
        scene.pass(7);
        await scene.steps(scene.a, { kind: "slide", holderId: scene.a });
      }
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
      scene.pass(7);
      await scene.steps(scene.a, { kind: "slide", holderId: scene.a });
      expect(await scene.heldBy(scene.a)).toEqual([]);
    });

    test("R3: a slide wakes nothing that is past it", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      scene.pass(11);
      await scene.steps(scene.a, { kind: "slide", holderId: scene.a });
      expect(await scene.heldBy(scene.a)).toEqual([]);
    });

    test("R3: is moved by name, as long as it has not passed", async () => {
      await using scene = await openScene(suite);
      const [row] = await scene.hold(scene.a, ["a.ts"]);
      const renew = () => scene.steps(scene.a, { kind: "renew", ids: [row!.id], ttlMs: 30 * MINUTE });
      const { granted } = teamOf(await renew());
      expect(granted).toMatchObject([{ id: row!.id, ttlMs: 30 * MINUTE }]);
      scene.pass(31);
      expect(await renew()).toEqual({ kind: "reservations_moved" });
    });

    test("R11: only what is past it can be swept", async () => {
      await using scene = await openScene(suite);
      const rows = await scene.hold(scene.a, ["a.ts", "b.ts"]);
      const ids = rows.map(({ id }) => id);
      expect(await scene.steps(scene.a, { kind: "expire", ids })).toEqual({ kind: "reservations_moved" });
      scene.pass(11);
      expect(teamOf(await scene.steps(scene.a, { kind: "expire", ids })).freed).toHaveLength(2);
      expect(await scene.setting.store.findExpired(10)).toEqual([]);
    });
  });

  describe("a tool call", () => {
    test("R8: is one fact, however often its hook is fired", async () => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      expect((await scene.pre(scene.a, "t1", ["a.ts"])).kind).toBe("committed");
      expect(await scene.pre(scene.a, "t1", ["a.ts"])).toEqual({ kind: "hook_known" });
      expect((await scene.post(scene.a, "t1", ["a.ts"])).kind).toBe("committed");
      expect(await scene.post(scene.a, "t1", ["a.ts"])).toEqual({ kind: "hook_known" });
      expect((await scene.pre(scene.b, "t1", ["b.ts"])).kind).toBe("committed");
      expect(await store.hasHook(scene.a, { toolUseId: "t1", moment: "post_tool" })).toBe(true);
      expect(await store.hasHook(scene.b, { toolUseId: "t1", moment: "post_tool" })).toBe(false);
      const edits = await store.readEdits(scene.setting.workspaceId, tree.repository, ["a.ts", "b.ts"]);
      expect([...edits].map(([key, { edits: count, lastBy }]) => [key, count, lastBy])).toEqual([["a.ts", 1, scene.a]]);
    });

    test("D6: a pre that comes after its post grants nothing", async () => {
      await using scene = await openScene(suite);
      await scene.fail(scene.a, "t1");
      expect(await scene.pre(scene.a, "t1", ["a.ts"])).toEqual({ kind: "hook_known" });
      expect(await scene.heldBy(scene.a)).toEqual([]);
    });

    test("D6: a write that waits for its own key is refused once anything of its tool use was heard", async () => {
      await using scene = await openScene(suite);
      const { mint } = scene.setting;
      const take = (path: string) => {
        const wish = wishOf(scene.a, [path], { provisionalFor: "t1" });
        const ids = [mint("reservation")];
        return scene.say(scene.a, {
          unlessHeard: { toolUseId: "t1", moment: "pre_tool" },
          reservations: [{ kind: "take", wish, ids }],
        });
      };
      expect((await take("a.ts")).kind).toBe("committed");
      // It keeps no key itself.
      expect((await take("b.ts")).kind).toBe("committed");
      await scene.fail(scene.a, "t1");
      expect(await take("c.ts")).toEqual({ kind: "hook_known" });
      expect(await scene.heldBy(scene.a)).toEqual([]);
      await scene.pre(scene.b, "t1", ["c.ts"]);
      expect(await scene.heldBy(scene.b)).toEqual(["c.ts"]);
    });

    test("D6: a pre that comes after the end of its conversation grants nothing, until it is opened again", async () => {
      await using scene = await openScene(suite);
      const who = { agentType: "cursor", conversationId: "c1" } as const;
      await scene.say(scene.a, { presence: who });
      await scene.say(scene.a, { presence: { isEnded: true }, reservations: [{ kind: "release_all" }] });
      expect(await scene.pre(scene.a, "t1", ["a.ts"])).toEqual({ kind: "session_over" });
      await scene.say(scene.a, { presence: { isEnded: false } });
      expect((await scene.pre(scene.a, "t1", ["a.ts"])).kind).toBe("committed");
    });

    test("D6: what a pre was granted goes when its tool use fails, and only that", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["kept.ts"]);
      await scene.pre(scene.a, "t1", ["a.ts"]);
      await scene.pre(scene.a, "t2", ["b.ts"]);
      const { freed } = teamOf(await scene.fail(scene.a, "t1"));
      expect(freed.map(({ path }) => path.path)).toEqual(["a.ts"]);
      expect(await scene.heldBy(scene.a)).toEqual(["b.ts", "kept.ts"]);
    });

    test("D6: the next prompt frees what no post has confirmed, and closes what was open", async () => {
      await using scene = await openScene(suite);
      await scene.pre(scene.a, "t1", ["a.ts"]);
      await scene.post(scene.a, "t1", ["a.ts"]);
      await scene.pre(scene.a, "t2", ["b.ts"]);
      await scene.steps(scene.a, { kind: "drop", toolUseId: null });
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
      scene.pass(11);
      expect(await scene.heldBy(scene.a)).toEqual([]);
      expect(await scene.pre(scene.a, "t2", ["b.ts"])).toEqual({ kind: "hook_known" });
    });

    test("D6: two tool uses on one path leave it when both have failed, and one post is enough to keep it", async () => {
      await using scene = await openScene(suite);
      await scene.pre(scene.a, "t1", ["a.ts"]);
      const again = { provisionalFor: "t2" };
      await scene.takeAgain(scene.a, ["a.ts"], again);
      await scene.fail(scene.a, "t1");
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
      await scene.post(scene.a, "t2");
      await scene.steps(scene.a, { kind: "drop", toolUseId: null });
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
    });

    test("D6: while it is open it keeps what its session holds, an hour at most", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      await scene.pre(scene.a, "bash");
      scene.pass(59);
      expect((await scene.take(scene.b, ["a.ts"])).kind).toBe("held");
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
      expect(await scene.setting.store.findExpired(10)).toEqual([]);
      scene.pass(1);
      expect((await scene.take(scene.b, ["a.ts"])).kind).toBe("committed");
      expect(await scene.setting.store.findExpired(10)).toHaveLength(1);
    });

    test("D6: with its post the deadline counts again", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      await scene.pre(scene.a, "bash");
      scene.pass(9);
      await scene.post(scene.a, "bash");
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
      scene.pass(1);
      expect(await scene.heldBy(scene.a)).toEqual([]);
    });

    test("R3: an edit gives what it touched its whole time again", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["src/", "b.ts"]);
      scene.pass(8);
      await scene.post(scene.a, "t1", ["src/deep/a.ts"]);
      scene.pass(8);
      expect(await scene.heldBy(scene.a)).toEqual(["src/"]);
    });
  });

  describe("who waits for a path", () => {
    const waitFor = (id: SessionId, paths: readonly string[]) => ({ kind: "wait", wish: wishOf(id, paths) }) as const;

    test("R11: is told once, in the commit that frees it", async () => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      const [row] = await scene.hold(scene.a, ["src/a.ts"]);
      await scene.steps(scene.b, waitFor(scene.b, ["src/a.ts"]));
      expect(await store.readNotices(scene.b, 10)).toEqual([]);
      await scene.release(scene.a, row!.id);
      const notices = await store.readNotices(scene.b, 10);
      expect(notices.map(({ text }) => text)).toEqual([
        "src/a.ts is free now: nobody else has it reserved. You asked to be told.",
      ]);
      await scene.say(scene.b, { noticesShown: notices.map(({ id }) => id) });
      const [again] = await scene.hold(scene.a, ["src/a.ts"]);
      await scene.release(scene.a, again!.id);
      expect(await store.readNotices(scene.b, 10)).toEqual([]);
    });

    test("R11: waits on while somebody else still has a part of it", async () => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      const c = await scene.setting.make();
      const [one] = await scene.hold(scene.a, ["src/a.ts"]);
      await scene.hold(c, ["src/c.ts"]);
      await scene.steps(scene.b, waitFor(scene.b, ["src/"]));
      await scene.release(scene.a, one!.id);
      expect(await store.readNotices(scene.b, 10)).toEqual([]);
      await scene.steps(c, { kind: "release_all" });
      expect(await store.readNotices(scene.b, 10)).toHaveLength(1);
    });

    test.each(["expire", "drop", "release_all"] as const)("R11: is told of what goes by %s", async (kind) => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      await scene.pre(scene.a, "t1", ["a.ts"]);
      await scene.steps(scene.b, waitFor(scene.b, ["a.ts"]));
      if (kind === "expire") scene.pass(61);
      const ids = (await store.findExpired(10)).map(({ id }) => id);
      const step = { expire: { kind: "expire", ids }, drop: { kind: "drop", toolUseId: null }, release_all: { kind } };
      await scene.steps(scene.a, step[kind] as never);
      expect(await store.readNotices(scene.b, 10)).toHaveLength(1);
    });

    test("R11: asks for nothing any more once it has ended", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      await scene.steps(scene.b, waitFor(scene.b, ["a.ts"]));
      await scene.steps(scene.b, { kind: "release_all" });
      await scene.steps(scene.a, { kind: "release_all" });
      expect(await scene.setting.store.readNotices(scene.b, 10)).toEqual([]);
    });
  });
}
