/** Live text on a stream: slices of what grows, never before its beginning, never after its end (E4, B1). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hint } from "../../../src/core/ports/harness.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { openSse } from "../../http/sse-client.ts";
import type { Frame, SseClient } from "../../http/sse-client.ts";
import { appendFacts, makeSession } from "./log-writer.ts";
import { openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

const turnId = `turn_${"0".repeat(32)}`;
const messageId = `msg_${"0".repeat(32)}`;

let native: Native;
let server: HttpServer;
let sessionId: SessionId;
const clients: SseClient[] = [];

beforeEach(async () => {
  native = await openNative({ slots: 0 });
  server = await native.listen();
  sessionId = await makeSession(native);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await native[Symbol.asyncDispose]();
});

async function stream(query = ""): Promise<SseClient> {
  const client = await openSse(`${server.url}/api/v1/sessions/${sessionId}/sse${query}`);
  clients.push(client);
  await client.find(({ event }) => event === "connected");
  return client;
}

const begin = () =>
  appendFacts(native, sessionId, [
    { type: "output.message.started", data: { turn_id: turnId, message_id: messageId } },
  ]);
const complete = (text: string) =>
  appendFacts(native, sessionId, [
    {
      type: "output.message.completed",
      data: { message: { id: messageId, role: "agent", content: [{ type: "text", text }] } },
    },
  ]);
/** Says something live that began after the event at `afterSeq`. */
function say(hint: Partial<Hint> & { delta?: string }, afterSeq = 2) {
  native.engine.live.append({ sessionId, turnId, epoch: 1, afterSeq }, {
    kind: "text",
    messageId,
    delta: "",
    ...hint,
  } as Hint);
}
const hintsOf = (client: SseClient): readonly Frame[] =>
  client.frames.filter(({ event, id }) => event?.endsWith(".delta") === true && id === undefined);
const textOf = (client: SseClient) =>
  hintsOf(client)
    .map(({ data }) => data?.data?.delta ?? "")
    .join("");
const until = (client: SseClient, text: string) => client.find(() => textOf(client) === text);

describe("live text", () => {
  it("is an envelope without id and seq; the first slice carries `accumulated`, later ones their offset", async () => {
    const client = await stream();
    await begin();
    say({ delta: "Hel" });
    await until(client, "Hel");
    say({ delta: "lo" });
    await until(client, "Hello");
    const [first, second] = hintsOf(client);
    expect(first?.data).toEqual({
      type: "output.message.delta",
      ts: expect.any(String),
      session_id: sessionId,
      context: { turn_id: turnId },
      data: { turn_id: turnId, message_id: messageId, delta: "Hel", offset: 0, accumulated: "Hel" },
    });
    expect(second?.data?.data).toEqual({ turn_id: turnId, message_id: messageId, delta: "lo", offset: 3 });
  });

  it("makes a reader who joins in the middle whole at once", async () => {
    await begin();
    say({ delta: "already " });
    say({ delta: "said" });
    const client = await stream("?tail=true");
    await until(client, "already said");
    expect(hintsOf(client)).toHaveLength(1);
    expect(hintsOf(client)[0]?.data?.data?.accumulated).toBe("already said");
  });

  it("begins again at offset 0 when the model call is made again", async () => {
    const client = await stream();
    await begin();
    say({ delta: "first try" });
    await until(client, "first try");
    native.engine.live.append({ sessionId, turnId, epoch: 1, afterSeq: 2 }, { kind: "restart", messageId });
    say({ delta: "second" });
    await client.find(({ data }) => data?.data?.accumulated === "second");
    expect(hintsOf(client).at(-1)?.data?.data).toMatchObject({ offset: 0, delta: "second" });
  });

  it("waits for the event that begins the message", async () => {
    const client = await stream();
    say({ delta: "early" });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(hintsOf(client)).toEqual([]);
    await begin();
    await until(client, "early");
    expect(client.frames.map(({ event }) => event)).toEqual([
      "connected",
      "session.created",
      "output.message.started",
      "output.message.delta",
    ]);
  });

  it("says nothing after the event that carries the whole, however late the text is dropped", async () => {
    const client = await stream();
    await begin();
    say({ delta: "part" });
    await until(client, "part");
    say({ delta: " never seen" });
    await complete("part never seen");
    await client.find(({ event }) => event === "output.message.completed");
    say({ delta: " late" });
    const joiner = await stream();
    await joiner.find(({ event }) => event === "output.message.completed");
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const each of [client, joiner]) {
      const events = each.frames.map(({ event }) => event);
      expect(events.lastIndexOf("output.message.delta")).toBeLessThan(events.indexOf("output.message.completed"));
    }
    native.engine.live.drop(sessionId, { key: messageId });
  });

  it("shows thinking and tool output under their own types", async () => {
    const client = await stream();
    await begin();
    say({ kind: "thinking", delta: "hmm" });
    say({ kind: "tool", callId: "call_1", toolName: "bash", stream: "stderr", delta: "oops" } as never);
    await client.find(({ event }) => event === "tool.output.delta");
    const [thinking, tool] = hintsOf(client);
    expect(thinking).toMatchObject({ event: "reason.thinking.delta", data: { data: { message_id: messageId } } });
    expect(tool?.data?.data).toEqual({
      turn_id: turnId,
      tool_call_id: "call_1",
      tool_name: "bash",
      stream: "stderr",
      delta: "oops",
      offset: 0,
      accumulated: "oops",
    });
  });

  it("is left out by deltas=false, by exclude, and by types that do not name it", async () => {
    await begin();
    const quiet = await Promise.all([
      stream("?deltas=false"),
      stream("?exclude=output.message.delta"),
      stream("?types=output.message.started"),
    ]);
    const loud = await stream("?types=output.message.delta");
    say({ delta: "x" });
    await until(loud, "x");
    for (const client of quiet) expect(hintsOf(client)).toEqual([]);
  });

  it("loses nothing for a slow reader, who gets what it missed in pieces of bounded size", async () => {
    const client = await stream();
    await begin();
    say({ delta: "0" });
    await until(client, "0");
    client.stall();
    const piece = "y".repeat(50_000);
    for (let i = 0; i < 200; i++) {
      say({ delta: piece });
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.flow();
    const whole = 1 + 200 * piece.length;
    await client.find(({ data }) => (data?.data?.offset ?? 0) + (data?.data?.delta?.length ?? 0) === whole);
    let end = 0;
    for (const { data } of hintsOf(client)) {
      expect(data?.data?.offset).toBe(end);
      end += data?.data?.delta?.length ?? 0;
    }
    expect(end).toBe(whole);
  });
});
