import { describe, expect, it } from "vitest";
import { sentenceOf } from "../../../src/harnesses/hosted/faults/model-fault.ts";
import { readFault } from "../../../src/harnesses/hosted/faults/read-fault.ts";
import { parseWait } from "../../../src/harnesses/hosted/faults/retry-after.ts";
import { defaultRetry } from "../../../src/harnesses/hosted/options.ts";
import { planRetry } from "../../../src/harnesses/hosted/retry-plan.ts";

const nowMs = Date.parse("2026-11-22T10:00:00Z");
const read = (error: unknown, apiKey: string | null = null) => readFault(error, { nowMs, apiKey });

function apiError(statusCode: number, data?: unknown, responseHeaders: Record<string, string> = {}): Error {
  return Object.assign(new Error("From the package"), { name: "AI_APICallError", statusCode, data, responseHeaders });
}
const openai = (code: string, message = "No", more: object = {}) => ({ error: { message, type: "x", code, ...more } });
const claude = (type: string, message = "No") => ({ type: "error", error: { type, message } });
const gemini = (status: string, details: unknown[] = [], message = "No") => ({
  error: { code: 429, status, message, details },
});

describe("what an error of a vendor means", () => {
  it.each([
    ["too long at OpenAI", apiError(400, openai("context_length_exceeded")), "too_large", "request_too_large"],
    [
      "too long at Anthropic",
      apiError(400, claude("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")),
      "too_large",
      "request_too_large",
    ],
    [
      "too long at Gemini",
      apiError(
        400,
        gemini(
          "INVALID_ARGUMENT",
          [],
          "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
        ),
      ),
      "too_large",
      "request_too_large",
    ],
    [
      "too long at vLLM",
      apiError(400, openai("400", "This model's maximum context length is 8192 tokens. However, you requested 9000")),
      "too_large",
      "request_too_large",
    ],
    ["too many bytes", apiError(413), "too_large", "request_too_large"],
    ["no credit at OpenAI", apiError(429, openai("insufficient_quota")), "final", "provider_quota_exhausted"],
    [
      "no credit at Anthropic",
      apiError(400, claude("invalid_request_error", "Your credit balance is too low to access the Anthropic API")),
      "final",
      "provider_quota_exhausted",
    ],
    ["no credit at a router", apiError(402), "final", "provider_quota_exhausted"],
    [
      "the day's quota at Gemini",
      apiError(429, gemini("RESOURCE_EXHAUSTED", [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProject" }] }])),
      "final",
      "provider_quota_exhausted",
    ],
    [
      "the minute's quota at Gemini",
      apiError(429, gemini("RESOURCE_EXHAUSTED", [{ violations: [{ quotaId: "GenerateRequestsPerMinute" }] }])),
      "rate_limited",
      "provider_rate_limited",
    ],
    ["a wrong key", apiError(401, openai("invalid_api_key")), "final", "provider_misconfigured"],
    [
      "a wrong key at Gemini",
      apiError(400, {
        error: {
          code: 400,
          status: "INVALID_ARGUMENT",
          message: "API key not valid",
          details: [{ reason: "API_KEY_INVALID" }],
        },
      }),
      "final",
      "provider_misconfigured",
    ],
    ["a forbidden thing", apiError(403), "final", "provider_misconfigured"],
    ["an unknown model", apiError(404, claude("not_found_error", "model: claude-9")), "final", "model_unavailable"],
    ["a URL that leads nowhere", apiError(404), "final", "provider_misconfigured"],
    ["a bad tool at OpenAI", apiError(400, openai("invalid_function_parameters")), "final", "invalid_tool_schema"],
    [
      "a bad tool by parameter",
      apiError(400, openai("x", "Invalid", { param: "tools[0].parameters" })),
      "final",
      "invalid_tool_schema",
    ],
    [
      "a bad tool at Anthropic",
      apiError(400, claude("invalid_request_error", "tools.0.custom.input_schema: JSON schema is invalid")),
      "final",
      "invalid_tool_schema",
    ],
    ["another bad request", apiError(400, openai("bad")), "final", "processing_error"],
    ["a rate limit", apiError(429), "rate_limited", "provider_rate_limited"],
    ["an overload", apiError(529, claude("overloaded_error")), "transient", "provider_unavailable"],
    ["a gateway", apiError(502), "transient", "provider_unavailable"],
    [
      "an overload inside a stream",
      { message: "Overloaded", type: "overloaded_error", data: claude("overloaded_error") },
      "transient",
      "provider_unavailable",
    ],
    [
      "a rate limit inside a stream",
      { message: "Slow down", type: "requests", code: "rate_limit_exceeded" },
      "rate_limited",
      "provider_rate_limited",
    ],
    ["a string inside a stream", "it broke", "final", "processing_error"],
    [
      "a socket that was cut",
      Object.assign(new TypeError("terminated"), {
        cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
      }),
      "transient",
      "provider_unavailable",
    ],
    [
      "a port where nobody listens",
      new Error("Cannot connect", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) }),
      "transient",
      "provider_unavailable",
    ],
    [
      "an answer that is no answer",
      Object.assign(new Error("Invalid JSON"), { name: "AI_JSONParseError" }),
      "transient",
      "provider_unavailable",
    ],
    ["a fault of ours", new RangeError("Out of range"), "final", "processing_error"],
    ["nothing at all", undefined, "final", "processing_error"],
  ] as const)("%s", (_name, error, kind, code) => {
    expect(read(error)).toMatchObject({ kind, code });
  });

  it("reads the body where the package did not", () => {
    const error = Object.assign(new Error("x"), {
      statusCode: 400,
      responseBody: JSON.stringify([
        { error: { code: 400, message: "API key expired", details: [{ reason: "API_KEY_INVALID" }] } },
      ]),
    });
    expect(read(error)).toMatchObject({ code: "provider_misconfigured", detail: "400: API key expired" });
    expect(read(Object.assign(new Error("x"), { statusCode: 500, responseBody: "{<html>" }))).toMatchObject({
      kind: "transient",
    });
  });

  it("is told in one bounded line without the key (Q9)", () => {
    const { detail } = read(
      apiError(400, openai("bad", `No\n such key: sk-secret-1 ${"x".repeat(9_000)}`)),
      "sk-secret-1",
    );
    expect(detail).toMatch(/^400: No such key: … x+$/);
    expect(detail.length).toBeLessThanOrEqual(400);
  });

  it("becomes a sentence that says the way out", () => {
    expect(sentenceOf(read(apiError(529, claude("overloaded_error", "Overloaded"))))).toBe(
      "The model provider could not be reached or did not answer properly. It said: 529: Overloaded. Send a message to try again.",
    );
    expect(sentenceOf(read(apiError(401, openai("invalid_api_key", "Incorrect key sk-a***z"))))).not.toContain("sk-a");
  });
});

describe("how long a vendor asks to be left alone", () => {
  it.each([
    ["retry-after in seconds", { "retry-after": "7" }, undefined, 7_000],
    ["retry-after as a date", { "Retry-After": "Sun, 22 Nov 2026 10:01:30 GMT" }, undefined, 90_000],
    ["retry-after-ms before it", { "retry-after-ms": "250", "retry-after": "7" }, undefined, 250],
    ["RetryInfo of Gemini", {}, gemini("RESOURCE_EXHAUSTED", [{ "@type": "…RetryInfo", retryDelay: "37.5s" }]), 37_500],
    [
      "the window of Anthropic that is used up",
      {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-22T10:00:20Z",
        "anthropic-ratelimit-tokens-remaining": "5",
        "anthropic-ratelimit-tokens-reset": "2026-11-22T11:00:00Z",
      },
      undefined,
      20_000,
    ],
    [
      "a subscription of Anthropic",
      {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": String(nowMs / 1_000 + 3_600),
      },
      undefined,
      3_600_000,
    ],
    [
      "the window of OpenAI",
      { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m30s" },
      undefined,
      90_000,
    ],
    ["an account of ChatGPT", {}, { error: { type: "usage_limit_reached", resets_in_seconds: 13_262 } }, 13_262_000],
    [
      "OpenRouter",
      {},
      { error: { code: 429, metadata: { headers: { "X-RateLimit-Reset": String(nowMs + 5_000) } } } },
      5_000,
    ],
    ["nothing", {}, undefined, undefined],
    ["nonsense", { "retry-after": "soon" }, undefined, undefined],
  ] as const)("%s", (_name, headers, body, wait) => {
    expect(read(apiError(429, body, headers)).retryAfterMs).toBe(wait);
  });

  it.each([
    ["500ms", 500],
    ["1h2m3s", 3_723_000],
    ["-5", undefined],
    ["", undefined],
  ])("reads %j as %s ms", (text, ms) => {
    expect(parseWait(text, nowMs)).toBe(ms);
  });
});

describe("what follows a failed call (T5)", () => {
  const fault = { kind: "transient", code: "provider_unavailable", detail: "" } as const;
  const limited = { kind: "rate_limited", code: "provider_rate_limited", detail: "" } as const;
  const plan = (more: Partial<Parameters<typeof planRetry>[0]>) =>
    planRetry({ fault, attempts: 1, elapsedMs: 0, random: () => 0.5, ...more }, defaultRetry);

  it.each([
    [
      "waits twice as long each time, drawn from the whole range",
      [1, 2, 3, 5].map((attempts) => plan({ attempts })),
      [250, 500, 1_000, 4_000].map((waitMs) => ({ kind: "again", waitMs })),
    ],
    [
      "waits at least as long as it is asked to",
      [plan({ fault: { ...limited, retryAfterMs: 9_000 } })],
      [{ kind: "again", waitMs: 9_250 }],
    ],
    ["stops after six tries", [plan({ attempts: 6 })], [{ kind: "give_up" }]],
    ["stops after two minutes", [plan({ attempts: 2, elapsedMs: 119_900 })], [{ kind: "give_up" }]],
    [
      "parks for a window that opens in more than a minute",
      [plan({ fault: { ...limited, retryAfterMs: 61_000 } })],
      [{ kind: "park", waitMs: 61_000 }],
    ],
    [
      "does not park for a month",
      [plan({ fault: { ...limited, retryAfterMs: 30 * 86_400_000 } })],
      [{ kind: "give_up" }],
    ],
    ["does not park for an outage", [plan({ fault: { ...fault, retryAfterMs: 300_000 } })], [{ kind: "give_up" }]],
    [
      "does not repeat what cannot help",
      [plan({ fault: { ...fault, kind: "final" } }), plan({ fault: { ...fault, kind: "too_large" } })],
      [{ kind: "give_up" }, { kind: "give_up" }],
    ],
  ])("%s", (_name, plans, expected) => {
    expect(plans).toEqual(expected);
  });
});
