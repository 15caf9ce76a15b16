/** Our plugins inside the agents that they are for: what an agent's model is told, what it is kept from, and when it is not. */
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Step } from "../model-server/server.ts";
import { holdFile } from "./hold-file.ts";
import { opencode, prepareOpencode, runOpencode } from "./opencode.ts";
import { pi, preparePi, runPi } from "./pi.ts";
import { isInstalled } from "./real-agent.ts";
import type { AgentRun, RealAgent } from "./real-agent.ts";
import { openRealWorld } from "./real-world.ts";
import type { Ran, RealWorld } from "./real-world.ts";
import { eventsOf, sentTo, sessionOf, until } from "./told.ts";

interface Plugged {
  readonly agent: RealAgent;
  readonly name: "opencode" | "pi";
  readonly projectFile: string;
  prepare(world: RealWorld, home: string): Promise<void>;
  run(world: RealWorld, home: string, run: AgentRun): Promise<Ran>;
  /** With which it runs what comes with a project. */
  readonly trusting: readonly string[];
}

const plugged: readonly Plugged[] = [
  {
    agent: opencode,
    name: "opencode",
    projectFile: ".opencode/plugins/serai.js",
    prepare: prepareOpencode,
    run: runOpencode,
    trusting: [],
  },
  {
    agent: pi,
    name: "pi",
    projectFile: ".pi/extensions/serai.js",
    prepare: preparePi,
    run: runPi,
    trusting: ["--approve"],
  },
];

const LONG_MS = 120_000;

