/** `wait=true`: the answer to a message comes when its turn is over, waits for somebody, or time is up. */
import { afterEach, describe, expect, it } from "vitest";
import type { Fact } from "../../../src/core/events/envelope.ts";
import type { Harness, TurnInput } from "../../../src/core/ports/harness.ts";
import type { AwaitedMessage, Queue } from "../../../src/doors/native/schema/message.ts";
import { makeScriptHarness } from "../../app/script-harness.ts";
import { openClient, text } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
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

const wait = (body: unknown = text("Go"), query = "") =>
  owner.post<AwaitedMessage>(`/sessions/${id}/messages?wait=true${query}`, body);
const send = (body: unknown) => owner.post<{ id: string }>(`/sessions/${id}/messages`, body);
const cancel = () => owner.post(`/sessions/${id}/cancel`);
/** Someone follows the session: the wait has begun. */
async function isFollowed(): Promise<void> {
  await expect.poll(() => native.engine.tail.followed().size).toBe(1);
}
async function isLeft(): Promise<void> {
  await expect.poll(() => native.engine.tail.followed().size).toBe(0);
}

/** Ends every turn at once, with these last facts. */
function endingHarness(end: Extract<Fact, { type: "output.message.completed" }>["data"]["error_code"]): Harness {
  return {
    name: "hosted",
    async *run(input) {
      const { turn } = input.view();
      const error = "The model is not there.";
      const id = turn.openMessageId ?? "";
      const facts: Fact[] = [
        {
          type: "reason.completed",
          data: { turn_id: turn.id, success: false, has_tool_calls: false, tool_call_count: 0, error },
        },
        {
          type: "output.message.completed",
          data: { message: { id, role: "agent", content: [{ type: "text", text: error }] }, error_code: end ?? "x" },
        },
      ];
      yield { kind: "facts", facts, next: { kind: "ends", end: { kind: "failed", error, errorCode: end ?? "x" } } };
    },
  };
}

function requestFacts({ turn }: ReturnType<TurnInput["view"]>): Fact[] {
  const call = { id: `call_${turn.id}`, name: "ask_client", arguments: {} };
  const content = [{ type: "tool_call" as const, ...call }];
  return [
    { type: "output.message.completed", data: { message: { id: turn.openMessageId ?? "", role: "agent", content } } },
    { type: "reason.completed", data: { turn_id: turn.id, success: true, has_tool_calls: true, tool_call_count: 1 } },
    { type: "act.started", data: { turn_id: turn.id, tool_calls: [call] } },
    { type: "tool.started", data: { tool_call: call } },
    { type: "tool.call_requested", data: { tool_calls: [call] } },
  ];
}

/** Asks the client for a tool's result, and ends once there is nothing to ask. */
const askingHarness: Harness = {
  name: "hosted",
  async *run(input) {
    const view = input.view();
    if (view.turn.iteration === 1 && view.turn.isReasonOpen) {
      yield { kind: "facts", facts: requestFacts(view), next: { kind: "waits" } };
    } else {
      yield* makeScriptHarness({ steps: [] }).run(input, new AbortController().signal);
    }
  },
};

