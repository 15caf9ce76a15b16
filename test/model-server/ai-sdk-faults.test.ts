import { APICallError, RetryError } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { partsOfType, prompt, runStep, SDK_PATHS, textDeltas, type Run, type SdkPath } from "./sdk-paths.ts";
import { openModelServer, type ModelServer, type RecordedRequest } from "./server.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await openModelServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function errorOf(run: Run): unknown {
  return partsOfType(run, "error")[0]?.error;
}

function apiErrorOf(run: Run): APICallError {
  const error = errorOf(run);
  if (!APICallError.isInstance(error)) throw new Error("Expected an API call error", { cause: error });
  return error;
}

function statuses(requests: readonly RecordedRequest[]): number[] {
  return requests.map((request) => request.status);
}

/** The wait a limit tells, wherever this vendor tells it. */
function toldWaitSeconds(error: APICallError, path: SdkPath): number {
  if (path.tellsRetryAfter) return Number(error.responseHeaders?.["retry-after"]);
  const body: { error: { details: { retryDelay?: string }[] } } = JSON.parse(error.responseBody ?? "{}");
  return Number.parseFloat(body.error.details.find((detail) => detail.retryDelay !== undefined)?.retryDelay ?? "");
}

describe.each(SDK_PATHS)("the AI SDK over $name", (path) => {
  it("tells a rate limit as a retryable error with the vendor's wait", async () => {
    const run = await runStep(server, path, { messages: [prompt([{ status: 429, retryAfter: 7 }])] });
    const error = apiErrorOf(run);
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true });
    expect(toldWaitSeconds(error, path)).toBe(7);
    expect(run.parts.map((part) => part.type)).toEqual(["start", "error"]);
    expect(run.thrown).toBeUndefined();
  });

  it("tries again by itself after a limit, and the script plays on", async () => {
    const before = server.requests.length;
    const script = prompt([{ status: 429, retryAfter: 0, times: 1 }, { text: "Now it works" }], path.name);
    const run = await runStep(server, path, { messages: [script], maxRetries: 2 });
    expect(textDeltas(run).join("")).toBe("Now it works");
    expect(statuses(server.requests.slice(before))).toEqual([429, 200]);
  });

  it("gives up after its retries with all the errors in one", async () => {
    const script = prompt([{ status: path.overloaded, retryAfter: 0.01 }], path.name);
    const run = await runStep(server, path, { messages: [script], maxRetries: 1 });
    const error = errorOf(run);
    expect(RetryError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ reason: "maxRetriesExceeded", lastError: { statusCode: path.overloaded } });
  });

  it.each([500, path.overloaded])("tells %i as a retryable error", async (status) => {
    const run = await runStep(server, path, { messages: [prompt([{ status }])] });
    expect(apiErrorOf(run)).toMatchObject({ statusCode: status, isRetryable: true });
  });

  it.each([400, 401, 403, 404, 413])("tells %i as an error that no retry mends", async (status) => {
    const before = server.requests.length;
    const run = await runStep(server, path, { messages: [prompt([{ status }])], maxRetries: 2 });
    const error = apiErrorOf(run);
    expect(error).toMatchObject({ statusCode: status, isRetryable: false });
    // A body the SDK cannot read leaves it only the reason phrase of HTTP.
    expect(error.data).toBeDefined();
    expect(server.requests.length - before).toBe(1);
  });

  it("tells a context that is too long in the vendor's words", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ status: 400, errorCode: "context_length_exceeded" }])],
    });
    expect(apiErrorOf(run).message).toMatch(/too long|exceeds the (context window|maximum number of tokens)/);
  });

  it("throws out of the stream when the connection is cut in the middle, after the text that came", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ text: "one two three", chunks: 3, cutAfterChunks: 2 }])],
    });
    expect(textDeltas(run)).toHaveLength(2);
    expect(APICallError.isInstance(run.thrown)).toBe(true);
    expect(run.thrown).toMatchObject({ statusCode: 200, isRetryable: true });
    expect(partsOfType(run, "finish")).toEqual([]);
    expect(server.requests.at(-1)).toMatchObject({ outcome: "cut", chunksSent: 2 });
  });

  it("never calls an answer whole that ended without the protocol's end", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ text: "one two three", chunks: 3, endAfterChunks: 2 }])],
    });
    expect(textDeltas(run)).toHaveLength(2);
    // `interrupted` comes without an error part, except from the compatible provider.
    expect(["interrupted", "error"]).toContain(partsOfType(run, "finish-step")[0]?.finishReason);
  });

  it("tells an error inside the stream as an error part after the text that came", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ text: "one two three", chunks: 3, status: path.overloaded, failAfterChunks: 2 }])],
    });
    expect(textDeltas(run)).toHaveLength(2);
    expect(errorOf(run)).toMatchObject({ name: "AI_StreamProviderError", isRetryable: path.knowsStreamErrors });
    expect(partsOfType(run, "finish-step")[0]).toMatchObject({ finishReason: "error" });
  });

  it("lets the server see that it was aborted, in the middle of an answer", async () => {
    const abort = new AbortController();
    const script = prompt([{ text: "one two three", chunks: 3, hang: true }], `abort ${path.name}`);
    const run = await runStep(server, path, {
      messages: [script],
      abortSignal: abort.signal,
      onPart: (part) => {
        if (part.type === "text-delta") abort.abort(new Error("Enough"));
      },
    });
    expect(run.parts.at(-1)).toMatchObject({ type: "abort" });
    const seen = await server.waitFor((each) => each === server.requests.at(-1) && each.outcome === "aborted");
    expect(seen.chunksSent).toBe(3);
    expect(server.aborted).toContain(seen);
  });

  it("lets the server see that it was aborted, before a byte has come", async () => {
    const abort = new AbortController();
    const before = server.requests.length;
    const running = runStep(server, path, { messages: [prompt([{ hang: true }])], abortSignal: abort.signal });
    await server.waitFor((each) => each.number > before && each.outcome === "open");
    abort.abort();
    const run = await running;
    expect(run.parts.at(-1)).toMatchObject({ type: "abort" });
    const seen = await server.waitFor((each) => each.number > before && each.outcome === "aborted");
    expect(seen.status).toBe(0);
  });
});
