/** Streams over connections that break in every way: nothing is lost, nothing comes twice, and they end when they must. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Serai, SeraiError } from "../../src/client/index.ts";
import type { StreamConnection, StreamItem, StreamOptions, StreamSettings } from "../../src/client/index.ts";
import {
  CONNECTED,
  cursorOf,
  disconnecting,
  event,
  events,
  frameOf,
  framesOf,
  hint,
  openFakeServer,
  plays,
  refuse,
  sendJson,
  stream,
} from "./fake-server.ts";
import type { Answer, FakeServer } from "./fake-server.ts";

const quick: StreamSettings = { firstMs: 2, maxMs: 20, idleMs: 2_000 };

function clientOf({ url }: FakeServer, streams: Partial<StreamSettings> = {}): Serai {
  return new Serai({ baseUrl: url, apiKey: "srk_test", streams: { ...quick, ...streams } });
}

function isEvent(item: StreamItem) {
  return "seq" in item;
}

/** Reads until the event of this seq. */
async function readTo(serai: Serai, lastSeq: number, options: StreamOptions = {}): Promise<readonly StreamItem[]> {
  const items: StreamItem[] = [];
  for await (const item of serai.events.stream("ses_1", options)) {
    items.push(item);
    if (isEvent(item) && item.seq === lastSeq) break;
  }
  return items;
}

function seqs(items: readonly StreamItem[]): readonly number[] {
  return items.flatMap((item) => (isEvent(item) ? [item.seq] : []));
}

/** A log that is told from where the reader is, and cut as the test says. */
function logOf(
  all: readonly ReturnType<typeof event>[],
  cut: (rest: string, connection: number) => [string | Uint8Array, "close" | "cut" | "stay"],
): Answer {
  let connection = 0;
  return (asked, response) => {
    const rest = all.filter(({ seq }) => seq > cursorOf(asked));
    return stream(...cut(CONNECTED + framesOf(rest), connection++))(asked, response);
  };
}