describe("a message that is waited for (T18)", () => {
  it("is answered with all that was said after it, once its turn is completed", async () => {
    await open({ harness: makeScriptHarness({ steps: [2] }) });
    const { status, body } = await wait();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "completed", error: null, needs: [], message: { delivery: "started" } });
    expect(body.turn_id).toMatch(/^turn_/);
    expect(body.messages.map(({ role }) => role)).toEqual(["agent", "tool_result", "tool_result", "agent"]);
    expect(body.messages.at(-1)?.content).toEqual([{ type: "text", text: "done after 1 inputs" }]);
    expect(body.messages.map(({ sequence }) => sequence)).toEqual(
      body.messages.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    );
    // Whoever has the answer may send the next message.
    expect((await wait(text("Again"))).body.messages.at(-1)?.content).toEqual([
      { type: "text", text: "done after 2 inputs" },
    ]);
    await isLeft();
  });

  it("is answered with the reason when its turn fails", async () => {
    await open({ harness: endingHarness("model_unavailable") });
    const { status, body } = await wait();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "failed", error: "The model is not there." });
    expect(body.messages).toHaveLength(1);
  });

  it("is answered with the last words when its turn is cancelled", async () => {
    await open();
    const waiting = wait();
    await isFollowed();
    await cancel();
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body.status).toBe("cancelled");
    expect(body.messages.at(-1)).toMatchObject({
      role: "agent",
      content: [{ type: "text", text: "Work was cancelled by user." }],
    });
  });

  it.each(["kill", "delete"])("is answered when its session goes: %s", async (how) => {
    await open();
    const waiting = wait();
    await isFollowed();
    if (how === "kill") await owner.post(`/sessions/${id}/kill`);
    else await owner.call("DELETE", `/sessions/${id}`);
    expect((await waiting).body).toMatchObject({ status: "cancelled" });
  });

  it("is answered with 202 and the state when time is up, and the turn goes on", async () => {
    await open();
    const { status, body } = await wait(text("Go"), "&timeout_ms=40");
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: "timeout", messages: [], error: null });
    expect(body.turn_id).toMatch(/^turn_/);
    await isLeft();
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ status: "active", turn_id: body.turn_id });
    await cancel();
    const at = await wait(text("Again"), "&timeout_ms=0&when_busy=queue");
    expect([at.status, at.body.status]).toEqual([202, "timeout"]);
  });

  it("is answered when its turn waits for somebody, and says for what", async () => {
    await open({ harness: askingHarness });
    const { status, body } = await wait();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "waiting", needs: ["tool_results"] });
    expect(body.messages.at(-1)?.content).toMatchObject([{ type: "tool_call", name: "ask_client" }]);
    // A message cancels those calls and joins the turn (ruling 6); its wait is for the rest of it.
    const joined = await wait(text("Never mind"));
    expect(joined.body).toMatchObject({ status: "completed", message: { delivery: "resumed" }, turn_id: body.turn_id });
  });

  it("waits in the queue for a turn of its own", async () => {
    await open();
    await send(text("first"));
    const waiting = wait({ ...text("second"), when_busy: "queue" });
    await isFollowed();
    await cancel();
    await expect.poll(async () => (await owner.get<Queue>(`/sessions/${id}/queue`)).body.total).toBe(0);
    await cancel();
    const { body } = await waiting;
    expect(body).toMatchObject({ status: "cancelled", message: { delivery: "queued" } });
    // What was said in the turn before it is not its own.
    expect(body.messages.map(({ role }) => role)).toEqual(["user", "agent"]);
    expect(body.turn_id).not.toBeNull();
  });

  it("is answered when it is taken out of the queue", async () => {
    await open();
    await send(text("first"));
    const waiting = wait({ ...text("second"), when_busy: "queue" });
    await isFollowed();
    const queued = await owner.get<Queue>(`/sessions/${id}/queue`);
    await owner.call("PATCH", `/sessions/${id}/queue/${queued.body.data[0]?.id}`, {
      content: text("x").message.content,
    });
    await owner.call("DELETE", `/sessions/${id}/queue/${queued.body.data[0]?.id}`);
    expect((await waiting).body).toMatchObject({ status: "cancelled", turn_id: null, messages: [] });
  });

  it("is answered with the end of the turn that it steers", async () => {
    await open();
    await send(text("first"));
    const waiting = wait({ ...text("second"), when_busy: "steer" });
    await isFollowed();
    await cancel();
    expect((await waiting).body).toMatchObject({ status: "cancelled", message: { delivery: "steered" } });
  });

  it("is answered again, from the log, when it is repeated (T2)", async () => {
    await open({ harness: makeScriptHarness({ steps: [1] }) });
    const body = { ...text("Go"), client_message_id: "once" };
    const first = await wait(body);
    await wait(text("Something else"));
    const again = await wait(body);
    expect(again.body).toEqual({ ...first.body, message: { ...first.body.message, delivery: "duplicate" } });
  });

  it("is refused as without waiting", async () => {
    await open();
    await send(text("first"));
    expect(await owner.post(`/sessions/${id}/messages?wait=true`, text("x"))).toMatchObject({
      status: 400,
      body: { code: "turn_running" },
    });
    expect((await owner.post(`/sessions/${id}/messages?wait=perhaps`, text("x"))).status).toBe(400);
    expect((await owner.post(`/sessions/${id}/messages?wait=true&timeout_ms=-1`, text("x"))).status).toBe(400);
    const viewer = await openClient(native, keys.viewer);
    expect((await viewer.post(`/sessions/${id}/messages?wait=true`, text("x"))).status).toBe(403);
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.post(`/sessions/${id}/messages?wait=true`, text("x"))).status).toBe(404);
  });

  it("takes the longest time for one that is longer", async () => {
    await open({ harness: makeScriptHarness({ steps: [] }) });
    expect((await wait(text("x"), "&timeout_ms=99999999")).status).toBe(200);
  });
});

describe("whoever waits", () => {
  it("costs nothing more once they have gone away", async () => {
    await open();
    const { url } = await native.listen();
    const gone = new AbortController();
    const asked = fetch(`${url}/v1/sessions/${id}/messages?wait=true`, {
      method: "POST",
      body: JSON.stringify(text("Go")),
      headers: { "content-type": "application/json", authorization: `Bearer ${keys.owner}` },
      signal: gone.signal,
    });
    await isFollowed();
    gone.abort();
    await expect(asked).rejects.toThrow("aborted");
    await isLeft();
    expect((await owner.get(`/sessions/${id}`)).body).toMatchObject({ status: "active" });
  });

  it("is told how things stand when the server stops", async () => {
    await open();
    const { url } = await native.listen();
    const asked = fetch(`${url}/v1/sessions/${id}/messages?wait=true`, {
      method: "POST",
      body: JSON.stringify(text("Go")),
      headers: { "content-type": "application/json", authorization: `Bearer ${keys.owner}` },
    });
    await isFollowed();
    await native[Symbol.asyncDispose]();
    const response = await asked;
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: "timeout" });
  });
});
