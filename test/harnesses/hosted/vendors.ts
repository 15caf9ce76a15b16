/** The five wire protocols as accesses to the model server: what every hosted test runs over. */
import type { ModelAccess, ProviderType } from "../../../src/core/ports/model.ts";
import { scripted } from "./drive.ts";

export interface Vendor {
  readonly name: ProviderType;
  readonly vendorModel: string;
  /** Whether the wire carries thinking that the packages hand on. */
  readonly thinks: boolean;
  /** What of its thinking the vendor sees again with the next call. */
  readonly givenBack: RegExp | null;
}

/** The plainest of them, for tests that need a wire but no vendor. */
export const chat: Vendor = {
  name: "openai_completions",
  vendorModel: "gpt-4.1",
  thinks: false,
  givenBack: null,
};

export const vendors: readonly Vendor[] = [
  {
    name: "anthropic",
    vendorModel: "claude-sonnet-4-5",
    thinks: true,
    givenBack: /"thinking":"Let me look at it","signature":"[^"]+"/,
  },
  { name: "openai", vendorModel: "gpt-5.5", thinks: true, givenBack: /"encrypted_content":"[^"]+"/ },
  chat,
  { name: "gemini", vendorModel: "gemini-2.5-flash", thinks: true, givenBack: /"thoughtSignature":"[^"]+"/ },
  {
    name: "openai_compatible",
    vendorModel: "qwen3-coder",
    thinks: true,
    givenBack: /"reasoning_content":"Let me look at it"/,
  },
];

export function accessTo(vendor: Vendor, url: string, overrides: Partial<ModelAccess> = {}): ModelAccess {
  return {
    ...scripted,
    providerType: vendor.name,
    providerId: "prv_test",
    baseUrl: url,
    apiKey: "key-for-tests",
    modelId: "mod_test",
    vendorModel: vendor.vendorModel,
    price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
    canSeeImages: true,
    ...overrides,
  };
}
