/**
 * The hosted harness: our loop over a model (H1, T3). It keeps nothing between two items; where it goes on is read from
 * the turn as committed, so a run may begin at any point of a turn and repeats no step that was committed.
 *
 *   reason open ─▶ reason ─▶ calls ─▶ act ─▶ (results, next reason started) ─▶ reason …
 *                     └────▶ none: the turn ends
 */
import type { Harness, HarnessItem, TurnInput } from "../../core/ports/harness.ts";
import { act, beginNext } from "./act.ts";
import { makeEstimator } from "./compaction/token-estimate.ts";
import { defaultRetry } from "./options.ts";
import type { HostedOptions, Room, Run, Step } from "./options.ts";
import { ownSignal } from "./own-signal.ts";
import { reason } from "./reason.ts";
import { actCompleted } from "./step-facts.ts";

export type { HostedOptions, HostedPoint, RetryPolicy } from "./options.ts";

export function makeHostedHarness({ clock, random, log, points, retry }: HostedOptions): Harness {
  const room: Room = {
    clock,
    random,
    log: log ?? (() => {}),
    point: points ?? (() => {}),
    retry: { ...defaultRetry, ...retry },
  };
  return { name: "hosted", run: (input, signal) => runTurn(room, input, signal) };
}

async function* runTurn(room: Room, input: TurnInput, signal: AbortSignal): AsyncGenerator<HarnessItem, void> {
  // Whoever leaves the run early also ends what it has under way.
  using own = ownSignal(signal);
  const run: Run = { room, input, signal: own.signal, estimator: makeEstimator(input) };
  try {
    while (!own.signal.aborted && (yield* nextStep(run)));
  } catch (fault) {
    if (!own.signal.aborted) throw fault;
  }
}

function nextStep(run: Run): Step {
  const { turn } = run.input.view();
  if (turn.isReasonOpen) return reason(run);
  return turn.openCalls.length > 0 ? act(run) : beginStep(run);
}

/** Every call is done but the step was not closed: a taken-over turn, or an unread message at what would be the end. */
function beginStep(run: Run): Step {
  const view = run.input.view();
  return beginNext(run, view.turn.isActOpen ? [actCompleted(view, { failed: 0 })] : []);
}
