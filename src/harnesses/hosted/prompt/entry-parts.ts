/** One answer, one tool result, as parts of a prompt. */
import type {
  LanguageModelV4Message,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import type { ContentPart } from "../../../core/events/content.ts";
import type { TurnInput } from "../../../core/ports/harness.ts";
import type { ModelAccess, ProviderType } from "../../../core/ports/model.ts";
import { toWellFormedText } from "../../../lib/well-formed.ts";
import { showImage } from "./images.ts";
import type { AgentEntry, Call, ToolEntry } from "./order-entries.ts";
import { readProviderContent } from "./provider-content.ts";
import type { StoredBlock } from "./provider-content.ts";

export type AssistantPart = Extract<LanguageModelV4Message, { role: "assistant" }>["content"][number];

const INTERRUPTED = "Interrupted: the call was cut off and it is not known how far it got. Check before you repeat it.";
const MASKED = "[This output was left out to save room. Call the tool again if you still need it.]";
const UNREADABLE_LENGTH = 1_000;

/** Providers that can be shown a picture inside a tool result. */
const showsInResults: ReadonlySet<ProviderType> = new Set(["anthropic", "openai", "gemini"]);

/** Anthropic lets an id have letters, digits, `_` and `-`; other providers' ids have more. */
function callIdFor(id: string, { providerType }: ModelAccess): string {
  return providerType === "anthropic" ? id.replaceAll(/[^\w-]/g, "_") : id;
}

/** Arguments that are no object (broken JSON, kept as text) are shown as what they were. */
function inputOf(call: Call): Readonly<Record<string, unknown>> {
  const { arguments: input } = call;
  // Any object that is no list is a record of unknown values.
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  const text = typeof input === "string" ? input : (JSON.stringify(input) ?? "");
  return { unreadable_arguments: text.slice(0, UNREADABLE_LENGTH).toWellFormed() };
}

function contentPart(part: ContentPart | undefined, access: ModelAccess): AssistantPart | undefined {
  if (part?.type === "text") {
    return part.text === "" ? undefined : { type: "text", text: toWellFormedText(part.text) };
  }
  if (part?.type !== "tool_call") return undefined;
  const call: LanguageModelV4ToolCallPart = {
    type: "tool-call",
    toolCallId: callIdFor(part.id, access),
    toolName: part.name,
    input: inputOf(part),
  };
  return call;
}

function storedPart(block: StoredBlock, entry: AgentEntry, access: ModelAccess): AssistantPart | undefined {
  const { message } = entry;
  const options = block.options === undefined ? {} : { providerOptions: block.options };
  if ("thinking" in block) {
    const [from, to] = block.thinking;
    return { type: "reasoning", text: (message.thinking ?? "").slice(from, to), ...options };
  }
  const part = contentPart(message.content[block.part], access);
  return part === undefined ? undefined : { ...part, ...options };
}

/** Empty when the answer has nothing to show (it failed, or said nothing). */
export function agentParts(entry: AgentEntry, access: ModelAccess): readonly AssistantPart[] {
  // The sentence that told the user of a failure was never the model's.
  if (entry.message.metadata?.error_code !== undefined) return [];
  const stored = readProviderContent(entry.providerContent, access);
  const parts =
    stored === undefined
      ? entry.message.content.map((part) => contentPart(part, access))
      : stored.map((block) => storedPart(block, entry, access));
  return parts.filter((part) => part !== undefined);
}

function textOf(part: ContentPart): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "tool_result":
      return typeof part.result === "string" ? part.result : JSON.stringify(part.result ?? part.error ?? null);
    default:
      return "";
  }
}

function isImage(part: ContentPart): part is Extract<ContentPart, { type: "image" | "image_file" }> {
  return part.type === "image" || part.type === "image_file";
}

async function outputOf(result: ToolEntry, input: TurnInput): Promise<LanguageModelV4ToolResultOutput> {
  if (result.isMasked) return { type: "text", value: MASKED };
  const text = toWellFormedText(
    result.content
      .map(textOf)
      .filter((line) => line !== "")
      .join("\n"),
  );
  if (result.error !== null) {
    const isSaid = text === "" || text === result.error;
    return { type: "error-text", value: isSaid ? result.error : `${result.error}\n${text}` };
  }
  const images = result.content.filter(isImage);
  if (images.length === 0) return { type: "text", value: text === "" ? "(no output)" : text };
  if (!showsInResults.has(input.model.providerType)) {
    return {
      type: "text",
      value: `${text}\n[${images.length} image(s) left out: this provider takes none from tools]`,
    };
  }
  const shown = await Promise.all(images.map((image) => showImage(image, input)));
  return { type: "content", value: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...shown] };
}

export async function resultPart(
  { call, result }: { readonly call: Call; readonly result: ToolEntry | null },
  input: TurnInput,
): Promise<LanguageModelV4ToolResultPart> {
  const output: LanguageModelV4ToolResultOutput =
    result === null ? { type: "error-text", value: INTERRUPTED } : await outputOf(result, input);
  return { type: "tool-result", toolCallId: callIdFor(call.id, input.model), toolName: call.name, output };
}
