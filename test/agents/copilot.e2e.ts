/**
 * What is Copilot's own: a real one, with the hooks that our installer gives it, for its user, in a project, and in the
 * file of Claude Code, which it runs as well.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { git } from "../../src/lib/git.ts";
import type { Step } from "../model-server/server.ts";
import { copilot, copilotTurn } from "./copilot.ts";
import type { CopilotTurn } from "./copilot.ts";
import { holdFile } from "./hold-file.ts";
import { isInstalled } from "./real-agent.ts";
import { openRealWorld } from "./real-world.ts";
import type { Ran, RealWorld } from "./real-world.ts";

const LONG_MS = 120_000;
const run = test.skipIf(!isInstalled(copilot));

let world: RealWorld;
let home: string;

beforeAll(async () => {
  world = await openRealWorld();
  home = await world.home("copilot", { ".keep": "" });
  if (isInstalled(copilot)) await copilot.open(world, home);
}, LONG_MS);
afterAll(() => world[Symbol.asyncDispose]());

interface Turn extends Partial<CopilotTurn> {
  readonly mark: string;
  readonly steps: readonly Step[];
  readonly at?: string;
}

function turn({ text = "Go on", at = home, ...more }: Turn): Promise<Ran> {
  return copilotTurn(world, at, { text, ...more, steps: [...more.steps, { text: "All done" }] });
}

const pathOf = (name: string) => join(world.repository, "src", name);
const write = (name: string) => ({ tools: [copilot.write(pathOf(name), "mine")] });
const bash = (command: string) => ({ tools: [{ name: "bash", input: { command, description: "Try it" } }] });
const isThere = (name: string) =>
  world.read(`src/${name}`).then(
    () => true,
    () => false,
  );

/** All that the model was sent in the turn of this mark. */
function sentTo(mark: string): string {
  const bodies = world.model.requests.map(({ body }) => JSON.stringify(body));
  return bodies.filter((body) => body.includes(mark)).join("\n");
}

interface Session {
  readonly id: string;
  /** Nothing: it was never prompted, as those of `doctor`. */
  readonly title: string | null;
}

interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function sessionsOf(title: string): Promise<readonly Session[]> {
  const { body } = await world.api.json("GET", "/sessions?limit=100");
  return (body as { data: readonly Session[] }).data.filter((each) => each.title?.startsWith(title));
}

async function typesOf(title: string): Promise<readonly string[]> {
  const [session] = await sessionsOf(title);
  const { body } = await world.api.json("GET", `/sessions/${session?.id}/events?limit=500`);
  return (body as { data: readonly Event[] }).data.map(({ type }) => type);
}

