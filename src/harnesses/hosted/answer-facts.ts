/**
 * From a model's answer to the facts of its step, in the order of E5: thinking, generation, message, the end of
 * reasoning, and (A12) the beginning of every call before any of them runs.
 */
import type { ContentPart, Message, ToolCall, Usage } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { TurnInput, TurnView } from "../../core/ports/harness.ts";
import { cutUtf8, toWellFormedJson, toWellFormedText } from "../../lib/well-formed.ts";
import type { JsonValue } from "../../lib/json.ts";
import { THOUGHT_BREAK } from "./answer.ts";
import type { AnswerBlock, Grown } from "./answer.ts";
import type { Tries } from "./call-model.ts";
import { cutToJson, fitMessage, MAX_MESSAGE_BYTES, shownCalls } from "./fit-message.ts";
import type { Said } from "./fit-message.ts";
import { askFacts, sortCalls } from "./permissions.ts";
import { sentenceOf } from "./faults/model-fault.ts";
import type { ModelFault } from "./faults/model-fault.ts";
import { makerOf } from "./prompt/provider-content.ts";
import type { StoredBlock } from "./prompt/provider-content.ts";
import { usageOf } from "./usage.ts";

const PREVIEW_BYTES = 200;
/** An event has 64 KiB; tools of many MCP servers together could fill it with their names. */
const MAX_TOOLS_NAMED = 300;
const REFUSAL_TEXT = "The model declined to answer.";

export interface AnswerPlace {
  readonly input: TurnInput;
  readonly view: TurnView;
  readonly messageId: string;
  /** For ids that a model used twice. */
  readonly random: () => number;
}

export function modelRef({ model }: TurnInput): { model: string; model_id?: string; provider_id?: string } {
  return {
    model: model.vendorModel,
    ...(model.modelId === null ? {} : { model_id: model.modelId }),
    ...(model.providerId === null ? {} : { provider_id: model.providerId }),
  };
}

/** Ids that the conversation has already; some servers count calls from 0 in every answer. */
function usedIds({ conversation }: TurnView): Set<string> {
  const parts = conversation.entries.flatMap((entry) => (entry.kind === "agent" ? entry.message.content : []));
  return new Set(parts.flatMap((part) => (part.type === "tool_call" ? [part.id] : [])));
}

function freshId(random: () => number): string {
  return `call_${Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0")}`;
}

function uniqueCalls(blocks: readonly AnswerBlock[], place: AnswerPlace): readonly AnswerBlock[] {
  if (!blocks.some(({ kind }) => kind === "call")) return blocks;
  const used = usedIds(place.view);
  return blocks.map((block) => {
    if (block.kind !== "call") return block;
    let id = toWellFormedText(block.id);
    while (id === "" || used.has(id)) id = freshId(place.random);
    used.add(id);
    return id === block.id ? block : { ...block, id };
  });
}

/** Says more than the vendor's own name for the block, which nobody needs who stores nothing there. */
function isSecret(options: AnswerBlock["options"]): options is NonNullable<AnswerBlock["options"]> {
  return Object.values(options ?? {}).some((vendor) =>
    Object.entries(vendor).some(([key, value]) => key !== "itemId" && value !== null && value !== undefined),
  );
}

/** What the answer says, and where in it each thing stands that its provider wants back. */
function saidOf(grown: Grown, place: AnswerPlace): Said {
  const content: ContentPart[] = [];
  const stored: StoredBlock[] = [];
  const wantsPlainThinking = place.input.model.providerType === "openai_compatible";
  let thinking = "";
  for (const block of uniqueCalls(grown.blocks, place)) {
    const options = isSecret(block.options) ? { options: block.options } : {};
    if (block.kind === "thinking") {
      if (thinking !== "" && block.text !== "") thinking += THOUGHT_BREAK;
      const from = thinking.length;
      thinking += block.text;
      if (isSecret(block.options) || wantsPlainThinking) stored.push({ thinking: [from, thinking.length], ...options });
    } else if (block.kind === "call" || block.text !== "") {
      stored.push({ part: content.length, ...options });
      content.push(contentOf(block));
    }
  }
  if (content.length === 0 && grown.finish === "content-filter") content.push({ type: "text", text: REFUSAL_TEXT });
  const isWanted = stored.some((block) => "thinking" in block || block.options !== undefined);
  return { content, thinking, providerContent: isWanted ? { by: makerOf(place.input.model), blocks: stored } : null };
}

function contentOf(block: AnswerBlock): ContentPart {
  if (block.kind !== "call") return { type: "text", text: block.text };
  // Parsed from JSON text, or that text itself.
  const input = toWellFormedJson(block.arguments as JsonValue);
  return { type: "tool_call", id: block.id, name: toWellFormedText(block.name), arguments: input };
}

function previewOf(content: readonly ContentPart[]): string {
  return cutUtf8(content.map((part) => (part.type === "text" ? part.text : "")).join(""), PREVIEW_BYTES);
}

