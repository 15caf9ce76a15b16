/** `serai hooks` and `serai guard` as a person calls them, with a server that speaks the contract. */
import { Readable } from "node:stream";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/main.ts";
import { isOlder } from "../../src/cli/hooks-doctor.ts";
import { fileOf, IDES } from "../../src/install/ides.ts";
import { openHookDouble } from "../install/hook-double.ts";
import type { HookDouble } from "../install/hook-double.ts";
import { gitEnvironment, HookWorld, run } from "../install/hook-world.ts";
import { makeFakeScreen } from "./fake-screen.ts";

let world: HookWorld;
let server: HookDouble;
beforeEach(async () => {
  world = new HookWorld();
  server = await openHookDouble();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

async function serai(...argv: readonly string[]) {
  const screen = makeFakeScreen();
  const code = await runCommand(argv, {
    screen: screen.screen,
    outBytes: () => Promise.resolve(),
    environment: { HOME: world.home, PATH: process.env["PATH"], SERAI_API_KEY: "srk_owner" },
    cwd: world.project,
    now: () => Date.now(),
    readInput: () => Promise.resolve(null),
    inputLines: () => Readable.from([]),
    askLine: null,
    onInterrupt: () => () => undefined,
  });
  return { code, out: screen.out(), err: screen.err() };
}

const install = (...more: readonly string[]) => serai("hooks", "install", ...more, "--server", server.url);
const cursorFile = () => join(world.home, ".cursor", "hooks.json");

describe("serai hooks", () => {
  it("mints a member's key once, installs, shows what is there, and revokes with the last", async () => {
    const first = await install("cursor");
    expect(first).toMatchObject({
      code: 0,
      out: `wrote ${cursorFile()}\nCursor asks ${server.url} from its next session on\n`,
    });
    expect(first.err).toContain("serai hooks doctor cursor");
    const minted = server.asked.filter(({ url }) => url === "/api/v1/keys");
    expect(minted.map(({ headers, body }) => [headers.authorization, JSON.parse(body)])).toEqual([
      ["Bearer srk_owner", { name: expect.stringMatching(/^hooks on /), role: "member" }],
    ]);
    expect((await install("gemini", "--project")).code).toBe(0);
    expect(server.asked.filter(({ url }) => url === "/api/v1/keys")).toHaveLength(1);
    const status = await serai("hooks", "status");
    expect(status.out).toMatch(/cursor +user +installed/);
    expect(status.out).toMatch(/gemini +project +installed/);
    await serai("hooks", "uninstall", "cursor");
    const last = await serai("hooks", "uninstall", "gemini", "--project", "--server", server.url).catch(() => null);
    expect(last?.code).toBe(2);
    const gone = await serai("hooks", "uninstall", "gemini", "--project");
    expect(gone.out).toBe(`removed ${join(world.project, ".gemini", "settings.json")}\n`);
    expect(gone.err).toContain(`(key_${"0".repeat(32)}) is revoked`);
    expect(existsSync(world.folder.path)).toBe(false);
    expect((await serai("hooks", "status")).out).toContain("No hooks are installed here");
  });

  it("answers in JSON for programs", async () => {
    const { out } = await serai("-o", "json", "hooks", "install", "codex", "--url", server.url);
    expect(JSON.parse(out)).toMatchObject({
      ide: "codex",
      scope: "user",
      server: server.url,
      files: [{ action: "written" }],
    });
    expect(out).not.toContain("srk_minted");
    const { out: status } = await serai("-o", "json", "hooks", "status", "codex");
    expect(JSON.parse(status)).toMatchObject({
      hooks: [{ scope: "user", state: "installed", is_strict: false }, { state: "absent" }],
    });
  });

  it("says what is wrong with how it was called, and with what it found", async () => {
    expect(await install("emacs")).toMatchObject({ code: 2 });
    expect(await install("cursor", "--project", "--user")).toMatchObject({ code: 2 });
    expect((await serai("hooks", "install", "cursor")).err).toContain("serai serve");
    expect((await serai("hooks", "install", "cursor", "--server", "ftp://x")).err).toContain("neither http nor https");
    mkdirSync(join(world.home, ".cursor"));
    writeFileSync(cursorFile(), "{ nonsense");
    expect((await install("cursor")).err).toMatch(
      /Cannot change .*hooks\.json: it is no JSON: .* at line 1, column \d+/,
    );
  });
});

describe.each(IDES)("serai hooks doctor %s", (ide) => {
  it("proves by a denial in that agent's words that its hooks guard something", { timeout: 30_000 }, async () => {
    await install(ide);
    const { code, out } = await serai("hooks", "doctor", ide);
    expect(out).toMatch(/trial +the second of two was told: trial\.txt is reserved by trial-/);
    // Where Codex is not there to be asked, its trust is unknown, which is no fault.
    expect(code).toBe(0);
    const ended = server.asked.slice(-2).map(({ headers }) => headers["x-serai-event"]);
    expect(ended[0]).toBe(ended[1]);
    expect(String(ended[0])).toMatch(/end$|^post_/i);
  });
});

describe("serai hooks doctor", () => {
  const doctor = async () => (await serai("hooks", "doctor", "cursor")).out;

  it("says what is missing and how to mend it", { timeout: 30_000 }, async () => {
    expect(await doctor()).toContain("serai hooks install cursor");
    await install("cursor");
    chmodSync(world.folder.serverFile(nameOf(server.url)), 0o644);
    expect(await doctor()).toContain("chmod 600");
    await install("cursor");
    writeFileSync(world.folder.script, "exit 0\n");
    expect(await doctor()).toContain("is of another version");
    await install("cursor");
    const text = readFileSync(cursorFile(), "utf8").replace('"stop"', '"stopp"');
    writeFileSync(cursorFile(), text);
    expect(await doctor()).toContain("not for stop");
    rmSync(world.folder.serverFile(nameOf(server.url)));
    expect(await doctor()).toContain("is missing or damaged");
  });

  it("finds hooks that let everything through", async () => {
    await install("cursor");
    server.answerWith({ body: '{"permission":"allow","status":"ok","version":"1","name":"n","role":"member"}' });
    const { code, out } = await serai("hooks", "doctor", "cursor");
    expect(code).toBe(1);
    expect(out).toContain("two conversations were both let at the same file");
  });

  it("finds a server that is away", async () => {
    await install("cursor");
    await server[Symbol.asyncDispose]();
    const { code, out } = await serai("hooks", "doctor", "cursor");
    expect(code).toBe(1);
    expect(out).toContain("serai serve");
    server = await openHookDouble();
  });

  it("tells an older version from a newer one", () => {
    expect(isOlder("0.118.9", [0, 119, 0])).toBe(true);
    expect(isOlder("0.119.0", [0, 119, 0])).toBe(false);
    expect(isOlder("1.0", [0, 119, 0])).toBe(false);
    expect(isOlder("", [0, 119, 0])).toBe(false);
  });
});

function nameOf(url: string): string {
  return `http-${new URL(url).host.replace(":", "_")}`;
}

describe("serai guard", () => {
  it("guards the repository here, says so, and goes", async () => {
    world.git("init", "-q");
    expect((await serai("guard", "status")).out).toContain("not guarded");
    const done = await serai("guard", "install", "--mode", "block", "--server", server.url);
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain("A commit of what others hold is stopped here");
    expect((await serai("guard", "status")).out).toContain("guarded (block)");
    server.answerWith({ headers: { "Content-Type": "text/plain" }, body: "deny\na is reserved by B\n" });
    writeFileSync(join(world.project, "a"), "x");
    world.git("add", "a");
    const commit = ["git", "commit", "-q", "-m", "x"];
    const stopped = await run(commit, { cwd: world.project, env: gitEnvironment(world.home) });
    expect(stopped.stderr).toContain("Serai: a is reserved by B");
    server.answerWith(null);
    expect((await serai("guard", "uninstall")).code).toBe(0);
    expect(execFileSync("ls", [join(world.project, ".git", "hooks")], { encoding: "utf8" })).not.toMatch(
      /^pre-commit$/m,
    );
  });

  it("says that it needs a repository", async () => {
    expect((await serai("guard", "install", "--server", server.url)).err).toContain("is in no git repository");
    expect((await serai("guard", "status")).err).toContain("is in no git repository");
  });
});

describe("every agent", () => {
  it("has a title and what a person should know", () => {
    for (const ide of IDES) expect(fileOf(ide)).toMatchObject({ title: expect.any(String), notes: expect.any(Array) });
  });
});
