/** One tool use whose files lie in several working trees: each file is guarded in its own, and all of them or none (R1, R2, R7). */
import { describe, expect, test } from "vitest";
import { principal } from "../engine-world.ts";
import { feat, lib, openWorld, tree } from "./hook-world.ts";
import type { World } from "./hook-world.ts";

const allow = { permission: "allow" };
const MINUTE = 60_000;
const BOTH = ["a.ts", "/lib/src/b.ts"];
const pre = (agent: string, files: readonly string[], use = "1") => ({
  ...{ moment: "pre_tool" as const, agent, files },
  use: `${agent}-${use}`,
});
const post = (agent: string, files: readonly string[], use = "1") => ({
  ...pre(agent, files, use),
  moment: "post_tool" as const,
});
const prompt = (agent: string) => ({ moment: "turn_start" as const, agent, more: { prompt: "Go" } });

async function wrote(world: World, agent: string, file: string) {
  await world.tell(pre(agent, [file], file));
  await world.tell(post(agent, [file], file));
}

function rows({ store }: World) {
  return store.listReservations({ workspaceId: principal.workspaceId, limit: 100 });
}

async function heldIn(world: World) {
  return (await rows(world)).map(({ repository, path }) => `${repository} ${path.path}`).toSorted();
}

const IN_BOTH = [`${tree.repository} a.ts`, `${lib.repository} src/b.ts`];

async function told(world: World, agent: string, type: string) {
  return (await world.events(agent)).filter((event) => event.type === type).map(({ data }) => data);
}

