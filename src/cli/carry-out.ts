/**
 * Sends a message, shows its turn and says how it went. The first Ctrl-C cancels the turn (or takes the message out of
 * the queue) and waits for the end of it; the second leaves at once.
 */
import { SeraiError } from "../client/errors.ts";
import type { NewMessage, SentMessage } from "../client/shapes.ts";
import { openApprovalDesk } from "./ask-approvals.ts";
import type { ApprovalDesk } from "./ask-approvals.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "./faults.ts";
import { formatCount, formatMs, formatUsd } from "./figures.ts";
import { followTurn } from "./follow-turn.ts";
import type { TurnOutcome } from "./follow-turn.ts";
import type { Invocation } from "./invocation.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { makeSpinner } from "./spinner.ts";
import { makeJsonView, makeTextView } from "./turn-view.ts";
import type { TurnView } from "./turn-view.ts";

export function makeView({ isJson, screen, shell }: Invocation, showsInput: boolean): TurnView {
  if (isJson) return makeJsonView(screen);
  return makeTextView({ screen, spinner: makeSpinner(screen, shell.now), showsInput });
}

/** Whoever reads JSON is a program, and programs are not asked. */
function openDesk({ serai, screen, shell, isJson }: Invocation, view: TurnView): ApprovalDesk {
  return openApprovalDesk({ serai, view, screen, askLine: isJson ? null : shell.askLine });
}

export async function carryOut(call: Invocation, sessionId: string, message: NewMessage): Promise<TurnOutcome> {
  const { serai, shell, screen } = call;
  const sent = await serai.messages.create(sessionId, message);
  const view = makeView(call, false);
  const desk = openDesk(call, view);
  const leave = new AbortController();
  const release = onInterrupts(call, { sessionId, sent, view, leave });
  if (sent.delivery === "queued")
    view.note(screen.paintNote("dim", "… waits behind the running turn; Ctrl-C takes it back"));
  try {
    const following = { serai, sessionId, sent, view, desk, screen, now: shell.now, signal: leave.signal };
    return await followTurn({ ...following, deltas: !call.isJson });
  } finally {
    release();
    await desk.close();
    view.close();
  }
}

interface Interruptible {
  readonly sessionId: string;
  readonly sent: SentMessage;
  readonly view: TurnView;
  readonly leave: AbortController;
}

function onInterrupts(call: Invocation, { sessionId, sent, view, leave }: Interruptible): () => void {
  const { screen, shell } = call;
  let count = 0;
  return shell.onInterrupt(() => {
    count += 1;
    if (count > 1) return leave.abort();
    view.note(screen.paintNote("yellow", "■ cancelling; Ctrl-C again leaves at once"));
    withdraw(call, sessionId, sent).catch((error: unknown) => {
      view.note(`Cannot cancel: ${error instanceof Error ? plainLine(error.message) : String(error)}`);
      leave.abort();
    });
  });
}

/** While it waits in the queue the running turn is somebody else's and goes on. */
async function withdraw({ serai }: Invocation, sessionId: string, sent: SentMessage): Promise<void> {
  if (sent.delivery === "queued") {
    try {
      return await serai.queue.delete(sessionId, sent.id);
    } catch (error) {
      // Its turn has begun meanwhile.
      if (!(error instanceof SeraiError) || (error.status !== 404 && error.status !== 409)) throw error;
    }
  }
  await serai.sessions.cancel(sessionId);
}

export function exitCodeOf({ status }: TurnOutcome): number {
  if (status === "completed") return EXIT_OK;
  return status === "cancelled" || status === "left" ? EXIT_INTERRUPTED : EXIT_FAILED;
}

/** One line: how it ended, how long it took, what it cost. */
export function summaryOf(outcome: TurnOutcome, { paintNote }: Screen): string {
  const { status, usage, iterations, durationMs, stopReason } = outcome;
  const parts = [
    status === "completed" ? `completed in ${formatMs(durationMs)}` : WORDS[status],
    stopReason === null || stopReason === "end_turn" ? "" : `stopped by ${stopReason}`,
    iterations === null ? "" : `${formatCount(iterations)} ${iterations === 1 ? "step" : "steps"}`,
    usage === null ? "" : `${formatCount(usage.inputTokens)} in + ${formatCount(usage.outputTokens)} out tokens`,
    usage?.costUsd === undefined ? "" : formatUsd(usage.costUsd),
  ];
  const line = parts.filter((part) => part !== "").join(" · ");
  return status === "completed"
    ? `${paintNote("green", "✓")} ${paintNote("dim", line)}`
    : paintNote("dim", `■ ${line}`);
}

const WORDS: Readonly<Record<Exclude<TurnOutcome["status"], "completed">, string>> = {
  failed: "failed",
  cancelled: "cancelled",
  left: "left; the turn goes on without you",
  removed: "taken out of the queue",
};
