/**
 * What a model call has probably used, for as long as its provider has not said it: of a call that is cut short, nobody
 * ever will. A request that was refused before the model began has used nothing.
 */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { CallSize, CallUse } from "../../core/ports/harness.ts";
import { BYTES_PER_TOKEN } from "./compaction/token-estimate.ts";

const NOTHING: CallSize = { inputTokens: 0, outputTokens: 0 };

export class CallMeter {
  readonly #inputTokens: number;
  #isSent = false;
  #hasBegun = false;
  #heardBytes = 0;
  #counted: CallSize | null = null;
  #lost = NOTHING;

  /** @param inputTokens what the prompt takes, estimated */
  constructor(inputTokens: number) {
    this.#inputTokens = inputTokens;
  }

  /** A try begins. */
  send(): void {
    this.#isSent = true;
    this.#hasBegun = false;
    this.#heardBytes = 0;
    this.#counted = null;
  }

  hear(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case "stream-start":
      case "error":
      case "raw":
        return;
      case "text-delta":
      case "reasoning-delta":
      case "tool-input-delta":
        this.#heardBytes += Buffer.byteLength(part.delta);
        break;
      case "finish":
        this.#counted = countedOf(part.usage);
        break;
      default:
        break;
    }
    this.#hasBegun = true;
  }

  /** The try has broken off. */
  fail(): void {
    if (this.#hasBegun) this.#lost = sum(this.#lost, this.#now());
    this.#isSent = false;
  }

  used(): CallUse {
    return { now: this.#now(), lost: this.#lost };
  }

  #now(): CallSize {
    if (!this.#isSent) return NOTHING;
    const outputTokens = Math.ceil(this.#heardBytes / BYTES_PER_TOKEN);
    return this.#counted ?? { inputTokens: this.#inputTokens, outputTokens };
  }
}

/** Null: the provider counts nothing, as some do for a call that they broke off themselves. */
function countedOf({
  inputTokens,
  outputTokens,
}: Extract<LanguageModelV4StreamPart, { type: "finish" }>["usage"]): CallSize | null {
  const counted = { inputTokens: inputTokens.total ?? 0, outputTokens: outputTokens.total ?? 0 };
  return counted.inputTokens + counted.outputTokens > 0 ? counted : null;
}

function sum(left: CallSize, right: CallSize): CallSize {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
}
