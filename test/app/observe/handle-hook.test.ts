/** What hooks of agents come to: one session each, files that only one of them writes, and what each is told. */
import { describe, expect, test } from "vitest";
import { statusOf, nativeStatuses } from "../../../src/core/status.ts";
import { principal } from "../engine-world.ts";
import { openWorld, tree } from "./hook-world.ts";

const allow = { permission: "allow" };
const pre = (agent: string, file: string, use = `${agent}-${file}`) => ({
  moment: "pre_tool" as const,
  agent,
  file,
  use,
});
const post = (agent: string, file: string, use = `${agent}-${file}`) => ({
  ...pre(agent, file, use),
  moment: "post_tool" as const,
});
const prompt = (agent: string, text: string) => ({ moment: "turn_start" as const, agent, more: { prompt: text } });
const MINUTE = 60_000;

describe("the session of a conversation", () => {
  test("S3: is made by whatever hook comes first, once, also when many come at once", async () => {
    const world = await openWorld();
    const replies = await world.race(
      ...["heartbeat", "turn_start", "pre_tool", "post_tool"].map((moment) => ({
        moment: moment as "heartbeat",
        agent: "a",
      })),
    );
    expect(new Set(replies.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect((await world.types("a")).filter((type) => type === "session.created")).toHaveLength(1);
  });

  test("ruling 30: a prompt begins its turn and names its task, an answer ends it, and the session stays", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Build the\n JWT auth flow"));
    const id = await world.sessionOf("a");
    expect(await world.store.readPresence(id)).toMatchObject({ task: "Build the JWT auth flow", branch: "main" });
    expect((await world.store.readSession(id))?.facts.turn).toBe("active");
    await world.tell({ moment: "turn_end", agent: "a", more: { answer: "Done" } });
    const session = await world.store.readSession(id);
    expect(session).toMatchObject({ edit: { title: "Build the JWT auth flow" }, facts: { outputPreview: "Done" } });
    expect(session === undefined ? "" : statusOf(nativeStatuses, session.facts)).toBe("idle");
    expect(await world.types("a")).toEqual([
      "session.created",
      "input.message",
      "turn.started",
      "session.activated",
      "output.message.completed",
      "turn.completed",
      "session.idled",
    ]);
  });

  test("tells no secret that stood in a prompt", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", `use token=${"x9".repeat(12)} please`));
    expect(JSON.stringify(await world.events("a"))).not.toContain("x9x9");
    expect(JSON.stringify(await world.store.readPresence(await world.sessionOf("a")))).not.toContain("x9x9");
  });

  test("ruling 30: falls silent after five minutes, and the next hook revives the same id", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    const id = await world.sessionOf("a");
    world.clock.advance(4 * MINUTE);
    await world.tell({ moment: "heartbeat", agent: "a" });
    world.clock.advance(2 * MINUTE);
    await world.engine.pulse.beat();
    expect((await world.store.readSession(id))?.facts.turn).toBe("active");
    world.clock.advance(4 * MINUTE);
    await world.engine.pulse.beat();
    const silent = (await world.events("a")).find(({ type }) => type === "turn.failed");
    expect(silent?.data).toMatchObject({ error_code: "agent_silent" });
    expect((await world.store.readSession(id))?.facts.turn).toBe("none");
    expect((await world.tell(prompt("a", "Still there"))).sessionId).toBe(id);
    expect((await world.store.readSession(id))?.facts.turn).toBe("active");
  });

  test("ruling 28: ends with the answer where its page says so, and opens again with the next prompt", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    await world.tell({ moment: "turn_end", agent: "a", endsAtTurnEnd: true });
    const id = await world.sessionOf("a");
    expect((await world.store.readSession(id))?.facts.lifecycle).toBe("completed");
    expect((await world.tell(prompt("a", "Again"))).sessionId).toBe(id);
    expect((await world.store.readSession(id))?.facts).toMatchObject({ lifecycle: "open", turn: "active" });
  });

  test("a heartbeat is written at most every half minute", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    const id = await world.sessionOf("a");
    const heard = (await world.store.readPresence(id))?.heardAt;
    world.clock.advance(20_000);
    await world.tell({ moment: "heartbeat", agent: "a" });
    expect((await world.store.readPresence(id))?.heardAt).toBe(heard);
    world.clock.advance(11_000);
    await world.tell({ moment: "heartbeat", agent: "a" });
    expect((await world.store.readPresence(id))?.heardAt).not.toBe(heard);
  });

  test("one that was deleted is no longer watched, and its agent works on", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    await world.engine.controlSession(principal, await world.sessionOf("a"), { action: "delete" });
    expect(await world.tell(pre("a", "y.ts"))).toMatchObject({ sessionId: "", verdict: allow });
  });

  test("an end that nobody has heard the begin of makes no session", async () => {
    const world = await openWorld();
    expect(await world.tell({ moment: "session_end", agent: "a" })).toMatchObject({ sessionId: "", verdict: allow });
  });
});

