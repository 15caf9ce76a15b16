/**
 * What went wrong with a model call, in our words: what may be done about it, and what a person is told. Providers'
 * own errors end in `read-fault.ts`; nothing behind it knows their shapes.
 */

export const faultCodes = [
  "provider_rate_limited",
  "provider_unavailable",
  "provider_quota_exhausted",
  "provider_misconfigured",
  "model_unavailable",
  "request_too_large",
  "invalid_tool_schema",
  "processing_error",
] as const;
export type FaultCode = (typeof faultCodes)[number];

export interface ModelFault {
  /**
   * transient: try again · rate_limited: try again, or wait for the window to open · too_large: try with less ·
   * final: nothing that this turn can do will help
   */
  readonly kind: "transient" | "rate_limited" | "too_large" | "final";
  readonly code: FaultCode;
  /** The provider's own words, for logs and people who look closely; one line, bounded. */
  readonly detail: string;
  /** What the provider asks for. */
  readonly retryAfterMs?: number;
}

const sentences: Readonly<Record<FaultCode, string>> = {
  provider_rate_limited: "The model provider is turning requests away because its rate limit is reached.",
  provider_unavailable: "The model provider could not be reached or did not answer properly.",
  provider_quota_exhausted: "The account at the model provider has no quota or credit left.",
  provider_misconfigured: "The model provider refused the request: its key, base URL or permissions are not right.",
  model_unavailable: "The model provider does not offer this model to this account.",
  request_too_large: "The conversation no longer fits into this model, even after leaving out what could be left out.",
  invalid_tool_schema: "The model provider did not accept the definition of one of the tools.",
  processing_error: "The model provider did not accept the request.",
};

const waysOut: Readonly<Record<FaultCode, string>> = {
  provider_rate_limited: "Send a message to try again in a little while.",
  provider_unavailable: "Send a message to try again.",
  provider_quota_exhausted: "Add credit there, or choose another model, and send a message to try again.",
  provider_misconfigured: "Check the provider in the settings and send a message to try again.",
  model_unavailable: "Choose another model and send a message to try again.",
  request_too_large: "Start a new session, or choose a model with a larger context.",
  invalid_tool_schema: "Check the capabilities of this session, or choose another model.",
  processing_error: "Send a message to try again, or choose another model.",
};

/** What the user reads in place of an answer. Vendors' words about keys stay out of it. */
export function sentenceOf({ code, detail }: ModelFault): string {
  const isQuoted = code !== "provider_misconfigured" && detail !== "";
  return `${sentences[code]} ${isQuoted ? `It said: ${detail}. ` : ""}${waysOut[code]}`;
}
