// OpenAI Chat Completions: `POST /v1/chat/completions`, also as Ollama, vLLM, OpenRouter and the like speak it.
// Invariant: the usage chunk comes only when asked for; a stream ends with `[DONE]`. Thinking is `reasoning_content`,
// which OpenAI itself never sends and compatible servers do.
import { z } from "zod";
import type { HttpCall, JsonSchema, ModelMessage, ModelRequest, Part, Reply, ToolOffer } from "./exchange.ts";
import {
  listOpenAiModels,
  openAiError,
  openAiModels,
  openAiResponseHeaders,
  refuseAsOpenAi,
  showOpenAiModel,
} from "./openai-errors.ts";
import { sseFrame, type Decoded, type Frame, type Protocol } from "./protocol.ts";
import { callerKey, jsonSchemaSchema, malformed, parsedArguments, plainText, present } from "./wire-reading.ts";

const toolCallSchema = z.looseObject({
  id: z.string().optional(),
  function: z.looseObject({ name: z.string(), arguments: z.string().optional() }).optional(),
  custom: z.looseObject({ name: z.string(), input: z.string().optional() }).optional(),
});

const messageSchema = z.looseObject({
  role: z.string(),
  content: z.unknown().optional(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(toolCallSchema).nullish(),
  tool_call_id: z.string().optional(),
});

const toolSchema = z.looseObject({
  type: z.string(),
  function: z.looseObject({ name: z.string(), parameters: jsonSchemaSchema.optional() }).optional(),
  custom: z.looseObject({ name: z.string() }).optional(),
});

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(messageSchema).min(1),
  tools: z.array(toolSchema).nullish(),
  tool_choice: z
    .union([z.string(), z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })])
    .nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  reasoning_effort: z.string().nullish(),
  response_format: z
    .looseObject({
      type: z.string(),
      json_schema: z.looseObject({ schema: jsonSchemaSchema.optional() }).optional(),
    })
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
});

type Body = z.infer<typeof bodySchema>;
type Message = z.infer<typeof messageSchema>;

function readMessage(message: Message): ModelMessage {
  const text = plainText(message.content);
  const said: Part[] = text === "" ? [] : [{ kind: "text", text }];
  if (message.role === "tool" || message.role === "function") {
    const result: Part = { kind: "tool-result", id: message.tool_call_id ?? "", output: text, isError: false };
    return { role: "tool", parts: [result] };
  }
  if (message.role !== "assistant") return { role: "user", parts: said };
  const thinking = message.reasoning_content ?? "";
  const calls: Part[] = (message.tool_calls ?? []).map(({ id = "", function: fn, custom }) => ({
    kind: "tool-call",
    id,
    name: fn?.name ?? custom?.name ?? "",
    input: fn === undefined ? custom?.input : parsedArguments(fn.arguments ?? ""),
  }));
  return {
    role: "assistant",
    parts: [...(thinking === "" ? [] : [{ kind: "thinking", text: thinking } as const]), ...said, ...calls],
  };
}

function readTools(body: Body): ToolOffer[] {
  return (body.tools ?? []).flatMap((tool): ToolOffer[] => {
    if (tool.custom !== undefined) return [{ name: tool.custom.name, kind: "custom" }];
    if (tool.function === undefined) return [];
    return [{ name: tool.function.name, kind: "function", ...present({ schema: tool.function.parameters }) }];
  });
}

function readJsonSchema(format: Body["response_format"]): JsonSchema | undefined {
  if (format?.type === "json_schema") return format.json_schema?.schema ?? { type: "object" };
  return format?.type === "json_object" ? { type: "object" } : undefined;
}

function isSystem(message: Message): boolean {
  return message.role === "system" || message.role === "developer";
}

