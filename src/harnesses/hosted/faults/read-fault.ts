/** From whatever a model call threw or said in its stream to a fault in our words. Total: it never throws. */
import { cutUtf8, toWellFormedText } from "../../../lib/well-formed.ts";
import { faultRules, holds } from "./fault-rules.ts";
import type { ModelFault } from "./model-fault.ts";
import { readRetryAfter } from "./retry-after.ts";
import { readVendorError } from "./vendor-error.ts";
import type { VendorError } from "./vendor-error.ts";

const MAX_DETAIL_BYTES = 400;

/** One line, bounded, and without the key, which some servers repeat. */
export function detailOf(text: string, apiKey: string | null): string {
  const open = apiKey === null || apiKey.length < 4 ? text : text.replaceAll(apiKey, "…");
  const line = toWellFormedText(open).replaceAll(/\s+/g, " ").trim();
  return cutUtf8(line, MAX_DETAIL_BYTES).replace(/[.\s]+$/, "");
}

function classify(error: VendorError): Pick<ModelFault, "kind" | "code"> {
  const rule = faultRules.find((candidate) => holds(candidate, error));
  if (rule !== undefined) return rule;
  if (error.isNetwork || (error.status ?? 0) >= 500) return { kind: "transient", code: "provider_unavailable" };
  return { kind: "final", code: "processing_error" };
}

export function readFault(error: unknown, at: { readonly nowMs: number; readonly apiKey: string | null }): ModelFault {
  const vendor = readVendorError(error);
  const { kind, code } = classify(vendor);
  const status = vendor.status === undefined ? "" : `${vendor.status}: `;
  const retryAfterMs = kind === "rate_limited" || kind === "transient" ? readRetryAfter(vendor, at.nowMs) : undefined;
  return {
    kind,
    code,
    detail: detailOf(`${status}${vendor.message}`, at.apiKey),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The stream ended without the sign that says the answer is whole. What of it had come is not to be trusted. */
export function cutShort(rawFinish: string | null): ModelFault {
  const how = rawFinish === null ? "broke off before its end" : `ended with ${rawFinish}`;
  return { kind: "transient", code: "provider_unavailable", detail: `The answer ${detailOf(how, null)}` };
}
