/** Issues as Markdown files of a folder. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFolderIssue } from "../../src/forges/folder-tracker.ts";

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-issues-"));
  folder = join(base, "issues");
  await mkdir(folder);
});
afterEach(() => rm(base, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFile(join(folder, name), text);

describe("an issue in a folder", () => {
  it("has title, state and labels of its front matter", async () => {
    await write(
      "42.md",
      "---\ntitle: Add validation\nstate: done\nlabels: [bug, form]\n---\nThe form takes anything.\n",
    );
    expect(await readFolderIssue(folder, "#42")).toEqual({
      ok: true,
      value: {
        id: "42",
        title: "Add validation",
        body: "The form takes anything.\n",
        state: "closed",
        url: null,
        labels: ["bug", "form"],
      },
    });
  });

  it("has the title of its first heading, else of its file", async () => {
    await write("7-login.md", "Some words.\n\n# Log in\n");
    expect(await readFolderIssue(folder, "7")).toMatchObject({ value: { title: "Log in", state: "open" } });
    await write("8-log out.md", "Some words.");
    expect(await readFolderIssue(folder, "8")).toMatchObject({ value: { title: "8-log out" } });
  });

  it("is the file of exactly this id before one that only begins with it", async () => {
    await write("42-old.md", "# Old");
    await write("42.md", "# New");
    await write("421.md", "# Another");
    expect(await readFolderIssue(folder, "42")).toMatchObject({ value: { title: "New" } });
    expect(await readFolderIssue(folder, "4")).toMatchObject({ refusal: { kind: "issue_missing", id: "4" } });
  });

  it("is never a file outside of it", async () => {
    await writeFile(join(base, "secret.md"), "# Secret");
    await symlink(join(base, "secret.md"), join(folder, "9.md"));
    await symlink(join(base, "nowhere.md"), join(folder, "10.md"));
    await mkdir(join(folder, "11.md"));
    for (const id of ["../secret", "9", "10", "11", "/etc/passwd", "", ".", "..", "a/b"]) {
      expect(await readFolderIssue(folder, id)).toMatchObject({ refusal: { kind: "issue_missing" } });
    }
  });

  it("needs its folder", async () => {
    expect(await readFolderIssue(join(base, "none"), "1")).toMatchObject({ refusal: { kind: "tracker_missing" } });
  });
});
