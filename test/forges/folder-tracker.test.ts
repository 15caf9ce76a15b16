/** Issues as Markdown files of a folder. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFolderIssue } from "../../src/forges/folder-tracker.ts";
import { makeTrackers } from "../../src/forges/trackers.ts";

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
    for (const name of ["none", "issues/1.md"]) {
      await write("1.md", "# One");
      expect(await readFolderIssue(join(base, name), "1")).toMatchObject({ refusal: { kind: "tracker_missing" } });
    }
  });

  it("is no pipe and no socket, and nobody waits for one", async () => {
    execFileSync("mkfifo", [join(folder, "12.md")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "13.md"), resolve));
    try {
      for (const id of ["12", "13"]) {
        expect(await readFolderIssue(folder, id)).toMatchObject({ refusal: { kind: "issue_missing" } });
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it.skipIf(process.getuid?.() === 0)("is not there for whoever may not read it (root may)", async () => {
    await write("14.md", "# Secret");
    await chmod(join(folder, "14.md"), 0);
    expect(await readFolderIssue(folder, "14")).toMatchObject({ refusal: { kind: "issue_missing" } });
    await chmod(folder, 0);
    expect(await readFolderIssue(folder, "14")).toMatchObject({ refusal: { kind: "tracker_missing" } });
    await chmod(folder, 0o700);
  });

  it("is read as far as anybody reads, whatever is in it", async () => {
    const tracker = makeTrackers({ baseUrl: "https://api.github.invalid", token: null, fetch, now: () => 0 });
    const read = async (text: string | Buffer) => {
      await writeFile(join(folder, "15.md"), text);
      const found = await tracker.readIssue({ kind: "folder", path: folder }, "15");
      if (!found.ok) throw new Error("It was not read", { cause: found.refusal });
      return found.value;
    };
    expect((await read("x".repeat(1_000_000))).body).toHaveLength(256 * 1024);
    expect((await read(Buffer.from([0x23, 0x20, 0xff, 0x00, 0x41]))).title).toBe("\uFFFD\uFFFDA");
    expect((await read(`---\ntitle: ${"x".repeat(2_000)}\n---\n`)).title).toHaveLength(500);
    expect((await read("---\nurl: javascript:alert(1)\n---\n# A\n")).url).toBeNull();
    expect((await read("---\nurl: https://example.com/15\n---\n# A\n")).url).toBe("https://example.com/15");
    expect((await read(`---\nlabels: [${"a, ".repeat(500)}b]\n---\n`)).labels).toHaveLength(100);
    expect((await read(`# ${" ".repeat(200_000)}${"x".repeat(600)}\n`)).title).toBe("15");
    expect((await read("---\n- no fields\n---\n# Title\n")).title).toBe("Title");
  });
});
