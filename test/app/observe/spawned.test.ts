/** Hooks of an agent whose conversation belongs to a spawned session: that session's, never a twin's (ruling 30). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { draft } from "../../../src/core/decide/plan.ts";
import { encodeDraft } from "../../../src/core/events/envelope.ts";
import type { Fact } from "../../../src/core/events/envelope.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { HarnessName } from "../../../src/core/session.ts";
import { principal } from "../engine-world.ts";
import { say } from "../parked-world.ts";
import { openWorld, tree } from "./hook-world.ts";
import type { World } from "./hook-world.ts";

const pre = (agent: string, file: string) => ({
  ...{ moment: "pre_tool" as const, agent, file },
  use: `${agent}-${file}`,
});
const post = (agent: string, file: string) => ({ ...pre(agent, file), moment: "post_tool" as const });
const prompt = (agent: string, text: string) => ({ moment: "turn_start" as const, agent, more: { prompt: text } });

describe("the agent of a spawned session, when it reports by hooks too (ruling 30)", () => {
  async function spawned(world: World): Promise<SessionId> {
    const made = await world.engine.createSession(principal, { agentId: "agt", origin: "api" });
    if (!made.ok) throw new Error(made.refusal.code);
    const { id } = made.value;
    const presence = { agentType: "claude_code", conversationId: "spawned", tree, branch: "main" } as const;
    await world.deps.commit({ sessionId: id, events: [], team: { presence } });
    return id;
  }

  test("joins that session, which alone holds and is held to what it holds", async () => {
    const world = await openWorld();
    const id = await spawned(world);
    expect((await world.tell(pre("spawned", "x.ts"))).sessionId).toBe(id);
    await world.tell(post("spawned", "x.ts"));
    expect((await world.tell(pre("b", "x.ts"))).verdict.permission).toBe("deny");
  });

  test("tells neither turns nor tools nor ends, which its harness does, and takes no message from its queue", async () => {
    const world = await openWorld();
    const id = await spawned(world);
    const before = await world.types("spawned");
    await world.tell({ moment: "session_start", agent: "spawned" });
    await world.tell(prompt("spawned", "As the harness asked"));
    await world.tell(pre("spawned", "x.ts"));
    await world.tell(post("spawned", "x.ts"));
    await world.tell({ moment: "turn_end", agent: "spawned", more: { answer: "Done" } });
    await world.tell({ moment: "session_end", agent: "spawned" });
    expect((await world.types("spawned")).slice(before.length)).toEqual(["reservation.acquired"]);
    expect((await world.store.readSession(id))?.facts).toMatchObject({ lifecycle: "open", turn: "none" });
    expect(await world.held()).toEqual(["x.ts"]);
  });
});

describe("a spawned agent whose hook comes before it is known what it calls its conversation", () => {
  async function starting(world: World, harness: HarnessName = "claude-code"): Promise<SessionId> {
    const made = await world.engine.createSession(principal, { harness, origin: "api" });
    if (!made.ok) throw new Error(made.refusal.code);
    await say(world.engine, made.value.id, "Go");
    return made.value.id;
  }

  async function log(world: World, sessionId: SessionId, fact: Fact): Promise<void> {
    const { commit, mint } = world.deps;
    await commit({ sessionId, events: [encodeDraft(draft(mint, {}, fact))] });
  }

  const started = (id: string): Fact => ({
    type: "process.started",
    data: { pid: 1, program: "claude", agent_session_id: id, isolation: "none", resumed: false },
  });
  const exited: Fact = { type: "process.exited", data: { reason: "It ended" } };

  test("joins the session that it was started for, also when two of its hooks come at once", async () => {
    const world = await openWorld({ slots: 0 });
    const id = await starting(world);
    const told = await world.race(
      { moment: "session_start", agent: "early", startedFor: id },
      { ...prompt("early", "Go"), startedFor: id },
    );
    expect(told.map(({ sessionId }) => sessionId)).toEqual([id, id]);
    await world.tell(pre("early", "x.ts"));
    expect((await world.tell(pre("b", "x.ts"))).verdict.permission).toBe("deny");
    expect((await world.types("early")).filter((type) => type === "turn.started")).toHaveLength(1);
  });

  test("joins it again when its program was started anew and has another conversation", async () => {
    const world = await openWorld({ slots: 0 });
    const id = await starting(world);
    await log(world, id, started("first"));
    await log(world, id, exited);
    const { sessionId } = await world.tell({ moment: "session_start", agent: "second", startedFor: id });
    expect(sessionId).toBe(id);
  });

  test("is heard as one of its own where the session's agent is another: one that this agent itself has started", async () => {
    const world = await openWorld({ slots: 0 });
    const id = await starting(world);
    await log(world, id, started("the session's own"));
    const nested = await world.tell({ moment: "session_start", agent: "nested", startedFor: id });
    expect(nested.sessionId).not.toBe(id);
  });

  test("gets into no session of another kind, of another workspace, without a turn, ended, or that there is not", async () => {
    const world = await openWorld({ slots: 0 });
    const idle = await world.engine.createSession(principal, { harness: "claude-code", origin: "api" });
    const elsewhere = {
      ...principal,
      workspaceId: formatId("workspace", 9, "9".repeat(20)) as typeof principal.workspaceId,
    };
    const foreign = await world.engine.createSession(elsewhere, { harness: "claude-code", origin: "api" });
    if (!idle.ok || !foreign.ok) throw new Error("It was not made");
    const message = { content: [{ type: "text" as const, text: "Go" }] };
    await world.engine.sendMessage(elsewhere, foreign.value.id, { message });
    const killed = await starting(world);
    await world.engine.controlSession(principal, killed, { action: "kill" });
    const names = [
      await starting(world, "codex"),
      await starting(world, "hosted"),
      foreign.value.id,
      idle.value.id,
      killed,
      formatId("session", 9, "9".repeat(20)),
      "nonsense",
    ];
    for (const [at, startedFor] of names.entries()) {
      const { sessionId } = await world.tell({ moment: "session_start", agent: `lost-${at}`, startedFor });
      expect(names).not.toContain(sessionId);
    }
    const late = await world.tell({ moment: "session_end", agent: "late", startedFor: await starting(world) });
    expect(late.sessionId).toBe("");
  });
});
