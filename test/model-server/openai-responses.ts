// OpenAI Responses: `POST /v1/responses`, as the AI SDK and Codex read it.
// Invariant: every event is named and numbered, every output item is added, filled and done in this order, and the response
// inside `response.completed` is the body a request without a stream gets.
import type { Fault, ModelRequest, Reply, ToolCall } from "./exchange.ts";
import {
  listOpenAiModels,
  openAiError,
  openAiModels,
  openAiResponseHeaders,
  refuseAsOpenAi,
  showOpenAiModel,
} from "./openai-errors.ts";
import { sseFrame, type Frame, type Protocol } from "./protocol.ts";
import { decodeResponses } from "./openai-responses-request.ts";
import { present } from "./wire-reading.ts";

type Json = Readonly<Record<string, unknown>>;

function usageOf(reply: Reply): Json {
  const { input, output, cacheRead, cacheWrite, reasoning } = reply.usage;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cacheRead,
      ...(cacheWrite === 0 ? {} : { cache_write_tokens: cacheWrite }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function responseHead(key: string, model: string): Json {
  return {
    id: `resp_${key}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model,
    error: null,
    incomplete_details: null,
    parallel_tool_calls: true,
  };
}

/** An output item: what it is when done, how it begins, and the events that fill it (each with whether it carries content). */
interface ItemWire {
  readonly done: Json;
  readonly begun: Json;
  readonly events: readonly (readonly [type: string, fields: Json, isChunk: boolean])[];
}

function reasoningItem(reply: Reply, isEncrypted: boolean): ItemWire {
  const text = reply.thinking.join("");
  const secret = isEncrypted ? { encrypted_content: Buffer.from(`reasoning of ${reply.key}`).toString("base64") } : {};
  const head = { id: `rs_${reply.key}_0`, type: "reasoning", ...secret };
  const part = { type: "summary_text", text };
  const at = { summary_index: 0 };
  return {
    begun: { ...head, summary: [] },
    done: { ...head, summary: [part] },
    events: [
      ["reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }, false],
      ...reply.thinking.map((delta) => ["reasoning_summary_text.delta", { ...at, delta }, true] as const),
      ["reasoning_summary_text.done", { ...at, text }, false],
      ["reasoning_summary_part.done", { ...at, part }, false],
    ],
  };
}

function messageItem(reply: Reply, deltas: readonly string[]): ItemWire {
  const text = deltas.join("");
  const head = { id: `msg_${reply.key}_0`, type: "message", role: "assistant" };
  const part = { type: "output_text", text, annotations: [], logprobs: [] };
  const at = { content_index: 0 };
  return {
    begun: { ...head, status: "in_progress", content: [] },
    done: { ...head, status: "completed", content: [part] },
    events: [
      ["content_part.added", { ...at, part: { ...part, text: "" } }, false],
      ...deltas.map((delta) => ["output_text.delta", { ...at, delta, logprobs: [] }, true] as const),
      ["output_text.done", { ...at, text, logprobs: [] }, false],
      ["content_part.done", { ...at, part }, false],
    ],
  };
}

function callItem(call: ToolCall): ItemWire {
  const isCustom = call.kind === "custom";
  const field = isCustom ? "input" : "arguments";
  const event = isCustom ? "custom_tool_call_input" : "function_call_arguments";
  const head = {
    id: call.id.replace(/^call_/, isCustom ? "ctc_" : "fc_"),
    type: isCustom ? "custom_tool_call" : "function_call",
    call_id: call.id,
    name: call.name,
    ...present({ namespace: call.namespace }),
  };
  return {
    begun: { ...head, status: "in_progress", [field]: "" },
    done: { ...head, status: "completed", [field]: call.raw },
    events: [
      ...call.deltas.map((delta) => [`${event}.delta`, { delta }, true] as const),
      [`${event}.done`, { [field]: call.raw }, false],
    ],
  };
}

function itemsOf(reply: Reply, request: ModelRequest): ItemWire[] {
  const isEncrypted = request.wishes.includes("encrypted-reasoning");
  return [
    ...(reply.thinking.length === 0 ? [] : [reasoningItem(reply, isEncrypted)]),
    ...(reply.text === undefined ? [] : [messageItem(reply, reply.text)]),
    ...reply.calls.map(callItem),
  ];
}

const INCOMPLETE = { length: "max_output_tokens", filter: "content_filter" } as const;

function wholeBody(reply: Reply, request: ModelRequest): Json {
  const head = responseHead(reply.key, request.model);
  const output = itemsOf(reply, request).map((item) => item.done);
  const body = { ...head, status: "completed", output, usage: usageOf(reply) };
  if (reply.stop !== "length" && reply.stop !== "filter") return body;
  return { ...body, status: "incomplete", incomplete_details: { reason: INCOMPLETE[reply.stop] } };
}

function* numbered(events: Iterable<readonly [type: string, fields: Json, isChunk: boolean]>): Iterable<Frame> {
  let sequence = 0;
  for (const [name, fields, isChunk] of events) {
    const type = `response.${name}`;
    yield sseFrame({ type, sequence_number: sequence, ...fields }, { event: type, isChunk });
    sequence += 1;
  }
}

function* eventsOf(reply: Reply, request: ModelRequest): Iterable<readonly [string, Json, boolean]> {
  const response = { ...responseHead(reply.key, request.model), status: "in_progress", output: [], usage: null };
  yield ["created", { response }, false];
  yield ["in_progress", { response }, false];
  for (const [index, { begun, done, events }] of itemsOf(reply, request).entries()) {
    yield ["output_item.added", { output_index: index, item: begun }, false];
    for (const [name, fields, isChunk] of events) {
      yield [name, { item_id: begun["id"], output_index: index, ...fields }, isChunk];
    }
    yield ["output_item.done", { output_index: index, item: done }, false];
  }
  const whole = wholeBody(reply, request);
  yield [whole["status"] === "completed" ? "completed" : "incomplete", { response: whole }, false];
}

function faultFrames(fault: Fault, request: ModelRequest): Iterable<Frame> {
  const { code, message } = openAiError(fault);
  const response = { ...responseHead("failed", request.model), status: "failed", error: { code, message }, output: [] };
  return numbered([["failed", { response }, false]]);
}

export const openaiResponses: Protocol = {
  name: "openai-responses",
  decode: decodeResponses,
  streamFrames: (reply, request) => numbered(eventsOf(reply, request)),
  wholeBody,
  refuse: refuseAsOpenAi,
  faultFrames,
  wrongKey: { status: 401 },
  responseHeaders: openAiResponseHeaders,
  models: openAiModels,
  listModels: listOpenAiModels,
  showModel: showOpenAiModel,
  countTokens: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
};
