// Anthropic Messages: `POST /v1/messages` and its relatives, as the vendor's SDK and Claude Code read them.
// Invariant: input_tokens excludes cached tokens, every event is named, every content block is closed before the next opens.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Fault, HttpCall, ModelMessage, ModelRequest, Part, Reply, ToolOffer } from "./exchange.ts";
import { sseFrame, type Decoded, type Frame, type Protocol, type Refusal } from "./protocol.ts";
import { callerKey, jsonSchemaSchema, malformed, plainText, present } from "./wire-reading.ts";

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  signature: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().nullish(),
});

const contentSchema = z.union([z.string(), z.array(blockSchema)]);
const formatSchema = z.looseObject({ type: z.string(), schema: jsonSchemaSchema.optional() });

const bodySchema = z.looseObject({
  model: z.string(),
  max_tokens: z.number().optional(),
  system: contentSchema.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })).min(1),
  tools: z.array(z.looseObject({ name: z.string(), input_schema: jsonSchemaSchema.optional() })).optional(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().optional() }).optional(),
  temperature: z.number().optional(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.number().optional() }).optional(),
  output_config: z.looseObject({ effort: z.string().nullish(), format: formatSchema.nullish() }).optional(),
  output_format: formatSchema.nullish(),
  stream: z.boolean().optional(),
});

type Body = z.infer<typeof bodySchema>;
type Block = z.infer<typeof blockSchema>;

function readBlock(block: Block): Part {
  switch (block.type) {
    case "text":
      return { kind: "text", text: block.text ?? "" };
    case "thinking":
      return {
        kind: "thinking",
        text: block.thinking ?? "",
        ...present({ signature: block.signature }),
      };
    case "tool_use":
      return { kind: "tool-call", id: block.id ?? "", name: block.name ?? "", input: block.input };
    case "tool_result":
      return {
        kind: "tool-result",
        id: block.tool_use_id ?? "",
        output: plainText(block.content),
        isError: block.is_error === true,
      };
    default:
      return { kind: "other", type: block.type };
  }
}

function readMessage(message: Body["messages"][number]): ModelMessage {
  const { content } = message;
  const parts: Part[] = typeof content === "string" ? [{ kind: "text", text: content }] : content.map(readBlock);
  if (message.role === "assistant") return { role: "assistant", parts };
  return { role: parts.some((part) => part.kind === "tool-result") ? "tool" : "user", parts };
}

function readTools(body: Body): ToolOffer[] {
  return (body.tools ?? []).map((tool) => ({
    name: tool.name,
    kind: "function",
    ...present({ schema: tool.input_schema }),
  }));
}

function decode(call: HttpCall): Decoded {
  const parsed = bodySchema.safeParse(call.body);
  if (!parsed.success) return malformed(parsed.error);
  const body = parsed.data;
  const isCounting = call.path.endsWith("/count_tokens");
  if (body.max_tokens === undefined && !isCounting) {
    return { kind: "malformed", message: "max_tokens: Field required" };
  }
  const system = [
    plainText(body.system),
    ...body.messages.flatMap((each) => (each.role === "system" ? [plainText(each.content)] : [])),
  ];
  const format = body.output_config?.format ?? body.output_format;
  const reasoning = present({ effort: body.output_config?.effort, budgetTokens: body.thinking?.budget_tokens });
  const request: ModelRequest = {
    protocol: "anthropic",
    model: body.model,
    system: system.filter(Boolean).join("\n"),
    messages: body.messages.filter((each) => each.role !== "system").map(readMessage),
    tools: readTools(body),
    ...present({
      apiKey: callerKey(call),
      forcedTool: body.tool_choice?.name,
      maxTokens: body.max_tokens,
      temperature: body.temperature,
      jsonSchema: format?.schema,
    }),
    ...(body.thinking === undefined && reasoning.effort === undefined ? {} : { reasoning }),
    stream: body.stream ?? false,
    wishes: [],
  };
  return { kind: "request", request };
}

const STOP_REASONS = { end: "end_turn", tools: "tool_use", length: "max_tokens", filter: "refusal" } as const;

