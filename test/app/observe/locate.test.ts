/** Where the paths of a hook are: the tree it tells of, the one that the file lies in, or nowhere (R1, D4). */
import { describe, expect, test } from "vitest";
import { makeLocate } from "../../../src/app/observe/locate.ts";
import type { HookEvent, TreeReport } from "../../../src/core/team/hook-event.ts";
import { treeOf } from "../../../src/core/team/resolve-path.ts";
import type { Tree } from "../../../src/core/team/tree.ts";
import { principal } from "../engine-world.ts";

const reportOf = (root: string, more: TreeReport = {}): TreeReport => ({
  ...{ root, commonDir: `${root}/.git`, origin: "git@github.com:acme/app.git", branch: "main", host: "laptop" },
  ...more,
});

function toldTree(root: string): Tree {
  const tree = treeOf(reportOf(root));
  if (tree === undefined) throw new Error(`${root} is no tree`);
  return tree;
}

/** A server that has heard of these trees on the laptop; the second machine is its own. */
function openLocate(...roots: readonly string[]) {
  const trees = roots.map(toldTree).toSorted((one, other) => other.root.length - one.root.length);
  const locate = makeLocate({
    store: {
      findTree: async (_, host, path) =>
        trees.find((tree) => tree.host === host && (path === tree.root || path.startsWith(`${tree.root}/`))),
    },
    ownHost: () => "server",
    readTree: async (path) => (path.startsWith("/srv/app/") ? reportOf("/srv/app") : null),
    realPath: async (path) => path.replace("/srv/link", "/srv/app"),
  });
  return async (event: Partial<HookEvent>, report: TreeReport, path: string, known: Tree | null = null) => {
    const files = [{ path, operation: "write" as const }];
    const base = { moment: "pre_tool", agentType: "claude_code", conversationId: "a", rawEvent: "PreToolUse" } as const;
    const said = known === null ? null : { tree: known, branch: null };
    const place = await locate(principal, { event: { ...base, files, ...event }, report, known: said });
    return { tree: place.tree?.root ?? null, key: (await place.resolve(path))?.key ?? null, branch: place.branch };
  };
}

describe("a file", () => {
  test("R1: is one key in every way of writing it", async () => {
    const where = openLocate();
    const report = reportOf("/w/app", { ignoresCase: true });
    const decomposed = "src/Bu\u0308cher.ts";
    for (const path of [
      "src/bücher.ts",
      "./src/x/../BÜCHER.ts",
      "/w/app/src/bücher.ts",
      decomposed,
      "../app/src/bücher.ts",
    ])
      expect(await where({ cwd: "/w/app" }, report, path), path).toMatchObject({
        key: "src/bücher.ts",
        tree: "/w/app",
      });
  });

  test("D4: in another tree than the one worked in is in that tree, whoever told of it", async () => {
    const where = openLocate("/w/app", "/w/feat");
    const there = { key: "src/a.ts", tree: "/w/feat", branch: null };
    expect(await where({ cwd: "/w/app" }, reportOf("/w/app"), "/w/feat/src/a.ts")).toEqual(there);
    expect(await where({ cwd: "/w/app" }, reportOf("/w/app"), "../feat/src/a.ts")).toEqual(there);
    expect(await where({ cwd: "/w/app" }, { host: "laptop" }, "/w/feat/src/a.ts", toldTree("/w/app"))).toEqual(there);
  });

  test("D4: in a tree that lies within another is in the inner one, as it is for those who work there", async () => {
    const inner = "/w/app/.claude/worktrees/feat";
    const where = openLocate("/w/app", inner);
    const there = { key: "a.ts", tree: inner };
    expect(await where({ cwd: "/w/app" }, reportOf("/w/app"), `${inner}/a.ts`)).toMatchObject(there);
    expect(await where({ cwd: inner }, reportOf(inner), "a.ts")).toMatchObject(there);
    expect(await where({ cwd: "/w/app" }, reportOf("/w/app"), "a.ts")).toMatchObject({ key: "a.ts", tree: "/w/app" });
  });

  test("R1: outside of any repository is nobody's, on whatever machine it lies under the same name", async () => {
    const where = openLocate("/w/app");
    const nowhere = { key: null, tree: null };
    expect(await where({ cwd: "/tmp" }, { host: "laptop" }, "/tmp/notes.txt")).toMatchObject(nowhere);
    expect(await where({ cwd: "/tmp" }, { host: "server" }, "/tmp/notes.txt")).toMatchObject(nowhere);
    expect(await where({ cwd: "/w/app" }, reportOf("/w/app"), "/etc/hosts")).toMatchObject({ key: null });
  });

  test("R1: is found through a link where the server shares the machine", async () => {
    const where = openLocate();
    const report = reportOf("/srv/app", { host: "server" });
    expect(await where({ cwd: "/srv/app" }, report, "/srv/link/a.ts")).toMatchObject({ key: "a.ts" });
    expect(await where({ cwd: "/srv/app" }, { host: "server" }, "/srv/app/a.ts")).toMatchObject({ key: "a.ts" });
  });

  test("ruling 26: of a client that names no place begins at the top of the workspace's own tree", async () => {
    const where = openLocate();
    expect(await where({}, {}, "src/a.ts")).toMatchObject({ key: "src/a.ts", tree: "/" });
  });

  test("R4: is on the branch that was told, with the tree or without one", async () => {
    const where = openLocate();
    expect(await where({}, { branch: "feat" }, "src/a.ts")).toMatchObject({ tree: "/", branch: "feat" });
    const known = toldTree("/w/app");
    expect(await where({}, { branch: "feat" }, "src/a.ts", known)).toMatchObject({ tree: "/w/app", branch: "feat" });
  });

  test("with a name that no file can have is nobody's, and breaks nothing", async () => {
    const where = openLocate("/w/app");
    for (const path of ["", "\0", `${"../".repeat(50)}x`, "a".repeat(5_000), "\ud800\0"])
      expect(
        (await where({ cwd: "/w/app" }, reportOf("/w/app"), path)).key,
        JSON.stringify(path.slice(0, 9)),
      ).toBeNull();
  });
});
