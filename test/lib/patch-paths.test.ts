/** Which files a patch names, in the form agents write and as a unified diff. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDiffPaths, readPatchPaths } from "../../src/lib/patch-paths.ts";

const paths = (files: readonly { readonly path: string; readonly operation: string }[]) =>
  files.map(({ path, operation }) => `${operation} ${path}`);

describe("a patch of an agent", () => {
  it("names each file with what becomes of it, and both names of a move (R7)", () => {
    const patch = `*** Begin Patch
*** Add File: a b/ü.ts
+*** Delete File: not.ts
*** Update File: src/a.ts
*** Move to: src/b.ts
@@
-*** Update File: nor-this.ts
*** Delete File: c.ts\r
*** End Patch`;
    expect(readPatchPaths(patch)).toEqual([
      { path: "a b/ü.ts", operation: "create" },
      { path: "src/a.ts", operation: "delete" },
      { path: "src/b.ts", operation: "rename", from: "src/a.ts" },
      { path: "c.ts", operation: "delete" },
    ]);
  });

  it("names nothing when it is none", () => {
    expect(readPatchPaths("hello")).toEqual([]);
    expect(readPatchPaths("*** Add File: \n")).toEqual([]);
  });
});

describe("a unified diff", () => {
  it("names files without the folders in front, made and deleted ones too", () => {
    const diff = `diff --git a/src/a.ts b/src/a.ts
--- a/src/a.ts\t2026-01-01
+++ b/src/a.ts
@@ -1,2 +1,2 @@
--- this was a line that began with two dashes
+++ and this is one that begins with two crosses
 same
--- /dev/null
+++ b/new.ts
@@ -0,0 +1 @@
+x
--- a/old.ts
+++ /dev/null
@@ -1 +0,0 @@
-x
\\ No newline at end of file
rename from was.ts
rename to is.ts
`;
    expect(paths(readDiffPaths(diff))).toEqual([
      ...["write src/a.ts", "create new.ts", "delete old.ts", "delete was.ts", "rename is.ts"],
    ]);
    expect(paths(readDiffPaths("--- a/x\n+++ b/x\n", 0))).toEqual(["write b/x"]);
  });
});

it("reads anything at all without breaking", () => {
  const line = fc.constantFrom(
    "*** Add File: a",
    "*** Move to: b",
    "--- a/x",
    "+++ b/x",
    "@@ -1,9 +1,9 @@",
    "+",
    "-",
    "",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      const text = lines.join("\n");
      return [...readPatchPaths(text), ...readDiffPaths(text)].every(({ path }) => path !== "");
    }),
  );
});
