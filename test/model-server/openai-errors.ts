// The error body and headers that both OpenAI protocols share.
// Invariant: the code inside the body is the one the vendor's clients switch on (rate_limit_exceeded, context_length_exceeded …).
import { randomBytes } from "node:crypto";
import type { Fault } from "./exchange.ts";
import type { Refusal } from "./protocol.ts";

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: null;
  readonly code: string | null;
}

type Row = readonly [type: string, code: string | null, message: string];

const ERRORS: Readonly<Record<number, Row>> = {
  400: ["invalid_request_error", null, "The request is invalid"],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided"],
  403: ["invalid_request_error", "permission_denied", "You are not allowed to use this resource"],
  404: ["invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it"],
  413: ["invalid_request_error", "request_too_large", "Request too large"],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached for requests per min (RPM)"],
  503: ["server_error", "server_is_overloaded", "The engine is currently overloaded, please try again later"],
  529: ["server_error", "server_is_overloaded", "The engine is currently overloaded, please try again later"],
};

const SERVER_ERROR: Row = ["server_error", "server_error", "The server had an error while processing your request"];

const PORTABLE: Readonly<Record<string, Row>> = {
  context_length_exceeded: [
    "invalid_request_error",
    "context_length_exceeded",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
  ],
  insufficient_quota: [
    "insufficient_quota",
    "insufficient_quota",
    "You exceeded your current quota, please check your plan and billing details.",
  ],
};

export function openAiError(fault: Fault): OpenAiError {
  const byStatus = ERRORS[fault.status] ?? (fault.status < 500 ? ERRORS[400] : undefined) ?? SERVER_ERROR;
  const [type, code, message] = PORTABLE[fault.code ?? ""] ?? byStatus;
  // Codex finds the wait of a limit in the sentence, not in a header.
  const isLimit = code === "rate_limit_exceeded" && fault.retryAfterSeconds !== undefined;
  const wait = isLimit ? `. Please try again in ${fault.retryAfterSeconds}s.` : "";
  return { message: fault.message ?? message + wait, type, param: null, code: fault.code ?? code };
}

export function openAiResponseHeaders(): Record<string, string> {
  return { "x-request-id": `req_${randomBytes(16).toString("hex")}`, "openai-version": "2020-10-01" };
}

export function refuseAsOpenAi(fault: Fault): Refusal {
  const seconds = fault.retryAfterSeconds;
  const retry =
    seconds === undefined
      ? {}
      : { "retry-after": String(seconds), "retry-after-ms": String(Math.round(seconds * 1000)) };
  const limits =
    fault.status === 429
      ? {
          "x-ratelimit-limit-requests": "500",
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": `${seconds ?? 0}s`,
        }
      : {};
  return {
    status: fault.status,
    headers: { ...openAiResponseHeaders(), ...retry, ...limits },
    body: { error: openAiError(fault) },
  };
}

export const openAiModels: readonly string[] = ["gpt-5.5", "gpt-5.5-mini", "gpt-4.1"];

export function showOpenAiModel(id: string): Record<string, unknown> {
  return { id, object: "model", created: 1_767_225_600, owned_by: "system" };
}

export function listOpenAiModels(names: readonly string[]): unknown {
  return { object: "list", data: names.map(showOpenAiModel) };
}
