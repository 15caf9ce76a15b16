/** Commands as Claude Code runs them and tells of them, on a whole server. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { contextOf, openTeamServer, openTree, reasonOf, typesOf } from "./team-server.ts";
import type { TeamServer } from "./team-server.ts";

let team: TeamServer;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

it("I15: one that leads the shell elsewhere writes what it names from where that was, and nothing where it is by then", async () => {
  const { claude, prompt, root, wrote } = openTree(team);
  await wrote("moving-other", "src/src/made.ts");
  await prompt("moving", "Make a file");
  const bash = { tool_name: "Bash", tool_input: { command: "cd src; echo 1 > made.ts" }, tool_use_id: "moving-1" };
  expect(await claude("moving", "PreToolUse", bash)).toEqual({});
  const after = await claude("moving", "PostToolUse", { ...bash, cwd: `${root}/src` });
  expect(contextOf(after)).toBeUndefined();
  const events = await team.events("moving");
  expect(typesOf(events)).not.toContain("reservation.violated");
  const taken = events.filter(({ type }) => type === "reservation.acquired").map(({ data }) => data["paths"]);
  expect(taken).toEqual([["src/made.ts"]]);
});

it("D6, I15: one that ended with an error has run: what it names stays held, and it is told as failed", async () => {
  const { claude, pre, prompt } = openTree(team);
  await prompt("failing", "Change it and test it");
  const bash = {
    tool_name: "Bash",
    tool_input: { command: "sed -i s/1/2/ a.ts && npm test" },
    tool_use_id: "failing-1",
  };
  await claude("failing", "PreToolUse", bash);
  await claude("failing", "PostToolUseFailure", { ...bash, error: "Exit code 1", is_interrupt: false });
  await prompt("failing", "Mend it");
  expect(reasonOf(await pre("failing-other", "a.ts"))).toContain("a.ts is reserved");
  const completed = (await team.events("failing")).find(({ type }) => type === "tool.completed");
  expect(completed?.data).toMatchObject({ success: false, status: "error", error: "Exit code 1" });
});