describe("a file", () => {
  test("R2: goes to one of two agents that ask in one moment, and the other is told who has it", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "One"));
    await world.tell(prompt("b", "Two"));
    const replies = await world.race(pre("a", "src/x.ts"), pre("b", "src/x.ts"));
    expect(replies.map(({ verdict }) => verdict.permission).toSorted()).toEqual(["allow", "deny"]);
    expect(replies.find(({ verdict }) => verdict.permission === "deny")?.verdict).toEqual({
      permission: "deny",
      reason: "Reserved: src/x.ts; work on another file",
      brief: "Reserved: src/x.ts",
    });
    const types = [...(await world.types("a")), ...(await world.types("b"))];
    expect(types.filter((type) => type === "reservation.acquired")).toHaveLength(1);
    expect(types.filter((type) => type === "reservation.denied")).toHaveLength(1);
  });

  test("R2, R7: of several files all are taken or none", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "two.ts"));
    const many = { ...pre("b", ""), files: ["one.ts", "two.ts", "three.ts"] };
    expect((await world.tell(many)).verdict.permission).toBe("deny");
    expect(await world.held()).toEqual(["two.ts"]);
  });

  test("W6: that is held already is allowed, and refused to others, without a write before the answer", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    await world.tell(post("a", "x.ts"));
    await world.tell(prompt("b", "Go"));
    const behind: (() => Promise<unknown>)[] = [];
    const deps = { ...world.deps, afterwards: (work: () => Promise<unknown>) => void behind.push(work) };
    const { makeHandleHook } = await import("../../../src/app/observe/handle-hook.ts");
    const handle = makeHandleHook(deps);
    world.writes.length = 0;
    for (const agent of ["a", "b"]) {
      const event = {
        moment: "pre_tool",
        agentType: "claude_code",
        conversationId: agent,
        rawEvent: "PreToolUse",
      } as const;
      const files = [{ path: "x.ts", operation: "write" as const }];
      await handle(principal, {
        event: { ...event, files, toolUseId: `${agent}2`, tool: { name: "Edit", kind: "edit" } },
        report: {},
        options: { branchDefault: "warn", endsAtTurnEnd: false },
      });
    }
    expect(world.writes).toEqual([]);
    for (const work of behind) await work();
    expect(world.writes.length).toBeGreaterThan(0);
  });

  test("W6: that is free is answered for once it is held; that the tool ran is told behind the answer", async () => {
    const behind: (() => Promise<unknown>)[] = [];
    const world = await openWorld({ afterwards: (work) => void behind.push(work) });
    await world.tell(prompt("a", "Go"));
    await world.tell({ moment: "heartbeat", agent: "b" });
    await world.tell({ moment: "session_end", agent: "b" });
    await world.engine.controlSession(principal, await world.sessionOf("b"), { action: "resume" });
    for (const agent of ["a", "b"]) {
      const id = await world.sessionOf(agent);
      expect((await world.tell(pre(agent, `${agent}.ts`, "use-1"))).verdict).toEqual(allow);
      expect(await world.held()).toContain(`${agent}.ts`);
      expect((await world.types(agent)).at(-1)).toBe("reservation.acquired");
      expect((await world.store.readPresence(id))?.currentFile).toBeNull();
      for (const work of behind.splice(0)) await work();
      expect((await world.types(agent)).at(-1)).toBe("tool.started");
      expect(await world.store.readPresence(id)).toMatchObject({ currentFile: `${agent}.ts`, endedAt: null });
      expect(await world.store.hasHook(id, { toolUseId: "use-1", moment: "pre_tool" })).toBe(true);
    }
  });

  test("R8: that two hooks of one tool use ask for in one moment is held once, and told once", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    const hook = pre("a", "x.ts", "use-1");
    const replies = await world.race(hook, hook, hook);
    expect(replies.map(({ verdict }) => verdict)).toEqual([allow, allow, allow]);
    const types = await world.types("a");
    for (const type of ["reservation.acquired", "tool.started"]) {
      expect(
        types.filter((each) => each === type),
        type,
      ).toHaveLength(1);
    }
  });

  test("R8: that an IDE asks for twice is one fact", async () => {
    const world = await openWorld();
    for (let n = 0; n < 3; n++) await world.tell(pre("a", "x.ts", "use-1"));
    for (let n = 0; n < 3; n++) await world.tell(post("a", "x.ts", "use-1"));
    const types = await world.types("a");
    for (const type of ["tool.started", "tool.completed", "reservation.acquired"]) {
      expect(
        types.filter((each) => each === type),
        type,
      ).toHaveLength(1);
    }
  });

  test("D6: is given back by a tool that failed, and by the next prompt after a permission that was not given", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    await world.tell({ ...post("a", "x.ts"), moment: "tool_failed", more: { error: "no such text" } });
    expect(await world.held()).toEqual([]);
    await world.tell(pre("a", "y.ts"));
    await world.tell(prompt("a", "Do it otherwise"));
    expect(await world.held()).toEqual([]);
    const released = (await world.events("a")).filter(({ type }) => type === "reservation.released");
    expect(released.at(-1)?.data).toMatchObject({ paths: ["y.ts"], reason: "unused" });
  });

  test("D6: asked for too late, after its tool was done or its session over, is not held", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    await world.tell({ ...post("a", "x.ts", "use-1"), moment: "tool_failed" });
    expect((await world.tell(pre("a", "x.ts", "use-1"))).verdict).toEqual(allow);
    expect(await world.held()).toEqual([]);
    await world.tell({ moment: "session_end", agent: "a" });
    expect((await world.tell(pre("a", "z.ts", "use-2"))).verdict).toEqual(allow);
    expect(await world.held()).toEqual([]);
  });

  test("R3: stays held over the ends of turns, and is free when the session ends", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    await world.tell(pre("a", "x.ts"));
    await world.tell(post("a", "x.ts"));
    for (let n = 0; n < 3; n++) await world.tell({ moment: "turn_end", agent: "a" });
    expect(await world.held()).toEqual(["x.ts"]);
    expect(await world.tell({ moment: "session_end", agent: "a" })).toMatchObject({ releasedFiles: ["x.ts"] });
    expect(await world.held()).toEqual([]);
    const last = (await world.events("a")).findLast(({ type }) => type === "reservation.released");
    expect(last?.data).toMatchObject({ paths: ["x.ts"], reason: "session_ended" });
  });

  test("R4: on another branch of another tree is a warning, in the same tree a refusal", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    const elsewhere = { ...tree, tree: "laptop:/other", root: "/other" };
    const beside = await world.tell({ ...pre("b", "x.ts"), tree: elsewhere, branch: "feat" });
    expect(beside).toMatchObject({ verdict: allow, context: "On another branch: x.ts" });
    expect((await world.tell({ ...pre("c", "x.ts"), branch: "feat" })).verdict.permission).toBe("deny");
  });

  test("R1: outside of any tree is nobody's", async () => {
    const world = await openWorld();
    expect((await world.tell({ ...pre("a", "/out/x.ts") })).verdict).toEqual(allow);
    expect((await world.tell({ ...pre("a", "x.ts"), tree: null })).verdict).toEqual(allow);
    expect(await world.held()).toEqual([]);
  });

  test("that was written without being asked for is held from then on", async () => {
    const world = await openWorld();
    await world.tell(post("a", "x.ts"));
    expect(await world.held()).toEqual(["x.ts"]);
    expect((await world.tell(pre("b", "x.ts"))).verdict.permission).toBe("deny");
  });
});

