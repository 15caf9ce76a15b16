import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { fenced, openModelServer } from "../../model-server/server.ts";
import type { ModelServer, Step } from "../../model-server/server.ts";
import { drive, Log, shown } from "./drive.ts";
import { makeTools } from "./tools.ts";
import { accessTo, vendors } from "./vendors.ts";

const [ask, answer] = [
  ["input.message", "turn.started", "session.activated", "reason.started", "output.message.started"],
  ["llm.generation", "output.message.completed", "reason.completed"],
];

function withoutThoughts(types: readonly string[]): readonly string[] {
  return types.filter((type) => type !== "reason.thinking.completed");
}

describe.each(vendors)("a hosted turn over $name", (vendor) => {
  async function play(steps: readonly Step[], work: (server: ModelServer, log: Log) => Promise<void>): Promise<void> {
    await using server = await openModelServer();
    await work(server, Log.begin(`Please\n${fenced(steps)}`));
  }
  const run = (server: ModelServer, log: Log, options: Parameters<typeof drive>[1] = {}) =>
    drive(log, { model: accessTo(vendor, server.url), ...options });

  it("streams the text as hints and commits the whole once (E5)", async () => {
    await play([{ text: "Good morning, everybody 🙂", chunks: 5 }], async (server, log) => {
      const { hints, commits } = await run(server, log);
      expect(log.types).toEqual([...ask, ...answer, "turn.completed", "session.idled"]);
      expect(commits).toEqual([answer]);
      expect(shown(hints)).toBe("Good morning, everybody 🙂");
      expect(hints.length).toBeGreaterThan(2);
      const { message, metadata, usage } = log.last("output.message.completed");
      expect(message.content).toEqual([{ type: "text", text: "Good morning, everybody 🙂" }]);
      expect(message.id).toBe(log.last("output.message.started").message_id);
      expect(metadata).toEqual({ model: vendor.vendorModel, model_id: "mod_test", provider_id: "prv_test" });
      expect(usage?.output_tokens).toBeGreaterThan(0);
      expect(log.last("turn.completed").stop_reason).toBe("end_turn");
    });
  });

  it("carries thinking, and gives back what the vendor wants to see again", async () => {
    const steps: Step[] = [
      { thinking: "Let me look at it", text: "Looking", tools: [{ name: "look", input: { at: "it" } }] },
      { text: "Seen" },
    ];
    await play(steps, async (server, log) => {
      const { toolSet } = makeTools({ look: { run: () => "a thing" } });
      const { hints } = await run(server, log, { tools: toolSet });
      expect(shown(hints, "thinking")).toBe(vendor.thinks ? "Let me look at it" : "");
      if (vendor.thinks) expect(log.last("reason.thinking.completed").thinking).toBe("Let me look at it");
      const bodies = server.requests.map(({ body }) => JSON.stringify(body));
      if (vendor.givenBack !== null) expect(bodies[1]).toMatch(vendor.givenBack);
      if (vendor.givenBack === null)
        expect(log.all("output.message.completed")[0]?.data.provider_content).toBeUndefined();
      expect(log.last("turn.completed").stop_reason).toBe("end_turn");
    });
  });

  it("runs a tool and shows the model its result, two commits a step (W8)", async () => {
    const steps: Step[] = [
      { text: "I will read", tools: [{ name: "read", input: { path: "/a" } }] },
      { text: "It says hi" },
    ];
    await play(steps, async (server, log) => {
      const { toolSet, calls } = makeTools({ read: { run: ({ path }) => `hi from ${String(path)}` } });
      const { commits } = await run(server, log, { tools: toolSet });
      expect(commits.map(withoutThoughts)).toEqual([
        [...answer, "act.started", "tool.started"],
        ["tool.completed", "act.completed", "reason.started", "output.message.started"],
        answer,
      ]);
      expect(calls.map(({ name, arguments: input }) => [name, input])).toEqual([["read", { path: "/a" }]]);
      const results = server.requests[1]?.request?.messages.flatMap(({ parts }) =>
        parts.filter((p) => p.kind === "tool-result"),
      );
      expect(results).toMatchObject([{ output: expect.stringContaining("hi from /a"), isError: false }]);
      expect(log.last("act.completed")).toMatchObject({ completed: true, success_count: 1, error_count: 0 });
      expect(log.turnUsage).toEqual(log.last("turn.completed").usage);
    });
  });

  it("runs the calls of one answer side by side and answers each", async () => {
    const names = ["one", "two", "three"];
    const steps: Step[] = [{ tools: names.map((name) => ({ name, input: { name } })) }, { text: "All three" }];
    await play(steps, async (server, log) => {
      const gate = Promise.withResolvers<void>();
      let running = 0;
      const wait = async () => {
        if (++running === names.length) gate.resolve();
        await gate.promise;
        return "done";
      };
      const { toolSet } = makeTools(Object.fromEntries(names.map((name) => [name, { run: wait }])));
      const { commits } = await run(server, log, { tools: toolSet });
      expect(running).toBe(3);
      expect(commits[1]?.filter((type) => type === "tool.completed")).toHaveLength(3);
      expect(log.last("act.completed").success_count).toBe(3);
      expect(log.last("output.message.completed").message.content).toEqual([{ type: "text", text: "All three" }]);
    });
  });

  it("tries again after an overload and after a rate limit, and says how often (T5)", async () => {
    const steps: Step[] = [{ status: 529, times: 2 }, { status: 429, retryAfter: 0, times: 1 }, { text: "At last" }];
    await play(steps, async (server, log) => {
      const { hints } = await run(server, log);
      expect(shown(hints)).toBe("At last");
      expect(server.requests).toHaveLength(4);
      expect(log.last("llm.generation").metadata.retry?.attempts).toBe(4);
    });
  });

  it("takes a broken-off text back and says it anew", async () => {
    const steps: Step[] = [{ text: "One two three four five", chunks: 5, cutAfterChunks: 2, times: 1 }];
    await play(steps, async (server, log) => {
      const { hints } = await run(server, log);
      expect(hints.filter(({ kind }) => kind === "restart")).toHaveLength(1);
      expect(shown(hints)).toBe("One two three four five");
      expect(log.all("output.message.completed")).toHaveLength(1);
    });
  });

  it("does not take an answer for whole that ended without its end", async () => {
    await using server = await openModelServer();
    const steps: Step[] = [
      { tools: [{ name: "pay", input: { amount: 5 } }], endAfterChunks: 2 },
      { text: "Again, whole" },
    ];
    let asked = 0;
    server.setScript(() => steps[Math.min(asked++, 1)]);
    const { toolSet, calls } = makeTools({ pay: {} });
    const log = Log.begin("Pay");
    await run(server, log, { tools: toolSet });
    expect(calls).toEqual([]);
    expect(asked).toBe(2);
    expect(log.last("output.message.completed").message.content).toEqual([{ type: "text", text: "Again, whole" }]);
  });

  it("is patient with a slow stream", async () => {
    await play([{ text: "s l o w l y", chunks: 6, chunkDelayMs: 30 }], async (server, log) => {
      const { hints } = await run(server, log);
      expect(shown(hints)).toBe("s l o w l y");
      expect(server.requests).toHaveLength(1);
    });
  });

  it.each([{ text: "Never ending", hang: true }, { hang: true }])(
    "aborts the call at the vendor in the middle of %j and says nothing more",
    async (step) => {
      await play([step], async (server, log) => {
        const stop = new AbortController();
        const before = log.events.length;
        const driven = run(server, log, { signal: stop.signal });
        await server.waitFor(({ chunksSent }) => step.text === undefined || chunksSent > 0);
        stop.abort();
        await server.waitFor(({ outcome }) => outcome === "aborted");
        await driven;
        expect(log.events).toHaveLength(before);
      });
    },
  );

  it("closes the vendor's connection when a try is given up before its end", async () => {
    await play([{ text: "One two", chunks: 2, status: 529, failAfterChunks: 1, times: 1 }], async (server, log) => {
      await run(server, log);
      expect(log.last("turn.completed").stop_reason).toBe("end_turn");
      expect(server.requests.filter(({ outcome }) => outcome === "open")).toEqual([]);
    });
  });

  it("sends the same beginning with every step, for the vendor's cache", async () => {
    const steps: Step[] = [{ text: "a", tools: [{ name: "t" }] }, { text: "b", tools: [{ name: "t" }] }, { text: "c" }];
    await play(steps, async (server, log) => {
      await run(server, log, { tools: makeTools({ t: {} }).toolSet, instructions: "Be kind" });
      const sent = server.requests.map(({ request }) => request?.messages ?? []);
      for (const [index, messages] of sent.entries()) {
        expect(sent.at(-1)?.slice(0, messages.length)).toEqual(messages);
        expect(messages).toHaveLength(1 + 2 * index);
      }
    });
  });

  it("parks the turn when the quota opens later, and makes the same call when it is run again (T5)", async () => {
    await play([{ status: 429, retryAfter: 7200, times: 1 }, { text: "Here we go" }], async (server, log) => {
      const { waits } = await run(server, log);
      expect(waits).toMatchObject({ kind: "waits" });
      expect(waits?.kind === "waits" && waits.resumeInMs).toBeGreaterThan(7_100_000);
      expect(log.turn).toMatchObject({ phase: "waiting", needs: ["quota"], isReasonOpen: true });
      const wait = Date.parse(log.last("quota.waiting").resets_at) - Date.now();
      expect(wait).toBeGreaterThan(7_000_000);
      log.commit([{ type: "quota.resumed", data: { turn_id: log.turn.id } }]);
      const { hints } = await run(server, log.copy());
      expect(shown(hints)).toBe("Here we go");
    });
  });

  it.each([
    [401, undefined, "provider_misconfigured"],
    [404, undefined, "model_unavailable"],
    [402, undefined, "provider_quota_exhausted"],
    // Anthropic has no code for it beside 402.
    ...(vendor.name === "anthropic" ? [] : ([[429, "insufficient_quota", "provider_quota_exhausted"]] as const)),
    [400, undefined, "processing_error"],
  ] as const)("ends the turn for a %i %s in the order of T5", async (status, errorCode, code) => {
    const step: Step = { status, ...(errorCode === undefined ? {} : { errorCode }) };
    await play([step], async (server, log) => {
      await run(server, log);
      expect(server.requests).toHaveLength(1);
      expect(log.types.slice(ask.length)).toEqual([
        "llm.generation",
        "reason.completed",
        "output.message.completed",
        "turn.failed",
        "session.idled",
      ]);
      expect(log.last("reason.completed").success).toBe(false);
      expect(log.last("output.message.completed").error_code).toBe(code);
      expect(log.last("turn.failed").error_code).toBe(code);
      expect(JSON.stringify(log.events)).not.toContain("key-for-tests");
    });
  });

  it("gives up after six tries at a provider that stays down", async () => {
    await play([{ status: 503 }], async (server, log) => {
      await run(server, log);
      expect(server.requests).toHaveLength(6);
      expect(log.last("turn.failed").error_code).toBe("provider_unavailable");
    });
  });

  it("counts usage with its cached parts and what it cost", async () => {
    const usage = { input: 1000, output: 100, cacheRead: 400 };
    await play([{ text: "Counted", usage }], async (server, log) => {
      await run(server, log);
      expect(log.last("llm.generation").metadata.usage).toEqual({
        input_tokens: 1000,
        output_tokens: 100,
        cache_read_tokens: 400,
        cost_usd: (600 * 2 + 400 * 0.2 + 100 * 10) / 1_000_000,
      });
      expect(log.last("turn.completed").usage?.cost_usd).toBeCloseTo(0.00228, 9);
    });
  });

  it("takes controls to the vendor: length, temperature, effort", async () => {
    await using server = await openModelServer();
    const log = Log.begin("Hi", { max_tokens: 333, temperature: 0.5 });
    await run(server, log);
    expect(server.requests[0]?.request).toMatchObject({ maxTokens: 333 });
    if (vendor.name !== "openai") expect(server.requests[0]?.request?.temperature).toBe(0.5);
    const thinking = Log.begin("Hi", { reasoning: { effort: "high" } });
    await run(server, thinking);
    const asked = server.requests[1]?.request?.reasoning;
    if (vendor.name !== "openai_completions") expect(asked?.effort ?? asked?.budgetTokens).toBeDefined();
  });

  it("compacts and goes on when the vendor says the prompt is too long (T8)", async () => {
    await using server = await openModelServer();
    let asked = 0;
    server.setScript(() =>
      ++asked === 2 ? { status: 400, errorCode: "context_length_exceeded" } : { text: `Answer ${asked}` },
    );
    const log = Log.begin("First");
    await run(server, log);
    log.say("Second");
    await run(server, log);
    expect(log.last("context.compacting").reason).toBe("request_too_large");
    expect(log.last("context.compacted")).toMatchObject({ strategy_used: "summarization" });
    expect(log.last("context.compacted").summary).toContain("Answer 3");
    expect(log.last("output.message.completed").message.content).toEqual([{ type: "text", text: "Answer 4" }]);
    const last = JSON.stringify(server.requests.at(-1)?.request?.messages);
    expect(last).toContain("Answer 3");
    expect(last).not.toContain("First");
    expect(last).toContain("Second");
  });

  it.each([
    ["a web page", 200, "text/html", "<html><body>Welcome to the proxy</body></html>"],
    ["half a JSON object", 200, "application/json", '{"id": "x", "choi'],
    ["a stream of nonsense", 200, "text/event-stream", 'data: {"what": 1}\n\ndata: nope\n\n'],
    ["an empty stream", 200, "text/event-stream", ""],
    ["an error page", 502, "text/html", "<h1>Bad Gateway</h1>"],
  ])("fails the turn, and nothing else, when what comes back is %s", async (_name, status, type, body) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { "content-type": type }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const log = Log.begin("Hi");
    await drive(log, { model: accessTo(vendor, `http://127.0.0.1:${port}`) });
    server.closeAllConnections();
    server.close();
    expect(log.last("turn.failed").error_code).toBe("provider_unavailable");
    expect(log.types.at(-1)).toBe("session.idled");
  });

  it("shows a picture to a model that can see", async () => {
    await using server = await openModelServer();
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    );
    const log = Log.begin([
      { type: "text", text: "What is it?" },
      { type: "image_file", image_id: "img_1", filename: "dot.png" },
    ]);
    await run(server, log, { loadImage: () => Promise.resolve({ bytes: png, mediaType: "image/png" }) });
    expect(JSON.stringify(server.requests[0]?.body)).toContain(png.toString("base64").slice(0, 40));
  });
});
