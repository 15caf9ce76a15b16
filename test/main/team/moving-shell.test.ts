/** A shell that stays where a command has led it, as Claude Code's does, on a whole server. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { contextOf, openTeamServer, openTree, typesOf } from "./team-server.ts";
import type { TeamServer } from "./team-server.ts";

let team: TeamServer;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

it("I15: writes what it names from where it was, and nothing of that name where it is by then", async () => {
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
