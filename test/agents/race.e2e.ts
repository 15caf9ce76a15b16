/** Real agents, run as programs, whose hooks ask a real server: what one holds, the other does not write. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agents } from "./agents.ts";
import { isInstalled } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { openRealWorld } from "./real-world.ts";
import type { RealWorld } from "./real-world.ts";

let world: RealWorld;
const homes = new Map<RealAgent, string>();

beforeAll(async () => {
  world = await openRealWorld();
  for (const agent of agents.filter(isInstalled)) {
    const home = await world.home(agent.name, { ".keep": "" });
    homes.set(agent, home);
    await agent.open(world, home);
  }
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

function homeOf(agent: RealAgent): string {
  return homes.get(agent) ?? "";
}

const SENTENCE = /File [^"\\]{1,200} is reserved[^"\\]{0,600}/g;

/**
 * Of everything that the model was told in the turn of this mark, the sentences about reservations: a whole request is a
 * small book.
 */
function toldTo(mark: string): string {
  const all = world.model.requests.map(({ body }) => JSON.stringify(body)).filter((body) => body.includes(mark));
  return all.flatMap((body) => [...body.matchAll(SENTENCE)].map(([sentence]) => sentence)).join("\n");
}

async function hold(conversation: string, path: string): Promise<void> {
  const base = { session_id: conversation, cwd: world.repository, transcript_path: "/x/.claude/projects/a.jsonl" };
  const send = (payload: object) =>
    fetch(`${world.url}/hooks/claude-code`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${world.key}`,
        "Content-Type": "application/json",
        "X-Serai-Root": world.repository,
        "X-Serai-Common-Dir": join(world.repository, ".git"),
        "X-Serai-Branch": "main",
        "X-Serai-Origin": world.origin,
        "X-Serai-Host": "another-machine",
      },
      body: JSON.stringify({ ...base, ...payload }),
    });
  await send({ hook_event_name: "UserPromptSubmit", prompt: "Build JWT auth flow" });
  const tool = { tool_name: "Write", tool_input: { file_path: join(world.repository, path), content: "" } };
  await send({ hook_event_name: "PreToolUse", tool_use_id: `${conversation}-1`, ...tool });
  await send({ hook_event_name: "PostToolUse", tool_use_id: `${conversation}-1`, ...tool });
}

describe.each(agents)("$name", (agent) => {
  const run = test.skipIf(!isInstalled(agent));

  run(
    "is a session of its own, with its prompt, its tools and the end of its turn",
    async () => {
      const home = homeOf(agent);
      const path = `src/own-${agent.name}.ts`;
      const steps = [{ tools: [agent.write(path, "export const own = 1;")] }, { text: "All done" }];
      const ran = await agent.turn(world, home, { text: `Write ${path}`, steps });
      expect(ran.output).toContain("All done");
      expect(await world.read(path)).toBe("export const own = 1;\n");
      const { body } = await world.api.json("GET", "/sessions?search=own-");
      const sessions = (body as { data: readonly { id: string; title: string }[] }).data;
      const session = sessions.find(({ title }) => title.includes(path));
      const { body: log } = await world.api.json("GET", `/sessions/${session?.id}/events?limit=200`);
      const types = (log as { data: readonly { type: string }[] }).data.map(({ type }) => type);
      for (const type of [
        "input.message",
        "turn.started",
        "reservation.acquired",
        "tool.completed",
        "turn.completed",
      ]) {
        expect(types).toContain(type);
      }
    },
    120_000,
  );

  run(
    "does not write what another agent holds, and its model is told who does",
    async () => {
      const home = homeOf(agent);
      const path = `src/held-from-${agent.name}.ts`;
      await hold(`holder-of-${agent.name}`, path);
      const mark = `turn-of-${agent.name}-without-the-file`;
      const steps = [{ tools: [agent.write(path, "mine")] }, { text: "I will do something else" }];
      await agent.turn(world, home, { text: `Change ${path}`, steps, mark });
      await expect(world.read(path)).rejects.toThrow("ENOENT");
      expect(toldTo(mark)).toMatch(/is reserved by [^"]*Claude Code/);
      expect(toldTo(mark)).toContain("Build JWT auth flow");
    },
    120_000,
  );
});

const racing = agents.filter(isInstalled);

test.skipIf(racing.length < 2)(
  "of those that race for one file one writes it, and the others are told who has it",
  async () => {
    const path = "src/race.ts";
    const markOf = ({ name }: RealAgent) => `race-of-${name}-turn`;
    await Promise.all(
      racing.map((agent) =>
        agent.turn(world, homeOf(agent), {
          text: "Race for the file",
          mark: markOf(agent),
          steps: [{ tools: [agent.write(path, `by ${agent.name}`)] }, { text: "That was it", delayMs: 3_000 }],
        }),
      ),
    );
    const written = await world.read(path);
    const won = racing.filter(({ name }) => written === `by ${name}\n`);
    expect(won).toHaveLength(1);
    const lost = racing.filter((agent) => !won.includes(agent));
    for (const agent of lost) expect(toldTo(markOf(agent)), agent.name).toMatch(/is reserved by/);
    for (const agent of won) expect(toldTo(markOf(agent)), agent.name).not.toMatch(/is reserved by/);
  },
  240_000,
);
