/** What could go wrong between hooks: late, double, foreign and unwatched ones, and those that run beside each other. */
import { describe, expect, test } from "vitest";
import { principal } from "../engine-world.ts";
import { openWorld } from "./hook-world.ts";
import type { Hook, World } from "./hook-world.ts";

const allow = { permission: "allow" };
const MINUTE = 60_000;
const pre = (agent: string, file: string, use = `${agent}-${file}`) => ({
  moment: "pre_tool" as const,
  agent,
  file,
  use,
});
const post = (agent: string, file: string, use?: string) => ({
  ...pre(agent, file, use),
  moment: "post_tool" as const,
});
const prompt = (agent: string, text = "Go") => ({ moment: "turn_start" as const, agent, more: { prompt: text } });
const shell = (agent: string, command: string, moment: "pre_tool" | "post_tool" = "pre_tool") => ({
  moment,
  agent,
  command,
  use: `${agent}-${command}`,
});

async function wrote(world: World, agent: string, ...files: readonly string[]) {
  for (const file of files) {
    await world.tell(pre(agent, file));
    await world.tell(post(agent, file));
  }
}

async function lifecycleOf(world: World, agent: string) {
  return (await world.store.readSession(await world.sessionOf(agent)))?.facts.lifecycle;
}

describe("an agent whose session is over", () => {
  test.each(["complete", "kill", "delete"] as const)(
    "by a %s does not get to write what others hold, and holds nothing",
    async (action) => {
      const world = await openWorld();
      await world.tell(prompt("a"));
      await wrote(world, "b", "theirs.ts");
      await world.engine.controlSession(principal, await world.sessionOf("a"), { action });
      expect((await world.tell(pre("a", "theirs.ts"))).verdict.permission).toBe("deny");
      expect((await world.tell(shell("a", "echo x > theirs.ts"))).verdict.permission).toBe("deny");
      expect((await world.tell(pre("a", "free.ts"))).verdict).toEqual(allow);
      expect(await world.held()).toEqual(["theirs.ts"]);
    },
  );

  test("R3: what two ends at once free is told once", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    await world.tell(pre("a", "x.ts"));
    await world.tell(post("a", "x.ts"));
    const ends = await world.race({ moment: "session_end", agent: "a" }, { moment: "session_end", agent: "a" });
    expect(ends.flatMap(({ releasedFiles }) => releasedFiles)).toEqual(["x.ts"]);
    expect(await world.held()).toEqual([]);
    const types = (await world.events("a")).map(({ type }) => type);
    expect(types.filter((type) => type === "reservation.released")).toHaveLength(1);
  });

  test("D6: is not opened again by a sign of life that comes late", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    await world.tell({ moment: "session_end", agent: "a" });
    for (const moment of ["heartbeat", "compact", "subagent_end"] as const) {
      world.clock.advance(MINUTE);
      await world.tell({ moment, agent: "a" });
    }
    expect(await lifecycleOf(world, "a")).toBe("completed");
  });

  test("ruling 28: is, where every answer ends it; and then it holds again what it writes", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    await world.tell({ moment: "turn_end", agent: "a", endsAtTurnEnd: true });
    world.clock.advance(MINUTE);
    await world.tell({ moment: "heartbeat", agent: "a", endsAtTurnEnd: true });
    expect(await lifecycleOf(world, "a")).toBe("open");
    await wrote(world, "a", "x.ts");
    expect(await world.held()).toEqual(["x.ts"]);
  });

  test("holds what it writes while its session is open, whatever it said of leaving", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    const id = await world.sessionOf("a");
    await world.deps.commit({ sessionId: id, events: [], team: { presence: { isEnded: true } } });
    await wrote(world, "a", "x.ts");
    expect(await world.held()).toEqual(["x.ts"]);
    expect((await world.store.readPresence(id))?.endedAt).toBeNull();
  });

  test.each(["startup", "resume", "clear", "compact"])("is opened again by a start for %s", async (source) => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    await world.tell({ moment: "session_end", agent: "a" });
    await world.tell({ moment: "session_start", agent: "a", more: { reason: source } });
    expect(await lifecycleOf(world, "a")).toBe("open");
    await wrote(world, "a", "x.ts");
    expect(await world.held()).toEqual(["x.ts"]);
  });
});

