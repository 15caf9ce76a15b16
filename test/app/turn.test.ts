/** The way of a turn through the engine, over the store in memory. */
import { describe, expect, test } from "vitest";
import { formatId } from "../../src/core/ids.ts";
import type { NodeId, SessionId } from "../../src/core/ids.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { countingMint, openEngine, principal } from "./engine-world.ts";
import type { EngineOptions } from "./engine-world.ts";
import { followUntil, readAll, typesOf } from "./read-log.ts";
import { makeScriptHarness } from "./script-harness.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const node = formatId("node", 1, "1".repeat(20)) as NodeId;

async function open(options: Partial<EngineOptions> = {}) {
  const store = await openMemoryStore({ clock, node });
  const harness = makeScriptHarness({ steps: [1, 2] });
  const engine = openEngine({ store, clock, node, mint: countingMint(1), harness, ...options });
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  return { engine, store, harness, id: made.value.id };
}

function say(text: string, more: object = {}) {
  return { message: { content: [{ type: "text" as const, text }] }, ...more };
}

const isIdle = ({ type }: { readonly type: string }) => type === "session.idled";

const REASON = ["reason.started", "output.message.started"];
const ANSWER = ["llm.generation", "output.message.completed", "reason.completed"];

describe("a turn", () => {
  test("E5: runs in the documented order and ends idle in one commit", async () => {
    const { engine, store, id } = await open();
    const sent = await engine.sendMessage(principal, id, say("go"));
    expect(sent).toMatchObject({ ok: true, value: { delivery: "started", seq: 2 } });
    const types = (await followUntil(engine, id, isIdle)).map(({ type }) => type);
    const step = (calls: number) => [
      "act.started",
      ...Array<string>(calls).fill("tool.started"),
      ...Array<string>(calls).fill("tool.completed"),
      "act.completed",
    ];
    expect(types).toEqual([
      ...["session.created", "input.message", "turn.started", "session.activated"],
      ...[...REASON, ...ANSWER, ...step(1)],
      ...[...REASON, ...ANSWER, ...step(2)],
      ...[...REASON, ...ANSWER, "turn.completed", "session.idled"],
    ]);
    const record = await store.readSession(id);
    expect(record?.facts).toMatchObject({ turn: "none", turnCount: 1, stopReason: "end_turn", preview: "go" });
    expect(record?.sums).toMatchObject({ inputTokens: 30, outputTokens: 6, messageCount: 4 });
    expect(record?.head.owner).toBeNull();
    expect(engine.faults).toEqual([]);
  });

  test("ruling 23: its messages are counted while it runs, and none of them twice", async () => {
    const { engine, store, id } = await open({ harness: { name: "hosted", run: hang } });
    await engine.sendMessage(principal, id, say("first"));
    expect((await store.readSession(id))?.sums.messageCount).toBe(1);
    await engine.sendMessage(principal, id, { ...say("second"), whenBusy: "steer" });
    expect((await store.readSession(id))?.sums.messageCount).toBe(2);
    await engine.cancelTurn(principal, id, { clearsQueue: false });
    const events = await followUntil(engine, id, isIdle);
    const said = events.filter(({ type }) => type === "input.message" || type === "output.message.completed");
    expect((await store.readSession(id))?.sums.messageCount).toBe(said.length);
  });

  test("T1: a second message is refused, queued or steers, as its sender chose", async () => {
    const { engine, store, id } = await open();
    await engine.sendMessage(principal, id, say("first"));
    const refused = await engine.sendMessage(principal, id, say("second"));
    expect(refused).toMatchObject({ ok: false, refusal: { code: "turn_running" } });
    const queued = await engine.sendMessage(principal, id, say("third", { whenBusy: "queue" }));
    expect(queued).toMatchObject({ ok: true, value: { delivery: "queued" } });
    const steered = await engine.sendMessage(principal, id, say("fourth", { whenBusy: "steer" }));
    expect(steered).toMatchObject({ ok: true, value: { delivery: "steered" } });
    const events = await followUntil(engine, id, isIdle);
    const ends = events.filter(({ type }) => type === "turn.completed");
    expect(ends).toHaveLength(2);
    const said = events.flatMap((event) =>
      event.known && event.type === "output.message.completed" ? event.data.message.content : [],
    );
    expect(said.at(-1)).toEqual({ type: "text", text: "done after 3 inputs" });
    expect(await store.readQueue(id)).toEqual([]);
  });

  test("A7: the next message from the queue starts in the commit that ends the turn before it", async () => {
    const { engine, id } = await open();
    await engine.sendMessage(principal, id, say("first"));
    await engine.sendMessage(principal, id, say("second", { whenBusy: "queue" }));
    const types = (await followUntil(engine, id, isIdle)).map(({ type }) => type);
    const end = types.indexOf("turn.completed");
    expect(types.slice(end, end + 4)).toEqual(["turn.completed", "input.message", "turn.started", "session.activated"]);
  });

  test("T1: a message to a completed session that still has a queue waits behind it", async () => {
    const never = { ...makeScriptHarness({ steps: [] }), run: hang };
    const { engine, store, id } = await open({ harness: never });
    await engine.sendMessage(principal, id, say("first"));
    await engine.sendMessage(principal, id, say("second", { whenBusy: "queue" }));
    await engine.sendMessage(principal, id, say("third", { whenBusy: "queue" }));
    await engine.controlSession(principal, id, { action: "complete" });
    const sent = await engine.sendMessage(principal, id, say("fourth"));
    expect(sent).toMatchObject({ ok: true, value: { delivery: "queued", message: { content: [{ text: "fourth" }] } } });
    const log = await readAll(store, id);
    const reopened = log.findIndex(({ type }) => type === "session.reopened");
    expect(log.slice(reopened).map(({ type }) => type)).toEqual([
      ...["session.reopened", "message.queued", "input.message", "turn.started", "session.activated", ...REASON],
    ]);
    expect(log[reopened + 2]).toMatchObject({ data: { from_queue: true, message: { content: [{ text: "second" }] } } });
    const waiting = (await store.readQueue(id)).map(({ messageJson }) => messageJson);
    expect(waiting).toEqual([expect.stringContaining("third"), expect.stringContaining("fourth")]);
    expect(engine.faults).toEqual([]);
  });

  test("T6: a cancel ends with its texts in order, and twice is the same as once", async () => {
    const never = { ...makeScriptHarness({ steps: [] }), run: hang };
    const { engine, id } = await open({ harness: never });
    await engine.sendMessage(principal, id, say("first"));
    const [once, twice] = await Promise.all([cancel(), cancel()]);
    expect([once, twice]).toMatchObject([{ value: { status: "cancelled" } }, { value: { status: "cancelled" } }]);
    const events = await followUntil(engine, id, isIdle);
    expect(events.map(({ type }) => type).slice(-5)).toEqual([
      "turn.cancelled",
      "input.message",
      "reason.completed",
      "output.message.completed",
      "session.idled",
    ]);
    expect(await cancel()).toMatchObject({ ok: true, value: { status: "no_op" } });
    const sent = await engine.sendMessage(principal, id, say("again"));
    expect(sent).toMatchObject({ ok: true, value: { delivery: "started" } });

    function cancel() {
      return engine.cancelTurn(principal, id, { clearsQueue: false });
    }
  });

  test("T2: the same key gives the same answer while its own turn runs, another body is refused", async () => {
    const { engine, store, id } = await open();
    const key = { clientMessageId: "k1", bodyHash: "a" };
    const first = await engine.sendMessage(principal, id, say("go", key));
    const again = await engine.sendMessage(principal, id, say("go", key));
    const other = await engine.sendMessage(principal, id, say("stop", { ...key, bodyHash: "b" }));
    expect(again).toMatchObject({
      ok: true,
      value: { delivery: "duplicate", message: first.ok ? first.value.message : null },
    });
    expect(other).toMatchObject({ ok: false, refusal: { code: "idempotency_mismatch" } });
    await followUntil(engine, id, isIdle);
    expect((await typesOf(store, id)).filter((type) => type === "turn.started")).toHaveLength(1);
  });

  test("A11: more turns than slots wait their turn and all end", async () => {
    const { engine, store } = await open({ slots: 2 });
    const ids = await Promise.all(Array.from({ length: 20 }, () => startOne(engine)));
    for (const id of ids) await followUntil(engine, id, isIdle);
    for (const id of ids) expect((await readAll(store, id)).at(-1)?.type).toBe("session.idled");
  });

  test("T7: the same call with the same result five times seals the turn", async () => {
    const looping = { ...makeScriptHarness({ steps: [] }), run: loopForever };
    const { engine, id } = await open({ harness: looping });
    await engine.sendMessage(principal, id, say("go"));
    const events = await followUntil(engine, id, isIdle);
    const failed = events.find((event) => event.known && event.type === "turn.failed");
    expect(failed).toMatchObject({ data: { error_code: "no_progress" } });
    expect(events.filter(({ type }) => type === "tool.completed")).toHaveLength(5);
  });
});

