/**
 * What a provider wants back verbatim with an answer of its own: signatures of thinking, reasoning items, thought
 * signatures of calls. Stored with the answer as references into it, so that no text stands in the log twice.
 *
 * Opaque to everybody else, and given only to the provider and model family that made it: others would refuse it.
 */
import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ModelAccess } from "../../../core/ports/model.ts";

export type StoredBlock =
  /** A piece of the message's `thinking`: from, to (UTF-16 units). */
  | { readonly thinking: readonly [number, number]; readonly options?: SharedV4ProviderOptions }
  /** The n-th part of the message's content. */
  | { readonly part: number; readonly options?: SharedV4ProviderOptions };

export interface ProviderContent {
  readonly by: string;
  readonly blocks: readonly StoredBlock[];
}

/** Who may be given it: the provider, and the model without the date or tag of its release. */
export function makerOf({ providerType, providerId, vendorModel }: ModelAccess): string {
  const family = vendorModel.replace(/(?:-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest|preview.*)|@.*)$/, "");
  return [providerType, providerId ?? "", family].join(" ");
}

function isBlock(value: unknown): value is StoredBlock {
  return typeof value === "object" && value !== null && ("thinking" in value || "part" in value);
}

/** What is stored with an answer, if it is ours to give to this model. */
export function readProviderContent(stored: unknown, access: ModelAccess): readonly StoredBlock[] | undefined {
  if (typeof stored !== "object" || stored === null || !("by" in stored) || !("blocks" in stored)) return undefined;
  if (stored.by !== makerOf(access) || !Array.isArray(stored.blocks)) return undefined;
  const blocks: readonly unknown[] = stored.blocks;
  return blocks.every(isBlock) ? blocks : undefined;
}
