/** Where the files of one tool use lie that names more than one (R1, D4): each in its own tree, as far as that can be known. */
import { describe, expect, test } from "vitest";
import { makeLocate } from "../../../src/app/observe/locate.ts";
import { resolveAll } from "../../../src/app/observe/wished-paths.ts";
import type { HookEvent, TreeReport } from "../../../src/core/team/hook-event.ts";
import { treeOf } from "../../../src/core/team/resolve-path.ts";
import type { Tree } from "../../../src/core/team/tree.ts";
import { principal } from "../engine-world.ts";

const reportOf = (root: string, more: TreeReport = {}): TreeReport => ({
  ...{ root, commonDir: `${root}/.git`, origin: `git@github.com:acme${root}.git`, branch: "main", host: "laptop" },
  ...more,
});

function toldTree(root: string): Tree {
  const tree = treeOf(reportOf(root));
  if (tree === undefined) throw new Error(`${root} is no tree`);
  return tree;
}

interface Asked {
  readonly files: readonly string[];
  readonly report?: TreeReport;
  readonly event?: Partial<HookEvent>;
  readonly known?: { readonly tree: Tree; readonly branch: string | null };
}

/** A server that has heard of these trees on the laptop; on its own machine there are `/srv/app` and `/srv/lib`. */
function openLocate(...roots: readonly string[]) {
  const trees = roots.map(toldTree).toSorted((one, other) => other.root.length - one.root.length);
  const looks = { store: 0, disk: 0 };
  const locate = makeLocate({
    store: {
      findTree: async (_, host, path) => {
        looks.store++;
        return trees.find((tree) => tree.host === host && (path === tree.root || path.startsWith(`${tree.root}/`)));
      },
    },
    ownHost: () => "server",
    readTree: async (path) => {
      looks.disk++;
      const root = ["/srv/app", "/srv/lib"].find((each) => path === each || path.startsWith(`${each}/`));
      return root === undefined ? null : reportOf(root, { host: "server", branch: `of ${root}` });
    },
    realPath: async (path) => path.replace("/srv/app/link", "/srv/lib"),
  });
  const where = async ({ files: named, report = {}, event = {}, known }: Asked) => {
    const files = named.map((path) => ({ path, operation: "write" as const }));
    const base = { moment: "pre_tool", agentType: "codex", conversationId: "a", rawEvent: "PreToolUse" } as const;
    const place = await locate(principal, { event: { ...base, files, ...event }, report, known: known ?? null });
    const found = await resolveAll(named, place);
    return found.flatMap(({ tree, branch, paths }) => paths.map(({ key }) => [tree.root, key, branch]));
  };
  return { where, looks };
}

const APP = { report: reportOf("/w/app"), event: { cwd: "/w/app" } };

