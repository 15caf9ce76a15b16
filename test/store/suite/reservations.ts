/** Taking, checking and giving back reservations (R1 to R4, R8, R10; D1 to D3). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { openSetting } from "./setting.ts";
import type { Suite } from "./setting.ts";
import { elsewhere, makeScene, pathOf, teamOf, tree, wishOf } from "./team-scene.ts";

async function openScene(suite: Suite) {
  const setting = await openSetting(suite);
  const [a, b] = [await setting.make(), await setting.make()];
  return { setting, a, b, ...makeScene(setting), [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose]() };
}

export function describeReservations(suite: Suite): void {
  describe("a take", () => {
    test("R2: is granted to the first and refused to the second, who is told by whom it is held", async () => {
      await using scene = await openScene(suite);
      const [held] = await scene.hold(scene.a, ["src/a.ts"]);
      expect(held).toMatchObject({ sessionId: scene.a, holderId: scene.a, mode: "exclusive", token: 1 });
      const refused = await scene.take(scene.b, ["src/a.ts"]);
      expect(refused).toMatchObject({
        kind: "held",
        overlaps: [{ severity: "deny", wished: pathOf("src/a.ts"), reservation: { id: held?.id } }],
      });
      expect(await scene.heldBy(scene.b)).toEqual([]);
    });

    test("R2: gives all of its paths or none, and a refusal leaves nothing behind", async () => {
      await using scene = await openScene(suite);
      const { store } = scene.setting;
      await scene.hold(scene.a, ["b.ts"]);
      const before = await store.readHead(scene.b);
      expect((await scene.take(scene.b, ["a.ts", "b.ts", "c.ts"])).kind).toBe("held");
      expect(await store.readHead(scene.b)).toEqual(before);
      expect((await scene.take(scene.a, ["a.ts", "c.ts"])).kind).toBe("committed");
    });

    test.each([
      ["src/", "src/a.ts"],
      ["src/a.ts", "src/"],
      ["src/", "src/deep/er/a.ts"],
      ["src/deep/", "src/"],
      ["/", "a.ts"],
      ["a/b.ts", "/"],
      ["src", "src/a.ts"],
      ["src/", "src"],
    ])("D1: %s and %s are never held by two, in whichever order", async (first, second) => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, [first]);
      expect((await scene.take(scene.b, [second])).kind).toBe("held");
      expect((await scene.check(scene.b, [second])).overlaps).toHaveLength(1);
    });

    test.each([
      ["src/", "src2/a.ts"],
      ["src/a.ts", "src/a.tsx"],
      ["src/a", "src/a-b"],
      ["src/", "srb/"],
      ["a/b/", "a/bc/"],
    ])("D1: %s and %s are two things", async (first, second) => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, [first]);
      expect((await scene.take(scene.b, [second])).kind).toBe("committed");
    });

    test("D1: of two that arrive in one moment, file and directory, one is granted", async () => {
      await using scene = await openScene(suite);
      const results = await Promise.all([scene.take(scene.a, ["src/a.ts"]), scene.take(scene.b, ["src/"])]);
      expect(results.map(({ kind }) => kind)).toEqual(["committed", "held"]);
    });

    test("D2: on another known branch the policy decides, in another tree of the same branch it does not", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      const there = { tree: elsewhere, branch: "feature" } as const;
      expect((await scene.check(scene.b, ["a.ts"], { ...there, policy: "deny" })).overlaps).toMatchObject([
        { severity: "deny" },
      ]);
      expect((await scene.check(scene.b, ["a.ts"], { ...there, policy: "ignore" })).overlaps).toEqual([]);
      const same = await scene.take(scene.b, ["a.ts"], { ...there, branch: "main" });
      const unknown = await scene.take(scene.b, ["a.ts"], { ...there, branch: null });
      expect([same.kind, unknown.kind]).toEqual(["held", "held"]);
      const { warnings, granted } = teamOf(await scene.take(scene.b, ["a.ts"], there));
      expect(warnings).toMatchObject([{ severity: "warn", reservation: { sessionId: scene.a, branch: "main" } }]);
      expect(granted).toHaveLength(1);
    });

    test("R4: in the same tree another branch is no excuse", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      expect((await scene.take(scene.b, ["a.ts"], { branch: "feature", policy: "ignore" })).kind).toBe("held");
    });

    test("R1: another repository, and another workspace, are nobody's business", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      const other = { ...tree, repository: "github.com/acme/other" };
      expect((await scene.take(scene.b, ["a.ts"], { tree: other })).kind).toBe("committed");
      const stranger = await scene.setting.make({ workspaceId: scene.setting.mint("workspace") });
      expect((await scene.take(stranger, ["a.ts"])).kind).toBe("committed");
    });

    test("R2: shared holds meet no shared ones, and every exclusive one", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["docs/"], { mode: "shared" });
      expect((await scene.take(scene.b, ["docs/a.md"], { mode: "shared" })).kind).toBe("committed");
      expect((await scene.take(scene.b, ["docs/b.md"])).kind).toBe("held");
    });

    test("R2: children share what their root holds, each with rows of its own", async () => {
      await using scene = await openScene(suite);
      const root = { holderId: scene.a };
      await scene.hold(scene.a, ["src/"]);
      const [own] = await scene.hold(scene.b, ["src/a.ts"], root);
      expect(own).toMatchObject({ sessionId: scene.b, holderId: scene.a });
      const stranger = await scene.setting.make();
      expect((await scene.take(stranger, ["src/a.ts"])).kind).toBe("held");
    });

    test("R8: taken again it is the same row with the same token, and only its deadline moves", async () => {
      await using scene = await openScene(suite);
      const [first] = await scene.hold(scene.a, ["a.ts"]);
      scene.setting.clock.advance(60_000);
      const { granted } = teamOf(await scene.takeAgain(scene.a, ["a.ts", "b.ts"]));
      expect(granted.map(({ token }) => token)).toEqual([1, 2]);
      expect(granted[0]).toMatchObject({ id: first?.id, takenAt: first?.takenAt });
      expect((granted[0]?.expiresAt ?? "") > (first?.expiresAt ?? "")).toBe(true);
    });

    test("R8: what lies below a directory that the session holds is held by it", async () => {
      await using scene = await openScene(suite);
      const [directory] = await scene.hold(scene.a, ["src/"]);
      const { granted } = teamOf(await scene.takeAgain(scene.a, ["src/a.ts"]));
      expect(granted).toMatchObject([{ id: directory?.id, path: pathOf("src/") }]);
      expect(await scene.heldBy(scene.a)).toEqual(["src/"]);
    });

    test("R8: a fresh id for what is held already changes nothing: the caller must read again", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts"]);
      expect(await scene.take(scene.a, ["a.ts"])).toEqual({ kind: "reservations_moved" });
      expect(await scene.heldBy(scene.a)).toEqual(["a.ts"]);
    });

    test("A8: given again after an unknown end, it finds what it was granted", async () => {
      await using scene = await openScene(suite);
      const { setting, a } = scene;
      const wish = wishOf(a, ["a.ts"]);
      const take = { kind: "take", wish, ids: [setting.mint("reservation")] } as const;
      const write = setting.fact(a, { team: { reservations: [take] } });
      const first = await setting.commit(write);
      const again = await setting.commit(write);
      expect(again.lines).toEqual(first.lines);
      expect(again.team?.granted).toEqual(first.team?.granted);
    });

    test("R2: nothing is granted to a session that is gone or has ended", async () => {
      await using scene = await openScene(suite);
      const { setting, a } = scene;
      const state = { ...(await setting.store.readSession(a))?.state, lifecycle: "killed" } as never;
      await setting.commit(await setting.fenced(a, { raises: true, state }));
      expect(await scene.take(a, ["a.ts"])).toEqual({ kind: "session_over" });
      expect(await scene.take(setting.mint("session"), ["a.ts"])).toEqual({ kind: "absent" });
    });

    test("C2: at an epoch that has passed it is stale before it is refused", async () => {
      await using scene = await openScene(suite);
      const { setting, a, b } = scene;
      await scene.hold(a, ["a.ts"]);
      const take = { kind: "take", wish: wishOf(b, ["a.ts"]), ids: [setting.mint("reservation")] } as const;
      const old = await setting.fenced(b, { events: [setting.line("note.taken")], team: { reservations: [take] } });
      await setting.commit(await setting.fenced(b, { raises: true }));
      expect((await setting.store.write(old)).kind).toBe("stale");
    });

    test("R2: of files in several trees and repositories is one with all of its parts, granted or refused", async () => {
      await using scene = await openScene(suite);
      const { setting, a, b } = scene;
      const lib = { ...tree, repository: "github.com/acme/lib", tree: "host-a:/repos/lib", root: "/repos/lib" };
      const takes = (id: SessionId) =>
        [tree, elsewhere, lib].map((at) => {
          const wish = wishOf(id, ["a.ts"], { tree: at, provisionalFor: "t1" });
          return { kind: "take", wish, ids: [setting.mint("reservation")] } as const;
        });
      const [held] = await scene.hold(a, ["a.ts"], { tree: lib });
      const before = await setting.store.readHead(b);
      expect(await scene.steps(b, ...takes(b))).toMatchObject({
        kind: "held",
        overlaps: [{ reservation: { id: held?.id, repository: lib.repository } }],
      });
      expect([await setting.store.readHead(b), await scene.heldBy(b)]).toEqual([before, []]);
      await scene.steps(a, { kind: "release_all" });
      const { granted } = teamOf(await scene.steps(b, ...takes(b)));
      expect(granted.map((row) => [row.tree, row.repository, row.token])).toEqual([
        [tree.tree, tree.repository, 1],
        [elsewhere.tree, tree.repository, 2],
        [lib.tree, lib.repository, 2],
      ]);
      const edited = [{ tree: lib, path: pathOf("a.ts") }];
      await scene.steps(b, { kind: "confirm", toolUseId: "t1", edited }, { kind: "drop", toolUseId: null });
      expect(await scene.heldBy(b)).toEqual(["a.ts", "a.ts", "a.ts"]);
    });

    test("R2: may come with the making of its session, and then neither is there without the other", async () => {
      await using scene = await openScene(suite);
      const { setting, a } = scene;
      await scene.hold(a, ["a.ts"]);
      const making = (path: string) => {
        const write = setting.creation();
        const ids = [setting.mint("reservation")];
        return {
          ...write,
          team: { reservations: [{ kind: "take", wish: wishOf(write.sessionId, [path]), ids }] },
        } as const;
      };
      const refused = making("a.ts");
      expect((await setting.store.write(refused)).kind).toBe("held");
      expect(await setting.store.readSession(refused.sessionId)).toBeUndefined();
      const made = making("b.ts");
      expect(teamOf(await setting.store.write(made)).granted).toHaveLength(1);
      expect(await scene.heldBy(made.sessionId)).toEqual(["b.ts"]);
    });
  });

  describe("a token", () => {
    test("D3: is never given again in a repository, whatever became of the rows before", async () => {
      await using scene = await openScene(suite);
      const tokens: number[] = [];
      for (const path of ["a.ts", "a.ts", "src/", "a.ts"]) {
        const [row] = await scene.hold(scene.a, [path]);
        tokens.push(row?.token ?? 0);
        if (row !== undefined) await scene.release(scene.a, row.id);
      }
      const other = await scene.hold(scene.a, ["a.ts"], { tree: { ...tree, repository: "other" } });
      expect(tokens).toEqual([1, 2, 3, 4]);
      expect(other[0]?.token).toBe(1);
    });
  });

  describe("giving back", () => {
    test("R11: frees what is named, and nobody else's", async () => {
      await using scene = await openScene(suite);
      const [one] = await scene.hold(scene.a, ["a.ts", "b.ts"]);
      const [theirs] = await scene.hold(scene.b, ["c.ts"]);
      const { freed } = teamOf(await scene.release(scene.a, one!.id));
      expect(freed).toMatchObject([{ id: one!.id }]);
      expect(await scene.release(scene.a, theirs!.id)).toEqual({ kind: "reservations_moved" });
      expect(await scene.release(scene.a, one!.id)).toEqual({ kind: "reservations_moved" });
      expect([await scene.heldBy(scene.a), await scene.heldBy(scene.b)]).toEqual([["b.ts"], ["c.ts"]]);
    });

    test("R11: of all frees the session's, and its children's", async () => {
      await using scene = await openScene(suite);
      await scene.hold(scene.a, ["a.ts", "b/"]);
      await scene.hold(scene.b, ["c.ts"], { holderId: scene.a });
      const { freed } = teamOf(await scene.steps(scene.a, { kind: "release_all" }));
      expect(freed.map(({ path }) => path.path).toSorted()).toEqual(["a.ts", "b/", "c.ts"]);
      expect(await scene.heldBy(scene.b)).toEqual([]);
    });

    test("B12: a purge leaves none of the session's reservations", async () => {
      await using scene = await openScene(suite);
      const { setting, a, b } = scene;
      await scene.hold(a, ["a.ts", "b.ts"]);
      const state = { ...(await setting.store.readSession(a))?.state, isDeleted: true } as never;
      await setting.commit(await setting.fenced(a, { raises: true, state }));
      while (!(await setting.store.purgeSlice(a, 1))) {
        // The next slice.
      }
      expect((await scene.take(b, ["a.ts", "b.ts"])).kind).toBe("committed");
    });
  });

  describe("a list of reservations", () => {
    test("shows the newest first, page by page, by repository, session and holder", async () => {
      await using scene = await openScene(suite);
      const { store, workspaceId } = scene.setting;
      for (const path of ["1", "2", "3"]) await scene.hold(scene.a, [path]);
      await scene.hold(scene.b, ["4"], { holderId: scene.a });
      await scene.hold(scene.b, ["5"], { tree: { ...tree, repository: "other" } });
      const paths = async (query: Omit<Parameters<typeof store.listReservations>[0], "workspaceId">) =>
        (await store.listReservations({ workspaceId, ...query })).map(({ path }) => path.path);
      expect(await paths({ limit: 10 })).toEqual(["5", "4", "3", "2", "1"]);
      const cursor = (await store.listReservations({ workspaceId, limit: 2 })).at(-1)?.id;
      expect(await paths({ limit: 2, ...(cursor === undefined ? {} : { cursor }) })).toEqual(["3", "2"]);
      expect(await paths({ limit: 10, repository: "other" })).toEqual(["5"]);
      expect(await paths({ limit: 10, sessionId: scene.b })).toEqual(["5", "4"]);
      expect(await paths({ limit: 10, sessionId: scene.b, repository: tree.repository })).toEqual(["4"]);
      expect(await paths({ limit: 10, holderId: scene.a })).toEqual(["4", "3", "2", "1"]);
      expect(await store.listReservations({ workspaceId: scene.setting.mint("workspace"), limit: 10 })).toEqual([]);
    });
  });
}
