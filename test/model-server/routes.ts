// Which protocol and which operation a path means.
// Invariant: exactly the vendors' paths; a base URL that is wrong by a segment is a 404, as it would be at the vendor.
import { anthropic } from "./anthropic.ts";
import type { HttpCall } from "./exchange.ts";
import { gemini } from "./gemini.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";
import type { Protocol } from "./protocol.ts";

export type Operation = "generate" | "count-tokens" | "list-models" | "show-model";

export interface Route {
  readonly protocol: Protocol;
  readonly operation: Operation;
}

interface RouteRow extends Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
}

const ROUTES: readonly RouteRow[] = [
  { method: "POST", path: /^\/v1\/messages$/, protocol: anthropic, operation: "generate" },
  { method: "POST", path: /^\/v1\/messages\/count_tokens$/, protocol: anthropic, operation: "count-tokens" },
  { method: "POST", path: /^\/v1\/responses$/, protocol: openaiResponses, operation: "generate" },
  { method: "POST", path: /^\/v1\/responses\/input_tokens$/, protocol: openaiResponses, operation: "count-tokens" },
  { method: "POST", path: /^\/v1\/chat\/completions$/, protocol: openaiChat, operation: "generate" },
  {
    method: "POST",
    path: /^\/v1(?:beta)?\/models\/[^/:]+:(?:streamG|g)enerateContent$/,
    protocol: gemini,
    operation: "generate",
  },
  { method: "POST", path: /^\/v1(?:beta)?\/models\/[^/:]+:countTokens$/, protocol: gemini, operation: "count-tokens" },
  { method: "GET", path: /^\/v1beta\/models$/, protocol: gemini, operation: "list-models" },
  { method: "GET", path: /^\/v1beta\/models\/[^/]+$/, protocol: gemini, operation: "show-model" },
  { method: "GET", path: /^\/v1\/models$/, protocol: openaiChat, operation: "list-models" },
  { method: "GET", path: /^\/v1\/models\/.+$/, protocol: openaiChat, operation: "show-model" },
];

export function findRoute(call: Pick<HttpCall, "method" | "path" | "headers">): Route | undefined {
  const row = ROUTES.find((each) => each.method === call.method && each.path.test(call.path));
  // Anthropic and OpenAI list their models under one path; only Anthropic's clients send a version.
  const isAnthropic = row?.protocol === openaiChat && "anthropic-version" in call.headers;
  return row === undefined ? undefined : { operation: row.operation, protocol: isAnthropic ? anthropic : row.protocol };
}

/** The protocol whose error body an unknown path gets: the one its headers or its path look like. */
export function likelyProtocol(call: Pick<HttpCall, "path" | "headers">): Protocol {
  if ("anthropic-version" in call.headers || "x-api-key" in call.headers) return anthropic;
  return call.path.startsWith("/v1beta/") || "x-goog-api-key" in call.headers ? gemini : openaiChat;
}