describe("files of several trees", () => {
  test("D4: are each in the tree that anybody told of on that machine, whichever is named first", async () => {
    const { where } = openLocate("/w/app", "/w/lib", "/w/doc");
    expect(await where({ ...APP, files: ["src/a.ts", "/w/lib/b.ts", "/etc/hosts", "/w/doc/c.md"] })).toEqual([
      ["/w/app", "src/a.ts", "main"],
      ["/w/lib", "b.ts", null],
      ["/w/doc", "c.md", null],
    ]);
    expect(await where({ ...APP, files: ["/w/lib/b.ts", "/w/lib/d.ts", "/w/app/a.ts"] })).toEqual([
      ["/w/lib", "b.ts", null],
      ["/w/lib", "d.ts", null],
      ["/w/app", "a.ts", "main"],
    ]);
  });

  test("D4: with a relative path are those of the place that the tool works in, wherever the first one lies", async () => {
    const { where } = openLocate("/w/app", "/w/lib");
    expect(await where({ ...APP, files: ["/w/lib/b.ts", "src/a.ts", "../lib/c.ts", "../../etc/x"] })).toEqual([
      ["/w/lib", "b.ts", null],
      ["/w/lib", "c.ts", null],
      ["/w/app", "src/a.ts", "main"],
    ]);
  });

  test("R1: are guarded also where the first lies in no repository at all", async () => {
    const { where } = openLocate("/w/lib");
    const nowhere = { report: { host: "laptop" }, event: { cwd: "/tmp" } };
    expect(await where({ ...nowhere, files: ["/tmp/notes.txt", "/w/lib/b.ts"] })).toEqual([["/w/lib", "b.ts", null]]);
  });

  test("R1: are nobody's in the trees of another machine, or of one that does not say who it is", async () => {
    const { where } = openLocate("/w/app", "/w/lib");
    const files = ["/w/app/a.ts", "/w/lib/b.ts"];
    for (const host of ["desk", ""]) {
      expect(await where({ files, report: reportOf("/w/app", { host }), event: { cwd: "/w/app" } })).toEqual([
        ["/w/app", "a.ts", "main"],
      ]);
    }
  });

  test("D4: are found on the server's own machine, with the branch that is checked out there, and through a link", async () => {
    const { where } = openLocate();
    const here = { report: reportOf("/srv/app", { host: "server" }), event: { cwd: "/srv/app" } };
    expect(await where({ ...here, files: ["a.ts", "/srv/lib/b.ts", "link/c.ts", "/srv/none/x"] })).toEqual([
      ["/srv/app", "a.ts", "main"],
      ["/srv/lib", "b.ts", "of /srv/lib"],
      ["/srv/lib", "c.ts", "of /srv/lib"],
    ]);
    expect(await where({ ...here, files: ["/srv/lib/b.ts", "/srv/app/a.ts"] })).toEqual([
      ["/srv/lib", "b.ts", "of /srv/lib"],
      ["/srv/app", "a.ts", "main"],
    ]);
  });

  test("R4: are on the branch that their own tree was told to be on, and on none that was told of another", async () => {
    const { where } = openLocate("/w/app", "/w/lib");
    const known = { tree: toldTree("/w/lib"), branch: "feat" };
    expect(await where({ ...APP, known, files: ["a.ts", "/w/lib/b.ts"] })).toEqual([
      ["/w/app", "a.ts", "main"],
      ["/w/lib", "b.ts", "feat"],
    ]);
    // A request that tells nothing of its tree but the machine takes over what its session told, for that tree alone.
    const request = { report: { host: "laptop" }, event: { cwd: "/w/lib" } };
    expect(await where({ ...request, known, files: ["/w/lib/b.ts", "/w/app/a.ts"] })).toEqual([
      ["/w/lib", "b.ts", "feat"],
      ["/w/app", "a.ts", null],
    ]);
  });

  test("D4: in one that lies within the other, which the hook or its session has told of, are the inner one's", async () => {
    const { where } = openLocate("/w/app");
    const inner = "/w/app/.claude/worktrees/feat";
    const files = ["/w/app/a.ts", `${inner}/b.ts`, `${inner}2/c.ts`];
    const told = [
      ["/w/app", "a.ts", null],
      ["/w/app", ".claude/worktrees/feat2/c.ts", null],
      [inner, "b.ts", "main"],
    ];
    expect(await where({ files, report: reportOf(inner), event: { cwd: inner } })).toEqual(told);
    const known = { tree: toldTree(inner), branch: "main" };
    expect(await where({ files, known, report: { host: "laptop" } })).toEqual(told);
  });

  test("D4: in one that lies within the other are the inner one's, once a hook has named both, whoever sent it", async () => {
    const inner = "/w/app/.claude/worktrees/feat";
    const { where } = openLocate("/w/app", inner);
    const asked = { ...APP, files: ["a.ts", ".claude/worktrees/feat/b.ts", `${inner}/c.ts`] };
    await where({ files: ["b.ts"], report: reportOf(inner), event: { cwd: inner } });
    expect(await where(asked)).toEqual([
      ["/w/app", "a.ts", "main"],
      [inner, "b.ts", null],
      [inner, "c.ts", null],
    ]);
    const shell = { tool: { name: "Bash", kind: "shell" }, cwd: "/w/app" } as const;
    expect(await where({ report: APP.report, event: { ...shell, files: [] }, files: [`${inner}/c.ts`] })).toEqual([
      [inner, "c.ts", null],
    ]);
  });

  test("R1: below what is a tree for another workspace alone stay those of the tree around it", async () => {
    const { where } = openLocate("/w/app");
    const inner = "/w/app/vendor/lib";
    await where({ files: ["b.ts"], report: reportOf(inner), event: { cwd: inner } });
    expect(await where({ ...APP, files: ["a.ts", "vendor/lib/b.ts", `${inner}/c/`, "../x"] })).toEqual([
      ["/w/app", "a.ts", "main"],
      ["/w/app", "vendor/lib/b.ts", "main"],
      ["/w/app", "vendor/lib/c/", "main"],
    ]);
  });

  test("on Windows are found as they were told of, however their slashes are written", async () => {
    const { where } = openLocate("C:\\w\\app", "C:\\w\\lib");
    const report = reportOf("C:\\w\\app");
    const files = ["C:\\w\\app\\src\\a.ts", "C:\\w\\lib\\x\\..\\b.ts", "C:/w/lib/c.ts"];
    expect(await where({ files, report, event: { cwd: "C:\\w\\app" } })).toEqual([
      ["C:/w/app", "src/a.ts", "main"],
      ["C:/w/lib", "b.ts", null],
      ["C:/w/lib", "c.ts", null],
    ]);
  });

  test("ruling 26: of a client that named no tree before are not taken for the workspace's own", async () => {
    const { where } = openLocate();
    const { workspaceId } = principal;
    const shared = { repository: workspaceId, tree: workspaceId, host: "", root: "/", ignoresCase: false };
    const report = { root: "/w/app", origin: "git@github.com:acme/app.git", branch: "main" };
    const asked = { report, known: { tree: shared, branch: null }, files: ["/w/app/a.ts", "/etc/hosts"] };
    expect(await where(asked)).toEqual([["/w/app", "a.ts", "main"]]);
  });

  test("with names that no file can have are nobody's, and break nothing", async () => {
    const { where } = openLocate("/w/app");
    const odd = ["", "\0", "/\0", `${"../".repeat(50)}x`, `/${"a".repeat(5_000)}`, "\ud800\0", "C:\\x\0"];
    expect(await where({ ...APP, files: ["a.ts", ...odd] })).toEqual([["/w/app", "a.ts", "main"]]);
  });
});

describe("files of one tree", () => {
  test("R12: cost one look for their tree, however many they are", async () => {
    const { where, looks } = openLocate("/w/app", "/w/lib");
    const files = ["/w/app/a.ts", "/w/app/b/c.ts", "d.ts", "/w/app/e.ts"];
    expect(await where({ ...APP, files })).toHaveLength(4);
    expect(looks).toEqual({ store: 1, disk: 0 });
  });
});
