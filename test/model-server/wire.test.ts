// The wire as a client without an SDK sees it; what real agents read beyond what the AI SDK does.
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModelServer, type ModelServer } from "./server.ts";
import {
  anthropicBody,
  chatBody,
  events,
  GEMINI,
  geminiBody,
  post as postTo,
  responsesBody,
  type Answer,
} from "./wire-client.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await openModelServer({ apiKeys: ["good"] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function post(path: string, body: unknown): Promise<Answer> {
  return postTo(server.url + path, body);
}

describe("Anthropic Messages", () => {
  it("streams the vendor's events in the vendor's order", async () => {
    const step = { thinking: "hm", text: "Hi", tools: [{ name: "Read", input: { path: "a" } }] };
    const { text } = await post("/v1/messages?beta=true", anthropicBody(step));
    const names = events(text).map(({ event }) => event);
    const block = "content_block_start content_block_delta content_block_stop";
    expect(names.filter((name, at) => name !== names[at - 1] && name !== "ping").join(" ")).toBe(
      `message_start ${block} ${block} ${block} message_delta message_stop`,
    );
    expect(names.filter((name) => name === "ping")).toHaveLength(1);
    const deltas = events(text).flatMap(({ data }) => JSON.parse(data).delta?.type ?? []);
    expect([...new Set(deltas)]).toEqual(["thinking_delta", "signature_delta", "text_delta", "input_json_delta"]);
    expect(events(text).every(({ event, data }) => JSON.parse(data).type === event)).toBe(true);
  });

  it("says an overload as 529 with the vendor's body", async () => {
    const { status, headers, text } = await post("/v1/messages", anthropicBody({ status: 529 }));
    expect(status).toBe(529);
    expect(JSON.parse(text)).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: "Overloaded" },
      request_id: headers.get("request-id"),
    });
    expect(headers.get("x-should-retry")).toBe("true");
  });

  it("says a limit with its wait and its reset", async () => {
    const { headers, text } = await post("/v1/messages", anthropicBody({ status: 429, retryAfter: 60 }));
    expect(JSON.parse(text).error.type).toBe("rate_limit_error");
    expect(headers.get("retry-after")).toBe("60");
    const reset = Date.parse(headers.get("anthropic-ratelimit-requests-reset") ?? "");
    expect(reset - Date.now()).toBeGreaterThan(50_000);
  });

  it("counts tokens without max_tokens, but answers nothing without it", async () => {
    const body = { model: "m", messages: [{ role: "user", content: "x".repeat(400) }] };
    const counted = await post("/v1/messages/count_tokens", body);
    expect(JSON.parse(counted.text).input_tokens).toBeGreaterThan(99);
    const refused = await post("/v1/messages", body);
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text).error).toEqual({
      type: "invalid_request_error",
      message: "max_tokens: Field required",
    });
  });
});

