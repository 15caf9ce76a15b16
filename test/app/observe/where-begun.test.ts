/** Commands that lead the shell of their agent somewhere else. */
import { expect, test } from "vitest";
import { accept } from "../../../src/core/refusal.ts";
import type { HandleHook } from "../../../src/app/observe/handle-hook.ts";
import { hearWhereBegun } from "../../../src/app/observe/where-begun.ts";
import type { HookEvent } from "../../../src/core/team/hook-event.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { principal } from "../engine-world.ts";

function openPlaces() {
  const heard: (string | undefined)[] = [];
  const handle: HandleHook = async (_, { event }) => {
    heard.push(event.cwd);
    return accept({ sessionId: "", verdict: { permission: "allow" } });
  };
  const hear = hearWhereBegun(handle, makeClock());
  const options = { branchDefault: "warn", endsAtTurnEnd: false } as const;
  return {
    heard,
    tell: (moment: HookEvent["moment"], cwd: string, more: Partial<HookEvent> = {}) => {
      const tool = { name: "Bash", kind: "shell" } as const;
      const known = { agentType: "claude_code", conversationId: "a", rawEvent: moment, files: [] } as const;
      return hear(principal, { event: { ...known, moment, tool, toolUseId: "1", cwd, ...more }, report: {}, options });
    },
  };
}

test("I15: what a command has named is meant from where it began, also when it failed", async () => {
  const { heard, tell } = openPlaces();
  for (const after of ["post_tool", "tool_failed"] as const) {
    await tell("pre_tool", "/repo");
    await tell(after, "/repo/src");
    await tell(after, "/repo/src");
  }
  expect(heard).toEqual(Array(6).fill("/repo"));
});

test("I15: each command begins where its agent was then", async () => {
  const { heard, tell } = openPlaces();
  await tell("pre_tool", "/repo");
  await tell("pre_tool", "/other", { toolUseId: "2" });
  await tell("pre_tool", "/third", { conversationId: "b" });
  await tell("post_tool", "/x", { toolUseId: "2" });
  await tell("post_tool", "/x", { conversationId: "b" });
  await tell("post_tool", "/x");
  expect(heard.slice(3)).toEqual(["/other", "/third", "/repo"]);
});

test("what is no command, has no name or was not heard of before is where its agent says", async () => {
  const { heard, tell } = openPlaces();
  const edit = { tool: { name: "Write", kind: "edit" } } as const;
  await tell("pre_tool", "/repo", edit);
  await tell("post_tool", "/repo/src", edit);
  await tell("post_tool", "/unheard", { toolUseId: "3" });
  await tell("post_tool", "/again", { toolUseId: "3" });
  await tell("turn_end", "/end");
  expect(heard).toEqual(["/repo", "/repo/src", "/unheard", "/again", "/end"]);
});
