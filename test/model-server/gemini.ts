// Gemini: `:streamGenerateContent`, `:generateContent`, `:countTokens` under /v1beta/models, as the AI SDK and the Gemini CLI read them.
// Invariant: function calls come whole (the API has no partial arguments here), thoughts are parts with `thought: true`,
// candidatesTokenCount excludes thoughts. A limit's wait stands in RetryInfo, never in a header: so does the vendor.
import { z } from "zod";
import type { Fault, HttpCall, JsonSchema, ModelMessage, ModelRequest, Part, Reply, ToolOffer } from "./exchange.ts";
import { sseFrame, type Decoded, type Frame, type Protocol, type Refusal } from "./protocol.ts";
import { callerKey, jsonSchemaSchema, malformed, plainText, present } from "./wire-reading.ts";

const partSchema = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  functionCall: z.looseObject({ id: z.string().nullish(), name: z.string(), args: z.unknown().optional() }).optional(),
  functionResponse: z
    .looseObject({ id: z.string().nullish(), name: z.string(), response: z.unknown().optional() })
    .optional(),
});

const contentSchema = z.looseObject({ role: z.string().optional(), parts: z.array(partSchema).default([]) });

const declarationSchema = z.looseObject({
  name: z.string(),
  parameters: jsonSchemaSchema.nullish(),
  parametersJsonSchema: jsonSchemaSchema.nullish(),
});

const configSchema = z.looseObject({
  maxOutputTokens: z.number().optional(),
  temperature: z.number().optional(),
  responseMimeType: z.string().optional(),
  responseSchema: jsonSchemaSchema.nullish(),
  responseJsonSchema: jsonSchemaSchema.nullish(),
  thinkingConfig: z
    .looseObject({ thinkingBudget: z.number().optional(), thinkingLevel: z.string().optional() })
    .optional(),
});

const bodySchema = z.looseObject({
  contents: z.union([z.array(contentSchema).min(1), contentSchema.transform((content) => [content])]),
  systemInstruction: z.looseObject({ parts: z.unknown().optional() }).optional(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(declarationSchema).optional() })).optional(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({ mode: z.string().optional(), allowedFunctionNames: z.array(z.string()).optional() })
        .optional(),
    })
    .optional(),
  generationConfig: configSchema.optional(),
});

// `:countTokens` takes the same body bare or wrapped.
const countBodySchema = z.union([
  z.looseObject({ generateContentRequest: bodySchema }).transform((body) => body.generateContentRequest),
  bodySchema,
]);

type Body = z.infer<typeof bodySchema>;

// The response is an object of the client's own making; these are the keys the AI SDK and the Gemini CLI put the text under.
const responseSchema = z.looseObject({
  output: z.string().optional(),
  content: z.string().optional(),
  error: z.string().optional(),
});

function readResponse(response: unknown): { output: string; isError: boolean } {
  const known = responseSchema.safeParse(response);
  const { output, content, error } = known.success ? known.data : {};
  return { output: output ?? content ?? error ?? plainText(response), isError: error !== undefined };
}

function readPart(part: z.infer<typeof partSchema>): Part {
  if (part.functionCall !== undefined) {
    const { id, name, args } = part.functionCall;
    return { kind: "tool-call", id: id ?? "", name, input: args };
  }
  if (part.functionResponse !== undefined) {
    const { id, response } = part.functionResponse;
    return { kind: "tool-result", id: id ?? "", ...readResponse(response) };
  }
  if (part.text === undefined) return { kind: "other", type: Object.keys(part)[0] ?? "empty" };
  if (part.thought !== true) return { kind: "text", text: part.text };
  return { kind: "thinking", text: part.text, ...present({ signature: part.thoughtSignature }) };
}

function readContent(content: z.infer<typeof contentSchema>): ModelMessage {
  const parts = content.parts.map(readPart);
  if (content.role === "model") return { role: "assistant", parts };
  return { role: parts.some((part) => part.kind === "tool-result") ? "tool" : "user", parts };
}

