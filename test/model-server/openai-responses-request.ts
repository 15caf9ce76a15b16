// Reads the body of an OpenAI Responses request into the one internal request.
// Invariant: all items of one model answer become one assistant message; OpenAI writes an item where others write a part.
import { z } from "zod";
import type { HttpCall, JsonSchema, ModelMessage, ModelRequest, Part, ToolOffer } from "./exchange.ts";
import type { Decoded } from "./protocol.ts";
import { callerKey, jsonSchemaSchema, malformed, parsedArguments, plainText, present } from "./wire-reading.ts";

const itemSchema = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  id: z.string().nullish(),
  content: z.unknown().optional(),
  summary: z.unknown().optional(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  input: z.unknown().optional(),
  output: z.unknown().optional(),
});

const toolSchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: jsonSchemaSchema.nullish(),
  tools: z
    .array(z.looseObject({ type: z.string(), name: z.string(), parameters: jsonSchemaSchema.nullish() }))
    .optional(),
});

const bodySchema = z.looseObject({
  model: z.string(),
  instructions: z.string().nullish(),
  input: z.union([z.string(), z.array(itemSchema)]),
  previous_response_id: z.string().nullish(),
  tools: z.array(toolSchema).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ name: z.string().optional() })]).nullish(),
  max_output_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  text: z
    .looseObject({
      format: z.looseObject({ type: z.string(), schema: jsonSchemaSchema.optional() }).nullish(),
    })
    .nullish(),
  include: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
});

type Body = z.infer<typeof bodySchema>;
type Item = z.infer<typeof itemSchema>;

const ASSISTANT: readonly string[] = [
  "reasoning",
  "function_call",
  "custom_tool_call",
  "local_shell_call",
  "item_reference",
];

function readPart(item: Item): Part {
  const id = item.call_id ?? item.id ?? "";
  switch (item.type) {
    case "reasoning":
      return { kind: "thinking", text: plainText(item.summary) };
    case "function_call":
      return { kind: "tool-call", id, name: item.name ?? "", input: parsedArguments(item.arguments ?? "") };
    case "custom_tool_call":
      return { kind: "tool-call", id, name: item.name ?? "", input: item.input };
    case "function_call_output":
    case "custom_tool_call_output":
      return { kind: "tool-result", id, output: plainText(item.output), isError: false };
    case "item_reference":
      return { kind: "reference", id };
    case "message":
    case undefined:
      return { kind: "text", text: plainText(item.content) };
    default:
      return { kind: "other", type: item.type };
  }
}

function readItem(item: Item): ModelMessage {
  const part = readPart(item);
  if (part.kind === "tool-result") return { role: "tool", parts: [part] };
  const isAssistant = item.role === "assistant" || ASSISTANT.includes(item.type ?? "");
  return { role: isAssistant ? "assistant" : "user", parts: [part] };
}

function joinRuns(messages: readonly ModelMessage[]): ModelMessage[] {
  const joined: ModelMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === "assistant" && message.role === "assistant") {
      joined[joined.length - 1] = { role: "assistant", parts: [...last.parts, ...message.parts] };
    } else {
      joined.push(message);
    }
  }
  return joined;
}

function readTool(tool: { type: string; name: string; parameters?: JsonSchema | null | undefined }): ToolOffer {
  const kind = tool.type === "custom" ? "custom" : "function";
  return { name: tool.name, kind, ...present({ schema: tool.parameters }) };
}

function readTools(body: Body): ToolOffer[] {
  return (body.tools ?? []).flatMap((tool) => {
    const { name, tools } = tool;
    if (tools !== undefined) return tools.map((each) => ({ ...readTool(each), ...present({ namespace: name }) }));
    // Tools of the vendor's own (web_search …) are named by their type.
    return [readTool({ ...tool, name: name ?? tool.type })];
  });
}

function isSystem(item: Item): boolean {
  return item.role === "system" || item.role === "developer";
}

export function decodeResponses(call: HttpCall): Decoded {
  const parsed = bodySchema.safeParse(call.body);
  if (!parsed.success) return malformed(parsed.error);
  const body = parsed.data;
  if (typeof body.previous_response_id === "string") {
    return { kind: "malformed", message: `Previous response with id '${body.previous_response_id}' not found.` };
  }
  const items: readonly Item[] = typeof body.input === "string" ? [{ role: "user", content: body.input }] : body.input;
  const system = [body.instructions ?? "", ...items.filter(isSystem).map((item) => plainText(item.content))];
  const format = body.text?.format;
  const asksJson = format?.type === "json_schema" || format?.type === "json_object";
  const request: ModelRequest = {
    protocol: "openai-responses",
    model: body.model,
    system: system.filter(Boolean).join("\n"),
    messages: joinRuns(items.filter((item) => !isSystem(item)).map(readItem)),
    tools: readTools(body),
    ...present({
      apiKey: callerKey(call),
      forcedTool: typeof body.tool_choice === "string" ? undefined : body.tool_choice?.name,
      maxTokens: body.max_output_tokens,
      temperature: body.temperature,
      jsonSchema: asksJson ? (format.schema ?? { type: "object" }) : undefined,
      reasoning: body.reasoning === null ? undefined : body.reasoning && present({ effort: body.reasoning.effort }),
    }),
    stream: body.stream ?? false,
    wishes: body.include?.includes("reasoning.encrypted_content") === true ? ["encrypted-reasoning"] : [],
  };
  return { kind: "request", request };
}
