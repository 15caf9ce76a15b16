/** Files of a checkout as a hosted agent's tools read and write them: exact, atomic, and never outside. */
import { chmod, link, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { put, take } from "../../checkouts/repository.ts";
import { readAll } from "../../store/suite/setting.ts";
import { openCheckoutWorld, textOf } from "./checkout-world.ts";
import type { Agent, CheckoutWorld } from "./checkout-world.ts";

let world: CheckoutWorld;
let agent: Agent;
let root: string;

beforeAll(async () => {
  world = await openCheckoutWorld();
  agent = await world.agent({ max_file_size_mb: 0.001 });
  root = agent.checkout.path;
});
afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world[Symbol.asyncDispose]();
});

describe("the file tools of a checkout", () => {
  it("read and write what is on the disk, under the names that the session's tools have", async () => {
    expect(await agent.say("read_file", { path: "/src/a.ts" })).toBe("1\ta");
    expect(await agent.say("write_file", { path: "src/new/deep.ts", content: "one\ntwo\n" })).toBe(
      "Created /src/new/deep.ts, now 8 bytes",
    );
    expect(await take(root, "src/new/deep.ts")).toBe("one\ntwo\n");
    const edit = { path: "/src/new/deep.ts", old_string: "two", new_string: "three" };
    expect(await agent.say("edit_file", edit)).toBe("Replaced the text at line 2 of /src/new/deep.ts, now 10 bytes");
    expect(await take(root, "src/new/deep.ts")).toBe("one\nthree\n");
    expect(await agent.say("list_directory", { path: "/src" })).toBe("a.ts\t2 bytes\nb.ts\t2 bytes\nnew/");
    expect(JSON.parse(await agent.say("stat_file", { path: "/src/new" }))).toMatchObject({ type: "directory" });
    expect(await agent.say("delete_file", { path: "/src/new/deep.ts" })).toBe("Deleted /src/new/deep.ts");
    expect(await agent.say("delete_file", { path: "/src/new" })).toBe("Deleted /src/new");
    expect(await readdir(join(root, "src"))).toEqual(["a.ts", "b.ts"]);
  });

  it("take a path that is absolute on the machine as the one in the checkout", async () => {
    await agent.say("write_file", { path: join(root, "abs.txt"), content: "x" });
    expect(await take(root, "abs.txt")).toBe("x");
    expect(await agent.say("read_file", { path: join(root, "abs.txt") })).toBe("1\tx");
  });

  it("search what git would take, and leave out what it ignores", async () => {
    await put(root, {
      ".gitignore": "build/\n",
      "build/out.ts": "needle",
      "lib/in.ts": "a\nneedle here\n",
      _config: "needle",
    });
    await put(root, { "blob.bin": "needle\0" });
    expect(await agent.say("grep_files", { pattern: "need(le|ful)" })).toBe(
      "/_config:1:needle\n/lib/in.ts:2:needle here\n[1 binary file left out]",
    );
    expect(await agent.say("glob", { pattern: "**/*.ts" })).toBe("/lib/in.ts\n/src/a.ts\n/src/b.ts");
    expect(await agent.say("read_file", { path: "build/out.ts" })).toBe("1\tneedle");
    expect(await agent.fail("read_file", { path: "blob.bin" })).toBe(
      "/blob.bin is a binary file of 7 bytes; it cannot be shown as text",
    );
  });

  it("keep a file's mode, leave its other names alone, and respect that it may not be written", async () => {
    await put(root, { "run.sh": "#!/bin/sh\n", "fixed.txt": "fixed" });
    await chmod(join(root, "run.sh"), 0o750);
    await link(join(root, "run.sh"), join(world.ground.folder, "other-name"));
    await agent.say("edit_file", { path: "run.sh", old_string: "sh\n", new_string: "sh -e\n" });
    expect((await stat(join(root, "run.sh"))).mode & 0o777).toBe(0o750);
    expect(await take(world.ground.folder, "other-name")).toBe("#!/bin/sh\n");
    await chmod(join(root, "fixed.txt"), 0o444);
    expect(await agent.fail("write_file", { path: "fixed.txt", content: "x" })).toBe(
      "Nothing was written: /fixed.txt is read-only",
    );
  });

  it("leave nothing beside the file, whether a write succeeds or is too long", async () => {
    const before = await readdir(root);
    expect(await agent.fail("write_file", { path: "long.txt", content: "x".repeat(1_001) })).toBe(
      "Nothing was written: it would have more than 1,000 bytes",
    );
    expect(await readdir(root)).toEqual(before);
    expect((await git(root, "status", "--porcelain", "--ignored")).match(/\.tmp/)).toBeNull();
  });

  it("show a file that is longer than a page in parts, from any line on", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1} ${"x".repeat(40)}`);
    await put(root, { "long.log": lines.join("\n") });
    const part = await agent.say("read_file", { path: "long.log", offset: 15_000, limit: 2 });
    expect(part).toMatch(/^15000\tline 15000 x+\n15001\tline 15001 x+\n\[Lines 15000 to 15001 of 20000; read on with/);
    const first = await agent.say("read_file", { path: "long.log", limit: 20_000 });
    expect(Buffer.byteLength(first)).toBeLessThan(60_000);
  });

  it("follow a link that stays inside, and change what it leads to under its own name", async () => {
    await symlink("src/a.ts", join(root, "alias.ts"));
    await agent.say("write_file", { path: "alias.ts", content: "by alias\n" });
    expect(await take(root, "src/a.ts")).toBe("by alias\n");
    expect((await lstat(join(root, "alias.ts"))).isSymbolicLink()).toBe(true);
    const acquired = (await readAll(world.setting.store, agent.id)).findLast(
      ({ type }) => type === "reservation.acquired",
    );
    expect(JSON.parse(acquired?.dataJson ?? "")).toMatchObject({ paths: ["src/a.ts"] });
    await agent.say("delete_file", { path: "alias.ts" });
    expect(await take(root, "src/a.ts")).toBe("by alias\n");
  });
});

describe("ways out of a checkout", () => {
  const secret = "top secret";
  beforeAll(async () => {
    const { folder } = world.ground;
    await put(folder, { "outside/secret.txt": secret });
    await mkdir(join(root, "trap"), { recursive: true });
    await symlink(join(folder, "outside/secret.txt"), join(root, "trap/file"));
    await symlink(join(folder, "outside"), join(root, "trap/folder"));
    await symlink("../../../../outside/missing.txt", join(root, "trap/dangling"));
    await symlink(join(root, ".git"), join(root, "trap/git"));
    await symlink("/", join(root, "trap/root"));
    await symlink("circle", join(root, "trap/circle"));
  });

  const escapes = [
    ["..", "../outside/secret.txt"],
    [".. inside", "src/../../outside/secret.txt"],
    ["a link to a file", "trap/file"],
    ["a link to a folder", "trap/folder/secret.txt"],
    ["a link that leads nowhere yet", "trap/dangling"],
    ["a link to the top of the machine", "trap/root/etc/hostname"],
    ["a circle", "trap/circle"],
    ["NUL", "src/a.ts\0/../../x"],
    ["a line break", "src/a\n.ts"],
    ["a backslash", "..\\outside\\secret.txt"],
    ["git's file", ".git"],
    ["git's folder", ".git/hooks/pre-commit"],
    ["git's folder by a link", "trap/git"],
    ["git's folder in capitals", "src/.GIT/config"],
    ["git's folder with a mark nobody sees", ".g\u200Cit/config"],
    ["git's folder by its short name", "GIT~1/config"],
    ["half a character", "\ud800"],
    ["nothing", ""],
  ] as const;

  it.each(escapes)("by %s is refused to every tool, and nothing is written", async (_, path) => {
    const tried = [
      await agent.call("read_file", { path }),
      await agent.call("stat_file", { path }),
      await agent.call("write_file", { path, content: "x" }),
      await agent.call("edit_file", { path, old_string: "top", new_string: "x" }),
    ];
    expect(tried.map(({ status }) => status)).toEqual(["error", "error", "error", "error"]);
    expect(tried.map(textOf).join("\n")).not.toContain(secret);
    const command = await agent.call("run_command", { command: "pwd", cwd: path });
    expect(command.status).toBe("error");
    expect(await readdir(join(world.ground.folder, "outside"))).toEqual(["secret.txt"]);
    expect(await readFile(join(world.ground.folder, "outside/secret.txt"), "utf8")).toBe(secret);
  });

  it("are not searched, and a link that leads out can be deleted without what it leads to", async () => {
    expect(await agent.say("grep_files", { pattern: secret })).toContain("no match");
    expect(await agent.say("list_directory", { path: "/trap" })).not.toContain(secret);
    await agent.say("delete_file", { path: "trap/file" });
    expect(await readFile(join(world.ground.folder, "outside/secret.txt"), "utf8")).toBe(secret);
  });

  it("are refused with words also for the top itself", async () => {
    expect(await agent.fail("delete_file", { path: "/" })).toBe("Nothing was changed: / is the whole checkout");
    expect(await agent.fail("write_file", { path: ".", content: "x" })).toContain("/ is the whole checkout");
  });
});

it("says so where the checkout is gone", async () => {
  await using other = await openCheckoutWorld();
  const lost = await other.agent();
  await other.ground.checkouts.remove(lost.checkout, "snapshot");
  expect(await lost.fail("write_file", { path: "a", content: "x" })).toMatch(/has lost its checkout: .+ is gone/);
  expect(await lost.fail("git_status", {})).toMatch(/has lost its checkout/);
  expect(await lost.fail("glob", { pattern: "*" })).toMatch(/There is no folder/);
  await writeFile(join(other.ground.folder, "keep"), "");
  expect(other.faults).toEqual([]);
});