async function startOne(engine: ReturnType<typeof openEngine>): Promise<SessionId> {
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  const sent = await engine.sendMessage(principal, made.value.id, say("go"));
  expect(sent).toMatchObject({ ok: true });
  return made.value.id;
}

/** Says nothing until it is told to stop. */
async function* hang(_: unknown, signal: AbortSignal): AsyncGenerator<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  yield* [];
}

const loopForever: ReturnType<typeof makeScriptHarness>["run"] = async function* (input) {
  for (let count = 0; ; count++) {
    const { turn } = input.view();
    const tool_call = { id: `call_${count}`, name: "look", arguments: {} };
    if (turn.isReasonOpen) {
      yield {
        kind: "facts",
        facts: [
          {
            type: "reason.completed",
            data: { turn_id: turn.id, success: true, has_tool_calls: true, tool_call_count: 1 },
          },
          { type: "act.started", data: { turn_id: turn.id, tool_calls: [tool_call] } },
          { type: "tool.started", data: { tool_call } },
          {
            type: "tool.completed",
            data: { tool_call_id: tool_call.id, tool_name: "look", success: true, status: "success", result: [] },
          },
          { type: "act.completed", data: { turn_id: turn.id, completed: true, success_count: 1, error_count: 0 } },
          { type: "reason.started", data: { turn_id: turn.id } },
          { type: "output.message.started", data: { turn_id: turn.id, message_id: input.mintStep().messageId } },
        ],
        next: { kind: "goes_on" },
      };
    }
  }
};
