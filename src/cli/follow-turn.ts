/**
 * From a message that was sent to the end of its turn.
 *
 *   queued ──▶ input.message ──▶ turn.started ──▶ … ──▶ completed | failed | cancelled ──▶ idle, or the next message
 *     └──▶ unqueued
 *
 * Invariant: only the turn of this message is shown and judged. Turns that were before it in the queue are not, and a
 * steered message counts as part of the turn it went to.
 */
import type { Serai } from "../client/serai.ts";
import type { StreamConnection } from "../client/event-stream.ts";
import type { SentMessage, SessionEvent, StreamItem, Usage } from "../client/shapes.ts";
import type { ApprovalDesk } from "./ask-approvals.ts";
import { formatMs } from "./figures.ts";
import type { Screen } from "./screen.ts";
import { textOf } from "./turn-view.ts";
import type { TurnView } from "./turn-view.ts";

export interface TurnOutcome {
  /** `left`: the person did not wait. `removed`: the message was taken out of the queue. */
  readonly status: "completed" | "failed" | "cancelled" | "left" | "removed";
  readonly turnId: string | null;
  /** Such as `end_turn` or `max_iterations`; of completed turns. */
  readonly stopReason: string | null;
  readonly error: string | null;
  readonly errorCode: string | null;
  /** The last thing that the agent said. */
  readonly text: string;
  readonly usage: Usage | null;
  readonly iterations: number | null;
  readonly durationMs: number;
}

export interface Following {
  readonly serai: Serai;
  readonly sessionId: string;
  readonly sent: SentMessage;
  readonly view: TurnView;
  /** Where what the turn asks is answered. */
  readonly desk: Pick<ApprovalDesk, "take">;
  readonly now: () => number;
  /** Aborted: do not wait any longer. */
  readonly signal: AbortSignal;
  /** Text as it grows is wanted. */
  readonly deltas: boolean;
  readonly screen: Screen;
}

export async function followTurn(following: Following): Promise<TurnOutcome> {
  const { serai, sessionId, sent, view, desk, signal, deltas } = following;
  const turn = new FollowedTurn(sent, following.now);
  const stream = serai.events.stream(sessionId, {
    afterSeq: sent.sequence - 1,
    deltas,
    signal,
    onConnection: makeConnectionNotes(following),
  });
  for await (const item of stream) {
    const isOver = "seq" in item && turn.take(item);
    if (turn.isOwn(item)) {
      // First the desk: a question that is settled leaves the line before the answer is shown on the next.
      desk.take(item);
      view.show(item);
    }
    if (isOver) break;
  }
  return turn.outcome();
}

/** Whether the message still waits in the queue is asked by an interrupt, too. */
export class FollowedTurn {
  readonly #messageId: string;
  readonly #now: () => number;
  readonly #startedAt: number;
  #turnId: string | null = null;
  #text = "";
  #end: SessionEvent | null = null;
  #isRemoved = false;

  constructor({ id }: SentMessage, now: () => number) {
    this.#messageId = id;
    this.#now = now;
    this.#startedAt = now();
  }

  isOwn(item: StreamItem): boolean {
    if (item.type === "input.message") return item.data.message.id === this.#messageId;
    const turnId = turnOf(item);
    return this.#turnId !== null && (turnId === undefined || turnId === this.#turnId);
  }

  /** True: nothing more will come. */
  take(event: SessionEvent): boolean {
    switch (event.type) {
      case "input.message":
        // Steered: it went to the turn that its context names.
        if (event.data.message.id === this.#messageId) this.#turnId ??= event.context.turnId ?? null;
        return this.#end !== null && event.data.fromQueue === true;
      case "turn.started":
        if (event.data.inputMessageId === this.#messageId) this.#turnId = event.data.turnId;
        return false;
      case "message.unqueued":
        this.#isRemoved = event.data.messageId === this.#messageId && event.data.reason !== "edited";
        return this.#isRemoved;
      case "output.message.completed":
        if (this.isOwn(event)) this.#text = textOf(event.data.message.content) || this.#text;
        return false;
      default:
        return this.#takeEnd(event);
    }
  }

  /** The last of a turn is not the event that names its end: the session falls idle after it, or takes the next message. */
  #takeEnd(event: SessionEvent): boolean {
    if (turnOf(event) !== this.#turnId || this.#turnId === null) return false;
    if (event.type === "turn.completed" || event.type === "turn.failed" || event.type === "turn.cancelled") {
      this.#end = event;
    }
    return this.#end !== null && event.type === "session.idled";
  }

  outcome(): TurnOutcome {
    const end = this.#end;
    const measured = end?.type === "turn.completed" ? end.data.durationMs : undefined;
    return {
      status: this.#statusOf(end),
      turnId: this.#turnId,
      stopReason: end?.type === "turn.completed" ? end.data.stopReason : null,
      error: end?.type === "turn.failed" ? end.data.error : null,
      errorCode: end?.type === "turn.failed" ? end.data.errorCode : null,
      text: this.#text,
      usage: usageOf(end),
      iterations: end?.type === "turn.completed" || end?.type === "turn.failed" ? (end.data.iterations ?? null) : null,
      durationMs: measured ?? this.#now() - this.#startedAt,
    };
  }

  #statusOf(end: SessionEvent | null): TurnOutcome["status"] {
    if (this.#isRemoved) return "removed";
    if (end?.type === "turn.completed") return "completed";
    if (end?.type === "turn.failed") return "failed";
    return end?.type === "turn.cancelled" ? "cancelled" : "left";
  }
}

function turnOf({ context }: StreamItem): string | undefined {
  return context.turnId;
}

function usageOf(end: SessionEvent | null): Usage | null {
  if (end?.type === "turn.completed" || end?.type === "turn.failed" || end?.type === "turn.cancelled") {
    return end.data.usage ?? null;
  }
  return null;
}

/** A connection that comes back at once is nobody's business. */
function makeConnectionNotes({ view, screen }: Following) {
  let isLost = false;
  return (connection: StreamConnection) => {
    if (connection.state === "open" && isLost) view.note(screen.paintNote("dim", "● connected again"));
    if (connection.state === "open") isLost = false;
    if (connection.state !== "waiting" || connection.error === null || isLost) return;
    isLost = true;
    const wait = formatMs(connection.delayMs);
    view.note(screen.paintNote("yellow", `! the connection was lost; trying again in ${wait}, nothing will be missed`));
  };
}