function readTools(body: Body): ToolOffer[] {
  const declarations = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
  return declarations.map((each) => ({
    name: each.name,
    kind: "function",
    ...present({ schema: each.parametersJsonSchema ?? each.parameters }),
  }));
}

function readJsonSchema(config: Body["generationConfig"]): JsonSchema | undefined {
  const schema = config?.responseJsonSchema ?? config?.responseSchema ?? undefined;
  return schema ?? (config?.responseMimeType === "application/json" ? { type: "object" } : undefined);
}

const operation = /\/models\/([^/:]+):(\w+)$/;

function decode(call: HttpCall): Decoded {
  const [, model = "", method = ""] = operation.exec(call.path) ?? [];
  const parsed = (method === "countTokens" ? countBodySchema : bodySchema).safeParse(call.body);
  if (!parsed.success) return malformed(parsed.error);
  const body = parsed.data;
  const config = body.generationConfig;
  const allowed = body.toolConfig?.functionCallingConfig?.allowedFunctionNames ?? [];
  const thinking = config?.thinkingConfig;
  const isStream = method === "streamGenerateContent";
  const request: ModelRequest = {
    protocol: "gemini",
    model: decodeURIComponent(model),
    system: plainText(body.systemInstruction?.parts),
    messages: body.contents.map(readContent),
    tools: readTools(body),
    ...present({
      apiKey: callerKey(call),
      forcedTool: allowed.length === 1 ? allowed[0] : undefined,
      maxTokens: config?.maxOutputTokens,
      temperature: config?.temperature,
      jsonSchema: readJsonSchema(config),
    }),
    ...(thinking === undefined
      ? {}
      : { reasoning: present({ effort: thinking.thinkingLevel, budgetTokens: thinking.thinkingBudget }) }),
    stream: isStream,
    wishes: isStream && call.query.get("alt") !== "sse" ? ["json-array"] : [],
  };
  return { kind: "request", request };
}

const FINISH_REASONS = { end: "STOP", tools: "STOP", length: "MAX_TOKENS", filter: "SAFETY" } as const;

function usageOf(reply: Reply): Record<string, unknown> {
  const { input, output, cacheRead, reasoning } = reply.usage;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: input + output,
    ...(cacheRead === 0 ? {} : { cachedContentTokenCount: cacheRead }),
    ...(reasoning === 0 ? {} : { thoughtsTokenCount: reasoning }),
  };
}

function isMalformed(reply: Reply): boolean {
  return reply.calls.some((call) => call.isMalformed);
}

function partsOf(reply: Reply): unknown[] {
  const signature = { thoughtSignature: Buffer.from(`signature of ${reply.key}`).toString("base64") };
  const thoughts = reply.thinking.map((text) => ({ text, thought: true }));
  const said = (reply.text ?? []).map((text) => ({ text }));
  // The vendor signs the first call of a step and answers unreadable arguments by a finish reason instead of a call.
  const calls = isMalformed(reply)
    ? []
    : reply.calls.map(({ id, name, input }, at) => ({
        functionCall: { id, name, args: input },
        ...(at === 0 && reply.thinking.length > 0 ? signature : {}),
      }));
  return [...thoughts, ...said, ...calls];
}

function chunk(reply: Reply, request: ModelRequest, candidate: Record<string, unknown>): Record<string, unknown> {
  return {
    candidates: [{ ...candidate, index: 0 }],
    usageMetadata: usageOf(reply),
    modelVersion: request.model,
    responseId: reply.key,
  };
}

function finishReason(reply: Reply): string {
  return isMalformed(reply) ? "MALFORMED_FUNCTION_CALL" : FINISH_REASONS[reply.stop];
}