describe("OpenAI Responses", () => {
  it("streams numbered events whose last one holds the whole response", async () => {
    const { text } = await post("/v1/responses", responsesBody({ thinking: "hm", text: "Hi there", chunks: 2 }));
    const seen = events(text).map(({ event, data }) => ({ event, data: JSON.parse(data) }));
    expect(seen.map(({ data }) => data.sequence_number)).toEqual(seen.map((_, at) => at));
    const names = seen.map(({ event }) => event?.replace(/^response\./, ""));
    const reasoning =
      "reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done";
    const message = "content_part.added output_text.delta output_text.delta output_text.done content_part.done";
    expect(names.join(" ")).toBe(
      `created in_progress output_item.added ${reasoning} output_item.done ` +
        `output_item.added ${message} output_item.done completed`,
    );
    const done = seen.filter(({ event }) => event === "response.output_item.done").map(({ data }) => data.item);
    expect(seen.at(-1)?.data.response).toMatchObject({ status: "completed", output: done });
  });

  it("calls a free-text tool and a tool in a namespace as such", async () => {
    const tools = [
      { type: "custom", name: "apply_patch", format: { type: "grammar" } },
      { type: "namespace", name: "git", tools: [{ type: "function", name: "status", parameters: { type: "object" } }] },
    ];
    const calls = [{ name: "apply_patch", input: "*** Begin Patch" }, { name: "git.status" }];
    const { text } = await post("/v1/responses", { ...responsesBody({ tools: calls }), tools, stream: false });
    expect(JSON.parse(text).output).toMatchObject([
      { type: "custom_tool_call", name: "apply_patch", input: "*** Begin Patch" },
      { type: "function_call", namespace: "git", name: "status", arguments: "{}" },
    ]);
  });

  it("tells a failure inside the stream with the code clients switch on", async () => {
    const { status, text } = await post(
      "/v1/responses",
      responsesBody({ status: 429, retryAfter: 2, failAfterChunks: 0 }),
    );
    expect(status).toBe(200);
    const [failed, ...rest] = events(text);
    expect(rest).toEqual([]);
    expect(failed?.event).toBe("response.failed");
    const { error } = JSON.parse(failed?.data ?? "").response;
    expect(error.code).toBe("rate_limit_exceeded");
    expect(error.message).toMatch(/try again in 2s/);
  });

  it("gives encrypted reasoning to those who ask for it, and knows no response by its id", async () => {
    const body = { ...responsesBody({ thinking: "hm", text: "Hi" }), stream: false };
    const asked = await post("/v1/responses", { ...body, include: ["reasoning.encrypted_content"] });
    expect(JSON.parse(asked.text).output[0]).toMatchObject({
      type: "reasoning",
      encrypted_content: expect.any(String),
    });
    const referring = await post("/v1/responses", { ...body, previous_response_id: "resp_1" });
    expect(referring.status).toBe(400);
  });

  it("reads a body compressed with zstd", async () => {
    const response = await fetch(`${server.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: "Bearer good", "content-encoding": "zstd", "content-type": "application/json" },
      body: zstdCompressSync(JSON.stringify({ ...responsesBody({ text: "Unpacked" }), stream: false })),
    });
    expect(await response.json()).toMatchObject({ output: [{ content: [{ text: "Unpacked" }] }] });
  });
});

describe("OpenAI Chat Completions", () => {
  it("ends with [DONE], and tells usage only to those who ask", async () => {
    const usage = { input: 7, output: 3 };
    const plain = events((await post("/v1/chat/completions", chatBody({ text: "Hi", usage }))).text);
    const options = { stream_options: { include_usage: true } };
    const asked = events((await post("/v1/chat/completions", { ...chatBody({ text: "Hi", usage }), ...options })).text);
    expect(plain.at(-1)?.data).toBe("[DONE]");
    expect(plain.some(({ data }) => data.startsWith("{") && "usage" in JSON.parse(data))).toBe(false);
    expect(JSON.parse(asked.at(-2)?.data ?? "")).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });

  it("says a used-up quota with the vendor's code", async () => {
    const step = { status: 429, errorCode: "insufficient_quota" };
    const { status, text } = await post("/v1/chat/completions", chatBody(step));
    expect(status).toBe(429);
    expect(JSON.parse(text).error).toMatchObject({
      type: "insufficient_quota",
      code: "insufficient_quota",
      param: null,
    });
  });
});

describe("Gemini", () => {
  it("streams a JSON array to those who do not ask for SSE", async () => {
    const { headers, text } = await post(`${GEMINI}:streamGenerateContent`, geminiBody({ text: "one two", chunks: 2 }));
    expect(headers.get("content-type")).toBe("application/json");
    const chunks: { candidates: { finishReason?: string; content: { parts: { text: string }[] } }[] }[] =
      JSON.parse(text);
    expect(chunks.flatMap((chunk) => chunk.candidates[0]?.content.parts.map((part) => part.text) ?? []).join("")).toBe(
      "one two",
    );
    expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe("STOP");
  });

  it("says a limit's wait in RetryInfo and in no header", async () => {
    const step = { status: 429, retryAfter: 3, errorCode: "insufficient_quota" };
    const { headers, text } = await post(`${GEMINI}:generateContent`, geminiBody(step));
    expect(headers.get("retry-after")).toBeNull();
    expect(JSON.parse(text).error).toMatchObject({
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{ quotaId: expect.stringMatching(/PerDay/) }],
        },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3s" },
      ],
    });
  });

  it("counts tokens, of a bare and of a wrapped request", async () => {
    const bare = await post(`${GEMINI}:countTokens`, geminiBody({ text: "Hi" }));
    const wrapped = await post(`${GEMINI}:countTokens`, { generateContentRequest: geminiBody({ text: "Hi" }) });
    expect(JSON.parse(bare.text).totalTokens).toBeGreaterThan(5);
    expect(wrapped.text).toBe(bare.text);
  });
});
