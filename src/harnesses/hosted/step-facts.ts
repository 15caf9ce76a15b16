/** The facts that begin a step: one model call, with the id of the message it may write (B1). */
import type { Fact } from "../../core/events/envelope.ts";
import type { TurnInput, TurnView } from "../../core/ports/harness.ts";
import { modelRef } from "./answer-facts.ts";

/** `reason.started` is directly followed by `output.message.started`: the two name one minted step. */
export function reasonStarted(input: TurnInput, { turn }: TurnView): readonly Fact[] {
  const { messageId } = input.mintStep();
  const iteration = turn.iteration + 1;
  return [
    { type: "reason.started", data: { turn_id: turn.id, iteration, metadata: modelRef(input) } },
    {
      type: "output.message.started",
      data: { turn_id: turn.id, message_id: messageId, iteration, model: input.model.vendorModel },
    },
  ];
}

/** The end of acting; `failed`: calls whose results are committed with it. */
export function actCompleted(
  { turn, conversation }: TurnView,
  { failed, durationMs }: { readonly failed: number; readonly durationMs?: number },
): Fact {
  const answer = conversation.entries.findLast((entry) => entry.kind === "agent");
  const total = (answer?.message.content ?? []).filter(({ type }) => type === "tool_call").length;
  const error_count = turn.failedCallCount + failed;
  return {
    type: "act.completed",
    data: {
      turn_id: turn.id,
      completed: true,
      success_count: Math.max(0, total - error_count),
      error_count,
      ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    },
  };
}

/**
 * No further model call is allowed. What the user said since the last one still gets an answer: each message is worth
 * one more step.
 */
export function isSpent({ maxIterations }: TurnInput, { turn }: TurnView): boolean {
  return turn.iteration >= maxIterations && turn.unreadCount === 0;
}