describe.each(plugged)("the plugin of a real $name", ({ agent, name, projectFile, prepare, run, trusting }) => {
  const tried = test.skipIf(!isInstalled(agent));
  let world: RealWorld;
  let home: string;

  beforeAll(async () => {
    world = await openRealWorld();
    home = await world.home(name, { ".keep": "" });
    if (isInstalled(agent)) await agent.open(world, home);
  }, LONG_MS);
  afterAll(() => world[Symbol.asyncDispose]());

  const bash = (command: string) => ({ name: "bash", input: { command, description: "Try it" } });

  function turn(text: string, steps: readonly Step[], at = home): Promise<Ran> {
    return agent.turn(world, at, { text, steps, mark: markOf(text) });
  }

  tried(
    "puts before its model what the others do",
    async () => {
      await holdFile(world, "holder", "src/held.ts");
      await turn("Begin", [{ text: "Begun" }]);
      const sent = sentTo(world, markOf("Begin"));
      expect(sent).toContain("Team briefing:");
      expect(sent).toContain("Build JWT auth flow");
      expect(sent).toContain("src/held.ts");
    },
    LONG_MS,
  );

  tried(
    "runs no command that writes what another holds (R6)",
    async () => {
      await holdFile(world, "holder-of-shell", "src/shell.ts");
      await turn("Run it", [{ tools: [bash("cd src && echo mine > shell.ts")] }, { text: "Then not" }]);
      await expect(world.read("src/shell.ts")).rejects.toThrow("ENOENT");
      expect(sentTo(world, markOf("Run it"))).toContain("File src/shell.ts is reserved by");
    },
    LONG_MS,
  );

  tried(
    "tells its model what somebody says to it while it works",
    async () => {
      const talk = turn("Listen", [
        { tools: [agent.write("src/first.ts", "1")] },
        { tools: [agent.write("src/second.ts", "2")], delayMs: 5_000 },
        { text: "Heard" },
      ]);
      await until(async () => (await eventsOf(world, "Listen")).find(({ type }) => type === "tool.completed"));
      const session = await sessionOf(world, "Listen");
      const content = [{ type: "text", text: "The moon is full" }];
      const { status } = await world.api.json("POST", `/sessions/${session?.id}/messages`, { message: { content } });
      expect(status).toBe(201);
      await talk;
      expect(sentTo(world, markOf("Listen"))).toContain("The moon is full");
    },
    LONG_MS,
  );

  tried(
    "frees with its end what it held, and says which of its tools failed",
    async () => {
      const write = agent.write("src/freed.ts", "1");
      await turn("Hold and go", [{ tools: [write] }, { tools: [bash("exit 3"), missing(name)] }, { text: "Gone" }]);
      const events = await until(async () => {
        const found = await eventsOf(world, "Hold and go");
        return found.some(({ type }) => type === "session.completed") ? found : undefined;
      });
      const freed = events.filter(
        ({ type, data }) => type === "reservation.released" && data["reason"] === "session_ended",
      );
      expect(events.filter(({ type }) => type === "input.message")).toHaveLength(1);
      expect(freed.map(({ data }) => data["paths"])).toEqual([["src/freed.ts"]]);
      const failed = events.filter(({ type, data }) => type === "tool.completed" && data["success"] === false);
      expect(failed.map(({ data }) => data["tool_name"])).toContain("edit");
      const { body } = await world.api.json("GET", "/reservations");
      expect(JSON.stringify(body)).not.toContain("src/freed.ts");
    },
    LONG_MS,
  );

  tried(
    "lets it write when the server is away, unless it was installed to be strict (R9)",
    async () => {
      const [open, strict] = [await world.home(`${name}-open`, {}), await world.home(`${name}-strict`, {})];
      for (const at of [open, strict]) {
        await prepare(world, at);
        const words = at === strict ? ["--strict"] : [];
        expect((await world.serai(at, "hooks", "install", name, "--user", ...words)).code).toBe(0);
        await loseServer(world, at);
        const path = `src/${at === strict ? "strict" : "open"}-${name}.ts`;
        await turn(`Write ${path}`, [{ tools: [agent.write(path, "away")] }, { text: "So it is" }], at);
      }
      expect(await world.read(`src/open-${name}.ts`)).toBe("away\n");
      await expect(world.read(`src/strict-${name}.ts`)).rejects.toThrow("ENOENT");
      expect(sentTo(world, markOf(`Write src/strict-${name}.ts`))).toContain("Serai did not answer");
      expect(await readFile(join(open, ".config/serai/hooks/state/hook.log"), "utf8")).toContain(name);
    },
    LONG_MS,
  );

  tried(
    "guards a project that it comes with, is heard once beside the user's own, and is gone when it is uninstalled",
    async () => {
      const other = await world.home(`${name}-project`, {});
      await prepare(world, other);
      const file = join(world.repository, projectFile);
      expect((await world.serai(other, "hooks", "install", name, "--project")).code).toBe(0);
      expect(await readFile(file, "utf8")).not.toContain(other);
      await holdFile(world, "holder-of-project", "src/project.ts");
      for (const [text, at] of [
        ["In the project", other],
        ["With both", home],
      ] as const) {
        const steps = [{ tools: [agent.write("src/project.ts", "mine")] }, { text: "Then not" }];
        await run(world, at, { prompted: { text, steps, mark: markOf(text) }, words: trusting });
        await expect(world.read("src/project.ts")).rejects.toThrow("ENOENT");
        expect(sentTo(world, markOf(text))).toContain("File src/project.ts is reserved by");
        const prompts = (await eventsOf(world, text)).filter(({ type }) => type === "input.message");
        expect(prompts).toHaveLength(1);
      }
      expect((await world.serai(other, "hooks", "uninstall", name, "--project")).code).toBe(0);
      expect(existsSync(file)).toBe(false);
    },
    LONG_MS,
  );

  tried(
    "is seen by `serai hooks status`, and proven by `serai hooks doctor`",
    async () => {
      const status = await world.serai(home, "hooks", "status");
      expect(status.output).toMatch(new RegExp(`${name} +user +installed`));
      const doctor = await world.serai(home, "hooks", "doctor", name);
      expect(doctor.output).toContain("the second of two was told: File trial.txt is reserved by");
      expect(doctor.code).toBe(0);
    },
    LONG_MS,
  );
});

function markOf(text: string): string {
  return `mark-of-${text.toLowerCase().replaceAll(/\W/g, "-")}`;
}

/** An edit of a text that is not in the file. */
function missing(name: Plugged["name"]): NonNullable<Step["tools"]>[number] {
  const [oldText, newText] = ["nothing of it", "x"];
  return name === "pi"
    ? { name: "edit", input: { path: "src/login.ts", edits: [{ oldText, newText }] } }
    : { name: "edit", input: { filePath: "src/login.ts", oldString: oldText, newString: newText } };
}

/** As if it were not there any more: nobody listens where it was. */
async function loseServer(world: RealWorld, home: string): Promise<void> {
  const folder = join(home, ".config/serai/hooks/servers");
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll(world.url, "http://127.0.0.1:9"));
  }
}
