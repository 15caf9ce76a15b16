/** The acceptance tests of hooks.md §9.1 that are about what is installed: the real installer, script and server. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { IDES } from "../../../src/install/ides.ts";
import { replySchemas } from "../../doors/hooks/reply-schemas.ts";
import { HookWorld, runScript } from "../../install/hook-world.ts";
import { apiOf } from "../server-process.ts";
import { openInstalled } from "./installed.ts";
import type { Installed } from "./installed.ts";
import { reasonOf } from "./team-server.ts";
import type { Reply } from "./team-server.ts";

let at: Installed;
beforeAll(async () => {
  at = await openInstalled({ bin: "bin" });
});
afterAll(() => at[Symbol.asyncDispose]());

const SLOW = { timeout: 60_000 };
const parsed = (text: string) => JSON.parse(text) as Reply;

function claudeOf(session_id: string) {
  const base = () => ({
    ...{ session_id, cwd: at.world.project },
    transcript_path: join(at.world.home, ".claude", "projects", "p", `${session_id}.jsonl`),
  });
  const start = () => {
    const payload = { ...base(), hook_event_name: "SessionStart", source: "startup" };
    return at.hook(at.handlerOf("SessionStart").command ?? "", payload, { CLAUDECODE: "1" });
  };
  const ask = async (hook_event_name: string, more: object) => {
    const { url, headers } = at.handlerOf(hook_event_name);
    const body = JSON.stringify({ ...base(), hook_event_name, ...more });
    const answer = await fetch(url, { method: "POST", headers: { ...headers }, body });
    expect(answer.status).toBe(200);
    return parsed(await answer.text());
  };
  const write = (file: string) => ({
    ...{ tool_name: "Write", tool_use_id: `${session_id}-${file}` },
    tool_input: { file_path: join(at.world.project, file), content: "x" },
  });
  return { start, ask, pre: (file: string) => ask("PreToolUse", write(file)) };
}

describe("acceptance, as installed (hooks.md 9.1)", () => {
  it(
    "1: two Claude sessions race Write on one file: exactly one wins; loser's tool_result holds holder name",
    SLOW,
    async () => {
      expect((await at.serai("hooks", "install", "claude-code")).code).toBe(0);
      const agents = [claudeOf("race-a"), claudeOf("race-b")];
      for (const agent of agents) expect(await agent.start()).toMatchObject({ code: 0, stderr: "" });
      const replies = await Promise.all(agents.map(({ pre }) => pre("race.ts")));
      const reasons = replies.map(reasonOf).filter((reason) => reason !== undefined);
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatch(/^File race\.ts is reserved by \S.* \(Claude Code\) on branch main/);
    },
  );

  it("4: Cursor reply is valid JSON on server 500/timeout", SLOW, async () => {
    const world = new HookWorld();
    onTestFinished(() => world[Symbol.dispose]());
    let answer: "broken" | "never" = "broken";
    const sick = createServer((_, response) => {
      if (answer === "broken") response.writeHead(500, { "content-type": "text/html" }).end("<h1>oops</h1>");
    });
    sick.listen(0, "127.0.0.1");
    await once(sick, "listening");
    onTestFinished(() => {
      sick.closeAllConnections();
      sick.close();
    });
    world.putHooks(`http://127.0.0.1:${(sick.address() as AddressInfo).port}`);
    for (answer of ["broken", "never"] as const) {
      for (const event of ["preToolUse", "beforeSubmitPrompt", "sessionStart", "postToolUse", "stop"]) {
        const said = await runScript(world, { words: ["cursor", event, "double"] });
        expect(said.code).toBe(0);
        expect(replySchemas.cursor.safeParse(JSON.parse(said.stdout)).success, `${answer} ${event}`).toBe(true);
      }
    }
  });

  it("10: `.claude` + `.cursor` both installed → one event row", SLOW, async () => {
    await at.serai("hooks", "install", "claude-code");
    await at.serai("hooks", "install", "cursor");
    const ids = { conversation_id: "both", session_id: "both", cursor_version: "3.20.17" };
    const payload = (hook_event_name: string) => ({
      ...{ ...ids, hook_event_name, workspace_roots: [at.world.project], cwd: at.world.project },
      ...{ tool_name: "Write", tool_input: { file_path: join(at.world.project, "both.ts") }, tool_use_id: "both-1" },
    });
    const own = await at.hook(at.commandOf(join(".cursor", "hooks.json"), "preToolUse"), payload("preToolUse"));
    expect(parsed(own.stdout)).toEqual({ permission: "allow" });
    const { url, headers } = at.handlerOf("PreToolUse");
    for (const event of ["preToolUse", "PreToolUse"]) {
      const twin = await fetch(url, { method: "POST", headers: { ...headers }, body: JSON.stringify(payload(event)) });
      expect(await twin.json()).toEqual({ permission: "allow" });
    }
    const api = apiOf(at.server);
    const eventsWith = async (name: string) => {
      const sessions = (await api.json("GET", "/sessions?limit=100")).body as { data: { id: string; title: string }[] };
      const logs = sessions.data.map(({ id }) => api.json("GET", `/sessions/${id}/events`));
      const events = (await Promise.all(logs)).flatMap(({ body }) => (body as { data: { data: Reply }[] }).data);
      return events.filter(({ data }) => JSON.stringify(data).includes("both-1") && name in data);
    };
    // That the tool ran is written down behind the answer (I9).
    await expect.poll(() => eventsWith("tool_call")).toHaveLength(1);
    expect(await eventsWith("reservation_ids")).toHaveLength(1);
  });

  it("13: SessionEnd done < 1 s", SLOW, async () => {
    await at.serai("hooks", "install", "codex");
    const hooks = join(".codex", "hooks.json");
    const payload = { session_id: "ends", cwd: at.world.project, hook_event_name: "SessionEnd", reason: "exit" };
    await at.hook(at.commandOf(hooks, "SessionStart"), { ...payload, hook_event_name: "SessionStart" });
    const took: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const startedAt = performance.now();
      expect(await at.hook(at.commandOf(hooks, "SessionEnd"), payload)).toMatchObject({ code: 0, stderr: "" });
      took.push(performance.now() - startedAt);
    }
    // The best of three: a busy machine is not what is tried here.
    expect(Math.min(...took)).toBeLessThan(1_000);
  });

  it("15: `init` twice = no diff; `uninstall` restores bytes", SLOW, async () => {
    const home = at.world.home;
    const own = join(home, ".gemini", "settings.json");
    mkdirSync(join(home, ".gemini"), { recursive: true });
    const before =
      '{\n\t// mine\n\t"theme": "dark",\r\n\t"hooks": { "BeforeTool": [{"hooks": [{"type": "command", "command": "true"}]}] }\n}';
    writeFileSync(own, before);
    const files: Readonly<Record<string, string>> = {
      gemini: own,
      windsurf: join(home, ".codeium/windsurf/hooks.json"),
    };
    for (const [ide, file] of Object.entries(files)) {
      const was = existsSync(file) ? readFileSync(file, "utf8") : null;
      expect((await at.serai("hooks", "install", ide)).code).toBe(0);
      const once = readFileSync(file, "utf8");
      expect((await at.serai("hooks", "install", ide)).code).toBe(0);
      expect(readFileSync(file, "utf8")).toBe(once);
      expect((await at.serai("hooks", "uninstall", ide)).code).toBe(0);
      expect(existsSync(file) ? readFileSync(file, "utf8") : null, ide).toBe(was);
    }
    expect(readFileSync(own, "utf8")).toBe(before);
    expect(IDES).toContain("gemini");
  });

  it(
    "R9: a workspace that wants strict hooks gets the fail-closed form of each agent, and the other one after",
    SLOW,
    async () => {
      const api = apiOf(at.server);
      const { id } = ((await api.json("GET", "/workspaces")).body as { data: [{ id: string }] }).data[0];
      expect((await api.json("PATCH", `/workspaces/${id}`, { strict_hooks: true })).status).toBe(200);
      const { err } = await at.serai("hooks", "install", "cursor");
      expect(err).toContain("Strict, as its workspace wants it");
      const file = join(at.world.home, ".cursor", "hooks.json");
      expect(readFileSync(file, "utf8")).toContain('"failClosed": true');
      expect((await at.serai("hooks", "status", "cursor")).out).toContain("strict");
      await api.json("PATCH", `/workspaces/${id}`, { strict_hooks: false });
      await at.serai("hooks", "install", "cursor");
      expect(readFileSync(file, "utf8")).not.toContain("failClosed");
    },
  );

  it("16: Codex untrusted hook → `doctor` says so", SLOW, async () => {
    await at.serai("hooks", "install", "codex");
    const hooks = (
      JSON.parse(readFileSync(join(at.world.home, ".codex", "hooks.json"), "utf8")) as {
        readonly hooks: Readonly<
          Record<string, readonly { readonly hooks: readonly { readonly command: string }[] }[]>
        >;
      }
    ).hooks;
    const known = Object.entries(hooks).flatMap(([event, groups]) =>
      groups.flatMap((group) => group.hooks.map(({ command }) => ({ event, command }))),
    );
    putCodex(join(at.world.root, "bin"), known);
    const { code, out } = await at.serai("hooks", "doctor", "codex");
    expect(code).not.toBe(0);
    expect(out).toMatch(/trust +Codex skips 1 of \d+ without a word: \S*[Pp]re/);
    expect(out).toMatch(/type \/hooks in Codex and trust those of Serai/);
  });
});

/** A Codex that is asked which hooks it trusts, and does not trust the one before tools. */
function putCodex(folder: string, known: readonly { readonly event: string; readonly command: string }[]): void {
  mkdirSync(folder, { recursive: true });
  const hooks = known.map(({ event, command }) => ({
    ...{ key: "k", eventName: event, command, currentHash: "sha256:1", timeoutSec: 5 },
    trustStatus: event === "PreToolUse" ? "untrusted" : "trusted",
  }));
  const program = `#!${process.execPath}
if (process.argv[2] === "--version") { console.log("codex-cli 0.169.0"); process.exit(0); }
if (process.argv[2] !== "app-server") process.exit(9);
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") say({ id, result: { userAgent: "codex" } });
  if (method === "hooks/list") say({ id, result: { data: params.cwds.map((cwd) => ({ cwd, hooks: ${JSON.stringify(hooks)}, errors: [] })) } });
});
`;
  writeFileSync(join(folder, "codex"), program, { mode: 0o755 });
}
