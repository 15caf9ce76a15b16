/**
 * What a prompt has used, from the three places in which agents say it: the answer to the prompt, updates on the way,
 * and a `_meta` of the answer. Costs are told as a sum over the whole conversation; a prompt's is the difference.
 */
import type { Usage } from "../../core/events/content.ts";
import { countOf, listOf, objectOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";

export class AgentUsage {
  #costSoFar = 0;
  #cost = 0;

  /** Of a `usage_update`; how full the context is says nothing of what was used. */
  update(update: JsonObject): void {
    const { amount, currency } = objectOf(update["cost"]);
    if (typeof amount === "number" && amount >= this.#costSoFar && currency === "USD") this.#cost = amount;
  }

  /** At the end of a prompt; nothing when the agent told nothing. */
  ofPrompt(answer: JsonObject): Usage | null {
    // Differences of sums have a long tail of digits; money is counted in millionths.
    const cost = Math.max(0, Math.round((this.#cost - this.#costSoFar) * 1e6) / 1e6);
    this.#costSoFar = Math.max(this.#costSoFar, this.#cost);
    const counted = ofAnswer(objectOf(answer["usage"])) ?? ofQuota(objectOf(objectOf(answer["_meta"])["quota"]));
    if (counted === null && cost === 0) return null;
    const usage = counted ?? { input_tokens: 0, output_tokens: 0 };
    return cost === 0 ? usage : { ...usage, cost_usd: cost };
  }
}

function ofAnswer(usage: JsonObject): Usage | null {
  const read = countOf(usage["cachedReadTokens"]);
  const written = countOf(usage["cachedWriteTokens"]);
  const told = countOf(usage["inputTokens"]);
  const output = countOf(usage["outputTokens"]);
  // Ours is the whole prompt, what came from a cache included. Of some agents that is what they say; their total tells.
  const total = countOf(usage["totalTokens"]);
  const isWhole = total > 0 && total <= told + output + countOf(usage["thoughtTokens"]);
  const input = isWhole ? told : told + read + written;
  if (input + output === 0) return null;
  return {
    input_tokens: input,
    output_tokens: output,
    ...(read === 0 ? {} : { cache_read_tokens: read }),
    ...(written === 0 ? {} : { cache_creation_tokens: written }),
  };
}

/** Gemini's: a sum, or one row for each model. */
function ofQuota(quota: JsonObject): Usage | null {
  const rows = listOf(quota["model_usage"]).map((row) => objectOf(objectOf(row)["token_count"]));
  const counts = rows.length > 0 ? rows : [objectOf(quota["token_count"])];
  const sum = (name: string) => counts.reduce((total, row) => total + countOf(row[name]), 0);
  const usage = { input_tokens: sum("input_tokens"), output_tokens: sum("output_tokens") };
  return usage.input_tokens + usage.output_tokens === 0 ? null : usage;
}
