/** What is Claude Code's own: a real one, with the hooks that our installer gives it, as requests of its own. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Step } from "../model-server/server.ts";
import { claude, runClaude } from "./claude.ts";
import { askForFile, holdFile } from "./hold-file.ts";
import { isInstalled } from "./real-agent.ts";
import { openRealWorld, prompt } from "./real-world.ts";
import type { RealWorld } from "./real-world.ts";
import { eventsOf, sentTo, sessionOf, until } from "./told.ts";

const LONG_MS = 120_000;
const run = test.skipIf(!isInstalled(claude));

let world: RealWorld;
let home: string;

beforeAll(async () => {
  world = await openRealWorld();
  home = await world.home("claude", { ".keep": "" });
  if (isInstalled(claude)) await claude.open(world, home);
}, LONG_MS);
afterAll(() => world[Symbol.asyncDispose]());

interface Turn {
  readonly mark: string;
  readonly steps: readonly Step[];
  readonly text?: string;
  readonly words?: readonly string[];
}

function turn({ mark, steps, text = "Go on", words = [] }: Turn) {
  return runClaude(world, home, { prompted: { text, steps, mark }, words: ["--allowedTools", "Bash", ...words] });
}

const write = (path: string) => ({ tools: [claude.write(join(world.repository, path), "mine")] });
const bash = (command: string) => ({ tools: [{ name: "Bash", input: { command, description: "Try it" } }] });

/** Starts an agent within it, with steps of its own. */
function start(steps: readonly Step[], mark: string): Step {
  const input = {
    description: "Help",
    prompt: prompt({ text: "Help", steps, mark }),
    subagent_type: "general-purpose",
  };
  return { tools: [{ name: "Agent", input }] };
}

