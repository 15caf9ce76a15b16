/** Hooks and guard with the server they are for: everything real from the command line to the commit. */
import { Readable } from "node:stream";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/main.ts";
import { IDES } from "../../src/install/ides.ts";
import { gitEnvironment, HookWorld, run } from "../install/hook-world.ts";
import { startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";
import { makeFakeScreen } from "./fake-screen.ts";

let world: HookWorld;
let server: ServerProcess;
beforeAll(async () => {
  world = new HookWorld();
  world.git("init", "-q", "-b", "main");
  server = await startServer({ folder: join(world.root, "data") });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

async function serai(...argv: readonly string[]) {
  const screen = makeFakeScreen();
  const code = await runCommand([...argv, "--url", server.url], {
    screen: screen.screen,
    outBytes: () => Promise.resolve(),
    environment: { HOME: world.home, PATH: process.env["PATH"], SERAI_API_KEY: server.key },
    cwd: world.project,
    now: () => Date.now(),
    readInput: () => Promise.resolve(null),
    inputLines: () => Readable.from([]),
    askLine: null,
    onInterrupt: () => () => undefined,
  });
  return { code, out: screen.out(), err: screen.err() };
}

interface ClaudeSettings {
  readonly hooks: Readonly<Record<string, readonly { readonly hooks: readonly ClaudeHandler[] }[]>>;
}

interface ClaudeHandler {
  readonly command: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

function claudeHandler(event: string): ClaudeHandler {
  const text = readFileSync(join(world.home, ".claude", "settings.json"), "utf8");
  const handler = (JSON.parse(text) as ClaudeSettings).hooks[event]?.[0]?.hooks[0];
  if (handler === undefined) throw new Error(`Claude Code has no hook for ${event}`);
  return handler;
}

/** As Claude Code does it: its two kinds of hooks, one after the other, with its own payloads. */
async function editInClaude(session_id: string, file: string): Promise<unknown> {
  const base = {
    session_id,
    cwd: world.project,
    transcript_path: join(world.home, ".claude", "projects", "p", `${session_id}.jsonl`),
  };
  const started = JSON.stringify({ ...base, hook_event_name: "SessionStart", source: "startup" });
  const env = { PATH: process.env["PATH"], HOME: world.home, CLAUDECODE: "1" };
  const said = await run(["sh", "-c", claudeHandler("SessionStart").command], {
    cwd: world.project,
    input: started,
    env,
  });
  expect(said).toMatchObject({ code: 0, stderr: "" });
  const { url, headers } = claudeHandler("PreToolUse");
  const tool = {
    tool_name: "Write",
    tool_input: { file_path: join(world.project, file), content: "x" },
    tool_use_id: `t-${session_id}`,
  };
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...base, hook_event_name: "PreToolUse", ...tool }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

describe("with the real server", () => {
  it.each(IDES)(
    "the hooks of %s refuse the second of two the same file, and the doctor sees it",
    { timeout: 60_000 },
    async (ide) => {
      expect((await serai("hooks", "install", ide)).code).toBe(0);
      const { out } = await serai("hooks", "doctor", ide);
      expect(out).toMatch(/ok +trial +the second of two was told: File trial\.txt is reserved by/);
    },
  );

  it("a request of Claude Code, which says nothing of the repository, is joined to what its program said at the start (D4)", async () => {
    await serai("hooks", "install", "claude-code");
    expect(await editInClaude("11111111-aaaa", "src/a.ts")).toEqual({});
    const denied = await editInClaude("22222222-bbbb", "src/a.ts");
    expect(denied).toMatchObject({
      hookSpecificOutput: { permissionDecision: "deny", permissionDecisionReason: expect.stringContaining("src/a.ts") },
    });
  });

  it("the guard stops a commit of what another holds, warns a person, and lets the holder commit", async () => {
    await serai("hooks", "install", "claude-code");
    await serai("guard", "install", "--mode", "block");
    expect(await editInClaude("33333333-cccc", "held.ts")).toEqual({});
    expect(await editInClaude("44444444-dddd", "other.ts")).toEqual({});
    writeFileSync(join(world.project, "held.ts"), "x");
    const commit = (env: NodeJS.ProcessEnv = {}) =>
      run(["sh", "-c", "git add held.ts && git commit -q --allow-empty -m x"], {
        cwd: world.project,
        env: { ...gitEnvironment(world.home), ...env },
      });
    const stopped = await commit({ SERAI_CONVERSATION_ID: "44444444-dddd" });
    expect(stopped.stderr).toMatch(/Serai: .*held\.ts.* is reserved by/);
    expect(stopped.code).not.toBe(0);
    // Nobody knows who this is, and it is the same person's tree.
    const warned = await commit();
    expect(warned.stderr).toContain("held.ts");
    expect(warned.code).toBe(0);
    writeFileSync(join(world.project, "held.ts"), "y");
    expect(await commit({ SERAI_CONVERSATION_ID: "33333333-cccc" })).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("the last uninstall revokes the key of the hooks", { timeout: 60_000 }, async () => {
    await serai("guard", "uninstall");
    const said: string[] = [];
    for (const ide of IDES) said.push((await serai("hooks", "uninstall", ide)).err);
    expect(said.join("")).toMatch(/The key of the hooks \(key_[0-9a-f]{32}\) is revoked/);
  });
});
