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
  const failed = (file: string, subagentId: string): Hook => ({
    ...write("pre_tool", file, subagentId),
    moment: "tool_failed",
  });

  test("D6: keeps what it was granted while a user prompts the one that started it", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    await world.tell(write("pre_tool", "x.ts", "helper"));
    await world.tell(write("pre_tool", "y.ts"));
    await world.tell(prompt("Go on"));
    expect(await world.held()).toEqual(["x.ts"]);
    const released = (await world.events("a")).filter(({ type }) => type === "reservation.released");
    expect(released.map(({ data }) => data)).toMatchObject([{ paths: ["y.ts"], reason: "unused" }]);
    await world.tell(write("post_tool", "x.ts", "helper"));
    await world.tell({ moment: "subagent_end", agent: "a", more: { subagentId: "helper" } });
    await world.tell(prompt("And on"));
    expect(await world.held()).toEqual(["x.ts"]);
  });

  test("D6: gives back what it has not used when its tool fails, and when it ends", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    for (const file of ["x.ts", "y.ts"]) await world.tell(write("pre_tool", file, "helper"));
    await world.tell(write("pre_tool", "z.ts", "other/helper"));
    await world.tell(failed("x.ts", "helper"));
    expect(await world.held()).toEqual(["y.ts", "z.ts"]);
    await world.tell({ moment: "subagent_end", agent: "a", more: { subagentId: "helper" } });
    expect(await world.held()).toEqual(["z.ts"]);
    const released = (await world.events("a")).findLast(({ type }) => type === "reservation.released");
    expect(released?.data).toMatchObject({ paths: ["y.ts"], reason: "unused" });
    await world.tell({ moment: "subagent_end", agent: "a", more: { subagentId: "other" } });
    expect(await world.held()).toEqual(["z.ts"]);
  });

  test("D6: is told as the tool use that it is", async () => {
    const world = await openWorld();
    await world.tell(write("pre_tool", "x.ts", "a/b%"));
    const acquired = (await world.events("a")).find(({ type }) => type === "reservation.acquired");
    expect(acquired?.data).toMatchObject({ tool_use_id: "use-of-x.ts" });
  });

  test("I22: is not told what is for the one that started it", async () => {
    const world = await openWorld();
    await world.tell(prompt("Build it"));
    const id = await world.sessionOf("a");
    await world.engine.sendMessage(principal, id, { message: { content: [{ type: "text", text: "Stop" }] } });
    expect((await world.tell(write("post_tool", "x.ts", "helper"))).context).toBeUndefined();
    expect((await world.tell(write("post_tool", "y.ts"))).context).toBe("Message for you: Stop");
  });
});