/** One call to a model, as the log keeps it: what it was asked with is named, never repeated (B8). */
export function generation(
  place: Pick<AnswerPlace, "input" | "view">,
  { answer, tries, said }: { readonly answer: Grown; readonly tries: Tries; readonly said: readonly ContentPart[] },
): Fact & { readonly type: "llm.generation" } {
  const calls = said.flatMap((part) => (part.type === "tool_call" ? [{ id: part.id, name: part.name }] : []));
  const textLength = said.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
  return {
    type: "llm.generation",
    data: {
      through_seq: place.view.conversation.throughSeq,
      tools: place.input.tools.definitions.slice(0, MAX_TOOLS_NAMED).map(({ name }) => name),
      output: { text_length: textLength, ...(calls.length === 0 ? {} : { tool_calls: calls }) },
      metadata: {
        model: place.input.model.vendorModel,
        provider: place.input.model.providerType,
        success: true,
        ...triesData(tries),
        finish_reasons: [answer.finish],
        ...(answer.responseId === null ? {} : { response_id: answer.responseId }),
        usage: usageOf(answer.usage, place.input.model),
      },
    },
  };
}

function triesData({ attempts, totalWaitMs, durationMs, firstTokenMs }: Tries) {
  return {
    duration_ms: durationMs,
    ...(firstTokenMs === null ? {} : { time_to_first_token_ms: firstTokenMs }),
    ...(attempts === 1 ? {} : { retry: { attempts, total_wait_ms: totalWaitMs } }),
  };
}

export interface AnswerFacts {
  readonly facts: readonly Fact[];
  /** `none`: there are no calls. `waiting`: every one of them waits for somebody. */
  readonly calls: "none" | "free" | "waiting";
}

export function answerFacts(place: AnswerPlace, answer: Grown, tries: Tries): AnswerFacts {
  const { input, view, messageId } = place;
  const whole = saidOf(answer, place);
  const said = fitMessage(whole);
  const content = [...said.content];
  const turn_id = view.turn.id;
  const calls = content.flatMap((part) =>
    part.type === "tool_call" ? [{ id: part.id, name: part.name, arguments: part.arguments }] : [],
  );
  const generated = generation(place, { answer, tries, said: content });
  const usage = generated.data.metadata.usage as Usage; // Set by `generation` a line above.
  const message: Message = {
    id: messageId,
    role: "agent",
    content: content.length === 0 ? [{ type: "text", text: "" }] : content,
    phase: calls.length === 0 ? "final_answer" : "commentary",
    ...(said.thinking === "" ? {} : { thinking: said.thinking }),
  };
  const provided = said.providerContent === null ? {} : { provider_content: said.providerContent };
  const thinking = cutToJson(whole.thinking, MAX_MESSAGE_BYTES);
  const acted = actFacts(place, calls);
  return {
    calls: acted.calls,
    facts: [
      ...(thinking === "" ? [] : [{ type: "reason.thinking.completed", data: { turn_id, thinking } } satisfies Fact]),
      generated,
      { type: "output.message.completed", data: { message, metadata: modelRef(input), usage, ...provided } },
      {
        type: "reason.completed",
        data: {
          turn_id,
          success: true,
          text_preview: previewOf(content),
          has_tool_calls: calls.length > 0,
          tool_call_count: calls.length,
          duration_ms: tries.durationMs + tries.totalWaitMs,
          usage,
        },
      },
      ...acted.facts,
    ],
  };
}

/** The calls that may be made at once begin; where there are none, those are asked who are waited for. */
function actFacts({ input, view }: AnswerPlace, calls: readonly ToolCall[]): AnswerFacts {
  if (calls.length === 0) return { calls: "none", facts: [] };
  const act: Fact = { type: "act.started", data: { turn_id: view.turn.id, tool_calls: [...shownCalls(calls)] } };
  const { free, waiting } = sortCalls(input, { openCalls: [], approvals: [] }, calls);
  if (free.length === 0) return { calls: "waiting", facts: [act, ...askFacts(input, waiting)] };
  const started = shownCalls(free).map((tool_call): Fact => ({ type: "tool.started", data: { tool_call } }));
  return { calls: "free", facts: [act, ...started] };
}

/** What a step says that could not be had: the order of T5, up to the end of the turn itself. */
export function failureFacts(place: AnswerPlace, fault: ModelFault, tries: Tries): readonly Fact[] {
  const { input, view, messageId } = place;
  const turn_id = view.turn.id;
  const message: Message = {
    id: messageId,
    role: "agent",
    content: [{ type: "text", text: sentenceOf(fault) }],
    metadata: { error_code: fault.code },
  };
  return [
    {
      type: "llm.generation",
      data: {
        through_seq: view.conversation.throughSeq,
        output: { text_length: 0 },
        metadata: {
          model: input.model.vendorModel,
          provider: input.model.providerType,
          success: false,
          error: fault.detail,
          ...triesData(tries),
        },
      },
    },
    {
      type: "reason.completed",
      data: { turn_id, success: false, has_tool_calls: false, tool_call_count: 0, error: fault.detail },
    },
    { type: "output.message.completed", data: { message, metadata: modelRef(input), error_code: fault.code } },
  ];
}
