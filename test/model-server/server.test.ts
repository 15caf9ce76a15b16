import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fenced, openModelServer, type ModelServer, type Step } from "./server.ts";

function chat(server: Pick<ModelServer, "url">, steps: readonly Step[], signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer k" },
    body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: `Hi\n${fenced(steps)}` }] }),
    ...(signal === undefined ? {} : { signal }),
  });
}

describe("the record of a request", () => {
  it("holds what was sent, what it meant and what became of it", async () => {
    await using server = await openModelServer();
    await (await chat(server, [{ text: "one two", chunks: 2 }])).text();
    const seen = await server.waitFor((each) => each.outcome === "answered");
    expect(seen).toMatchObject({
      number: 1,
      protocol: "openai-chat",
      operation: "generate",
      method: "POST",
      path: "/v1/chat/completions",
      headers: { authorization: "Bearer k" },
      body: { model: "m" },
      request: { model: "m", apiKey: "k", messages: [{ role: "user" }] },
      status: 200,
      chunksSent: 2,
    });
    expect(seen.endedAt?.getTime()).toBeGreaterThanOrEqual(seen.startedAt.getTime());
    expect(server.requests).toEqual([seen]);
  });

  it("shows an abort in the middle of a slow answer at once, and no more is sent", async () => {
    await using server = await openModelServer();
    const abort = new AbortController();
    const response = await chat(server, [{ text: "one two three", chunks: 3, chunkDelayMs: 60_000 }], abort.signal);
    await server.waitFor((each) => each.chunksSent === 1);
    abort.abort();
    await expect(response.text()).rejects.toMatchObject({ name: "AbortError" });
    const seen = await server.waitFor((each) => each.outcome === "aborted");
    expect(seen.chunksSent).toBe(1);
    expect(server.aborted).toEqual([seen]);
  });

  it("shows an abort while the answer is held back, and while nothing but a delay has begun", async () => {
    await using server = await openModelServer();
    const held = Promise.withResolvers<Step>();
    server.setScript((request) => (request.stream ? held.promise : undefined));
    const abort = new AbortController();
    const first = chat(server, [], abort.signal);
    await server.waitFor((each) => each.number === 1);
    server.setScript([{ text: "late", delayMs: 60_000 }]);
    const second = chat(server, [], abort.signal);
    await server.waitFor((each) => each.number === 2);
    abort.abort();
    await expect(Promise.all([first, second])).rejects.toMatchObject({ name: "AbortError" });
    await server.waitFor((each) => each.number === 1 && each.outcome === "aborted");
    await server.waitFor((each) => each.number === 2 && each.outcome === "aborted");
    held.resolve({ text: "Too late" });
    server.setScript(undefined);
    expect((await chat(server, [])).ok).toBe(true);
  });

  it("says what was seen when it is waited for in vain", async () => {
    await using server = await openModelServer();
    await (await chat(server, [{ status: 503 }])).text();
    await expect(server.waitFor((each) => each.status === 200, { timeoutMs: 10 })).rejects.toThrow(
      "No request is as expected after 10 ms; seen: /v1/chat/completions 503",
    );
  });

  it("is as long as asked for", async () => {
    await using server = await openModelServer({ keep: 2 });
    for (let call = 0; call < 3; call += 1) await (await chat(server, [{ text: "Hi" }])).text();
    expect(server.requests.map((each) => each.number)).toEqual([2, 3]);
  });
});

describe("the server", () => {
  it("outlives clients that leave at any moment", async () => {
    await using server = await openModelServer();
    const leave = async (at: number): Promise<void> => {
      const abort = new AbortController();
      const asked = chat(server, [{ text: "word ".repeat(200_000), chunks: 500 }], abort.signal);
      setTimeout(() => abort.abort(), at % 10);
      await asked
        .then((response) => response.text())
        .catch((error: unknown) => expect(error).toMatchObject({ name: "AbortError" }));
    };
    await Promise.all(Array.from({ length: 60 }, (_, at) => leave(at)));
    expect(await (await chat(server, [{ text: "Still here" }])).text()).toMatch(/\[DONE\]/);
  });

  it("outlives a client that leaves in the middle of its request", async () => {
    await using server = await openModelServer();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{");
    socket.destroy();
    await once(socket, "close");
    expect(await (await chat(server, [{ text: "Still here" }])).text()).toMatch(/\[DONE\]/);
    expect(server.requests).toHaveLength(1);
  });

  it("waits for a client that reads slowly instead of piling up its answer", async () => {
    await using server = await openModelServer();
    const response = await chat(server, [{ text: "x".repeat(32_000_000), chunks: 64 }]);
    const early = server.requests[0]?.chunksSent ?? 0;
    expect((await response.text()).length).toBeGreaterThan(32_000_000);
    expect(early).toBeLessThan(64);
    await server.waitFor((each) => each.chunksSent === 64 && each.outcome === "answered");
  });

  it("says aloud what a test's chooser threw", async () => {
    await using server = await openModelServer();
    server.setScript(() => {
      throw new Error("Not in my test");
    });
    const response = await chat(server, []);
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/Model server fault: Error: Not in my test/);
  });

  it("plays many conversations at once without mixing them up", async () => {
    await using server = await openModelServer();
    const texts = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => (await chat(server, [{ text: `<${at}>`, chunks: 1 }])).text()),
    );
    expect(texts.every((text, at) => text.includes(`<${at}>`))).toBe(true);
  });

  it("lets go of everything when it is closed, also of what hangs", async () => {
    const server = await openModelServer();
    const hanging = chat(server, [{ hang: true }]);
    const seen = await server.waitFor((each) => each.outcome === "open");
    await server[Symbol.asyncDispose]();
    await expect(hanging).rejects.toMatchObject({ name: "TypeError" });
    expect(seen.outcome).toBe("stopped");
    expect(server.aborted).toEqual([]);
  });

  it("runs by hand, says one line when it is ready, and ends on a signal", async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), "--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => lines.push(line));
    await once(reader, "line");
    const [, url = ""] = /^model server listening on (http:\S+)$/.exec(lines[0] ?? "") ?? [];
    expect(await (await chat({ url }, [{ text: "By hand" }])).text()).toMatch(/\[DONE\]/);
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect(lines).toHaveLength(1);
  });
});