describe("a patch over two repositories", () => {
  test("R2, R7: is refused where another holds a file of the second, and takes nothing in the first", async () => {
    const world = await openWorld();
    await wrote(world, "b", "/lib/src/b.ts");
    const reply = await world.tell(pre("a", BOTH));
    expect(reply.verdict).toMatchObject({ permission: "deny", brief: "Reserved: /lib/src/b.ts" });
    expect(await heldIn(world)).toEqual([`${lib.repository} src/b.ts`]);
    expect(await told(world, "a", "reservation.denied")).toMatchObject([
      { repository: lib.repository, paths: ["src/b.ts"] },
    ]);
  });

  test("R2, R7: is refused by both of those who hold a file each, and the log says so for each repository", async () => {
    const world = await openWorld();
    await wrote(world, "b", "/lib/src/b.ts");
    await wrote(world, "c", "a.ts");
    const reply = await world.tell(pre("a", BOTH));
    expect(reply.verdict).toMatchObject({ brief: "Reserved: a.ts, /lib/src/b.ts" });
    expect(await told(world, "a", "reservation.denied")).toMatchObject([
      { repository: tree.repository, paths: ["a.ts"] },
      { repository: lib.repository, paths: ["src/b.ts"] },
    ]);
  });

  test("R2: takes both in one commit, whose events say of which repository each is", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    const before = world.writes.length;
    expect((await world.tell(pre("a", BOTH))).verdict).toEqual(allow);
    // The take, and what is recorded behind the answer.
    expect(world.writes.length - before).toBe(2);
    expect(await heldIn(world)).toEqual(IN_BOTH);
    expect(await told(world, "a", "reservation.acquired")).toMatchObject([
      { repository: tree.repository, paths: ["a.ts"], branch: "main", tool_use_id: "a-1" },
      { repository: lib.repository, paths: ["src/b.ts"], branch: "main", tool_use_id: "a-1" },
    ]);
    const [started] = await told(world, "a", "tool.started");
    expect(started).toMatchObject({ tool_call: { arguments: { paths: BOTH } } });
    expect((await world.store.readPresence(await world.sessionOf("a")))?.currentFile).toBe("a.ts");
  });

  test("R2: by two agents in one moment, in whichever order they name the files, is granted to one as a whole", async () => {
    const world = await openWorld();
    const replies = await world.race(pre("a", BOTH), pre("b", BOTH.toReversed()));
    expect(replies.map(({ verdict }) => verdict.permission).toSorted()).toEqual(["allow", "deny"]);
    const holders = new Set((await rows(world)).map(({ sessionId }) => sessionId));
    expect([holders.size, (await rows(world)).length]).toEqual([1, 2]);
  });

  test("R8: that the agent holds already is no new grant, and that is half held takes the other half", async () => {
    const world = await openWorld();
    await wrote(world, "a", "/lib/src/b.ts");
    expect((await world.tell(pre("a", BOTH))).verdict).toEqual(allow);
    await world.tell(post("a", BOTH));
    expect((await world.tell(pre("a", BOTH, "2"))).verdict).toEqual(allow);
    expect(await heldIn(world)).toEqual(IN_BOTH);
    expect(await told(world, "a", "reservation.acquired")).toHaveLength(2);
  });

  test("D6: is held in both once it is done, over prompts, and freed in both by the session's end", async () => {
    const world = await openWorld();
    await world.tell(pre("a", BOTH));
    await world.tell(post("a", BOTH));
    await world.tell(prompt("a"));
    expect(await heldIn(world)).toEqual(IN_BOTH);
    const ended = await world.tell({ moment: "session_end", agent: "a" });
    expect(ended.releasedFiles?.toSorted()).toEqual(["a.ts", "src/b.ts"]);
    expect(await heldIn(world)).toEqual([]);
    expect(await told(world, "a", "reservation.released")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ repository: tree.repository, paths: ["a.ts"], reason: "session_ended" }),
        expect.objectContaining({ repository: lib.repository, paths: ["src/b.ts"], reason: "session_ended" }),
      ]),
    );
  });

  test.each([
    ["its failure", { ...post("a", BOTH), moment: "tool_failed" as const }],
    ["the next prompt", prompt("a")],
  ])("D6: that was granted and not used is given back in both by %s", async (_, hook) => {
    const world = await openWorld();
    await world.tell(pre("a", BOTH));
    await world.tell(hook);
    expect(await heldIn(world)).toEqual([]);
    expect((await world.tell(pre("b", BOTH))).verdict).toEqual(allow);
  });

  test("R3: is kept in both by the signs of life of its agent, and free in both when they stop", async () => {
    const world = await openWorld();
    await world.tell(pre("a", BOTH));
    await world.tell(post("a", BOTH));
    for (let beat = 0; beat < 4; beat++) {
      world.clock.advance(5 * MINUTE);
      await world.tell({ moment: "heartbeat", agent: "a" });
    }
    expect(await heldIn(world)).toEqual(IN_BOTH);
    world.clock.advance(11 * MINUTE);
    expect(await heldIn(world)).toEqual([]);
  });

  test("R6: that was not asked for before is told to the writer and to each holder of its own file, and the rest is taken", async () => {
    const world = await openWorld();
    await wrote(world, "b", "/lib/src/b.ts");
    await wrote(world, "c", "a.ts");
    const reply = await world.tell(post("a", [...BOTH, "/lib/free.ts"]));
    expect(reply.context).toBe("You wrote into a.ts, /lib/src/b.ts");
    expect((await world.tell(prompt("b"))).context).toBe("Somebody wrote into src/b.ts");
    expect((await world.tell(prompt("c"))).context).toBe("Somebody wrote into a.ts");
    expect(await told(world, "a", "reservation.violated")).toMatchObject([
      { repository: tree.repository, paths: ["a.ts"] },
      { repository: lib.repository, paths: ["src/b.ts"] },
    ]);
    expect(await told(world, "a", "reservation.acquired")).toMatchObject([
      { repository: lib.repository, paths: ["free.ts"] },
    ]);
  });

  test.each(["complete", "delete"] as const)(
    "D6: of an agent whose session is over by a %s is refused where the second is another's, and holds nothing",
    async (action) => {
      const world = await openWorld();
      await world.tell(prompt("a"));
      await wrote(world, "b", "/lib/src/b.ts");
      await world.engine.controlSession(principal, await world.sessionOf("a"), { action });
      expect((await world.tell(pre("a", BOTH))).verdict).toMatchObject({ brief: "Reserved: /lib/src/b.ts" });
      expect((await world.tell(pre("a", ["a.ts", "/lib/free.ts"], "2"))).verdict).toEqual(allow);
      expect(await heldIn(world)).toEqual([`${lib.repository} src/b.ts`]);
    },
  );
});

