/** What follows a failed model call: another one after a wait, a parked turn, or the end. Pure but for `random`. */
import { backoffMs } from "../../lib/deadline.ts";
import type { ModelFault } from "./faults/model-fault.ts";
import type { RetryPolicy } from "./options.ts";

export type RetryPlan =
  | { readonly kind: "again"; readonly waitMs: number }
  | { readonly kind: "park"; readonly waitMs: number }
  | { readonly kind: "give_up" };

export interface Failed {
  readonly fault: ModelFault;
  /** The failed one included. */
  readonly attempts: number;
  /** Since the first failure. */
  readonly elapsedMs: number;
  readonly random: () => number;
}

/** The longest window known is a week; what claims more is no window that opens again. */
const LONGEST_PARK_MS = 8 * 86_400_000;
/** Callers told the same time must not all come back at it. */
const MAX_SPREAD_MS = 1_000;

export function planRetry({ fault, attempts, elapsedMs, random }: Failed, policy: RetryPolicy): RetryPlan {
  if (fault.kind === "final" || fault.kind === "too_large") return { kind: "give_up" };
  const asked = fault.retryAfterMs;
  if (fault.kind === "rate_limited" && asked !== undefined && asked > policy.longestWaitMs) {
    return asked > LONGEST_PARK_MS ? { kind: "give_up" } : { kind: "park", waitMs: Math.ceil(asked) };
  }
  const { baseMs, capMs } = policy;
  const backoff = backoffMs({ attempt: attempts - 1, baseMs, capMs, random });
  const waitMs = asked === undefined ? backoff : Math.ceil(asked) + Math.min(backoff, MAX_SPREAD_MS);
  if (attempts >= policy.maxAttempts || elapsedMs + waitMs > policy.totalMs) return { kind: "give_up" };
  return { kind: "again", waitMs };
}