describe("a command", () => {
  const shell = (agent: string, command: string, moment: "pre_tool" | "post_tool" = "pre_tool") => ({
    moment,
    agent,
    command,
    use: `${agent}-${command}`,
  });

  test("R6: that surely writes what somebody holds is refused", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    expect((await world.tell(shell("b", "echo hi > x.ts"))).verdict.permission).toBe("deny");
    expect((await world.tell(shell("b", "cat x.ts"))).verdict).toEqual(allow);
  });

  test("R6: that wrote into what somebody holds is told to both", async () => {
    const world = await openWorld();
    await world.tell(pre("a", "x.ts"));
    await world.tell(post("a", "x.ts"));
    expect((await world.tell(shell("b", "make all"))).verdict).toEqual(allow);
    world.disk.set("x.ts", "written by make");
    world.disk.set("out.js", "built");
    const reply = await world.tell(shell("b", "make all", "post_tool"));
    expect(reply.context).toBe("You wrote into x.ts");
    const violated = (await world.events("b")).find(({ type }) => type === "reservation.violated");
    expect(violated?.data).toMatchObject({ paths: ["x.ts"], command: "make all" });
    expect(await world.held()).toEqual(["out.js", "x.ts"]);
    const told = await world.tell(prompt("a", "Go on"));
    expect(told.context).toContain("Somebody wrote into x.ts");
    expect((await world.tell(prompt("a", "And on"))).context).toBeUndefined();
  });

  test("R11: that commits files frees them", async () => {
    const world = await openWorld();
    for (const file of ["x.ts", "y.ts"]) {
      await world.tell(pre("a", file));
      await world.tell(post("a", file));
    }
    world.committed.push("x.ts");
    await world.tell(shell("a", "git add x.ts && git commit -m x", "post_tool"));
    expect(await world.held()).toEqual(["y.ts"]);
    const released = (await world.events("a")).findLast(({ type }) => type === "reservation.released");
    expect(released?.data).toMatchObject({ paths: ["x.ts"], reason: "committed" });
  });
});

describe("what an agent is told", () => {
  test("is the briefing when it begins", async () => {
    const world = await openWorld();
    expect(await world.tell({ moment: "session_start", agent: "a" })).toMatchObject({ context: "Team briefing" });
  });

  test("ruling 6: are the messages that wait, once, and the log says when", async () => {
    const world = await openWorld();
    await world.tell(prompt("a", "Go"));
    const id = await world.sessionOf("a");
    const sent = await world.engine.sendMessage(principal, id, {
      message: { content: [{ type: "text", text: "Mind the tests" }] },
    });
    expect(sent).toMatchObject({ ok: true, value: { delivery: "queued" } });
    expect((await world.tell(pre("a", "x.ts"))).context).toBeUndefined();
    expect((await world.tell(post("a", "x.ts"))).context).toBe("Message for you: Mind the tests");
    expect((await world.tell(post("a", "y.ts"))).context).toBeUndefined();
    expect((await world.store.readSession(id))?.facts.queuedCount).toBe(0);
    expect((await world.types("a")).filter((type) => type === "input.message")).toHaveLength(2);
  });
});
