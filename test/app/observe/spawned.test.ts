/** Hooks of an agent whose conversation belongs to a spawned session: that session's, never a twin's (ruling 30). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { principal } from "../engine-world.ts";
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