describe("a tool use that was refused", () => {
  test("D6: is over, and keeps nothing that its session holds beyond its deadline", async () => {
    const world = await openWorld();
    await wrote(world, "a", "mine.ts");
    await wrote(world, "b", "theirs.ts");
    expect((await world.tell(pre("a", "theirs.ts"))).verdict.permission).toBe("deny");
    world.clock.advance(11 * MINUTE);
    expect(await world.held()).toEqual([]);
  });

  test("R8: is one fact, whoever else fires it", async () => {
    const world = await openWorld();
    await wrote(world, "b", "theirs.ts");
    for (let n = 0; n < 3; n++) await world.tell(pre("a", "theirs.ts", "one"));
    expect((await world.types("a")).filter((type) => type === "reservation.denied")).toHaveLength(1);
  });
});

describe("what changed while a command ran", () => {
  test("R6: by another agent's edit in that time is not laid to the command, nor given to its agent", async () => {
    const world = await openWorld();
    await wrote(world, "a", "held.ts");
    await world.tell(shell("b", "make test"));
    world.clock.advance(1_000);
    await world.tell(post("a", "held.ts", "again"));
    await wrote(world, "a", "new.ts");
    world.disk.set("held.ts", "by a");
    world.disk.set("new.ts", "by a");
    expect((await world.tell(shell("b", "make test", "post_tool"))).context).toBeUndefined();
    expect(await world.types("b")).not.toContain("reservation.violated");
  });

  test("R6: in what an agent is writing in this moment is not laid to the command either", async () => {
    const world = await openWorld();
    await world.tell(shell("b", "make test"));
    await world.tell(pre("a", "held.ts"));
    world.disk.set("held.ts", "by a");
    expect((await world.tell(shell("b", "make test", "post_tool"))).context).toBeUndefined();
    expect(await world.held()).toEqual(["held.ts"]);
  });
});

describe("paths", () => {
  test("R7: of a patch over hundreds of files are all looked at, and all taken", async () => {
    const world = await openWorld();
    await wrote(world, "b", "part/file-399.ts");
    const files = Array.from({ length: 400 }, (_, index) => `part/file-${index}.ts`);
    expect((await world.tell({ ...pre("a", ""), files })).verdict.permission).toBe("deny");
    const others = files.slice(0, 399);
    expect((await world.tell({ ...pre("a", "", "2"), files: others })).verdict).toEqual(allow);
    expect((await world.tell(pre("c", "part/file-398.ts"))).verdict.permission).toBe("deny");
    expect((await world.tell({ moment: "session_end", agent: "a" })).releasedFiles).toHaveLength(399);
  });

  test("D1: of a directory and of the same name as a file, by two tool uses of one agent, are one grant", async () => {
    const world = await openWorld();
    expect((await world.tell(pre("a", "gen/", "1"))).verdict).toEqual(allow);
    expect((await world.tell(pre("a", "gen", "2"))).verdict).toEqual(allow);
    expect((await world.tell({ ...pre("a", "", "3"), files: ["gen", "gen/"] })).verdict).toEqual(allow);
    expect(await world.held()).toEqual(["gen/"]);
  });

  test("written without being asked for, in what another holds, are told to both, once however often it is told", async () => {
    const world = await openWorld();
    await wrote(world, "b", "theirs.ts");
    const told = await world.tell(post("a", "theirs.ts", "x"));
    expect(told.context).toBe("You wrote into theirs.ts");
    expect((await world.tell(post("a", "theirs.ts", "x"))).context).toBeUndefined();
    expect((await world.types("a")).filter((type) => type === "reservation.violated")).toHaveLength(1);
    expect((await world.tell(prompt("b"))).context).toBe("Somebody wrote into theirs.ts");
    expect(await world.held()).toEqual(["theirs.ts"]);
  });
});

describe("a grant by one tool use", () => {
  test("R2: is not made to stand by the post of another, nor dropped by its failure", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts", "one"));
    await world.tell({ ...post("a", "y.ts", "two") });
    await world.tell({ ...post("a", "y.ts", "three"), moment: "tool_failed" });
    expect(await world.held()).toEqual(["x.ts", "y.ts"]);
    await world.tell(prompt("a", "Otherwise"));
    expect(await world.held()).toEqual(["y.ts"]);
  });

  test("R2: that two of them share goes with the last that fails", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts", "one"));
    await world.tell(pre("a", "x.ts", "two"));
    await world.tell({ ...post("a", "x.ts", "one"), moment: "tool_failed" });
    expect(await world.held()).toEqual(["x.ts"]);
    await world.tell({ ...post("a", "x.ts", "two"), moment: "tool_failed" });
    expect(await world.held()).toEqual([]);
  });
});

