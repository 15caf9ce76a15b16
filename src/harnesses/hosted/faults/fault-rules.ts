/**
 * Which error of which vendor means what: a table, first row that holds. Codes and statuses decide wherever the vendor
 * has one; `prose` is for the few cases in which the text is all that the vendor gives (a prompt that is too long at
 * Anthropic, Gemini and most self-hosted servers), and only ever narrows a status.
 */
import type { FaultCode, ModelFault } from "./model-fault.ts";
import type { VendorError } from "./vendor-error.ts";

export interface FaultRule {
  readonly kind: ModelFault["kind"];
  readonly code: FaultCode;
  /** Any of these. */
  readonly codes?: readonly string[];
  readonly statuses?: readonly number[];
  readonly names?: readonly string[];
  /** All of these, with at least one of the above. */
  readonly prose?: RegExp;
  readonly param?: RegExp;
  readonly hasBody?: boolean;
}

const TOO_LONG =
  /prompt is too long|maximum context length|context (?:length|window|size)|input token count|too many (?:input )?tokens|reduce the length|input length and `max_tokens`/i;

export const faultRules: readonly FaultRule[] = [
  {
    kind: "too_large",
    code: "request_too_large",
    codes: ["context_length_exceeded", "exceed_context_size_error", "request_too_large", "string_above_max_length"],
    statuses: [413],
  },
  { kind: "too_large", code: "request_too_large", statuses: [400, 422, 500], prose: TOO_LONG },
  {
    kind: "final",
    code: "provider_quota_exhausted",
    codes: [
      "insufficient_quota",
      "billing_error",
      "billing_hard_limit_reached",
      "billing_not_active",
      "insufficient_balance",
      "quota_per_day",
    ],
    statuses: [402],
  },
  { kind: "final", code: "provider_quota_exhausted", statuses: [400, 403], prose: /credit balance is too low/i },
  {
    kind: "final",
    code: "model_unavailable",
    codes: ["model_not_found", "model_not_available", "deployment_not_found"],
    names: ["AI_NoSuchModelError"],
  },
  {
    kind: "final",
    code: "provider_misconfigured",
    codes: [
      "invalid_api_key",
      "api_key_invalid",
      "authentication_error",
      "permission_error",
      "permission_denied",
      "unauthenticated",
    ],
    statuses: [401, 403],
    names: ["AI_LoadAPIKeyError"],
  },
  { kind: "final", code: "model_unavailable", statuses: [404], hasBody: true },
  { kind: "final", code: "provider_misconfigured", statuses: [404, 405] },
  { kind: "final", code: "invalid_tool_schema", codes: ["invalid_function_parameters"] },
  { kind: "final", code: "invalid_tool_schema", statuses: [400], param: /^tools/ },
  { kind: "final", code: "invalid_tool_schema", statuses: [400], prose: /^tools\.\d+\.|function_declarations\[\d+\]/ },
  {
    kind: "rate_limited",
    code: "provider_rate_limited",
    codes: [
      "rate_limit_error",
      "rate_limit_exceeded",
      "resource_exhausted",
      "too_many_requests",
      "usage_limit_reached",
    ],
    statuses: [429],
  },
  {
    kind: "transient",
    code: "provider_unavailable",
    codes: [
      "overloaded_error",
      "api_error",
      "server_error",
      "server_is_overloaded",
      "internal_server_error",
      "unavailable",
      "internal",
      "deadline_exceeded",
      "timeout_error",
    ],
    statuses: [408, 409, 425],
    // The packages throw a plain Error where a stream begins with what they did not expect; ours have names of their own.
    names: [
      "AI_InvalidResponseDataError",
      "AI_JSONParseError",
      "AI_TypeValidationError",
      "AI_EmptyResponseBodyError",
      "Error",
    ],
  },
];

export function holds(rule: FaultRule, error: VendorError): boolean {
  const isNamed =
    (rule.codes?.some((code) => error.codes.has(code)) ?? false) ||
    (rule.statuses?.includes(error.status ?? 0) ?? false) ||
    (rule.names?.includes(error.name) ?? false);
  if (!isNamed) return false;
  if (rule.hasBody !== undefined && rule.hasBody !== (error.body !== undefined)) return false;
  return (rule.prose?.test(error.message) ?? true) && (rule.param?.test(error.param) ?? true);
}