describe("a stream of events", () => {
  it("sends the key, asks for a stream and begins at the start of the log", async () => {
    await using server = await openFakeServer(stream(CONNECTED + framesOf(events(1, 3))));
    expect(seqs(await readTo(clientOf(server), 3))).toEqual([1, 2, 3]);
    expect(server.asked[0]).toMatchObject({ method: "GET", path: "/api/v1/sessions/ses_1/sse" });
    expect(server.asked[0]?.headers).toMatchObject({ authorization: "Bearer srk_test", accept: "text/event-stream" });
    expect([...(server.asked[0]?.query ?? [])]).toEqual([]);
  });

  it("repeats types and exclude, once each", async () => {
    await using server = await openFakeServer(stream(framesOf(events(1, 1))));
    await readTo(clientOf(server), 1, {
      types: ["turn.started", "turn.completed"],
      exclude: ["tool.started"],
      deltas: false,
    });
    expect(String(server.asked[0]?.query)).toBe(
      "types=turn.started&types=turn.completed&exclude=tool.started&deltas=false",
    );
  });

  it("goes on where it was when the connection is cut in the middle of a frame", async () => {
    const whole = frameOf(event(3));
    await using server = await openFakeServer(
      plays(
        stream(CONNECTED + framesOf(events(1, 2)) + whole.slice(0, whole.length / 2), "cut"),
        stream(CONNECTED + framesOf(events(3, 4))),
      ),
    );
    expect(seqs(await readTo(clientOf(server), 4))).toEqual([1, 2, 3, 4]);
    expect(server.asked[1]?.headers["last-event-id"]).toBe("evt_0002");
  });

  it("never takes a frame whose blank line did not come for a whole one", async () => {
    const unfinished = frameOf(event(2)).trimEnd();
    await using server = await openFakeServer(
      plays(stream(CONNECTED + framesOf(events(1, 1)) + unfinished), stream(CONNECTED + framesOf(events(2, 2)))),
    );
    expect(seqs(await readTo(clientOf(server), 2))).toEqual([1, 2]);
    expect(server.asked[1]?.headers["last-event-id"]).toBe("evt_0001");
  });

  it("tells every event once and in order, wherever the connections are cut", { timeout: 60_000 }, async () => {
    const all = Array.from({ length: 8 }, (_, index) =>
      event(index + 1, "tool.completed", { tool_name: `wörk-\u{1F3D4}-${index}` }),
    );
    const cuts = fc.array(
      fc.record({ at: fc.nat({ max: 3_000 }), how: fc.constantFrom("close" as const, "cut" as const) }),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(cuts, async (plan) => {
        await using server = await openFakeServer(
          logOf(all, (rest, connection) => {
            const cut = plan[connection];
            // At any byte, so also inside a character.
            return cut === undefined ? [rest, "stay"] : [Buffer.from(rest).subarray(0, cut.at), cut.how];
          }),
        );
        const items = await readTo(clientOf(server, { firstMs: 0, maxMs: 1 }), 8);
        expect(seqs(items)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(items.map((item) => (item.type === "tool.completed" ? item.data.toolName : ""))).toEqual(
          all.map(({ data }) => data.tool_name),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("comes back after the time that an orderly end names", async () => {
    const waits: StreamConnection[] = [];
    await using server = await openFakeServer(
      plays(stream(CONNECTED + framesOf(events(1, 2)) + disconnecting(7)), stream(CONNECTED + framesOf(events(3, 3)))),
    );
    const items = await readTo(clientOf(server), 3, { onConnection: (connection) => waits.push(connection) });
    expect(seqs(items)).toEqual([1, 2, 3]);
    expect(waits).toEqual([{ state: "open" }, { state: "waiting", delayMs: 7, error: null }, { state: "open" }]);
  });

  it("survives cycle after cycle", async () => {
    await using server = await openFakeServer((asked, response) => {
      const next = cursorOf(asked) + 1;
      return stream(CONNECTED + framesOf(events(next, next)) + disconnecting(0))(asked, response);
    });
    expect(seqs(await readTo(clientOf(server), 25))).toEqual(events(1, 25).map(({ seq }) => seq));
    expect(server.asked).toHaveLength(25);
  });

  it("drops what a server tells twice", async () => {
    await using server = await openFakeServer(
      plays(
        stream(CONNECTED + framesOf([...events(1, 3), ...events(2, 3)]), "cut"),
        stream(CONNECTED + framesOf(events(1, 5))),
      ),
    );
    expect(seqs(await readTo(clientOf(server), 5))).toEqual([1, 2, 3, 4, 5]);
  });

  it("lets hints out as they come and never makes a cursor of them", async () => {
    await using server = await openFakeServer(
      plays(
        stream(CONNECTED + framesOf(events(1, 1)) + hint(0, "Hel") + hint(3, "lo"), "cut"),
        stream(CONNECTED + hint(0, "Hello there") + framesOf(events(2, 2))),
      ),
    );
    const items = await readTo(clientOf(server), 2);
    expect(items.map((item) => (item.type === "output.message.delta" ? item.data.delta : item.type))).toEqual([
      "tool.completed",
      "Hel",
      "lo",
      "Hello there",
      "tool.completed",
    ]);
    expect(server.asked[1]?.headers["last-event-id"]).toBe("evt_0001");
  });

  it("moves its resume point by an id that comes without data (B4)", async () => {
    await using server = await openFakeServer(
      plays(
        stream(`${CONNECTED}${framesOf(events(1, 1))}id: evt_0900\n\n`, "cut"),
        stream(CONNECTED + framesOf(events(901, 901))),
      ),
    );
    expect(seqs(await readTo(clientOf(server), 901, { types: ["tool.completed"] }))).toEqual([1, 901]);
    expect(server.asked[1]?.headers["last-event-id"]).toBe("evt_0900");
  });

  it("begins anew without repeating what it told when the server does not know its cursor any more", async () => {
    const states: string[] = [];
    const reset = 'event: reset\nid: \ndata: {"reason":"unknown_cursor"}\n\n';
    const other = [...events(1, 2), { ...event(3), id: "evt_other" }, event(4)];
    await using server = await openFakeServer(
      plays(stream(CONNECTED + framesOf(events(1, 3)), "cut"), stream(CONNECTED + reset + framesOf(other))),
    );
    const items = await readTo(clientOf(server), 4, { onConnection: ({ state }) => states.push(state) });
    expect(items.map((item) => (isEvent(item) ? item.id : ""))).toEqual([
      "evt_0001",
      "evt_0002",
      "evt_0003",
      "evt_other",
      "evt_0004",
    ]);
    expect(states).toEqual(["open", "waiting", "open", "reset"]);
  });

  it("gives up a connection on which nothing comes any more, and comes back", async () => {
    await using server = await openFakeServer(
      plays(stream(CONNECTED + framesOf(events(1, 1)), "stay"), stream(CONNECTED + framesOf(events(2, 2)))),
    );
    expect(seqs(await readTo(clientOf(server, { idleMs: 50 }), 2))).toEqual([1, 2]);
  });

  it("gives up a server that does not even answer, and comes back", async () => {
    await using server = await openFakeServer(plays(() => {}, stream(CONNECTED + framesOf(events(1, 1)))));
    expect(seqs(await readTo(clientOf(server, { idleMs: 50 }), 1))).toEqual([1]);
  });

  it("takes a heartbeat for a sign of life", async () => {
    await using server = await openFakeServer(async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(CONNECTED);
      for (let beat = 0; beat < 10; beat++) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        response.write(": heartbeat\n\n");
      }
      response.write(framesOf(events(1, 1)));
    });
    expect(seqs(await readTo(clientOf(server, { idleMs: 250 }), 1))).toEqual([1]);
    expect(server.asked).toHaveLength(1);
  });

  it("does not count the time its reader takes as silence of the server", async () => {
    await using server = await openFakeServer(stream(CONNECTED + framesOf(events(1, 2)), "stay"));
    const got: number[] = [];
    for await (const item of clientOf(server, { idleMs: 60 }).events.stream("ses_1")) {
      if (!isEvent(item)) continue;
      got.push(item.seq);
      if (item.seq === 2) break;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(got).toEqual([1, 2]);
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    [404, "not_found"],
    [401, "unauthenticated"],
    [400, "invalid_cursor"],
    [403, "forbidden"],
  ])("ends with an error when the server answers %i", async (status, code) => {
    await using server = await openFakeServer(
      plays(stream(CONNECTED + framesOf(events(1, 1)), "close"), (_, response) => refuse(response, status, code)),
    );
    const reading = readTo(clientOf(server), 2);
    await expect(reading).rejects.toThrow(SeraiError);
    await expect(reading).rejects.toMatchObject({ status, code, requestId: "req_1", message: `It is ${code}` });
  });

  it.each([500, 502, 503, 429])("comes back when the server answers %i", async (status) => {
    await using server = await openFakeServer(
      plays(
        (_, response) => refuse(response, status, "trouble"),
        (_, response) => refuse(response, status, "trouble"),
        stream(CONNECTED + framesOf(events(1, 1))),
      ),
    );
    expect(seqs(await readTo(clientOf(server), 1))).toEqual([1]);
  });

  it("waits longer each time, with jitter, and from the start again once it was let in", async () => {
    const waits: number[] = [];
    const trouble: Answer = (_, response) => refuse(response, 503, "trouble");
    await using server = await openFakeServer(
      plays(trouble, trouble, trouble, trouble, stream(CONNECTED, "close"), stream(framesOf(events(1, 1)))),
    );
    await readTo(clientOf(server, { firstMs: 4, maxMs: 16 }), 1, {
      onConnection: (connection) => {
        if (connection.state === "waiting") waits.push(connection.delayMs);
      },
    });
    const bounds = [4, 8, 16, 16, 4];
    expect(waits).toHaveLength(5);
    waits.forEach((wait, at) => {
      expect(wait).toBeGreaterThanOrEqual((bounds[at] ?? 0) / 2);
      expect(wait).toBeLessThanOrEqual(bounds[at] ?? 0);
    });
  });

  it("waits as long as an overloaded server asks it to (B11)", async () => {
    const waits: number[] = [];
    await using server = await openFakeServer(
      plays(stream("retry: 30\n\n"), stream(CONNECTED + framesOf(events(1, 1)))),
    );
    await readTo(clientOf(server), 1, {
      onConnection: (connection) => {
        if (connection.state === "waiting") waits.push(connection.delayMs);
      },
    });
    expect(waits).toEqual([30]);
  });

  it("comes back when nobody listens for a while", async () => {
    const server = await openFakeServer(stream(CONNECTED + framesOf(events(1, 1)), "close"));
    const serai = clientOf(server);
    const waits: unknown[] = [];
    const abort = new AbortController();
    const got: number[] = [];
    const reading = (async () => {
      for await (const item of serai.events.stream("ses_1", {
        signal: abort.signal,
        onConnection: (connection) => {
          if (connection.state !== "waiting") return;
          waits.push(connection.error);
          if (waits.length === 4) abort.abort();
        },
      })) {
        if (isEvent(item)) got.push(item.seq);
        await server[Symbol.asyncDispose]();
      }
    })();
    await reading;
    expect(got).toEqual([1]);
    expect(waits.at(-1)).toMatchObject({ name: "SeraiConnectionError", message: `Cannot reach ${server.url}` });
  });

  it("ends without an error when it is aborted, at once", async () => {
    await using server = await openFakeServer(stream(CONNECTED + framesOf(events(1, 1)), "stay"));
    const abort = new AbortController();
    const got: number[] = [];
    for await (const item of clientOf(server).events.stream("ses_1", { signal: abort.signal })) {
      if (isEvent(item)) got.push(item.seq);
      setImmediate(() => abort.abort());
    }
    expect(got).toEqual([1]);
  });

  it("asks nothing when it was aborted before", async () => {
    await using server = await openFakeServer(stream(CONNECTED, "stay"));
    const items = clientOf(server).events.stream("ses_1", { signal: AbortSignal.abort() });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(server.asked).toEqual([]);
  });

  it("closes its connection when the reader leaves the loop", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await openFakeServer((asked, response) => {
      response.on("close", () => closed.resolve());
      return stream(CONNECTED + framesOf(events(1, 1)), "stay")(asked, response);
    });
    await readTo(clientOf(server), 1);
    await closed.promise;
  });

  it("throws what the reader throws, and closes its connection", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await openFakeServer((asked, response) => {
      response.on("close", () => closed.resolve());
      return stream(CONNECTED + framesOf(events(1, 1)), "stay")(asked, response);
    });
    const reading = (async () => {
      for await (const item of clientOf(server).events.stream("ses_1")) throw new Error(`Cannot take ${item.type}`);
    })();
    await expect(reading).rejects.toThrow("Cannot take tool.completed");
    await closed.promise;
  });

  it("says so when a frame is no JSON instead of asking for it for ever", async () => {
    await using server = await openFakeServer(stream(`${CONNECTED}event: x\nid: evt_0001\ndata: {oops\n\n`));
    await expect(readTo(clientOf(server), 1)).rejects.toThrow('Cannot read a frame of the event stream: "{oops"');
  });

  it("passes on types that it does not know", async () => {
    await using server = await openFakeServer(stream(frameOf(event(1, "moon.risen", { over_hill: true }))));
    expect(await readTo(clientOf(server), 1)).toMatchObject([{ type: "moon.risen", data: { overHill: true } }]);
  });
});

describe("where a stream begins (ruling 12)", () => {
  const log: Answer = (asked, response) =>
    stream(CONNECTED + framesOf(events(1, 20).filter(({ seq }) => seq > cursorOf(asked))))(asked, response);

  it("is after the last event that this client saw", async () => {
    await using server = await openFakeServer(log);
    const serai = clientOf(server);
    await readTo(serai, 4);
    expect(seqs(await readTo(serai, 6))).toEqual([5, 6]);
    expect(server.asked[1]?.headers["last-event-id"]).toBe("evt_0004");
  });

  it("is each client's and each session's own", async () => {
    await using server = await openFakeServer(log);
    await readTo(clientOf(server), 4);
    expect(seqs(await readTo(clientOf(server), 2))).toEqual([1, 2]);
    const serai = clientOf(server);
    await readTo(serai, 4);
    for await (const item of serai.events.stream("ses_2")) {
      expect(item).toMatchObject({ seq: 1 });
      break;
    }
  });

  it("is where the caller says, if they say", async () => {
    await using server = await openFakeServer(log);
    const serai = clientOf(server);
    await readTo(serai, 9);
    expect(seqs(await readTo(serai, 2, { afterSeq: 0 }))).toEqual([1, 2]);
    expect(seqs(await readTo(serai, 8, { sinceId: "evt_0006" }))).toEqual([7, 8]);
    expect(server.asked[2]?.query.get("since_id")).toBe("evt_0006");
    expect(seqs(await readTo(serai, 6, { afterSeq: 4 }))).toEqual([5, 6]);
  });

  it("is after the events of a page that was read", async () => {
    await using server = await openFakeServer((asked, response) =>
      asked.path.endsWith("/events") ? sendJson(response, { data: events(1, 7) }) : log(asked, response),
    );
    const serai = clientOf(server);
    expect((await serai.events.list("ses_1")).data).toHaveLength(7);
    expect(seqs(await readTo(serai, 8))).toEqual([8]);
  });

  it("is the message that started a turn, so that an old turn.completed does not end the new turn", async () => {
    const turns = [
      event(1, "input.message"),
      event(2, "turn.completed"),
      event(3, "session.idled"),
      event(4, "input.message"),
      event(5, "turn.completed"),
    ];
    await using server = await openFakeServer((asked, response) => {
      if (asked.method === "POST") return sendJson(response, { id: "msg_2", sequence: 4, delivery: "started" }, 201);
      return stream(CONNECTED + framesOf(turns.filter(({ seq }) => seq > cursorOf(asked))))(asked, response);
    });
    const serai = clientOf(server);
    await serai.messages.create("ses_1", "Again");
    const got: number[] = [];
    for await (const item of serai.events.stream("ses_1")) {
      if (isEvent(item)) got.push(item.seq);
      if (item.type === "turn.completed") break;
    }
    expect(got).toEqual([4, 5]);
  });

  it("stays where it was when a message only waits in the queue", async () => {
    await using server = await openFakeServer((asked, response) =>
      asked.method === "POST"
        ? sendJson(response, { id: "msg_2", sequence: 15, delivery: "queued" }, 201)
        : log(asked, response),
    );
    const serai = clientOf(server);
    await readTo(serai, 3);
    await serai.messages.create("ses_1", { content: [{ type: "text", text: "Later" }], whenBusy: "queue" });
    expect(seqs(await readTo(serai, 5))).toEqual([4, 5]);
  });
});
