/** The two ways a call about a checkout comes out, and git's own "no" as one of them. */
import type { CheckoutOutcome, CheckoutRefusal } from "../core/ports/checkouts.ts";
import { GitUnavailable } from "../lib/git.ts";

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function no(refusal: CheckoutRefusal): { readonly ok: false; readonly refusal: CheckoutRefusal } {
  return { ok: false, refusal };
}

/** What git could not do in time, or in a folder that is gone, is the caller's to know; anything else is a fault. */
export async function orRefusal<T>(path: string, work: () => Promise<CheckoutOutcome<T>>): Promise<CheckoutOutcome<T>> {
  try {
    return await work();
  } catch (fault) {
    if (!(fault instanceof GitUnavailable)) throw fault;
    if (fault.why === "missing") return no({ kind: "tree_missing", path });
    if (fault.why === "timeout") return no({ kind: "timed_out", what: fault.message, afterMs: fault.afterMs });
    throw fault;
  }
}
