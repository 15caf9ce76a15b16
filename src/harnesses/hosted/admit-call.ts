/**
 * What a model call may use of a budget, asked before it is made. The most that its prompt can be is counted in bytes and
 * pictures; what the answer may have is cut to what is granted, thinking included.
 */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Fact } from "../../core/events/envelope.ts";
import type { ModelAccess } from "../../core/ports/model.ts";
import { CallMeter } from "./call-meter.ts";
import { BYTES_PER_TOKEN, TOKENS_PER_IMAGE } from "./compaction/token-estimate.ts";
import type { Run } from "./options.ts";

export type CallOptions = Omit<LanguageModelV4CallOptions, "abortSignal">;

export type Admission =
  | { readonly kind: "admitted"; readonly options: CallOptions; readonly meter: CallMeter }
  | { readonly kind: "exhausted"; readonly fact: Fact };

/** No tokenizer makes more tokens than there are bytes, and none of the usual ones more than one of two. */
const BYTES_PER_TOKEN_AT_LEAST = 2;
/** The largest that a vendor makes of one picture. */
const TOKENS_PER_IMAGE_AT_MOST = 5_000;

export async function admitCall({ input, signal }: Run, options: CallOptions): Promise<Admission> {
  if (input.admitCall === undefined) return { kind: "admitted", options, meter: new CallMeter(0) };
  const { bytes, pictures } = sizeOf(options);
  const meter = new CallMeter(Math.ceil(bytes / BYTES_PER_TOKEN) + pictures * TOKENS_PER_IMAGE);
  const inputTokens = Math.ceil(bytes / BYTES_PER_TOKEN_AT_LEAST) + pictures * TOKENS_PER_IMAGE_AT_MOST;
  const answerTokens = options.maxOutputTokens ?? input.model.maxOutputTokens;
  const outputTokens = answerTokens + thinkingTokens(input.model, options);
  const admitted = await input.admitCall({ inputTokens, outputTokens, used: () => meter.used() }, signal);
  if (admitted.kind === "exhausted") return admitted;
  return { kind: "admitted", options: cutTo(options, admitted.outputTokens, { answerTokens, outputTokens }), meter };
}

function cutTo(
  options: CallOptions,
  granted: number | null,
  { answerTokens, outputTokens }: { readonly answerTokens: number; readonly outputTokens: number },
): CallOptions {
  const isThinkingExtra = outputTokens > answerTokens;
  if (granted === null || (isThinkingExtra && granted >= outputTokens)) return options;
  const cut = { ...options, maxOutputTokens: Math.min(answerTokens, granted) };
  // Thinking would come on top of what is left, so it answers without.
  if (isThinkingExtra) delete cut.reasoning;
  return cut;
}

/** A picture's bytes say nothing of its tokens. */
function sizeOf({ prompt, tools = [] }: CallOptions): { readonly bytes: number; readonly pictures: number } {
  const pictures = new Set<unknown>(prompt.flatMap(picturesOf));
  const isLeftOut = (_: string, value: unknown) => (pictures.has(value) ? null : value);
  const plain = JSON.stringify([prompt, tools], pictures.size === 0 ? undefined : isLeftOut);
  return { bytes: Buffer.byteLength(plain), pictures: pictures.size };
}

function picturesOf({ content }: CallOptions["prompt"][number]): readonly unknown[] {
  if (typeof content === "string") return [];
  return content.flatMap((part): readonly unknown[] => {
    if (part.type === "file") return [part];
    if (part.type !== "tool-result" || part.output.type !== "content") return [];
    return part.output.value.filter(({ type }) => type === "file");
  });
}

/** What the package takes the longest answer of a model to be, of which it gives thinking a share. */
const LONGEST_BEFORE_ADAPTIVE = 64_000;
const LONGEST_UNKNOWN = 4_096;
const BEFORE_ADAPTIVE = /claude-(?:instant|v?[23](?:$|[-.:])|(?:opus|sonnet|haiku)-4(?:$|@|-(?![6-9](?:\D|$))))/;

/** Anthropic's earlier models think in tokens of their own, which the package adds to those of the answer. */
function thinkingTokens({ providerType, vendorModel }: ModelAccess, { reasoning }: CallOptions): number {
  if (providerType !== "anthropic") return 0;
  if (reasoning === undefined || reasoning === "none" || reasoning === "provider-default") return 0;
  if (!vendorModel.includes("claude-")) return LONGEST_UNKNOWN;
  return BEFORE_ADAPTIVE.test(vendorModel) ? LONGEST_BEFORE_ADAPTIVE : 0;
}
