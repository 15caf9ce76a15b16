/** Real agents, run as programs, whose hooks ask a real server: what one holds, the other does not write. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { agents } from "./agents.ts";
import { holdFile } from "./hold-file.ts";
import type { ModelRequest } from "../model-server/server.ts";
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
      await holdFile(world, `holder-of-${agent.name}`, path);
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

/**
 * One takes ten times as long to start as another: nobody is told what to do before all have asked. And nobody is answered
 * again before all have tried: the one that has the file frees it as it ends.
 */
function together(marks: readonly string[]): (request: ModelRequest) => Promise<undefined> {
  const asks = new Map(marks.map((mark) => [mark, 0]));
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  return async ({ messages, tools }) => {
    const asked = JSON.stringify(messages);
    const mark = marks.find((each) => asked.includes(each));
    // Without tools it is a call for a title.
    if (tools.length === 0 || mark === undefined) return undefined;
    const times = (asks.get(mark) ?? 0) + 1;
    asks.set(mark, times);
    const least = Math.min(...asks.values());
    for (const [index, gate] of gates.entries()) if (least > index) gate.resolve();
    await gates[Math.min(times, gates.length) - 1]?.promise;
    return undefined;
  };
}

test.skipIf(racing.length < 2)(
  "of those that race for one file one writes it, and the others are told who has it",
  async () => {
    const path = "src/race.ts";
    const markOf = ({ name }: RealAgent) => `race-of-${name}-turn`;
    world.model.setScript(together(racing.map(markOf)));
    onTestFinished(() => world.model.setScript(undefined));
    await Promise.all(
      racing.map((agent) =>
        agent.turn(world, homeOf(agent), {
          text: "Race for the file",
          mark: markOf(agent),
          steps: [{ tools: [agent.write(path, `by ${agent.name}`)] }, { text: "That was it" }],
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
