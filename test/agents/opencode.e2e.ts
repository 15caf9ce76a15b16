/** What is opencode's own: subagents with sessions of their own, commands in other folders, sessions that go on later. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Step } from "../model-server/server.ts";
import { holdFile } from "./hold-file.ts";
import { opencode, runOpencode } from "./opencode.ts";
import { isInstalled } from "./real-agent.ts";
import { openRealWorld, prompt } from "./real-world.ts";
import type { RealWorld } from "./real-world.ts";
import { eventsOf, sentTo } from "./told.ts";

const LONG_MS = 120_000;
const tried = test.skipIf(!isInstalled(opencode));

let world: RealWorld;
let home: string;

beforeAll(async () => {
  world = await openRealWorld();
  home = await world.home("opencode", { ".keep": "" });
  if (isInstalled(opencode)) await opencode.open(world, home);
}, LONG_MS);
afterAll(() => world[Symbol.asyncDispose]());

const bash = (command: string, workdir: string) => ({
  name: "bash",
  input: { command, workdir, description: "Try it" },
});
const subagent = (steps: readonly Step[]) => ({
  name: "task",
  input: { description: "Help", subagent_type: "general", prompt: prompt({ text: "Help", steps }) },
});

async function typesOf(task: string): Promise<readonly string[]> {
  return (await eventsOf(world, task)).map(({ type }) => type);
}

tried(
  "a subagent writes what its parent holds, and neither its prompt nor its end is the parent's",
  async () => {
    await opencode.turn(world, home, {
      text: "Share the work",
      mark: "mark-of-parent",
      steps: [
        { tools: [opencode.write("src/shared.ts", "parent")] },
        { tools: [subagent([{ tools: [opencode.write("src/shared.ts", "child")] }, { text: "Helped" }])] },
        { tools: [opencode.write("src/last.ts", "parent")] },
        { text: "All done" },
      ],
    });
    expect(await world.read("src/shared.ts")).toBe("child\n");
    const types = await typesOf("Share the work");
    expect(types.filter((type) => type === "input.message")).toHaveLength(1);
    expect(types.filter((type) => type === "turn.completed")).toHaveLength(1);
    expect(types.indexOf("turn.completed")).toBeGreaterThan(types.lastIndexOf("tool.completed"));
    expect(types.filter((type) => type === "tool.completed")).toHaveLength(3);
    const { body } = await world.api.json("GET", "/sessions?limit=100");
    expect((body as { data: readonly unknown[] }).data).toHaveLength(1);
  },
  LONG_MS,
);

tried(
  "a command that runs in another folder is kept from what is held there (R6)",
  async () => {
    await holdFile(world, "holder", "src/there.ts");
    const steps = [{ tools: [bash("echo mine > there.ts", "src")] }, { text: "Then not" }];
    await opencode.turn(world, home, { text: "Go there", steps, mark: "mark-of-there" });
    await expect(world.read("src/there.ts")).rejects.toThrow("ENOENT");
    expect(sentTo(world, "mark-of-there")).toContain("File src/there.ts is reserved by");
  },
  LONG_MS,
);

tried(
  "a session that goes on in another process is told what the others have begun, and is the same one",
  async () => {
    await opencode.turn(world, home, { text: "Go away", steps: [{ text: "Gone" }] });
    await holdFile(world, "late-holder", "src/late.ts");
    const prompted = { text: "Go on", steps: [{ text: "Back" }], mark: "mark-of-return" };
    await runOpencode(world, home, { prompted, words: ["--continue"] });
    expect(sentTo(world, "mark-of-return")).toContain("src/late.ts");
    expect((await typesOf("Go away")).filter((type) => type === "input.message")).toHaveLength(2);
  },
  LONG_MS,
);