describe("a command in one tree", () => {
  test("R6: that writes in another is refused what others hold there, and holds what is free", async () => {
    const world = await openWorld();
    await wrote(world, "b", "/lib/src/b.ts");
    const run = (command: string) => world.tell({ moment: "pre_tool", agent: "a", command, use: command });
    expect((await run("echo x > /lib/src/b.ts")).verdict.permission).toBe("deny");
    expect((await run("echo x > /lib/free.ts")).verdict).toEqual(allow);
    expect(await heldIn(world)).toContain(`${lib.repository} free.ts`);
    expect((await world.store.readPresence(await world.sessionOf("a")))?.currentFile).toBe("/lib/free.ts");
  });

  test("R6: is not laid what another session edited meanwhile in the other, nor given it", async () => {
    const world = await openWorld();
    await world.tell({ moment: "pre_tool", agent: "a", command: "make", use: "m" });
    world.clock.advance(1_000);
    await wrote(world, "b", "/lib/src/b.ts");
    const changedFiles = ["/lib/src/b.ts", "/lib/mine.ts", "a.ts"];
    const done = { moment: "post_tool" as const, agent: "a", command: "make", use: "m", more: { changedFiles } };
    expect((await world.tell(done)).context).toBeUndefined();
    expect(await heldIn(world)).toEqual([
      ...[`${tree.repository} a.ts`, `${lib.repository} mine.ts`, `${lib.repository} src/b.ts`],
    ]);
    expect(await told(world, "a", "reservation.violated")).toEqual([]);
  });
});

describe("a patch over two working trees of one repository", () => {
  test("R4: is judged in each by the branch of that tree, and takes the same name in both", async () => {
    const world = await openWorld();
    await wrote(world, "b", "a.ts");
    // On `feat`, in a tree of its own: not the same file.
    const reply = await world.tell(pre("a", ["other.ts", "/feat/a.ts"]));
    expect(reply).toMatchObject({ verdict: allow, context: "On another branch: /feat/a.ts" });
    expect((await world.tell(pre("c", ["third.ts", "/feat/a.ts"]))).verdict.permission).toBe("deny");
    expect((await world.tell(pre("c", ["a.ts", "/feat/free.ts"], "2"))).verdict.permission).toBe("deny");
    expect((await world.tell(pre("d", ["same.ts", "/feat/same.ts"]))).verdict).toEqual(allow);
    const same = (await rows(world)).filter(({ path }) => path.path === "same.ts");
    expect(new Map(same.map((row) => [row.tree, row.branch]))).toEqual(
      new Map([
        [tree.tree, "main"],
        [feat.tree, "feat"],
      ]),
    );
  });
});

describe("a tool use with files in more trees than anybody works in", () => {
  test("reserves in five of them, and is not held up by the rest", async () => {
    const world = await openWorld();
    const files = ["a.ts", ...Array.from({ length: 9 }, (_, index) => [`/many${index}/x.ts`, `/many${index}/y.ts`])];
    expect((await world.tell(pre("a", files.flat()))).verdict).toEqual(allow);
    expect(new Set((await rows(world)).map(({ repository }) => repository))).toEqual(
      new Set([tree.repository, "/many0", "/many1", "/many2", "/many3"]),
    );
    expect(await rows(world)).toHaveLength(9);
    await world.tell(post("a", files.flat()));
    expect(await rows(world)).toHaveLength(9);
  });
});

describe("an agent that goes into another tree", () => {
  test("R4: of which it tells no branch is on none that is known, and not on that of the tree it left", async () => {
    const world = await openWorld();
    await world.tell(prompt("a"));
    await world.tell({ ...pre("a", ["x.ts"]), tree: lib, branch: null });
    const presence = await world.store.readPresence(await world.sessionOf("a"));
    expect(presence).toMatchObject({ tree: { root: lib.root }, branch: null, headCommit: null });
  });
});
