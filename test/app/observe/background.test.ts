/** Agents that an agent starts in its own process, and what it tells itself when one of them has ended. */
import { describe, expect, test } from "vitest";
import { principal } from "../engine-world.ts";
import { openWorld } from "./hook-world.ts";
import type { Hook, World } from "./hook-world.ts";

const prompt = (text: string): Hook => ({ moment: "turn_start", agent: "a", more: { prompt: text } });
const notification: Hook = {
  ...{ moment: "turn_start", agent: "a" },
  more: { prompt: "<task-notification>\n</task-notification>", isOwnPrompt: true },
};
const write = (moment: "pre_tool" | "post_tool", file: string, subagentId?: string): Hook => ({
  ...{ moment, agent: "a", file, use: `use-of-${file}` },
  more: subagentId === undefined ? {} : { subagentId },
});

async function taskOf(world: World): Promise<string | null | undefined> {
  return (await world.store.readPresence(await world.sessionOf("a")))?.task;
}

describe("a prompt that the agent's own program wrote", () => {
  test("I22: begins a turn, and is no task", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    await world.tell({ moment: "turn_end", agent: "a" });
    await world.tell(notification);
    expect(await taskOf(world)).toBe("Build it");
    expect((await world.types("a")).filter((type) => type === "turn.started")).toHaveLength(2);
    expect((await world.store.readSession(await world.sessionOf("a")))?.edit.title).toBe("Build it");
  });

  test("I22: names no session either, where it is the first that is heard", async () => {
    const world = await openWorld();
    await world.tell(notification);
    expect(await taskOf(world)).toBeNull();
    await world.tell(prompt("Build it"));
    expect((await world.store.readSession(await world.sessionOf("a")))?.edit.title).toBe("Build it");
  });

  test("D6, I22: frees nothing that a tool of another agent within it is about to write", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    await world.tell(write("pre_tool", "x.ts", "helper"));
    await world.tell(notification);
    expect(await world.held()).toEqual(["x.ts"]);
  });
});

describe("an agent within another", () => {
  test("I22: is not told what is for the one that started it", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    const id = await world.sessionOf("a");
    await world.engine.sendMessage(principal, id, { message: { content: [{ type: "text", text: "Stop" }] } });
    expect((await world.tell(write("post_tool", "x.ts", "helper"))).context).toBeUndefined();
    expect((await world.tell(write("post_tool", "y.ts"))).context).toBe("Message for you: Stop");
  });
});
