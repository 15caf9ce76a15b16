/** From a path as a tool writes it to a path of a tree (R1, D4). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meet, nodeOf, nodesAbove, rangeBelow } from "../../../src/core/team/path-keys.ts";
import { resolvePath, treeOf } from "../../../src/core/team/resolve-path.ts";

const posix = { root: "/repos/app", ignoresCase: false };
const mac = { root: "/Users/a/App", ignoresCase: true };
const windows = { root: "C:/repos/app", ignoresCase: true };

describe("a path", () => {
  test.each([
    ["a.ts"],
    ["./a.ts"],
    ["b/../a.ts"],
    ["/repos/app/a.ts"],
    ["/repos/app/./b//../a.ts"],
    ["../app/a.ts"],
    ["/repos/../repos/app/a.ts"],
  ])("D4: %j is a.ts", (path) => {
    expect(resolvePath(posix, path)).toEqual({ key: "a.ts", path: "a.ts", isDirectory: false });
  });

  test("D4: written as it is resolved, it is what it is when it has to be resolved first", () => {
    const name = fc.oneof(
      fc.constantFrom("repos", "Repos", "app", "..", ".", ".git", "a b", "é", "a\\b", ""),
      fc.string(),
    );
    const absolute = fc.array(name, { maxLength: 6 }).map((names) => `/${names.join("/")}`);
    const roots = fc.constantFrom("/", "/repos", "/repos/app", "/Repos/App", "/repos/é", "/repos/a b");
    fc.assert(
      fc.property(roots, fc.boolean(), absolute, (root, ignoresCase, path) => {
        const tree = { root, ignoresCase };
        expect(resolvePath(tree, path)).toEqual(resolvePath(tree, `/.${path}`));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    "../a.ts",
    "/repos/a.ts",
    "/repos/application/a.ts",
    "/etc/passwd",
    "b/../../a.ts",
    "../../../../a",
    "",
    "a\0b",
    "x".repeat(5_000),
  ])("R1: %j is outside, and cannot be reserved", (path) => {
    expect(resolvePath(posix, path)).toBeUndefined();
  });

  test.each([
    ["src/", "src/"],
    ["src/.", "src/"],
    ["src/a/..", "src/"],
    ["/repos/app/src/", "src/"],
    [".", "/"],
    ["/repos/app", "/"],
    ["./", "/"],
  ])("R2: %j is the directory %s", (path, key) => {
    expect(resolvePath(posix, path)).toMatchObject({ key, isDirectory: true });
  });

  test("R1: begins at the directory that the agent is in", () => {
    expect(resolvePath(posix, "a.ts", "/repos/app/src")?.key).toBe("src/a.ts");
    expect(resolvePath(posix, "../a.ts", "/repos/app/src/deep")?.key).toBe("src/a.ts");
    expect(resolvePath(posix, "../../a.ts", "/repos/app/src")).toBeUndefined();
    expect(resolvePath(posix, "app/a.ts", "/repos")?.key).toBe("a.ts");
    expect(resolvePath(posix, "a.ts", "src")?.key).toBe("a.ts");
  });

  test("R1: is one key in whichever normal form and, where the tree ignores it, in whichever case", () => {
    expect(resolvePath(posix, "cafe\u0301.ts")).toEqual(resolvePath(posix, "caf\u00e9.ts"));
    expect(resolvePath(mac, "/users/A/APP/Src/A.ts")).toEqual({
      key: "src/a.ts",
      path: "Src/A.ts",
      isDirectory: false,
    });
    expect(resolvePath(posix, "A.ts")?.key).not.toBe(resolvePath(posix, "a.ts")?.key);
    expect(resolvePath({ root: "/w/cafe\u0301", ignoresCase: false }, "/w/caf\u00e9/a")?.key).toBe("a");
  });

  test.each([
    "src\\a.ts",
    "C:\\repos\\app\\src\\a.ts",
    "c:/Repos/app/src/a.ts",
    "/c/repos/app/src/a.ts",
    "src/a.ts.",
    "src\\.\\a.ts ",
  ])("R1: on Windows %j is src/a.ts", (path) => {
    expect(resolvePath(windows, path)?.key).toBe("src/a.ts");
  });

  test("R1: elsewhere a backslash is a letter like any other", () => {
    expect(resolvePath(posix, "a\\b.ts")?.key).toBe("a\\b.ts");
  });
});

const name = fc
  .stringMatching(/^[\p{L}\p{N} ._\\-]{1,8}$/u)
  .filter((text) => !/^\.{1,2}$/.test(text) && !text.includes("/"));
const names = fc.array(name, { minLength: 1, maxLength: 5 });

describe("any path", () => {
  test("R1: has one key, however many detours it is written with", () => {
    fc.assert(
      fc.property(names, fc.array(fc.nat(3), { maxLength: 5 }), fc.boolean(), (segments, detours, isAbsolute) => {
        const plain = resolvePath(posix, segments.join("/"));
        const crooked = segments.flatMap((segment, index) => {
          const detour = [[], ["."], ["x", ".."], ["", "."]][detours[index] ?? 0] ?? [];
          return [...detour, segment];
        });
        const written = crooked.join("/").replace(/^\//, "./");
        expect(resolvePath(posix, isAbsolute ? `/repos/app/${written}` : written)).toEqual(plain);
      }),
    );
  });

  test("R1: resolved again is itself, and never leaves its tree", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.constantFrom(posix, mac), (path, tree) => {
        const found = resolvePath(tree, path);
        if (found === undefined) return;
        expect(resolvePath(tree, found.key === "/" ? "." : found.key)?.key).toBe(found.key);
        expect(found.key.split("/")).not.toContain("..");
        expect(found.key.normalize("NFC")).toBe(found.key);
      }),
    );
  });

  test("D1: is met by exactly those that the lookups find: the nodes above it, and one range below", () => {
    const node = names.map((segments) => segments.join("/"));
    fc.assert(
      fc.property(fc.oneof(node, fc.constant("")), fc.oneof(node, fc.constant("")), (one, other) => {
        const { from, to } = rangeBelow(one);
        const isFound = nodesAbove(one).includes(other) || (other >= from && other < to);
        expect(isFound).toBe(meet(one, other));
        expect(meet(other, one)).toBe(meet(one, other));
      }),
    );
  });

  test("D1: a directory and a file of its name are one node", () => {
    fc.assert(fc.property(names, (segments) => nodeOf(`${segments.join("/")}/`) === nodeOf(segments.join("/"))));
  });
});

describe("a tree", () => {
  test("D4: is what the client told of it", () => {
    const report = { root: "/repos/app/", origin: "git@github.com:a/b.git", host: "h", ignoresCase: true };
    const tree = {
      repository: "github.com/a/b",
      tree: "h:/repos/app",
      host: "h",
      root: "/repos/app",
      ignoresCase: true,
    };
    expect(treeOf(report)).toEqual(tree);
  });

  test("R1: without a root, or with nothing to name its repository by, is none", () => {
    expect(treeOf({ origin: "git@github.com:a/b.git" })).toBeUndefined();
    expect(treeOf({ root: "/repos/app" })).toBeUndefined();
    expect(treeOf({ root: "app", origin: "git@github.com:a/b.git" })).toBeUndefined();
    expect(treeOf({ root: "/repos/app", host: "h" })?.repository).toBe("h:repos/app");
  });

  test("D2: two working trees of one repository are two", () => {
    const [one, two] = ["/repos/app", "/repos/app-2"].map((root) =>
      treeOf({ root, commonDir: "/repos/app/.git", host: "h" }),
    );
    expect(one?.repository).toBe(two?.repository);
    expect(one?.tree).not.toBe(two?.tree);
  });
});
