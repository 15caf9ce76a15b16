/** Hooks of an IDE that gives nothing an id: what several files of hooks ask for, and which end belongs to which begin. */
import { describe, expect, test } from "vitest";
import { makeHandleHook } from "../../../src/app/observe/handle-hook.ts";
import { hearOnce } from "../../../src/app/observe/hear-once.ts";
import type { HookEvent, HookMoment, HookReply } from "../../../src/core/team/hook-event.ts";
import { principal } from "../engine-world.ts";
import { openWorld } from "./hook-world.ts";

async function openUnnamed() {
  const behind: Promise<unknown>[] = [];
  const world = await openWorld({ afterwards: (work) => void behind.push(work()) });
  let handle = hearOnce(makeHandleHook(world.deps), world.clock);
  async function tell(moment: HookMoment, at: number, more: Partial<HookEvent> = {}): Promise<HookReply> {
    const base = { moment, agentType: "claude_code", conversationId: "a", files: [], rawEvent: moment } as const;
    const event: HookEvent = { ...base, firing: { at: String(at) }, ...more };
    const told = await handle(principal, {
      event,
      report: {},
      options: { branchDefault: "warn", endsAtTurnEnd: false },
    });
    await Promise.all(behind.splice(0));
    if (!told.ok) throw new Error(told.refusal.code);
    return told.value;
  }
  return {
    ...world,
    tell,
    use: (moment: HookMoment, at: number, { path = "x.ts", ...more }: Partial<HookEvent> & { path?: string } = {}) =>
      tell(moment, at, {
        tool: { name: "Write", kind: "edit" },
        files: [{ path, operation: "write" }],
        firing: { at: String(at), input: `into ${path}` },
        ...more,
      }),
    restart: () => (handle = hearOnce(makeHandleHook(world.deps), world.clock)),
    count: async (type: string) => (await world.types("a")).filter((each) => each === type).length,
    async callsOf(type: "tool.started" | "tool.completed"): Promise<readonly unknown[]> {
      const events = (await world.events("a")).filter((event) => event.type === type);
      return events.map(({ data }) => {
        const { tool_call, tool_call_id } = data as { tool_call?: { id: string }; tool_call_id?: string };
        return tool_call?.id ?? tool_call_id;
      });
    },
  };
}

describe("I23: an event that several files of hooks ask for", () => {
  test("R8: is one start and one prompt, and the agent is told the news once", async () => {
    const world = await openUnnamed();
    expect((await world.tell("session_start", 1)).context).toBe("Team briefing");
    const again = await world.tell("session_start", 1, { rawEvent: "SessionStart" });
    expect(again).toMatchObject({ verdict: { permission: "allow" } });
    expect(again.context).toBeUndefined();
    for (const at of [1, 1, 2]) await world.tell("turn_start", at, { prompt: "Go" });
    expect(await world.count("input.message")).toBe(2);
  });

  test("R8: is one tool use, whatever each of them calls the tool, and denied as often as it is asked for", async () => {
    const world = await openUnnamed();
    for (const name of ["create", "Write"]) await world.use("pre_tool", 1, { tool: { name, kind: "edit" } });
    for (const name of ["create", "Write"]) await world.use("post_tool", 2, { tool: { name, kind: "edit" } });
    expect(await world.count("tool.started")).toBe(1);
    expect(await world.count("tool.completed")).toBe(1);
    expect(await world.count("reservation.acquired")).toBe(1);
    for (let n = 0; n < 2; n++) {
      const { verdict } = await world.use("pre_tool", 3, { conversationId: "b" });
      expect(verdict.permission).toBe("deny");
    }
  });
});

describe("I23: a tool use without an id", () => {
  test("D6: gives back what it was granted when it fails", async () => {
    const world = await openUnnamed();
    await world.use("pre_tool", 1);
    expect(await world.held()).toEqual(["x.ts"]);
    await world.use("tool_failed", 2, { error: "No match found" });
    expect(await world.held()).toEqual([]);
  });

  test("has its end matched to its begin, among others and after the same once more", async () => {
    const world = await openUnnamed();
    await world.use("pre_tool", 1);
    await world.use("pre_tool", 1, { path: "y.ts" });
    await world.use("post_tool", 2, { path: "y.ts" });
    await world.use("post_tool", 3);
    await world.use("pre_tool", 4);
    await world.use("post_tool", 5);
    const [x, y, again] = await world.callsOf("tool.started");
    expect(await world.callsOf("tool.completed")).toEqual([y, x, again]);
    expect(new Set([x, y, again]).size).toBe(3);
  });

  test("is ended by a name of its own where the server was started in between", async () => {
    const world = await openUnnamed();
    await world.use("pre_tool", 1);
    world.restart();
    for (let n = 0; n < 2; n++) await world.use("post_tool", 2);
    expect(await world.count("tool.completed")).toBe(1);
    expect(await world.held()).toEqual(["x.ts"]);
  });

  test("of another conversation or sub-agent is another, though its input and its moment are the same", async () => {
    const world = await openUnnamed();
    await world.use("pre_tool", 1);
    await world.use("pre_tool", 1, { subagentId: "s" });
    expect(await world.count("tool.started")).toBe(2);
  });
});

test("R2: a sub-agent's sub-agent, which names the one between as its parent, holds what the root holds", async () => {
  const world = await openUnnamed();
  await world.use("pre_tool", 1);
  await world.tell("subagent_start", 2, { subagentId: "s" });
  await world.tell("subagent_start", 3, { conversationId: "s", subagentId: "t" });
  const { verdict } = await world.use("pre_tool", 4, { conversationId: "t", subagentId: "u" });
  expect(verdict).toEqual({ permission: "allow" });
  expect(await world.count("tool.started")).toBe(2);
});