describe("tool uses of which nobody tells the end", () => {
  test("do not make a file's row grow for ever, and the one that is told makes it stand", async () => {
    const world = await openWorld();
    for (let use = 0; use < 150; use++) await world.tell(pre("a", "x.ts", `use-${use}`));
    const [row] = await world.store.listReservations({ workspaceId: principal.workspaceId, limit: 10 });
    expect(row?.provisionalFor).toHaveLength(100);
    await world.tell(post("a", "x.ts", "use-0"));
    await world.tell(prompt("a", "More"));
    expect(await world.held()).toEqual(["x.ts"]);
  });
});

describe("messages that wait for an agent", () => {
  test("are given to one of two hooks that come in one moment (ruling 6)", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    const id = await world.sessionOf("a");
    await world.engine.sendMessage(principal, id, { message: { content: [{ type: "text", text: "Mind the tests" }] } });
    const replies = await world.race(post("a", "x.ts", "1"), post("a", "y.ts", "2"), prompt("a", "More"));
    const told = replies.filter(({ context }) => context?.includes("Mind the tests") === true);
    expect(told).toHaveLength(1);
    const inputs = (await world.events("a")).filter(({ type }) => type === "input.message");
    expect(inputs.filter(({ data }) => JSON.stringify(data).includes("Mind the tests"))).toHaveLength(1);
  });
});

describe("a message to an agent that is only watched", () => {
  const say = (text: string) => ({ message: { content: [{ type: "text" as const, text }] } });

  test("starts no turn of ours, however long it waits, and is neither a need nor work to be done (ruling 6)", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    await world.tell({ moment: "turn_end", agent: "a" });
    const id = await world.sessionOf("a");
    expect(await world.engine.sendMessage(principal, id, say("Mind the tests"))).toMatchObject({
      value: { delivery: "queued" },
    });
    const types = await world.types("a");
    for (let beat = 0; beat < 3; beat++) {
      world.clock.advance(10 * MINUTE);
      await world.engine.pulse.beat();
    }
    expect(await world.types("a")).toEqual(types);
    expect((await world.store.readSession(id))?.facts).toMatchObject({ turn: "none", needs: [], queuedCount: 1 });
    expect((await world.tell(prompt("a", "More"))).context).toContain("Mind the tests");
  });

  test("that was killed is refused, and its agent's hooks change nothing", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    const id = await world.sessionOf("a");
    await world.engine.controlSession(principal, id, { action: "kill" });
    expect(await world.engine.sendMessage(principal, id, say("Hello"))).toMatchObject({ ok: false });
    const types = await world.types("a");
    for (const moment of ["session_start", "turn_start", "pre_tool", "post_tool", "turn_end", "session_end"] as const)
      await world.tell({ moment, agent: "a", file: "x.ts", use: "1", more: { prompt: "Go on" } });
    expect(await world.types("a")).toEqual(types);
    expect(await world.held()).toEqual([]);
    const present = await world.store.listPresent({ workspaceId: principal.workspaceId, sinceMs: 0, limit: 10 });
    expect(present).toEqual([]);
  });
});

describe("a prompt of half a megabyte", () => {
  test("is kept in part, and its task is a line", async () => {
    const world = await openWorld();
    const reply = await world.tell(prompt("a", `Rewrite 🦊${"🦊 ".repeat(200_000)}`));
    expect(reply.verdict).toEqual(allow);
    const presence = await world.store.readPresence(await world.sessionOf("a"));
    expect(presence?.task).toMatch(/^Rewrite/);
    expect(presence?.task?.length).toBeLessThanOrEqual(200);
    expect(presence?.task?.isWellFormed()).toBe(true);
  });
});

describe("conversations of one name", () => {
  test("in two IDEs are two sessions, and each is in the other's way", async () => {
    const world = await openWorld();
    await wrote(world, "same", "x.ts");
    const other: Hook = { ...pre("same", "x.ts"), more: { agentType: "codex" } };
    expect((await world.tell(other)).verdict.permission).toBe("deny");
  });
});
