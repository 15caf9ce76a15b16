/**
 * Reasoning: makes room in the context if there is none, calls the model, and says what came of it in one item: the
 * answer and the start of its calls, or the wait for a quota, or the failure in the order of T5.
 */
import type { Next, TurnView } from "../../core/ports/harness.ts";
import { answerFacts, failureFacts } from "./answer-facts.ts";
import type { AnswerFacts, AnswerPlace } from "./answer-facts.ts";
import type { FinishKind, Grown } from "./answer.ts";
import { callModel } from "./call-model.ts";
import type { CallOutcome, Tries } from "./call-model.ts";
import { callSettings } from "./call-settings.ts";
import { makeCompactor } from "./compaction/compactor.ts";
import type { ModelFault } from "./faults/model-fault.ts";
import type { Run, Step } from "./options.ts";
import { buildPrompt } from "./prompt/build-prompt.ts";

export async function* reason(run: Run): Step {
  const compactor = makeCompactor(run);
  yield* compactor.makeRoom();
  for (;;) {
    if (run.signal.aborted) return false;
    const view = run.input.view();
    const place = placeOf(run, view);
    const prompt = await buildPrompt(view.conversation, run.input);
    const options = { prompt, ...callSettings(run.input, compactor.promptTokens()) };
    const outcome = yield* callModel(run, { options, messageId: place.messageId });
    if (outcome.kind === "answered") return yield* sayAnswer(run, place, outcome);
    if (outcome.kind === "unpaid") return yield* sayUnpaid(outcome);
    if (outcome.kind === "parked") return yield* sayParked(run, view, outcome);
    if (outcome.fault.kind !== "too_large") return yield* sayFailure(place, outcome.fault, outcome.tries);
    if (!(yield* compactor.makeMoreRoom())) return yield* sayFailure(place, outcome.fault, outcome.tries);
  }
}

function placeOf({ input, room }: Run, view: TurnView): AnswerPlace {
  // The message was named with the reason; a log that lost its beginning still gets an answer.
  const messageId = view.turn.openMessageId ?? input.mintStep().messageId;
  return { input, view, messageId, random: room.random };
}

const stopReasons: Readonly<Partial<Record<FinishKind, "max_tokens" | "refusal">>> = {
  length: "max_tokens",
  "content-filter": "refusal",
};

function nextOf({ finish }: Grown, { calls }: AnswerFacts): Next {
  if (calls !== "none") return { kind: calls === "free" ? "goes_on" : "waits" };
  return { kind: "ends", end: { kind: "completed", stopReason: stopReasons[finish] ?? "end_turn" } };
}

async function* sayAnswer(
  { room }: Run,
  place: AnswerPlace,
  { answer, tries }: Extract<CallOutcome, { kind: "answered" }>,
): Step {
  await room.point("answered");
  const said = answerFacts(place, answer, tries);
  yield { kind: "facts", facts: said.facts, next: nextOf(answer, said) };
  return said.calls === "free";
}

/** The reason stays open: the run that goes on makes the same call for the same message. */
async function* sayParked(
  { room }: Run,
  { turn }: TurnView,
  { fault, waitMs }: Extract<CallOutcome, { kind: "parked" }>,
): Step {
  const resets_at = new Date(room.clock.now() + waitMs).toISOString();
  yield {
    kind: "facts",
    facts: [{ type: "quota.waiting", data: { turn_id: turn.id, resets_at, reason: fault.detail } }],
    next: { kind: "waits", resumeInMs: waitMs },
  };
  return false;
}

/** The reason stays open, as for a quota; who raises the budget makes the turn go on. */
async function* sayUnpaid({ fact }: Extract<CallOutcome, { kind: "unpaid" }>): Step {
  yield { kind: "facts", facts: [fact], next: { kind: "waits" } };
  return false;
}

async function* sayFailure(place: AnswerPlace, fault: ModelFault, tries: Tries): Step {
  yield {
    kind: "facts",
    facts: failureFacts(place, fault, tries),
    next: { kind: "ends", end: { kind: "failed", error: fault.detail, errorCode: fault.code } },
  };
  return false;
}
