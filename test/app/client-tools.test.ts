/** Turns whose calls the client carries out (A5, ruling 6). */
import { describe, expect, test } from "vitest";
import { principal } from "./engine-world.ts";
import { HOUR, answer, idle, open, openCallIds, parked, pending, results, say, typesOf } from "./parked-world.ts";
import type { World } from "./parked-world.ts";

describe("T13: a turn whose calls the client carries out", () => {
  const give = (
    { engine, id }: Pick<World, "engine" | "id">,
    ids: readonly string[],
    more: object = { result: "42" },
  ) =>
    engine.giveToolResults(
      principal,
      id,
      ids.map((callId) => ({ callId, ...more })),
    );

  test("waits for them, takes all of them at once, and goes on", async () => {
    const world = await open([["client_side", "auto", "client_side"]]);
    expect(await parked(world)).toMatchObject({ turn: "waiting", needs: ["tool_results"] });
    const ids = await openCallIds(world);
    expect(await give(world, ids, { result: { answer: 42 } })).toEqual({
      ok: true,
      value: { accepted: 2, status: "active" },
    });
    const events = await idle(world);
    expect(results(events).slice(1)).toMatchObject(
      ids.map((tool_call_id) => ({ tool_call_id, success: true, result: [{ type: "text", text: '{"answer":42}' }] })),
    );
    expect(typesOf(events)).toContain("turn.completed");
  });

  test("says that it is not waiting, before, after and for others", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const refused = { ok: false, refusal: { code: "not_waiting", need: "tool_results" } };
    expect(await give(world, ["call_1"])).toMatchObject(refused);
    await answer(world, "deny");
    await idle(world);
    expect(await give(world, ["call_1"])).toMatchObject({ ...refused, refusal: { state: "idle" } });
  });

  test("refuses missing and unknown calls, and still waits", async () => {
    const world = await open([["client_side", "client_side"]]);
    await parked(world);
    const [first = "", second = ""] = await openCallIds(world);
    expect(await give(world, [first])).toMatchObject({ refusal: { code: "invalid_input", path: "/tool_results" } });
    expect(await give(world, [first, "call_x"])).toMatchObject({ refusal: { code: "invalid_input" } });
    expect(await give(world, [first, second], { error: "No such user" })).toMatchObject({ ok: true });
    expect(results(await idle(world))).toMatchObject([{ status: "error", error: "No such user" }, {}]);
  });

  test("cuts what an event cannot hold, and refuses what is over the limit", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    const ids = await openCallIds(world);
    expect(await give(world, ids, { result: "x".repeat(100_001) })).toMatchObject({
      refusal: { code: "too_large", setting: "clientToolResultBytes" },
    });
    expect(await give(world, ids, { result: "x".repeat(100_000) })).toMatchObject({ ok: true });
    expect(JSON.stringify(results(await idle(world)))).toContain("was cut");
  });

  test("waits for the client and a person side by side, whoever comes first", async () => {
    const world = await open([["client_side", "approve"]]);
    expect(await parked(world, 2)).toMatchObject({ needs: ["approval", "tool_results"] });
    await give(world, await openCallIds(world));
    expect((await world.store.readSession(world.id))?.facts).toMatchObject({ turn: "waiting", needs: ["approval"] });
    await answer(world, "allow");
    await idle(world);
    expect(world.harness.ran).toHaveLength(1);
  });

  test("ruling 6: a message closes the client's calls and joins; what a person is asked stays open", async () => {
    const world = await open([["client_side", "approve"]]);
    await parked(world, 2);
    const joined = await say(world.engine, world.id, "Never mind");
    expect(joined).toMatchObject({ ok: true, value: { delivery: "steered" } });
    expect(await pending(world)).toHaveLength(1);
    await answer(world, "deny");
    const events = await idle(world);
    expect(results(events)).toMatchObject([
      { status: "cancelled", error: "Cancelled because the user sent a message instead" },
      { status: "error" },
    ]);
    expect(events.findLast(({ type }) => type === "output.message.completed")).toMatchObject({
      data: { message: { content: [{ text: "done after 2 inputs" }] } },
    });
  });

  test("ruling 6: a message to a turn that waits for the client alone lets it go on at once", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    expect(await say(world.engine, world.id, "Never mind")).toMatchObject({ value: { delivery: "resumed" } });
    expect(typesOf(await idle(world))).toContain("turn.completed");
    world.clock.advance(HOUR);
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test("does not wait for ever: after five minutes its calls have timed out, and the turn goes on", async () => {
    const world = await open([["client_side"]]);
    await parked(world);
    world.clock.advance(5 * 60_000);
    await world.engine.pulse.beat();
    expect(results(await idle(world))).toMatchObject([
      { status: "timeout", success: false, error: "The client gave no result in time" },
    ]);
  });
});
