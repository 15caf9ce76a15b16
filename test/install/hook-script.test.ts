/** The script that agents run before every edit: in real shells, with a real curl, against a server that misbehaves. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHookDouble } from "./hook-double.ts";
import type { HookDouble } from "./hook-double.ts";
import { gitEnvironment, HookWorld, runScript, SHELLS } from "./hook-world.ts";

const PRE = ["claude-code", "PreToolUse", "double"];
let world: HookWorld;
let server: HookDouble;
beforeEach(async () => {
  world = new HookWorld();
  server = await openHookDouble();
  world.putHooks(server.url);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

const log = () => readFileSync(world.folder.log, "utf8");
const sent = () => server.asked.at(-1)?.headers ?? {};

async function deadUrl(): Promise<string> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, "close");
  return `http://127.0.0.1:${port}`;
}

describe.each(SHELLS)("the hook in %s", (shell) => {
  it("sends what it was given as it was given, and prints the answer and nothing else", async () => {
    const input = '{"a": "\\u0000 ü \\\\ %s $(x) `y`",\n "b":1}\n\n';
    server.answerWith({ body: '{"say":"100% \\\\n ok","deep":{"x":[1]}}' });
    const ran = await runScript(world, { shell, words: PRE, input });
    expect(ran).toEqual({ code: 0, stdout: '{"say":"100% \\\\n ok","deep":{"x":[1]}}\n', stderr: "" });
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]).toMatchObject({ url: "/hooks/claude-code", body: input });
    expect(sent()).toMatchObject({
      authorization: "Bearer srk_of-the-hooks",
      "content-type": "application/json",
      "x-serai-agent": "claude-code",
      "x-serai-event": "PreToolUse",
      "x-serai-host": "hst_of-this-host",
      "x-serai-cwd": world.project,
    });
    expect(log()).toBe("");
  });

  it("says where the agent works (D4): root, common folder, origin, branch and commit", async () => {
    world.git("init", "-q", "-b", "feature/ü-1");
    world.git("commit", "-q", "--allow-empty", "-m", "first");
    world.git("remote", "add", "origin", "https://user:secret@example.com/o/r.git?x=1");
    world.git("config", "core.ignoreCase", "true");
    const below = join(world.project, "src", "deep");
    mkdirSync(below, { recursive: true });
    await runScript(world, { shell, words: PRE, cwd: below });
    expect(sent()).toMatchObject({
      "x-serai-cwd": below,
      "x-serai-root": world.project,
      "x-serai-common-dir": join(world.project, ".git"),
      "x-serai-origin": "https://example.com/o/r.git?x=1",
      "x-serai-head": world.git("rev-parse", "HEAD"),
      "x-serai-ignore-case": "true",
    });
    expect(decodeURIComponent(String(sent()["x-serai-branch"]))).toBe("feature/ü-1");
  });

  it("tells a worktree from the tree it belongs to, and a detached head by its commit", async () => {
    world.git("init", "-q", "-b", "main");
    world.git("commit", "-q", "--allow-empty", "-m", "first");
    const tree = join(world.root, "tree");
    world.git("worktree", "add", "-q", "--detach", tree);
    await runScript(world, { shell, words: PRE, cwd: tree });
    expect(sent()).toMatchObject({
      "x-serai-root": tree,
      "x-serai-common-dir": join(world.project, ".git"),
      "x-serai-head": world.git("rev-parse", "HEAD"),
      "x-serai-ignore-case": "false",
    });
    expect(sent()["x-serai-branch"]).toBeUndefined();
    expect(sent()["x-serai-origin"]).toBeUndefined();
  });

  it("names a place that no header can carry in percent signs, and the place behind a link", async () => {
    const odd = join(world.root, "ö\n100%");
    mkdirSync(odd);
    symlinkSync(odd, join(world.root, "link"));
    await runScript(world, {
      shell,
      words: PRE,
      cwd: join(world.root, "link"),
      env: { PWD: join(world.root, "link") },
    });
    expect(decodeURIComponent(String(sent()["x-serai-cwd"]))).toBe(odd);
    expect(String(sent()["x-serai-cwd"])).toMatch(/^[ -~]+$/);
  });

  it("reports which agents' marks are around it, for the server to judge", async () => {
    await runScript(world, { shell, words: PRE, env: { CLAUDECODE: "1", GEMINI_SESSION_ID: "g" } });
    expect(sent()["x-serai-env"]).toBe("CLAUDECODE,GEMINI_SESSION_ID");
  });

  it("says for which session its agent was started, where Serai has started it", async () => {
    const id = "ses_00000000000070008000000000000009";
    await runScript(world, { shell, words: PRE, env: { SERAI_SESSION: id } });
    await runScript(world, { shell, words: PRE, env: { SERAI_SESSION: "x\r\nX-Serai-Host: other" } });
    await runScript(world, { shell, words: PRE });
    expect(server.asked.map(({ headers }) => headers["x-serai-session"])).toEqual([id, undefined, undefined]);
    expect(server.asked.map(({ headers }) => headers["x-serai-host"])).toEqual(Array(3).fill("hst_of-this-host"));
  });

  it("lets the agent go on when the server is away, and says why in a file (R9)", async () => {
    world.putHooks(await deadUrl());
    const ran = await runScript(world, { shell, words: PRE, input: "x".repeat(200_000) });
    expect(ran).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(log()).toMatch(/claude-code PreToolUse: no connection to http:\/\/127\.0\.0\.1:\d+ \(curl: 7\)/);
  });

  it("stops the agent when the server is away and the hooks are strict, with a reason (R9)", async () => {
    world.putHooks(await deadUrl());
    const ran = await runScript(world, { shell, words: [...PRE, "strict"] });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("Serai did not answer");
    const end = await runScript(world, { shell, words: ["claude-code", "Stop", "double", "strict"] });
    expect(end).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
  });

  it("tells Copilot why it is stopped where Copilot reads it, in a file of Claude Code's too", async () => {
    const body = 'Say "no" to C:\\a.ts\nand go on';
    server.answerWith({ status: 400, headers: { "X-Serai-Exit": "2" }, body });
    const denial = { permissionDecision: "deny", permissionDecisionReason: body.replace("\n", " ") };
    const own = await runScript(world, { shell, words: ["copilot", "preToolUse", "double", "strict"] });
    const env = { COPILOT_CLI: "1" };
    const asClaude = await runScript(world, { shell, words: [...PRE, "strict"], env });
    for (const ran of [own, asClaude]) {
      expect(ran).toMatchObject({ code: 2, stderr: `${body}\n` });
      expect(JSON.parse(ran.stdout)).toEqual(denial);
    }
    // One that Copilot has started has its variables, and reads its own words.
    const within = await runScript(world, { shell, words: ["codex", "PreToolUse", "double", "strict"], env });
    expect(within).toMatchObject({ code: 2, stdout: "" });
  });

  it("asks the server to be strict when it is", async () => {
    await runScript(world, { shell, words: [...PRE, "strict"] });
    expect(server.asked[0]?.url).toBe("/hooks/claude-code?strict=1");
  });

  it("leaves the server alone for 30 seconds after two failures, and tells it afterwards how much it missed", async () => {
    server.answerWith({ status: 500, body: "{}" });
    for (const _ of [1, 2, 3, 4]) expect((await runScript(world, { shell, words: PRE })).stdout).toBe("{}\n");
    expect(server.asked).toHaveLength(2);
    const file = join(world.folder.stateFolder, "double.down");
    expect(readFileSync(file, "utf8")).toMatch(/^2 \d+ 4\n$/);
    server.answerWith(null);
    writeFileSync(file, `2 ${Math.floor(Date.now() / 1_000) - 31} 4\n`);
    await runScript(world, { shell, words: PRE });
    expect(sent()["x-serai-gap"]).toBe("4");
    expect(statSync(file).size).toBe(0);
    await runScript(world, { shell, words: PRE });
    expect(sent()["x-serai-gap"]).toBeUndefined();
  });

  it("is not held up by a note of failures that is damaged", async () => {
    writeFileSync(join(world.folder.stateFolder, "double.down"), "x y\n");
    expect((await runScript(world, { shell, words: PRE })).code).toBe(0);
    expect(server.asked).toHaveLength(1);
  });

  it("does not take for an answer what an agent could not read (hooks.md 3.4)", async () => {
    for (const answer of [
      { status: 404, body: '{"title":"Not found"}' },
      { status: 302, headers: { Location: "/x" }, body: "{}" },
      { body: "<html></html>", headers: { "Content-Length": "13" } },
      { status: 500, body: "HTTP/1.1 200 OK {}", headers: { "X-Other": "204" } },
    ]) {
      rmSync(join(world.folder.stateFolder, "double.down"), { force: true });
      server.answerWith(answer);
      expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    }
    expect(log().match(/said: HTTP\/1.1 (?:404|302|500)|no JSON object/g)).toHaveLength(4);
  });

  it("keeps in its log what the server has to say about an answer", async () => {
    server.answerWith({ headers: { "X-Serai-Note": "the key is unknown" } });
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    server.answerWith({ headers: { "x-serai-note": "last header" }, body: '{"a":"X-Serai-Exit: 2"}' });
    expect((await runScript(world, { shell, words: PRE })).stdout).toBe('{"a":"X-Serai-Exit: 2"}\n');
    expect(log()).toMatch(/PreToolUse: the key is unknown\n.*PreToolUse: last header\n$/);
  });

  it("takes an empty answer for a yes", async () => {
    server.answerWith({ status: 204, body: "" });
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    server.answerWith({ status: 200, body: "" });
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(log()).toBe("");
  });

  it("ends with 2 and the words on standard error when the server says so", async () => {
    server.answerWith({ headers: { "X-Serai-Exit": "2" }, body: "auth.ts is reserved by B\n" });
    const words = ["windsurf", "pre_write_code", "double"];
    expect(await runScript(world, { shell, words })).toEqual({
      code: 2,
      stdout: "",
      stderr: "auth.ts is reserved by B\n\n",
    });
    server.answerWith({ body: "", headers: { "Content-Type": "text/plain" } });
    expect(await runScript(world, { shell, words })).toEqual({ code: 0, stdout: "", stderr: "" });
    server.answerWith({ status: 400, headers: { "X-Serai-Exit": "2" }, body: "unreadable" });
    expect(await runScript(world, { shell, words: PRE })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "unreadable\n",
    });
  });

  it("gives an answer up after 2.5 seconds, and does not wait for one at an end", { timeout: 15_000 }, async () => {
    server.answerWith({ hangs: true });
    const start = performance.now();
    const end = await runScript(world, { shell, words: ["codex", "SessionEnd", "double"] });
    const endMs = performance.now() - start;
    expect(end).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(endMs).toBeLessThan(2_000);
    expect(server.asked).toHaveLength(1);
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(log()).toContain("no answer within 2.5 seconds");
  });

  it("keeps its log small", async () => {
    appendFileSync(world.folder.log, "x".repeat(70_000));
    world.putHooks(await deadUrl());
    for (const _ of [1, 2]) await runScript(world, { shell, words: PRE });
    expect(statSync(world.folder.log).size).toBeLessThan(2_000);
    expect(statSync(`${world.folder.log}.1`).size).toBeGreaterThan(65_536);
  });

  it("says in an agent's words that it may go on, whatever is missing", async () => {
    rmSync(world.folder.serverFile("double"));
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(log()).toContain("run: serai hooks install claude-code");
    rmSync(world.folder.stateFolder, { recursive: true });
    expect(await runScript(world, { shell, words: PRE })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
  });

  it("does without curl", async () => {
    const bin = join(world.root, "bin");
    mkdirSync(bin);
    for (const name of ["cat", "date", "wc", shell]) {
      symlinkSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(), join(bin, name));
    }
    const ran = await runScript(world, { shell, words: PRE, env: { PATH: bin } });
    expect(ran).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(log()).toContain("there is no curl");
  });

  it("lets Claude's own commits be told from those of others", async () => {
    const file = join(world.root, "env");
    const env = { CLAUDE_ENV_FILE: file, CLAUDE_CODE_SESSION_ID: "0375a833-31e9" };
    await runScript(world, { shell, words: ["claude-code", "SessionStart", "double"], env });
    expect(readFileSync(file, "utf8")).toBe("export SERAI_CONVERSATION_ID=0375a833-31e9\n");
    const bad = { ...env, CLAUDE_CODE_SESSION_ID: "a; rm -rf /" };
    await runScript(world, { shell, words: ["claude-code", "SessionStart", "double"], env: bad });
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(2);
  });
});

describe("the hook's key", () => {
  it("is in no command line and no environment, and for nobody else to read", async () => {
    const bin = join(world.root, "bin");
    mkdirSync(bin);
    const seen = join(world.root, "seen");
    const real = execFileSync("sh", ["-c", "command -v curl"], { encoding: "utf8" }).trim();
    writeFileSync(
      join(bin, "curl"),
      `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >${JSON.stringify(seen)}\nexec ${real} "$@"\n`,
      { mode: 0o755 },
    );
    await runScript(world, { words: PRE, env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` } });
    expect(sent()["authorization"]).toBe("Bearer srk_of-the-hooks");
    expect(readFileSync(seen, "utf8")).not.toContain("srk_of-the-hooks");
    expect(statSync(world.folder.serverFile("double")).mode & 0o777).toBe(0o600);
  });

  it("goes to the server even where a proxy is set, and a person's own settings of curl change nothing", async () => {
    writeFileSync(join(world.home, ".curlrc"), "fail\noutput = /dev/null\n");
    const env = { http_proxy: await deadUrl(), HTTP_PROXY: await deadUrl() };
    expect(await runScript(world, { words: PRE, env })).toEqual({ code: 0, stdout: "{}\n", stderr: "" });
    expect(server.asked).toHaveLength(1);
  });
});

describe("the facts of a repository", () => {
  it("are found in one whose refs are packed, and in a module within another", async () => {
    const inner = join(world.root, "inner");
    mkdirSync(inner);
    execFileSync("git", ["init", "-q", "-b", "main", inner], { env: gitEnvironment(world.home) });
    execFileSync("git", ["-C", inner, "commit", "-q", "--allow-empty", "-m", "x"], { env: gitEnvironment(world.home) });
    world.git("init", "-q", "-b", "main");
    world.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "mod");
    await runScript(world, { words: PRE, cwd: join(world.project, "mod") });
    expect(sent()).toMatchObject({
      "x-serai-root": join(world.project, "mod"),
      "x-serai-common-dir": join(world.project, ".git", "modules", "mod"),
      "x-serai-branch": "main",
      "x-serai-origin": inner,
    });
    world.git("commit", "-q", "-m", "y");
    world.git("pack-refs", "--all");
    await runScript(world, { words: PRE });
    expect(sent()).toMatchObject({ "x-serai-branch": "main", "x-serai-root": world.project });
  });

  it("are those of the project that Cursor has open, wherever it runs its hooks", async () => {
    world.git("init", "-q", "-b", "main");
    const words = ["cursor", "preToolUse", "double"];
    await runScript(world, { words, cwd: world.home, env: { CURSOR_PROJECT_DIR: world.project, CDPATH: "/" } });
    expect(sent()["x-serai-root"]).toBe(world.project);
  });
});
