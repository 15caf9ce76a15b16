/** Paths that strangers write, in a real folder with real links: whatever is written, nothing leads out. */
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { locate } from "../../../src/lib/tree-files/locate.ts";
import { inFolder } from "../../../src/lib/tree-files/open-folder.ts";
import { readBytes, readEntry } from "../../../src/lib/tree-files/read-entry.ts";
import { replaceFile } from "../../../src/lib/tree-files/replace-file.ts";
import { faultIn, parseTreePath, shownPath } from "../../../src/lib/tree-files/tree-path.ts";

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "serai-tree-files-")));
  root = join(folder, "root");
  await mkdir(join(root, "a/b"), { recursive: true });
  await mkdir(join(root, ".git"));
  await mkdir(join(folder, "outside"));
  await writeFile(join(folder, "outside/secret"), "secret");
  await writeFile(join(root, "a/b/file"), "file");
  await writeFile(join(root, ".git/config"), "config");
  await symlink("../outside", join(root, "out"));
  await symlink("b", join(root, "a/in"));
  await symlink("../../outside/secret", join(root, "a/secret"));
  await symlink("../../outside/new", join(root, "a/new"));
  await symlink("../.git", join(root, "a/git"));
  await symlink("loop", join(root, "a/loop"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = [
  "a",
  "b",
  "in",
  "out",
  "secret",
  "new",
  "git",
  "loop",
  "file",
  "x",
  "..",
  ".",
  "",
  ".git",
  ".GIT",
  "config",
];
const pathOf = fc
  .tuple(
    fc.constantFrom("", "/", "./", "//", "ROOT/", "ROOT"),
    fc.array(fc.oneof(fc.constantFrom(...names), fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 6 }),
  )
  .map(([start, segments]) => start.replace("ROOT", root) + segments.join("/"));

it("what is found for any path lies in the folder, outside of git's own, and has no link in it", async () => {
  const found = fc.asyncProperty(pathOf, async (text) => {
    const located = await locate(root, text);
    if (located.kind === "refused") {
      expect(located.detail).not.toBe("");
      return;
    }
    const { segments, shown } = located.place;
    expect(segments).not.toContain("..");
    expect(segments[0]?.toLowerCase()).not.toBe(".git");
    expect(shown).toBe(shownPath(segments));
    // As far as it is there, its real path is the path itself.
    const entry = await readEntry(root, segments);
    if (entry !== undefined && entry.kind !== "link") {
      expect(await realpath(join(root, ...segments))).toBe(join(root, ...segments));
    }
  });
  await fc.assert(found, { numRuns: 1_000 });
});

it("parsing is stable: what was shown for a path means the same again", () => {
  const stable = fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
    const parsed = parseTreePath(text, "/home/tree");
    if (parsed.kind === "refused") return;
    expect(faultIn(parsed.segments)).toBeUndefined();
    expect(parseTreePath(shownPath(parsed.segments), "/home/tree")).toEqual(parsed);
  });
  fc.assert(stable, { numRuns: 2_000 });
});

it("neither reads nor writes through a link that comes after the path was found", async () => {
  await mkdir(join(root, "swap"));
  await writeFile(join(root, "swap/secret"), "mine");
  const located = await locate(root, "swap/secret");
  const segments = located.kind === "found" ? located.place.segments : [];
  await rename(join(root, "swap"), join(root, "moved"));
  await symlink("../outside", join(root, "swap"));
  await expect(readBytes(root, segments).next()).rejects.toMatchObject({
    code: expect.stringMatching(/ELOOP|ENOTDIR/),
  });
  const content = Buffer.from("x");
  const written = replaceFile(root, segments, { content, temporaryName: "t" });
  await expect(written).rejects.toMatchObject({ code: expect.stringMatching(/ELOOP|ENOTDIR/) });
  expect(await readFile(join(folder, "outside/secret"), "utf8")).toBe("secret");
});

it.skipIf(process.platform !== "linux")(
  "works in the folder that it opened, wherever its name leads by then (Linux)",
  async () => {
    await mkdir(join(root, "held"));
    await inFolder({ root, segments: ["held"] }, async (held) => {
      await rename(join(root, "held"), join(root, "held-elsewhere"));
      await symlink("../outside", join(root, "held"));
      await writeFile(held.at("made"), "x");
    });
    expect(await readFile(join(root, "held-elsewhere/made"), "utf8")).toBe("x");
  },
);

it("leaves the old content and nothing else where the new one is refused at last", async () => {
  const change = { content: Buffer.from("new"), temporaryName: "t", last: () => Promise.resolve("Not now") };
  expect(await replaceFile(root, ["a", "b", "file"], change)).toEqual({ ok: false, reason: "Not now" });
  expect(await readFile(join(root, "a/b/file"), "utf8")).toBe("file");
  expect(await readEntry(root, ["a", "b", "t"])).toBeUndefined();
});