/** Of its sessions at work, as the door for Enagrams' clients has them. */
async function agentTypesOf(title: string): Promise<readonly string[]> {
  const sessions = await sessionsOf(title);
  const { body } = await world.api.json("GET", "/workspaces");
  const [workspace] = (body as { data: readonly { name: string }[] }).data;
  const url = `${world.url}/workspaces/${workspace?.name}/sessions`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${world.key}` } });
  const all = (await response.json()) as readonly { readonly id: string; readonly agent_type: string }[];
  return sessions.flatMap(({ id }) => all.filter((each) => each.id === id)).map(({ agent_type }) => agent_type);
}

async function heldPaths(): Promise<readonly string[]> {
  const { body } = await world.api.json("GET", "/reservations?limit=100");
  return (body as { data: readonly { path: string }[] }).data.map(({ path }) => path);
}

async function homeWith(name: string, ...installed: readonly (readonly string[])[]): Promise<string> {
  const at = await world.home(name, { ".keep": "" });
  for (const words of installed) {
    const ran = await world.serai(at, "hooks", ...words);
    if (ran.code !== 0) throw new Error(ran.output);
  }
  return at;
}

describe("a Copilot with hooks of its user", () => {
  run(
    "is an agent of that name, and what it held is free when it has ended",
    async () => {
      await turn({ text: "Write and end", mark: "ends", steps: [write("ended.ts")] });
      expect(await isThere("ended.ts")).toBe(true);
      const types = await typesOf("Write and end");
      for (const type of ["reservation.acquired", "turn.completed", "reservation.released", "session.completed"]) {
        expect(types).toContain(type);
      }
      expect(await heldPaths()).not.toContain("src/ended.ts");
    },
    LONG_MS,
  );

  run(
    "is not let around a reservation by a shell, or by a patch of GPT's tool (R6, R7)",
    async () => {
      await holdFile(world, "holder-shell", "src/shell.ts");
      await holdFile(world, "holder-patch", "src/patch.ts");
      const commands = [bash("echo mine > src/shell.ts"), bash("cd src && echo mine | tee shell.ts")];
      await turn({ mark: "by-a-shell", steps: commands });
      expect(await isThere("shell.ts")).toBe(false);
      expect(sentTo("by-a-shell")).toMatch(
        /Denied by preToolUse hook: File src\/shell.ts is reserved by [^"]*Claude Code/,
      );
      const patch = "*** Begin Patch\n*** Add File: src/free.ts\n+x\n*** Add File: src/patch.ts\n+x\n*** End Patch\n";
      const env = { COPILOT_PROVIDER_TYPE: "openai", COPILOT_PROVIDER_BASE_URL: `${world.model.url}/v1` };
      await turn({
        mark: "by-a-patch",
        steps: [{ tools: [{ name: "apply_patch", rawInput: patch }] }],
        env: { ...env, COPILOT_MODEL: "gpt-5.5" },
      });
      expect([await isThere("patch.ts"), await isThere("free.ts")]).toEqual([false, false]);
      expect(sentTo("by-a-patch")).toMatch(/File src\/patch.ts is reserved by/);
    },
    LONG_MS,
  );

  run(
    "gives back what an edit was granted that failed (D6)",
    async () => {
      const edit = { path: pathOf("login.ts"), old_str: "is not there", new_str: "x" };
      const steps = [{ tools: [{ name: "edit", input: edit }] }, bash("true")];
      await turn({ text: "Fail to edit", mark: "fails", steps });
      expect(sentTo("fails")).toContain("No match found");
      const types = await typesOf("Fail to edit");
      expect(types).toContain("reservation.acquired");
      // Its end would have said what it had to free.
      expect(types).toContain("session.completed");
      expect(types).not.toContain("reservation.released");
    },
    LONG_MS,
  );

  run(
    "lets its sub-agent write what it holds itself, and is no second session by that (R2)",
    async () => {
      const edit = { path: pathOf("shared.ts"), old_str: "mine", new_str: "ours" };
      const inner = [{ tools: [{ name: "edit", input: edit }] }, { text: "Sub done" }];
      const input = {
        description: "Help",
        prompt: `Help out\n~~~serai-script\n${JSON.stringify(inner)}\n~~~\nwithin`,
        agent_type: "general-purpose",
        name: "helper",
        mode: "sync",
      };
      await turn({
        text: "Share a file",
        mark: "shares",
        steps: [write("shared.ts"), { tools: [{ name: "task", input }] }],
      });
      expect(await world.read("src/shared.ts")).toBe("ours\n");
      expect(await sessionsOf("Help out")).toEqual([]);
      const types = await typesOf("Share a file");
      expect(types.filter((type) => type === "input.message")).toHaveLength(1);
      expect(types.filter((type) => type === "reservation.acquired")).toHaveLength(1);
    },
    LONG_MS,
  );

  run(
    "commits what it holds past the guard, and not what another does (J15)",
    async () => {
      await holdFile(world, "holder-commit", "src/not-its-own.ts");
      const guard = await world.serai(home, "guard", "install", "--mode", "block");
      expect(guard, guard.output).toMatchObject({ code: 0 });
      const commit = (name: string) =>
        bash(`git add src/${name} && git -c user.name=Ada -c user.email=ada@example.com commit -m ${name} 2>&1`);
      await writeFile(pathOf("not-its-own.ts"), "by nobody's tool\n");
      const steps = [write("its-own.ts"), commit("its-own.ts"), commit("not-its-own.ts")];
      await turn({ mark: "commits", steps });
      await world.serai(home, "guard", "uninstall");
      const log = await git(world.repository, "log", "--format=%s");
      expect(log.split("\n")).toContain("its-own.ts");
      expect(log.split("\n")).not.toContain("not-its-own.ts");
      expect(sentTo("commits")).not.toMatch(/src\/its-own\.ts is (?:also being worked on|reserved)/);
    },
    LONG_MS,
  );

  run(
    "is found by status and doctor",
    async () => {
      const status = await world.serai(home, "hooks", "status", "copilot");
      expect(status.output).toMatch(/copilot\s+user\s+installed/i);
      const doctor = await world.serai(home, "hooks", "doctor", "copilot");
      expect(doctor, doctor.output).toMatchObject({ code: 0 });
      expect(doctor.output).not.toContain("trial-");
    },
    LONG_MS,
  );
});

describe("a Copilot whose server is away", () => {
  async function withoutServer(name: string, ...words: readonly string[]): Promise<string> {
    const at = await homeWith(name, ["install", "copilot", "--user", ...words]);
    const { output } = await world.run(["sh", "-c", "echo ~/.config/serai/hooks/servers/*.curl"], { home: at });
    const file = output.trim();
    await writeFile(file, (await readFile(file, "utf8")).replaceAll(world.url, "http://127.0.0.1:9"));
    return at;
  }

  run(
    "goes on",
    async () => {
      const at = await withoutServer("away");
      const ran = await turn({ at, mark: "away", steps: [write("away.ts")] });
      expect(ran.output).toContain("All done");
      expect(await isThere("away.ts")).toBe(true);
    },
    LONG_MS,
  );

  run(
    "is stopped where its hooks are strict, and its model told why (R9)",
    async () => {
      const at = await withoutServer("strict", "--strict");
      await turn({ at, mark: "strict", steps: [write("strict.ts"), bash("echo x > src/strict.ts")] });
      expect(await isThere("strict.ts")).toBe(false);
      expect(sentTo("strict").match(/Denied by preToolUse hook: Serai did not answer/g)?.length).toBeGreaterThan(1);
      expect(sentTo("strict")).toContain("serai hooks doctor copilot");
    },
    LONG_MS,
  );
});

describe("a Copilot in a project with hooks", () => {
  run(
    "asks them once it trusts the folder",
    async () => {
      await holdFile(world, "holder-project", "src/project.ts");
      const at = await homeWith("project", ["install", "copilot", "--project"]);
      await turn({ at, mark: "untrusted", steps: [bash("true")], text: "Look around" });
      expect(await sessionsOf("Look around")).toEqual([]);
      const args = ["--trust-folder"];
      await turn({ at, args, mark: "trusted", steps: [write("project.ts")], text: "Write in a project" });
      expect(await isThere("project.ts")).toBe(false);
      expect(sentTo("trusted")).toMatch(/File src\/project.ts is reserved by/);
      expect(await sessionsOf("Write in a project")).toHaveLength(1);
      await world.serai(at, "hooks", "uninstall", "copilot", "--project");
    },
    LONG_MS,
  );

  run(
    "is Copilot to the hooks of Claude Code that it runs, is told by them and stopped",
    async () => {
      await holdFile(world, "holder-claudes", "src/claudes.ts");
      const at = await homeWith("claudes", ["install", "claude-code", "--project", "--command"]);
      const args = ["--trust-folder"];
      const steps = [write("claudes.ts"), bash("sleep 3")];
      const ended = turn({ at, args, mark: "as-claude", steps, text: "Write as Claude Code" });
      const isCopilot = async () => expect(await agentTypesOf("Write as Claude Code")).toEqual(["copilot"]);
      await vi.waitFor(isCopilot, { timeout: 60_000, interval: 200 });
      await ended;
      expect(await isThere("claudes.ts")).toBe(false);
      expect(sentTo("as-claude")).toMatch(/Denied by preToolUse hook: File src\/claudes.ts is reserved by/);
      // The briefing, too, which it reads in another place than Claude Code does.
      expect(sentTo("as-claude")).toContain("Build JWT auth flow");
      await world.serai(at, "hooks", "uninstall", "claude-code", "--project");
    },
    LONG_MS,
  );

  run(
    "is Copilot, too, to a request of Claude Code's file, which it sends where it may",
    async () => {
      await holdFile(world, "holder-requests", "src/requests.ts");
      const at = await homeWith("requests", ["install", "claude-code", "--project"]);
      const asked = { at, args: ["--trust-folder"], text: "Write by a request" };
      // Without leave it takes no request without TLS, nor any other hook of that file.
      await turn({ ...asked, mark: "not-sent", steps: [write("unasked.ts")] });
      expect(await sessionsOf("Write by a request")).toEqual([]);
      const env = { COPILOT_HOOK_ALLOW_LOCALHOST: "1" };
      await turn({ ...asked, env, mark: "is-sent", steps: [write("requests.ts")] });
      expect(await isThere("requests.ts")).toBe(false);
      expect(sentTo("is-sent")).toMatch(/Denied by preToolUse hook: File src\/requests.ts is reserved by/);
      expect(await sessionsOf("Write by a request")).toHaveLength(1);
      await world.serai(at, "hooks", "uninstall", "claude-code", "--project");
    },
    LONG_MS,
  );

  run(
    "is told once and makes one fact of what three files of hooks ask for (R8)",
    async () => {
      const at = await homeWith(
        "three",
        ["install", "copilot", "--user"],
        ["install", "copilot", "--project"],
        ["install", "claude-code", "--project", "--command"],
      );
      const args = ["--trust-folder"];
      const steps = [write("three.ts"), bash("true"), bash("true")];
      await turn({ at, args, mark: "threefold", steps, text: "Ask three times" });
      expect(await isThere("three.ts")).toBe(true);
      expect(await sessionsOf("Ask three times")).toHaveLength(1);
      const types = await typesOf("Ask three times");
      const count = (type: string) => types.filter((each) => each === type).length;
      const counted = ["input.message", "turn.started", "reservation.acquired", "turn.completed", "session.completed"];
      expect(counted.map((type) => [type, count(type)])).toEqual(counted.map((type) => [type, 1]));
      expect([count("tool.started"), count("tool.completed")]).toEqual([3, 3]);
      for (const ide of ["copilot", "claude-code"]) await world.serai(at, "hooks", "uninstall", ide, "--project");
      expect((await git(world.repository, "status", "--porcelain", "--", ".github", ".claude")).trim()).toBe("");
    },
    LONG_MS,
  );
});
