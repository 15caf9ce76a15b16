/**
 * One answer of a model as it grows out of a stream of parts: what may be shown at once, and what it came to in the end.
 * Holds the blocks in the order in which the model began them; judges nothing.
 */
import type { LanguageModelV4StreamPart, LanguageModelV4Usage, SharedV4ProviderOptions } from "@ai-sdk/provider";

export type AnswerBlock =
  | { readonly kind: "text" | "thinking"; readonly text: string; readonly options?: SharedV4ProviderOptions }
  | {
      readonly kind: "call";
      readonly id: string;
      readonly name: string;
      /** Parsed; the text as it stands when it is no JSON. */
      readonly arguments: unknown;
      readonly options?: SharedV4ProviderOptions;
    };

export type FinishKind = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "interrupted" | "other";

export interface Grown {
  readonly blocks: readonly AnswerBlock[];
  readonly finish: FinishKind;
  /** In the vendor's word. */
  readonly rawFinish: string | null;
  readonly usage: LanguageModelV4Usage | null;
  readonly responseId: string | null;
}

export interface Delta {
  readonly kind: "text" | "thinking";
  readonly delta: string;
}

interface GrowingText {
  readonly kind: "text" | "thinking";
  text: string;
  /** The first half of a surrogate pair whose second half comes with the next delta. */
  half: string;
  options: SharedV4ProviderOptions | undefined;
}

type GrowingCall = Extract<AnswerBlock, { kind: "call" }>;

/** Between two blocks of thinking, which would else run into each other. */
export const THOUGHT_BREAK = "\n\n";

const HIGH_SURROGATE_AT_END = /[\uD800-\uDBFF]$/;

function parseArguments(input: string): unknown {
  if (input.trim() === "") return {};
  try {
    return JSON.parse(input);
  } catch (fault) {
    if (fault instanceof SyntaxError) return input;
    throw fault;
  }
}

function optionsOf(options: SharedV4ProviderOptions | undefined): { readonly options?: SharedV4ProviderOptions } {
  return options === undefined ? {} : { options };
}

export class AnswerGrowth {
  readonly #blocks: (GrowingText | GrowingCall)[] = [];
  readonly #open = new Map<string, GrowingText>();
  #finish: FinishKind = "interrupted";
  #rawFinish: string | null = null;
  #usage: LanguageModelV4Usage | null = null;
  #responseId: string | null = null;
  #hasThought = false;

  /** What the part adds to what a viewer sees, if anything. Well formed, and together what `said` will hold. */
  add(part: LanguageModelV4StreamPart): Delta | undefined {
    switch (part.type) {
      case "text-start":
      case "text-delta":
      case "text-end":
        return this.#grow("text", part);
      case "reasoning-start":
      case "reasoning-delta":
      case "reasoning-end":
        return this.#grow("thinking", part);
      case "tool-call":
        // A tool that the provider ran itself is its own affair; we offer none.
        if (part.providerExecuted !== true) this.#blocks.push(callBlock(part));
        return undefined;
      case "response-metadata":
        this.#responseId = part.id ?? this.#responseId;
        return undefined;
      case "finish":
        this.#finish = part.finishReason.unified;
        this.#rawFinish = part.finishReason.raw ?? null;
        this.#usage = part.usage;
        return undefined;
      default:
        return undefined;
    }
  }

  grown(): Grown {
    const blocks = this.#blocks.map((block): AnswerBlock => {
      if (block.kind === "call") return block;
      return { kind: block.kind, text: block.text + block.half.toWellFormed(), ...optionsOf(block.options) };
    });
    const [finish, rawFinish] = [this.#finish, this.#rawFinish];
    return { blocks, finish, rawFinish, usage: this.#usage, responseId: this.#responseId };
  }

  #grow(
    kind: GrowingText["kind"],
    part: Extract<LanguageModelV4StreamPart, { type: `${"text" | "reasoning"}-${"start" | "delta" | "end"}` }>,
  ): Delta | undefined {
    const block = this.#blockOf(kind, part.id);
    if (part.providerMetadata !== undefined) block.options = part.providerMetadata;
    if (part.type === "text-end" || part.type === "reasoning-end") this.#open.delete(`${kind} ${part.id}`);
    if (part.type !== "text-delta" && part.type !== "reasoning-delta") return undefined;
    const joined = block.half + part.delta;
    block.half = HIGH_SURROGATE_AT_END.exec(joined)?.[0] ?? "";
    const delta = joined.slice(0, joined.length - block.half.length).toWellFormed();
    if (delta === "") return undefined;
    const isNextThought = kind === "thinking" && block.text === "" && this.#hasThought;
    block.text += delta;
    this.#hasThought ||= kind === "thinking";
    return { kind, delta: isNextThought ? THOUGHT_BREAK + delta : delta };
  }

  #blockOf(kind: GrowingText["kind"], id: string): GrowingText {
    const key = `${kind} ${id}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const block: GrowingText = { kind, text: "", half: "", options: undefined };
    this.#open.set(key, block);
    this.#blocks.push(block);
    return block;
  }
}

function callBlock(part: Extract<LanguageModelV4StreamPart, { type: "tool-call" }>): GrowingCall {
  return {
    kind: "call",
    id: part.toolCallId,
    name: part.toolName,
    arguments: parseArguments(part.input),
    ...optionsOf(part.providerMetadata),
  };
}
