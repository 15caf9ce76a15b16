/** A refusal as a sentence for a model: what stands in the way and, where there is one, the way out. */
import type { Refusal } from "../../core/refusal.ts";

type Said = { readonly ok: false; readonly reason: string };

export function sayRefusal(refusal: Refusal): Said {
  return { ok: false, reason: sentenceOf(refusal) };
}

function sentenceOf(refusal: Refusal): string {
  switch (refusal.code) {
    case "not_found":
      return `There is no ${refusal.kind} "${refusal.id}" any more`;
    case "invalid_input":
      return `It was not taken: ${refusal.path} ${refusal.reason}`;
    case "not_allowed":
      return `The session is ${refusal.state}, and takes no messages any more; start another one`;
    case "on_hold":
      return "The session was paused by a person, and takes messages again once it is resumed";
    case "budget_exhausted":
      return "The session's budget is used up";
    case "quota_exceeded":
      return `There are ${refusal.limit} ${refusal.what} already, as many as there may be; wait until it has read them`;
    case "too_large":
      return `The ${refusal.what} is too large: at most ${refusal.limit} (${refusal.setting})`;
    default:
      return `It was refused: ${refusal.code}`;
  }
}
