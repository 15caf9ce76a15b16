/**
 * The commands as they stand in the agents' files, run by a shell as the agents run them, with payloads that agents really
 * sent: what comes out is held against what each agent takes for an answer.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shellCommand } from "../../src/install/hook-commands.ts";
import { verdictOf } from "../../src/install/hook-verdict.ts";
import { fileOf, IDES } from "../../src/install/ides.ts";
import type { HookEvent, Ide } from "../../src/install/ides.ts";
import { replySchemas } from "../doors/hooks/reply-schemas.ts";
import { denyOf, openHookDouble } from "./hook-double.ts";
import type { HookDouble } from "./hook-double.ts";
import { HookWorld, run } from "./hook-world.ts";

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

const fixtures = join(import.meta.dirname, "..", "fixtures", "hooks");
const hookIdes = IDES.filter((ide) => fileOf(ide).kind === "hooks");

function eventsOf(ide: Ide): readonly HookEvent[] {
  const file = fileOf(ide);
  return file.kind === "hooks" ? file.events : [];
}

/** A payload of this event that an agent sent, where one was captured. */
function payloadOf(ide: Ide, event: string): string {
  const names = ide === "claude-code" || ide === "codex" || ide === "gemini" ? readdirSync(join(fixtures, ide)) : [];
  const name = names.find((found) => found.startsWith(`${event}.`));
  return name === undefined ? `{"hook_event_name":"${event}"}` : readFileSync(join(fixtures, ide, name), "utf8");
}

function commandOf(
  ide: Ide,
  event: HookEvent,
  more: { readonly folder?: null; readonly isStrict?: true } = {},
): string {
  const site = {
    ide,
    folder: world.folder.path,
    server: world.access(server.url),
    isStrict: false,
    usesHttp: false,
  } as const;
  return shellCommand(event, { ...site, ...more, platform: "linux" });
}

function runCommand(command: string, input: string, shell = "sh") {
  return run([shell, "-c", command], {
    cwd: world.project,
    input,
    env: { PATH: process.env["PATH"], HOME: world.home },
  });
}

function expectReply(ide: Ide, stdout: string): void {
  if (ide === "windsurf") expect(stdout).toBe("");
  else expect(replySchemas[ide].safeParse(JSON.parse(stdout)).error).toBeUndefined();
}

describe.each(hookIdes)("the command of %s", (ide) => {
  it("prints for every event what that agent takes for an answer, with the server and without it", async () => {
    for (const event of eventsOf(ide)) {
      const answered = await runCommand(commandOf(ide, event), payloadOf(ide, event.name));
      expect(answered, event.name).toMatchObject({ code: 0, stderr: "" });
      expectReply(ide, answered.stdout);
    }
    expect(server.asked).toHaveLength(eventsOf(ide).length);
    server.answerWith({ status: 503, body: "no" });
    for (const event of eventsOf(ide)) {
      const unanswered = await runCommand(commandOf(ide, event), payloadOf(ide, event.name));
      expect(unanswered, event.name).toMatchObject({ code: 0, stderr: "" });
      expectReply(ide, unanswered.stdout);
    }
  });

  it("gives a denial on as the server said it", async () => {
    server.answerWith(denyOf(ide, "a.ts is reserved by B"));
    for (const event of eventsOf(ide).filter(({ gates }) => gates)) {
      const ran = await runCommand(commandOf(ide, event), payloadOf(ide, event.name));
      expect(verdictOf(ide, ran)).toEqual({ kind: "denied", reason: "a.ts is reserved by B" });
      expectReply(ide, ran.stdout);
    }
  });

  it("stops only what would change something when it is strict and nobody answers (R9)", async () => {
    server.answerWith({ status: 503, body: "no" });
    for (const event of eventsOf(ide)) {
      const ran = await runCommand(commandOf(ide, event, { isStrict: true }), payloadOf(ide, event.name));
      expect(ran.code, event.name).toBe(event.gates ? 2 : 0);
      expect(ran.stderr === "", event.name).toBe(!event.gates);
      if (!event.gates || ide === "copilot") expectReply(ide, ran.stdout);
      if (event.gates) expect(verdictOf(ide, ran)).toEqual({ kind: "denied", reason: ran.stderr.trim() });
    }
  });

  it("finds the hooks of whoever runs it where it came with the repository, and lets those without go on", async () => {
    const [event] = eventsOf(ide);
    if (event === undefined) throw new Error(`${ide} has no events`);
    expect(await runCommand(commandOf(ide, event, { folder: null }), "{}")).toMatchObject({ code: 0 });
    expect(server.asked).toHaveLength(1);
    world[Symbol.dispose]();
    world = new HookWorld();
    const alone = await runCommand(commandOf(ide, event, { folder: null }), "x".repeat(200_000));
    expect(alone).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("is one simple command, so that Cursor may feed it by a here-document (hooks.md 3.4)", async () => {
    const [event] = eventsOf(ide).filter(({ gates }) => gates);
    if (event === undefined) throw new Error(`${ide} gates nothing`);
    const fed = `${commandOf(ide, event)} <<'CURSOR_HOOK_EOF'\n{"a":"b"}\nCURSOR_HOOK_EOF\n`;
    await runCommand(fed, "", "bash");
    expect(server.asked.map(({ body }) => body)).toEqual(['{"a":"b"}\n']);
  });
});

describe("a strict command", () => {
  it("whose script is gone says how to get it back", async () => {
    const event = { name: "preToolUse", gates: true } as const;
    const command = commandOf("cursor", event, { isStrict: true });
    world[Symbol.dispose]();
    world = new HookWorld();
    const ran = await runCommand(command, "x".repeat(200_000));
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("serai hooks install cursor");
  });

  it("of Copilot says so where Copilot reads it", async () => {
    const command = commandOf("copilot", { name: "preToolUse", gates: true }, { isStrict: true });
    world[Symbol.dispose]();
    world = new HookWorld();
    const ran = await runCommand(command, "{}");
    expect(verdictOf("copilot", ran)).toEqual({ kind: "denied", reason: ran.stderr.trim() });
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("serai hooks install copilot") });
  });
});