function decode(call: HttpCall): Decoded {
  const parsed = bodySchema.safeParse(call.body);
  if (!parsed.success) return malformed(parsed.error);
  const body = parsed.data;
  const choice = body.tool_choice;
  const request: ModelRequest = {
    protocol: "openai-chat",
    model: body.model,
    system: body.messages
      .filter(isSystem)
      .map((message) => plainText(message.content))
      .join("\n"),
    messages: body.messages.filter((message) => !isSystem(message)).map(readMessage),
    tools: readTools(body),
    ...present({
      apiKey: callerKey(call),
      forcedTool: typeof choice === "string" ? undefined : choice?.function?.name,
      maxTokens: body.max_completion_tokens ?? body.max_tokens,
      temperature: body.temperature,
      jsonSchema: readJsonSchema(body.response_format),
    }),
    ...(typeof body.reasoning_effort === "string" ? { reasoning: { effort: body.reasoning_effort } } : {}),
    stream: body.stream ?? false,
    wishes: body.stream_options?.include_usage === true ? ["usage"] : [],
  };
  return { kind: "request", request };
}

const FINISH_REASONS = { end: "stop", tools: "tool_calls", length: "length", filter: "content_filter" } as const;

function usageOf(reply: Reply): Record<string, unknown> {
  const { input, output, cacheRead, cacheWrite, reasoning } = reply.usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cacheRead,
      ...(cacheWrite === 0 ? {} : { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function head(reply: Reply, request: ModelRequest): Record<string, unknown> {
  const created = Math.floor(Date.now() / 1000);
  return { id: `chatcmpl-${reply.key}`, created, model: request.model, system_fingerprint: "fp_serai" };
}

function* deltasOf(reply: Reply): Iterable<{ delta: Record<string, unknown>; isChunk: boolean }> {
  yield { delta: { role: "assistant", content: reply.text === undefined ? null : "" }, isChunk: false };
  for (const piece of reply.thinking) yield { delta: { reasoning_content: piece }, isChunk: true };
  for (const content of reply.text ?? []) yield { delta: { content }, isChunk: true };
  for (const [index, call] of reply.calls.entries()) {
    const isCustom = call.kind === "custom";
    const opening = isCustom
      ? { type: "custom", custom: { name: call.name, input: "" } }
      : { type: "function", function: { name: call.name, arguments: "" } };
    yield { delta: { tool_calls: [{ index, id: call.id, ...opening }] }, isChunk: false };
    for (const piece of call.deltas) {
      const more = isCustom ? { custom: { input: piece } } : { function: { arguments: piece } };
      yield { delta: { tool_calls: [{ index, ...more }] }, isChunk: true };
    }
  }
}

function* streamFrames(reply: Reply, request: ModelRequest): Iterable<Frame> {
  const wantsUsage = request.wishes.includes("usage");
  const base = { ...head(reply, request), object: "chat.completion.chunk" };
  const noUsage = wantsUsage ? { usage: null } : {};
  for (const { delta, isChunk } of deltasOf(reply)) {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: null }];
    yield sseFrame({ ...base, choices, ...noUsage }, { isChunk });
  }
  const choices = [{ index: 0, delta: {}, logprobs: null, finish_reason: FINISH_REASONS[reply.stop] }];
  yield sseFrame({ ...base, choices, ...noUsage });
  if (wantsUsage) yield sseFrame({ ...base, choices: [], usage: usageOf(reply) });
  yield sseFrame("[DONE]");
}

function wholeBody(reply: Reply, request: ModelRequest): unknown {
  const calls = reply.calls.map(({ id, kind, name, raw }) =>
    kind === "custom"
      ? { id, type: "custom", custom: { name, input: raw } }
      : { id, type: "function", function: { name, arguments: raw } },
  );
  const message = {
    role: "assistant",
    content: reply.text?.join("") ?? null,
    ...(reply.thinking.length === 0 ? {} : { reasoning_content: reply.thinking.join("") }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    refusal: null,
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: FINISH_REASONS[reply.stop] }];
  return { ...head(reply, request), object: "chat.completion", choices, usage: usageOf(reply) };
}

export const openaiChat: Protocol = {
  name: "openai-chat",
  decode,
  streamFrames,
  wholeBody,
  refuse: refuseAsOpenAi,
  faultFrames: (fault) => [sseFrame({ error: openAiError(fault) })],
  wrongKey: { status: 401 },
  responseHeaders: openAiResponseHeaders,
  models: openAiModels,
  listModels: listOpenAiModels,
  showModel: showOpenAiModel,
  countTokens: (tokens) => ({ input_tokens: tokens }),
};