function* streamFrames(reply: Reply, request: ModelRequest): Iterable<Frame> {
  const isArray = request.wishes.includes("json-array");
  let separator = "[";
  const frame = (body: unknown, isChunk: boolean): Frame => {
    if (!isArray) return sseFrame(body, { isChunk });
    const wire = `${separator}${JSON.stringify(body)}`;
    separator = ",\r\n";
    return { wire, isChunk };
  };
  for (const part of partsOf(reply)) {
    yield frame(chunk(reply, request, { content: { role: "model", parts: [part] } }), true);
  }
  const end = { content: { role: "model", parts: [] }, finishReason: finishReason(reply) };
  yield frame(chunk(reply, request, end), false);
  if (isArray) yield { wire: "]", isChunk: false };
}

function wholeBody(reply: Reply, request: ModelRequest): unknown {
  const content = { role: "model", parts: partsOf(reply) };
  return chunk(reply, request, { content, finishReason: finishReason(reply) });
}

const ERRORS: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "API key not valid. Please pass a valid API key."],
  403: ["PERMISSION_DENIED", "Permission denied"],
  404: ["NOT_FOUND", "models/unknown is not found for API version v1beta"],
  413: ["INVALID_ARGUMENT", "Request payload size exceeds the limit"],
  429: ["RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."],
  500: ["INTERNAL", "An internal error has occurred. Please retry."],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
  504: ["DEADLINE_EXCEEDED", "The request timed out"],
};

const PORTABLE: Readonly<Record<string, readonly [status: string, message: string]>> = {
  context_length_exceeded: [
    "INVALID_ARGUMENT",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  ],
  invalid_api_key: ["INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."],
  insufficient_quota: [
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details.",
  ],
};

function detailsOf(fault: Fault): unknown[] {
  if (fault.code === "invalid_api_key") {
    return [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" },
    ];
  }
  if (fault.status !== 429) return [];
  const window = fault.code === "insufficient_quota" ? "PerDay" : "PerMinute";
  const quota = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    violations: [
      {
        quotaMetric: "generativelanguage.googleapis.com/generate_content_requests",
        quotaId: `GenerateRequests${window}PerProjectPerModel`,
      },
    ],
  };
  const { retryAfterSeconds } = fault;
  if (retryAfterSeconds === undefined) return [quota];
  return [quota, { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfterSeconds}s` }];
}

function errorBody(fault: Fault): { error: Record<string, unknown> } {
  const portable = PORTABLE[fault.code ?? ""];
  const [status, message] = portable ??
    ERRORS[fault.status] ?? [fault.status < 500 ? "INVALID_ARGUMENT" : "UNAVAILABLE", "The request failed"];
  const details = detailsOf(fault);
  return {
    error: {
      code: fault.status,
      message: fault.message ?? message,
      status: portable === undefined ? (fault.code ?? status) : status,
      ...(details.length === 0 ? {} : { details }),
    },
  };
}

function refuse(fault: Fault): Refusal {
  return { status: fault.status, headers: {}, body: errorBody(fault) };
}

function showModel(name: string): Record<string, unknown> {
  return {
    name: `models/${name}`,
    version: "001",
    displayName: name,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  };
}

export const gemini: Protocol = {
  name: "gemini",
  decode,
  streamFrames,
  wholeBody,
  refuse,
  faultFrames: (fault) => [sseFrame(errorBody(fault))],
  responseHeaders: () => ({}),
  // A wrong key is a bad request here, not a 401.
  wrongKey: { status: 400, code: "invalid_api_key" },
  models: ["gemini-3-pro-preview", "gemini-2.5-pro", "gemini-2.5-flash"],
  listModels(names, query) {
    const start = Number(query.get("pageToken") ?? 0);
    const end = start + Math.min(Number(query.get("pageSize") ?? 50), 1_000);
    return {
      models: names.slice(start, end).map(showModel),
      ...(end < names.length ? { nextPageToken: `${end}` } : {}),
    };
  },
  showModel,
  countTokens: (tokens) => ({ totalTokens: tokens }),
};
