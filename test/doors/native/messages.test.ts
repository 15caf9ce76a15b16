/** Messages, the queue and cancel at the native door. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cancelled, EventList } from "../../../src/doors/native/schema/event.ts";
import type { MessageList, Queue, QueuedMessage, SentMessage } from "../../../src/doors/native/schema/message.ts";
import { makeScriptHarness } from "../../app/script-harness.ts";
import { openClient, text } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { modelId, openNative } from "./open-native.ts";
import type { Native, NativeOptions } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let id: string;

async function open(options: NativeOptions = {}) {
  native = await openNative(options);
  owner = await openClient(native);
  ({ id } = await owner.session());
}
afterEach(() => native[Symbol.asyncDispose]());

const send = <T = SentMessage>(body: unknown, headers?: Record<string, string>) =>
  owner.post<T>(`/sessions/${id}/messages`, body, headers);

/** Waits for an event by following the stream in process. */
async function seen(type: string): Promise<void> {
  const response = await owner.fetch(`/api/v1/sessions/${id}/sse?types=${type}`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let whole = ""; !whole.includes(`event: ${type}`);) whole += (await reader?.read())?.value ?? "";
  await reader?.cancel();
}

describe("sending", () => {
  beforeEach(() => open({ slots: 0 }));

  it("answers 201 with the message, and the session is active (T1)", async () => {
    const { status, body } = await send(text("Analyze the sales data in sales.csv"));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      session_id: id,
      role: "user",
      sequence: 2,
      delivery: "started",
      content: [{ type: "text", text: "Analyze the sales data in sales.csv" }],
    });
    expect(body.id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ status: "active", last_event_seq: 6 });
  });

  it("refuses a second message with 400 and names the ways out", async () => {
    await send(text("one"));
    const { status, body } = await owner.post(`/sessions/${id}/messages`, text("two"));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "turn_running", session_id: id });
    expect(body.detail).toContain("when_busy=queue");
    expect(body.detail).toContain(id);
  });

  it("merges nested and top-level controls, the nested ones winning", async () => {
    const { body } = await send({
      message: { content: [{ type: "text", text: "x" }], controls: { max_tokens: 2000, temperature: 0.7 } },
      controls: { temperature: 0.1, model_id: modelId, reasoning: { effort: "low" } },
      metadata: { a: 1 },
      tags: ["t"],
    });
    expect(body.controls).toEqual({
      max_tokens: 2000,
      temperature: 0.7,
      model_id: modelId,
      reasoning: { effort: "low" },
    });
    expect(body).toMatchObject({ metadata: { a: 1 }, tags: ["t"] });
  });

  it("answers a repeat by client_message_id or Idempotency-Key, and 422 when the body differs (T2)", async () => {
    const first = await send({ ...text("one"), client_message_id: "m1" });
    const again = await send({ client_message_id: "m1", ...text("one") });
    expect(again.status).toBe(201);
    expect(again.body).toEqual({ ...first.body, delivery: "duplicate" });
    const other = await send({ ...text("two"), client_message_id: "m1" });
    expect(other.status).toBe(422);
    const { id: second } = await owner.session();
    const byHeader = await owner.post<SentMessage>(`/sessions/${second}/messages`, text("x"), {
      "idempotency-key": "h",
    });
    const repeated = await owner.post<SentMessage>(`/sessions/${second}/messages`, text("x"), {
      "idempotency-key": "h",
    });
    expect(repeated.body.id).toBe(byHeader.body.id);
  });

  it("refuses a message over its limit with 413 and names the setting", async () => {
    const { status, body } = await owner.post(`/sessions/${id}/messages`, text("x".repeat(300_000)));
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: "too_large", setting: "messageBytes", limit: 262_144 });
  });
});

describe("the queue (T1, ruling 9)", () => {
  beforeEach(async () => {
    await open({ slots: 0 });
    await send(text("running"));
  });

  const queue = async () => (await owner.get<Queue>(`/sessions/${id}/queue`)).body;

  it("takes what is sent with when_busy=queue, lists it in order, edits and deletes it", async () => {
    const first = await send({ ...text("first"), when_busy: "queue" });
    const second = await send({ ...text("second"), when_busy: "queue" });
    expect(first.body.delivery).toBe("queued");
    expect((await queue()).data.map((each) => [each.id, each.position])).toEqual([
      [first.body.id, 1],
      [second.body.id, 2],
    ]);
    const path = `/sessions/${id}/queue/${first.body.id}`;
    const edited = await owner.call<QueuedMessage>("PATCH", path, { content: [{ type: "text", text: "better" }] });
    expect(edited.body.content).toEqual([{ type: "text", text: "better" }]);
    expect((await owner.call("DELETE", path)).status).toBe(204);
    expect((await owner.call("DELETE", path)).status).toBe(404);
    expect(await queue()).toMatchObject({ total: 1, data: [{ id: second.body.id, position: 1 }] });
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ queued_count: 1 });
  });

  it("is the session's habit when the session says so", async () => {
    const { id: other } = await owner.session({ when_busy: "queue" });
    await owner.post(`/sessions/${other}/messages`, text("one"));
    const { body } = await owner.post<SentMessage>(`/sessions/${other}/messages`, text("two"));
    expect(body.delivery).toBe("queued");
  });

  it("is cleared by a cancel that says so", async () => {
    await send({ ...text("first"), when_busy: "queue" });
    const { body } = await owner.post<Cancelled>(`/sessions/${id}/cancel`, { queue: "clear" });
    expect(body.status).toBe("cancelled");
    expect((await queue()).total).toBe(0);
  });
});

describe("cancel (T6)", () => {
  beforeEach(() => open());

  it("answers what it did, and writes the guide's words in the guide's order", async () => {
    await send(text("work"));
    const { status, body } = await owner.post<Cancelled>(`/sessions/${id}/cancel`);
    expect(status).toBe(200);
    expect(body).toEqual({ status: "cancelled", message: "Turn cancelled successfully" });
    await seen("session.idled");
    const events = await owner.get<EventList>(`/sessions/${id}/events`);
    const types = events.body.data.map(({ type }) => type);
    expect(types.slice(types.indexOf("turn.cancelled"))).toEqual([
      "turn.cancelled",
      "input.message",
      "reason.completed",
      "output.message.completed",
      "session.idled",
    ]);
    const texts = JSON.stringify(events.body.data);
    expect(texts).toContain("User requested to cancel the work.");
    expect(texts).toContain("Work was cancelled by user.");
  });

  it("is a no_op on an idle session, and twice is the same as once", async () => {
    const idle = { status: "no_op", message: "There is no turn to cancel" };
    expect(await owner.post(`/sessions/${id}/cancel`)).toMatchObject({ status: 200, body: idle });
    await send(text("work"));
    await owner.post(`/sessions/${id}/cancel`, {});
    await seen("session.idled");
    expect(await owner.post(`/sessions/${id}/cancel`)).toMatchObject({ status: 200, body: idle });
  });
});

describe("what was said", () => {
  it("lists inputs, answers and tool results, oldest first", async () => {
    await open({ harness: makeScriptHarness({ steps: [1] }) });
    await send(text("go"));
    await seen("session.idled");
    const { body } = await owner.get<MessageList>(`/sessions/${id}/messages`);
    expect(body.data.map(({ role }) => role)).toEqual(["user", "agent", "tool_result", "agent"]);
    expect(body.total).toBe(4);
    expect(body.data.map(({ sequence }) => sequence)).toEqual(
      body.data.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    );
  });
});