describe("what its model is told", () => {
  run(
    "is at the start who works on what",
    async () => {
      await holdFile(world, "holder-of-the-briefing", "src/briefed.ts");
      await turn({ mark: "turn-that-is-briefed", steps: [{ text: "I see" }] });
      expect(sentTo(world, "turn-that-is-briefed")).toMatch(/SessionStart[^"]{0,60}Team briefing/);
      expect(sentTo(world, "turn-that-is-briefed")).toContain("src/briefed.ts");
      expect(sentTo(world, "turn-that-is-briefed")).toContain("Build JWT auth flow");
    },
    LONG_MS,
  );

  run(
    "are messages to its session, with what comes after its next tool",
    async () => {
      const steps = [{ ...write("src/messaged.ts"), delayMs: 2_000 }, { text: "I have read it" }];
      const turned = turn({ mark: "turn-with-a-message", text: "Wait for a message", steps });
      const session = await until(() => sessionOf(world, "Wait for a message"));
      const message = { content: [{ type: "text", text: "Leave the tests alone" }] };
      const sent = await world.api.json("POST", `/sessions/${session.id}/messages`, { message });
      expect(sent.status).toBeLessThan(300);
      expect((await turned).output).toContain("I have read it");
      expect(sentTo(world, "turn-with-a-message")).toMatch(
        /PostToolUse[^"]{0,60}Message for you: Leave the tests alone/,
      );
    },
    LONG_MS,
  );
});

describe("what another holds", () => {
  run(
    "R6: is not written by a command either",
    async () => {
      await holdFile(world, "holder-against-commands", "src/shelled.ts");
      const steps = [bash("echo mine > src/shelled.ts"), { text: "Then not" }];
      await turn({ mark: "turn-with-a-command", steps });
      await expect(world.read("src/shelled.ts")).rejects.toThrow("ENOENT");
      expect(sentTo(world, "turn-with-a-command")).toMatch(
        /PreToolUse:Bash hook error: File src\/shelled\.ts is reserved by/,
      );
    },
    LONG_MS,
  );

  run(
    "J12, J15: is not committed by it, and what it holds itself is",
    async () => {
      const installed = await world.serai(home, "guard", "install", "--mode", "block");
      expect(installed.output).toContain("pre-commit");
      await holdFile(world, "holder-against-commits", "src/login.ts");
      const who = "-c user.name=Ada -c user.email=ada@example.com";
      const steps = [
        write("src/committed.ts"),
        bash(`git add src/committed.ts && git ${who} commit -m 'Add what is mine'`),
        bash(`git update-index --cacheinfo "100644,$(echo 2 | git hash-object -w --stdin),src/login.ts"`),
        bash(`git ${who} commit -m 'Take what is not'`),
        { text: "Done" },
      ];
      await turn({ mark: "turn-with-commits", steps });
      const log = await world.run(["git", "log", "--format=%s"], { home });
      expect(log.output).toContain("Add what is mine");
      expect(log.output).not.toContain("Take what is not");
      expect(sentTo(world, "turn-with-commits")).toMatch(/src\/login\.ts is reserved by/);
      await world.serai(home, "guard", "uninstall");
    },
    LONG_MS,
  );
});

describe("its session", () => {
  run(
    "I15: holds what a command has named, also when that leads its shell elsewhere, or ends with an error",
    async () => {
      const steps = [
        bash("cd src && echo 1 > moved.ts"),
        bash("echo 2 >> moved.ts"),
        bash("echo 1 > failed.ts; exit 3"),
      ];
      await turn({ mark: "turn-of-a-moving-shell", text: "Move", steps: [...steps, { text: "Moved" }] });
      const events = await eventsOf(world, "Move");
      const taken = events.filter(({ type }) => type === "reservation.acquired").map(({ data }) => data["paths"]);
      expect(await world.read("src/moved.ts")).toBe("1\n2\n");
      expect(taken).toEqual([["src/moved.ts"], ["src/failed.ts"]]);
      const freed = events.filter(({ type }) => type === "reservation.released").map(({ data }) => data["paths"]);
      expect(freed).toEqual([expect.arrayContaining(["src/moved.ts", "src/failed.ts"])]);
    },
    LONG_MS,
  );

  run(
    "ends with it, and what it held is free",
    async () => {
      const steps = [write("src/freed.ts"), { text: "Bye" }];
      await turn({ mark: "turn-that-ends", text: "Hold a file and end", steps });
      expect((await sessionOf(world, "Hold a file and end"))?.status).toBe("completed");
      const events = await eventsOf(world, "Hold a file and end");
      expect(events.find(({ type }) => type === "reservation.acquired")?.data["paths"]).toEqual(["src/freed.ts"]);
      expect(events.at(-1)).toMatchObject({ type: "reservation.released", data: { paths: ["src/freed.ts"] } });
    },
    LONG_MS,
  );

  run(
    "I19: is the same again when its conversation is taken up",
    async () => {
      const conversation = "5f0a5c6e-51f5-4b0e-9d6d-3f4b8f8e7a01";
      await turn({
        ...{ mark: "first-of-two", text: "Begin a conversation", steps: [{ text: "Begun" }] },
        words: ["--session-id", conversation],
      });
      await turn({
        ...{ mark: "second-of-two", text: "Take it up", steps: [write("src/again.ts"), { text: "Taken up" }] },
        words: ["--resume", conversation],
      });
      const events = await eventsOf(world, "Begin a conversation");
      expect(events.filter(({ type }) => type === "turn.completed")).toHaveLength(2);
      expect(events.some(({ type }) => type === "session.reopened")).toBe(true);
      expect((await sessionOf(world, "Begin a conversation"))?.status).toBe("completed");
    },
    LONG_MS,
  );
});

describe("an agent that it starts", () => {
  run(
    "holds what its session holds, does not write what others hold, and ends no turn",
    async () => {
      await holdFile(world, "holder-against-sub-agents", "src/not-for-helpers.ts");
      const helping = [write("src/shared.ts"), write("src/not-for-helpers.ts"), { text: "Helped" }];
      const steps = [write("src/shared.ts"), start(helping, "turn-of-the-helper"), { text: "All done" }];
      const ran = await turn({ mark: "turn-with-a-helper", text: "Let somebody help", steps });
      expect(ran.code).toBe(0);
      await expect(world.read("src/not-for-helpers.ts")).rejects.toThrow("ENOENT");
      expect(sentTo(world, "turn-of-the-helper")).toMatch(/File src\/not-for-helpers\.ts is reserved by/);
      expect(sentTo(world, "turn-of-the-helper")).not.toMatch(/File src\/shared\.ts is reserved by/);
      expect((await sessionOf(world, "Let somebody help"))?.status).toBe("completed");
    },
    LONG_MS,
  );

  run(
    "I22: works in its background, and the word that it has ended is nobody's task",
    async () => {
      const task = "Work in the background";
      // Later than the answer of the one that started it, which would else be told of it without a prompt.
      const helping = [{ ...write("src/helped.ts"), delayMs: 4_000 }, { text: "Helped" }];
      const more = [{ text: "I wait" }, { ...write("src/later.ts") }, { text: "All of it is done", delayMs: 3_000 }];
      const steps = [start(helping, "turn-of-a-background"), ...more];
      const turned = turn({ mark: "turn-with-a-background", text: task, steps });
      // It is asked for only then: whoever asks for a free file has it.
      await until(async () => {
        const acquired = (await eventsOf(world, task)).filter(({ type }) => type === "reservation.acquired");
        return acquired.find(({ data }) => String(data["paths"]) === "src/later.ts");
      });
      const told = await askForFile(world, "stranger-to-the-background", "src/later.ts");
      expect(told).toContain(task);
      expect(told).not.toContain("task-notification");
      expect((await eventsOf(world, task)).filter(({ type }) => type === "turn.started")).toHaveLength(2);
      expect((await turned).output).toContain("All of it is done");
      expect(await world.read("src/helped.ts")).toBe("mine\n");
      expect((await sessionOf(world, task))?.status).toBe("completed");
    },
    LONG_MS,
  );
});

run(
  "status and doctor say that its hooks work",
  async () => {
    const status = await world.serai(home, "hooks", "status", "claude-code");
    expect(status.output).toMatch(/claude-code\s+user\s+installed\s/);
    const doctor = await world.serai(home, "hooks", "doctor", "claude-code");
    expect(doctor.code, doctor.output).toBe(0);
    expect(doctor.output).toMatch(/ok\s+trial\s+the second of two was told: File trial\.txt is reserved by/);
  },
  LONG_MS,
);