function inputUsage(reply: Reply): Record<string, unknown> {
  const { input, cacheRead, cacheWrite } = reply.usage;
  return {
    input_tokens: Math.max(0, input - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
  };
}

function finalUsage(reply: Reply): Record<string, unknown> {
  const { output, reasoning } = reply.usage;
  const details = reasoning === 0 ? {} : { output_tokens_details: { thinking_tokens: reasoning } };
  return { ...inputUsage(reply), output_tokens: output, ...details };
}

function signature(reply: Reply): string {
  return Buffer.from(`signature of ${reply.key}`).toString("base64");
}

function toolUseId(id: string): string {
  return id.replace(/^call_/, "toolu_");
}

interface BlockWire {
  readonly start: unknown;
  readonly deltas: readonly { readonly delta: unknown; readonly isChunk: boolean }[];
}

function blocksOf(reply: Reply): BlockWire[] {
  const blocks: BlockWire[] = [];
  if (reply.thinking.length > 0) {
    const deltas = reply.thinking.map((thinking) => ({ delta: { type: "thinking_delta", thinking }, isChunk: true }));
    const signed = { delta: { type: "signature_delta", signature: signature(reply) }, isChunk: false };
    blocks.push({ start: { type: "thinking", thinking: "", signature: "" }, deltas: [...deltas, signed] });
  }
  if (reply.text !== undefined) {
    const deltas = reply.text.map((text) => ({ delta: { type: "text_delta", text }, isChunk: true }));
    blocks.push({ start: { type: "text", text: "" }, deltas });
  }
  for (const call of reply.calls) {
    const deltas = call.deltas.map((json) => ({
      delta: { type: "input_json_delta", partial_json: json },
      isChunk: true,
    }));
    // The vendor opens every argument stream with an empty piece.
    const opening = { delta: { type: "input_json_delta", partial_json: "" }, isChunk: false };
    const start = { type: "tool_use", id: toolUseId(call.id), name: call.name, input: {} };
    blocks.push({ start, deltas: [opening, ...deltas] });
  }
  return blocks;
}

function event(type: string, fields: Readonly<Record<string, unknown>> = {}, isChunk = false): Frame {
  return sseFrame({ type, ...fields }, { event: type, isChunk });
}

function messageHead(reply: Reply, request: ModelRequest): Record<string, unknown> {
  return { id: `msg_${reply.key}`, type: "message", role: "assistant", model: request.model };
}

function* streamFrames(reply: Reply, request: ModelRequest): Iterable<Frame> {
  const usage = { ...inputUsage(reply), output_tokens: 1 };
  const unfinished = { content: [], stop_reason: null, stop_sequence: null, usage };
  yield event("message_start", { message: { ...messageHead(reply, request), ...unfinished } });
  for (const [index, block] of blocksOf(reply).entries()) {
    yield event("content_block_start", { index, content_block: block.start });
    if (index === 0) yield event("ping");
    for (const { delta, isChunk } of block.deltas) yield event("content_block_delta", { index, delta }, isChunk);
    yield event("content_block_stop", { index });
  }
  const delta = { stop_reason: STOP_REASONS[reply.stop], stop_sequence: null };
  yield event("message_delta", { delta, usage: finalUsage(reply) });
  yield event("message_stop");
}

function wholeBody(reply: Reply, request: ModelRequest): unknown {
  const thinking = { type: "thinking", thinking: reply.thinking.join(""), signature: signature(reply) };
  const content = [
    ...(reply.thinking.length > 0 ? [thinking] : []),
    ...(reply.text === undefined ? [] : [{ type: "text", text: reply.text.join("") }]),
    ...reply.calls.map(({ id, name, input }) => ({ type: "tool_use", id: toolUseId(id), name, input })),
  ];
  const end = { stop_reason: STOP_REASONS[reply.stop], stop_sequence: null, usage: finalUsage(reply) };
  return { ...messageHead(reply, request), content, ...end };
}

const ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["invalid_request_error", "The request is invalid"],
  401: ["authentication_error", "invalid x-api-key"],
  402: ["billing_error", "Your credit balance is too low to access the Anthropic API"],
  403: ["permission_error", "Your API key does not have permission to use the specified resource"],
  404: ["not_found_error", "Not found"],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: ["rate_limit_error", "This request would exceed your organization's rate limit"],
  504: ["timeout_error", "The request timed out while processing"],
  529: ["overloaded_error", "Overloaded"],
};

// Codes of a script that mean the same at every vendor, in this vendor's words.
const PORTABLE: Readonly<Record<string, readonly [type: string, message: string]>> = {
  context_length_exceeded: ["invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
  insufficient_quota: ["rate_limit_error", "This request would exceed your account's usage limit"],
};

function errorBody(fault: Fault): { type: "error"; error: { type: string; message: string } } {
  const [type, message] = PORTABLE[fault.code ?? ""] ??
    ERRORS[fault.status] ?? [fault.status < 500 ? "invalid_request_error" : "api_error", "Internal server error"];
  const isPortable = PORTABLE[fault.code ?? ""] !== undefined;
  return {
    type: "error",
    error: { type: isPortable ? type : (fault.code ?? type), message: fault.message ?? message },
  };
}

function requestId(): string {
  return `req_${randomBytes(12).toString("hex")}`;
}

function limitHeaders(fault: Fault): Record<string, string> {
  if (fault.status !== 429) return {};
  const resetAt = new Date(Date.now() + (fault.retryAfterSeconds ?? 0) * 1000);
  return {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": resetAt.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

function refuse(fault: Fault): Refusal {
  const id = requestId();
  const retry = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  const shouldRetry = String(
    fault.status === 408 || fault.status === 409 || fault.status === 429 || fault.status >= 500,
  );
  return {
    status: fault.status,
    headers: { "request-id": id, "x-should-retry": shouldRetry, ...retry, ...limitHeaders(fault) },
    body: { ...errorBody(fault), request_id: id },
  };
}

function showModel(id: string): Record<string, string> {
  return { type: "model", id, display_name: id, created_at: "2026-01-01T00:00:00Z" };
}

export const anthropic: Protocol = {
  name: "anthropic",
  decode,
  streamFrames,
  wholeBody,
  refuse,
  faultFrames: (fault) => [event("error", { error: errorBody(fault).error })],
  wrongKey: { status: 401 },
  responseHeaders: () => ({ "request-id": requestId() }),
  models: ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"],
  listModels(names, query) {
    const start = names.indexOf(query.get("after_id") ?? "") + 1;
    const page = names.slice(start, start + Math.min(Number(query.get("limit") ?? 20), 1_000));
    return {
      data: page.map(showModel),
      has_more: start + page.length < names.length,
      first_id: page[0] ?? null,
      last_id: page.at(-1) ?? null,
    };
  },
  showModel,
  countTokens: (tokens) => ({ input_tokens: tokens }),
};
