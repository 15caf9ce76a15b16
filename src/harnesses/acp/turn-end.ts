/** How a prompt ended, and what that makes of the turn: its end, its last words, and what it has used. */
import type { Usage } from "../../core/events/content.ts";
import type { TurnEnd } from "../../core/decide/end-turn.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { HarnessItem, TurnInput } from "../../core/ports/harness.ts";
import type { AgentFault } from "./agent-fault.ts";
import { cut } from "./agent-fault.ts";
import type { AgentRow } from "./agents-table.ts";
import { textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import type { TurnScribe } from "./turn-scribe.ts";

const STOPS: ReadonlyMap<string, Extract<TurnEnd, { kind: "completed" }>["stopReason"]> = new Map([
  ["end_turn", "end_turn"],
  ["cancelled", "end_turn"],
  ["max_tokens", "max_tokens"],
  ["max_turn_requests", "max_iterations"],
  ["refusal", "refusal"],
]);

/** Said where the agent said nothing and something has to be. */
const FALLBACKS: ReadonlyMap<string, string> = new Map([
  ["cancelled", "The agent stopped, because something it asked for was not allowed."],
  ["refusal", "The agent declined to answer."],
]);

const UNTOLD = "The agent's model failed, and the agent did not say how";

/** Longer than any vendor's error; an answer that begins like one and goes on is an answer. */
const MAX_ERROR_LENGTH = 2_000;

export interface PromptEnd {
  readonly end: TurnEnd;
  readonly fallback: string | null;
}

export interface PromptSaid {
  readonly text: string;
  readonly hasCalls: boolean;
  /** The agent has given a sign that its model failed. */
  readonly hasFailed: boolean;
  readonly row: AgentRow | null;
}

export function endOf(answer: JsonObject, { text, hasCalls, hasFailed, row }: PromptSaid): PromptEnd {
  const stopReason = textOf(answer["stopReason"]) ?? "end_turn";
  const said = text.trim();
  if (stopReason === "end_turn" && (hasFailed || (!hasCalls && isHiddenError(said, row)))) {
    return {
      end: { kind: "failed", error: said === "" ? UNTOLD : cut(said), errorCode: "agent_error" },
      fallback: null,
    };
  }
  const stop = STOPS.get(stopReason) ?? "end_turn";
  return {
    end: { kind: "completed", stopReason: stop },
    fallback: said === "" ? (FALLBACKS.get(stopReason) ?? null) : null,
  };
}

/** Agents that say `end_turn` when their model answered with an error, and the error as text (H3). */
function isHiddenError(text: string, row: AgentRow | null): boolean {
  return text.length <= MAX_ERROR_LENGTH && row !== null && row.hiddenErrors.some((pattern) => pattern.test(text));
}

interface Generated {
  readonly input: TurnInput;
  readonly model: string;
  readonly usage: Usage | null;
  readonly end: TurnEnd;
  readonly text: string;
}

/** One for a prompt: the agent's calls to its model are its own and seen by nobody. */
export function generationFact({ input, model, usage, end, text }: Generated): Fact {
  return {
    type: "llm.generation",
    data: {
      through_seq: input.view().conversation.throughSeq,
      output: { text_length: text.length },
      metadata: {
        model,
        ...(input.spawned === undefined ? {} : { provider: input.spawned.harness }),
        success: end.kind === "completed",
        ...(end.kind === "failed" ? { error: end.error } : {}),
        ...(usage === null ? {} : { usage }),
      },
    },
  };
}

interface Failing {
  readonly scribe: TurnScribe;
  readonly input: TurnInput;
  readonly model: string;
  readonly before: readonly Fact[];
}

/** In the order of T5, up to the end of the turn itself. */
export function failureItem({ scribe, input, model, before }: Failing, fault: AgentFault): HarnessItem {
  const end = { kind: "failed", error: fault.message, errorCode: fault.code } as const;
  const error = { code: fault.code, text: fault.message };
  scribe.finish([generationFact({ input, model, usage: null, end, text: "" })], null, error);
  const facts = scribe.take().flatMap((item) => (item.kind === "facts" ? item.facts : []));
  return { kind: "facts", facts: [...before, ...facts], next: { kind: "ends", end } };
}
