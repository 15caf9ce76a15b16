/** Hosted agents beside agents in IDEs, on a whole server with the scripted model: the capability `coordination`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listTeamTools } from "../../src/core/team/tool-words.ts";
import { openChildrenWorld } from "./children-world.ts";
import type { ChildrenWorld } from "./children-world.ts";

let world: ChildrenWorld;

beforeAll(async () => {
  world = await openChildrenWorld();
});
afterAll(async () => {
  expect(world.whole.faults).toEqual([]);
  await world[Symbol.asyncDispose]();
});

const REPOSITORY = "git@github.com:acme/shared.git";
const root = "/home/dev/shared";

async function write(session_id: string, file: string): Promise<string> {
  const payload = {
    ...{ session_id, cwd: root, transcript_path: "/home/dev/.claude/x.jsonl", hook_event_name: "PreToolUse" },
    ...{ tool_name: "Write", tool_input: { file_path: `${root}/${file}` }, tool_use_id: `${session_id}-${file}` },
  };
  const facts = { "X-Serai-Root": root, "X-Serai-Origin": REPOSITORY, "X-Serai-Host": "laptop" };
  const init = { method: "POST", body: JSON.stringify(payload), headers: facts };
  return JSON.stringify(await (await world.client.fetch("/hooks/claude-code", init)).json());
}

const calls = (...tools: readonly (readonly [name: string, input: object])[]) => ({
  tools: tools.map(([name, input]) => ({ name, input })),
});

async function runHosted(name: string, ...steps: readonly object[]) {
  const capabilities = [{ ref: "coordination" }];
  const agent = await world.agent(name, [...steps, { text: "Done." }], { capabilities });
  const id = await world.start(agent, { title: `Work of ${name}` });
  await world.idle(id);
  const events = await world.events(id);
  const results = events.filter(({ type }) => type === "tool.completed").map(({ data }) => JSON.stringify(data));
  return { id, results, types: events.map(({ type }) => type) };
}

describe("the capability coordination", () => {
  it("is listed with the tools of the one table that are for hosted agents", async () => {
    const { body } = await world.client.get<{
      data: readonly { id: string; tool_definitions: readonly { name: string }[] }[];
    }>("/capabilities?limit=100");
    const tools = body.data.find(({ id }) => id === "coordination")?.tool_definitions.map(({ name }) => name);
    expect(tools).toEqual(listTeamTools().flatMap(({ name, forHosted }) => (forHosted ? [name] : [])));
  });

  it("lets a hosted agent reserve what an agent in an IDE may then not write, and give it back", async () => {
    const paths = ["src/parser.ts"];
    const { id, results, types } = await runHosted(
      "reserver",
      calls(["reserve", { paths, repository: REPOSITORY }]),
      calls(["reserve", { paths, repository: REPOSITORY }]),
      calls(["who_holds", { paths, repository: REPOSITORY }]),
    );
    expect(results[0]).toContain("Reserved for 10 minutes");
    expect(results[1]).toContain("Reserved for 10 minutes");
    expect(results[2]).toContain("src/parser.ts: free");
    expect(types.filter((type) => type === "reservation.acquired")).toHaveLength(1);
    const denied = await write("in-an-ide", "src/parser.ts");
    expect(denied).toMatch(/src\/parser\.ts is reserved by .+ \(Serai\) — 'Work of reserver'/);
    await world.client.post(`/sessions/${id}/complete`);
    expect(await write("in-an-ide", "src/parser.ts")).toBe("{}");
  });

  it("tells a hosted agent who is in its way, and what was decided", async () => {
    expect(await write("was-first", "src/lexer.ts")).toBe("{}");
    const { results } = await runHosted(
      "second",
      calls(["reserve", { paths: ["src/lexer.ts"], repository: REPOSITORY }], ["brief", {}]),
      calls(["record_decision", { title: "The lexer stays as it is" }]),
      calls(["search_decisions", { query: "lexer" }], ["send_message", { session_id: "x", message: "x" }]),
    );
    const all = results.join("\n");
    expect(all).toMatch(/src\/lexer\.ts is reserved by .+ \(Claude Code\)/);
    expect(all).toContain("Team briefing");
    expect(all).toMatch(/Recorded as dec_/);
    expect(all).toContain("- The lexer stays as it is");
    expect(all).toMatch(/no tool \\"send_message\\"/);
  });
});
