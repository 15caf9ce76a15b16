import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { VirtualPath } from "../../src/lib/virtual-path.ts";
import { ancestorsOf, isWithin, nameOf, parentOf, parseVirtualPath } from "../../src/lib/virtual-path.ts";

function path(text: string): VirtualPath {
  const outcome = parseVirtualPath(text);
  if (outcome.kind === "refused") throw new Error(`Test path "${text}" is refused: ${outcome.detail}`);
  return outcome.path;
}

describe("a virtual path", () => {
  it.each([
    ["/", "/"],
    ["/a", "/a"],
    ["/a/b.txt", "/a/b.txt"],
    ["/a/", "/a"],
    ["/.env", "/.env"],
    ["/a/_private", "/a/_private"],
    ["/..a/b..c/...d", "/..a/b..c/...d"],
    ["/100%/a%20b", "/100%/a%20b"],
    ["/with space/ümlaut-😀", "/with space/ümlaut-😀"],
    ["/e\u0301", "/\u00e9"],
    ["/workspace/a", "/workspace/a"],
  ])("%j is the file %j", (text, expected) => {
    expect(parseVirtualPath(text)).toEqual({ kind: "parsed", path: expected });
  });

  it.each([
    ["", "empty"],
    ["a/b", "not_absolute"],
    ["./a", "not_absolute"],
    ["C:/a", "not_absolute"],
    ["/a\0b", "control_character"],
    ["/a\nb", "control_character"],
    ["/a\u007f", "control_character"],
    ["/a\u0085", "control_character"],
    ["/invoice\u202efdp.exe", "control_character"],
    ["/a\\b", "backslash"],
    ["/%2e%2e/a", "encoded_character"],
    ["/%2E./a", "encoded_character"],
    ["/a%2fb", "encoded_character"],
    ["/a%5Cb", "encoded_character"],
    ["/a%00", "encoded_character"],
    ["//a", "empty_segment"],
    ["/a//b", "empty_segment"],
    ["/a//", "empty_segment"],
    ["/..", "dot_segment"],
    ["/a/../b", "dot_segment"],
    ["/a/./b", "dot_segment"],
    ["/a/..", "dot_segment"],
    ["/a./b", "trailing_dot_or_space"],
    ["/a/b ", "trailing_dot_or_space"],
    ["/...", "trailing_dot_or_space"],
    [`/${"é".repeat(128)}`, "segment_too_long"],
    [`/${`${"a".repeat(200)}/`.repeat(6)}`, "path_too_long"],
    ["/_", "reserved_name"],
    ["/_grep/a", "reserved_name"],
    ["/a\ud800", "not_well_formed"],
  ])("%j is refused: %s", (text, reason) => {
    expect(parseVirtualPath(text)).toMatchObject({
      kind: "refused",
      reason,
      detail: expect.stringMatching(/^[A-Z].*[^.]$/),
    });
  });

  it.each([
    ["/workspace", "/"],
    ["/workspace/", "/"],
    ["/workspace/a/b", "/a/b"],
    ["/workspaces/a", "/workspaces/a"],
    ["/workspace/workspace/a", "/workspace/a"],
    ["a/b", "/a/b"],
    ["./a", "/a"],
    [".", "/"],
    ["./", "/"],
    [".env", "/.env"],
    ["/a", "/a"],
  ])("written by an agent, %j is the file %j", (text, expected) => {
    expect(parseVirtualPath(text, { isAgent: true })).toEqual({ kind: "parsed", path: expected });
  });

  it.each([
    ["", "empty"],
    ["../a", "dot_segment"],
    ["././a", "dot_segment"],
    ["/workspace/../etc/passwd", "dot_segment"],
    ["/workspace//a", "empty_segment"],
    [".//a", "empty_segment"],
    ["/workspace/_a", "reserved_name"],
  ])("written by an agent, %j is refused all the same: %s", (text, reason) => {
    expect(parseVirtualPath(text, { isAgent: true })).toMatchObject({ kind: "refused", reason });
  });

  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "/",
      "//",
      "\\",
      "%2e",
      "%2F",
      "\0",
      " ",
      "a",
      "_",
      "/workspace",
      "e\u0301",
      "ﬁ",
      "\u2024",
      "\uff0f",
      "C:",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const anything = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(""));

  it("parsed once more is itself, and has only segments that mean themselves, whatever was sent", () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (text, isAgent) => {
        const outcome = parseVirtualPath(isAgent ? text : `/${text}`, { isAgent });
        if (outcome.kind === "refused") return;
        expect(parseVirtualPath(outcome.path)).toEqual(outcome);
        expect(
          new URL(
            `file://${outcome.path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23")}`,
          ).pathname.split("/").length,
        ).toBe(outcome.path.split("/").length);
        if (outcome.path !== "/") expect(outcome.path).toMatch(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+)+$/u);
      }),
      { numRuns: 3_000 },
    );
  });

  it("names its parent, its name and all folders above", () => {
    expect(parentOf(path("/a/b/c"))).toBe("/a/b");
    expect(parentOf(path("/a"))).toBe("/");
    expect(parentOf(path("/"))).toBeUndefined();
    expect(nameOf(path("/a/b.txt"))).toBe("b.txt");
    expect(nameOf(path("/"))).toBe("");
    expect(ancestorsOf(path("/a/b/c"))).toEqual(["/", "/a", "/a/b"]);
    expect(ancestorsOf(path("/"))).toEqual([]);
  });

  it("is within a folder by whole segments only", () => {
    expect(isWithin(path("/a/b"), path("/a"))).toBe(true);
    expect(isWithin(path("/a"), path("/a"))).toBe(true);
    expect(isWithin(path("/ab"), path("/a"))).toBe(false);
    expect(isWithin(path("/a"), path("/a/b"))).toBe(false);
    expect(isWithin(path("/a"), path("/"))).toBe(true);
  });
});
