/** How to reach a model: resolved anew for each turn, so a changed key or model counts from the next turn on. */
export const providerTypes = [
  "anthropic",
  "openai",
  "openai_completions",
  "gemini",
  "openai_compatible",
  "scripted",
] as const;
export type ProviderType = (typeof providerTypes)[number];

export interface ModelAccess {
  readonly providerType: ProviderType;
  readonly providerId: string | null;
  readonly baseUrl: string | null;
  readonly apiKey: string | null;
  /** Of our record; null for one that is only named by the environment. */
  readonly modelId: string | null;
  /** The vendor's name for it. */
  readonly vendorModel: string;
  /** Tokens that fit into a prompt; from the price table, the record, or a cautious default. */
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly price: ModelPrice | null;
  readonly canSeeImages: boolean;
}

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** One call to a provider, to see whether it works. */
export interface ProviderProbe {
  probe(
    access: ModelAccess,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: string }>;
}

export interface ListedModel {
  readonly vendorModel: string;
  readonly displayName: string | null;
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
}

export type ListedModels =
  | { readonly kind: "listed"; readonly models: readonly ListedModel[] }
  /** This kind of provider has no list. */
  | { readonly kind: "not_supported" }
  | { readonly kind: "failed"; readonly error: string };

/** What a provider offers now. Contract: never rejects; takes at most half a minute. */
export interface ModelLister {
  list(access: Pick<ModelAccess, "providerType" | "baseUrl" | "apiKey">, signal: AbortSignal): Promise<ListedModels>;
}
