/**
 * Waits for what a message brings about, by following the log from that message: no poll, and nothing that the log does
 * not say. Ends when its turn does, when the turn waits for somebody, when the message will never have a turn, or when
 * time is up; in any case with what was said so far.
 */
import { parseLine } from "../core/events/envelope.ts";
import type { EventType, KnownEvent } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { Need } from "../core/session-words.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { withDeadline } from "../lib/deadline.ts";
import type { Follower, OpenFollow } from "./follow.ts";
import { messagesOf } from "./list-messages.ts";
import type { ListedMessage } from "./list-messages.ts";
import type { Principal } from "./principal.ts";
import type { TurnGate } from "./project-work/turn-gate.ts";
import { foldCurrent } from "./read-session.ts";
import type { ReadableStore } from "./read-session.ts";

export interface Awaiting {
  readonly sessionId: SessionId;
  readonly messageId: string;
  /** Of the event that took the message in. */
  readonly seq: number;
  readonly timeoutMs: number;
  /** Whoever waits has gone away. */
  readonly signal: AbortSignal;
  /** The session whose agent waits, as far as one does. */
  readonly waiterId?: SessionId;
}

/** `waiting`: for somebody to answer `needs`. `timeout`: the turn, or the message in the queue, goes on without us. */
export type AwaitedStatus = "completed" | "failed" | "cancelled" | "waiting" | "timeout";

export interface Awaited {
  readonly status: AwaitedStatus;
  /** Nothing while the message waits in the queue. */
  readonly turnId: string | null;
  /** What was said after the message, in order. */
  readonly messages: readonly ListedMessage[];
  readonly error: string | null;
  readonly needs: readonly Need[];
}

export interface AwaitTurnDeps {
  readonly store: ReadableStore;
  readonly openFollow: OpenFollow;
  /** Aborts when the server stops: nobody is kept waiting for that. */
  readonly stopping: AbortSignal;
  /** What waits lends its place (W4). */
  readonly gate: Pick<TurnGate, "waits">;
}

export type AwaitTurn = (principal: Principal, awaiting: Awaiting) => Promise<Outcome<Awaited>>;

const FOLLOWED = [
  "input.message",
  "message.unqueued",
  "turn.started",
  "output.message.completed",
  "tool.completed",
  "tool.call_requested",
  "approval.requested",
  "turn.completed",
  "turn.failed",
  "turn.cancelled",
  "session.idled",
  "session.killed",
  "session.deleted",
] as const satisfies readonly EventType[];

export function makeAwaitTurn(deps: AwaitTurnDeps): AwaitTurn {
  return async (principal, awaiting) => {
    const cursor = { kind: "seq", seq: awaiting.seq - 1 } as const;
    const opened = await deps.openFollow(principal, awaiting.sessionId, { cursor, types: FOLLOWED });
    if (!opened.ok) return opened;
    using follower = opened.value;
    using deadline = withDeadline(awaiting.signal, awaiting.timeoutMs);
    const { waiterId } = awaiting;
    using _waiting = waiterId === undefined ? undefined : deps.gate.waits(waiterId, awaiting.sessionId);
    const leave = () => follower[Symbol.dispose]();
    deadline.signal.addEventListener("abort", leave, { once: true });
    deps.stopping.addEventListener("abort", leave, { once: true });
    try {
      const isOver = () => deadline.signal.aborted || deps.stopping.aborted;
      return accept(await follow(deps.store, { follower, story: new MessageStory(awaiting.messageId), isOver }));
    } finally {
      deps.stopping.removeEventListener("abort", leave);
    }
  };
}

interface Following {
  readonly follower: Follower;
  readonly story: MessageStory;
  readonly isOver: () => boolean;
}

/** The needs that only somebody outside can meet; a quota or a budget passes by itself. */
const ASKS: ReadonlySet<Need> = new Set(["approval", "answer", "tool_results"]);

async function follow(store: ReadableStore, { follower, story, isOver }: Following): Promise<Awaited> {
  for (let isNew = true; ;) {
    const page = follower.readTail() ?? (await follower.read());
    for (const line of page.lines) {
      const event = parseLine(line);
      if (event.known) story.hear(event);
      if (story.end !== null) return story.tell(story.end);
    }
    isNew ||= page.lines.length > 0;
    if (!page.isAtHead) continue;
    // A turn that already waited when the message joined it says nothing more, so it is looked at once in any case.
    const needs = isNew ? await needsOf(store, follower.sessionId, story.turnId) : [];
    if (needs.length > 0) return story.tell("waiting", needs);
    if (follower.isOver) return story.tell("cancelled");
    if (isOver()) return story.tell("timeout");
    isNew = false;
    await follower.grown();
  }
}

async function needsOf(store: ReadableStore, id: SessionId, turnId: string | null): Promise<readonly Need[]> {
  if (turnId === null) return [];
  const record = await store.readSession(id);
  if (record === undefined) return [];
  const { turn } = (await foldCurrent(store, record)).state;
  if (turn?.id !== turnId || turn.phase !== "waiting") return [];
  return turn.needs.filter((need) => ASKS.has(need));
}

/** What the log says of one message: when its turn began, what was said in it, how it ended. */
class MessageStory {
  readonly #messageId: string;
  readonly #messages: ListedMessage[] = [];
  #isIn = false;
  #turnId: string | null = null;
  #isCancelled = false;
  #error: string | null = null;
  #end: AwaitedStatus | null = null;

  constructor(messageId: string) {
    this.#messageId = messageId;
  }

  get turnId(): string | null {
    return this.#turnId;
  }

  get end(): AwaitedStatus | null {
    return this.#end;
  }

  tell(status: AwaitedStatus, needs: readonly Need[] = []): Awaited {
    return { status, turnId: this.#turnId, messages: this.#messages, error: this.#error, needs };
  }

  hear(event: KnownEvent): void {
    if (this.#isIn) this.#messages.push(...messagesOf(event));
    if (this.#turnId === null) this.#hearBefore(event);
    else this.#hearTurn(event, this.#turnId);
    if (event.type === "session.killed" || event.type === "session.deleted") this.#end ??= "cancelled";
  }

  /** It joins the turn that runs, begins one of its own, or is taken out of the queue. */
  #hearBefore(event: KnownEvent): void {
    if (event.type === "input.message" && event.data.message.id === this.#messageId) {
      this.#isIn = true;
      this.#turnId = event.context.turn_id ?? null;
    }
    if (event.type === "turn.started" && event.data.input_message_id === this.#messageId) {
      this.#turnId = event.data.turn_id;
    }
    const isTakenOut = event.type === "message.unqueued" && event.data.message_id === this.#messageId;
    if (isTakenOut && event.data.reason !== "edited") this.#end = "cancelled";
  }

  /** A cancelled turn is over with its last words, which are one commit with what comes after it (T6). */
  #hearTurn(event: KnownEvent, turnId: string): void {
    switch (event.type) {
      case "turn.completed":
        if (event.data.turn_id === turnId) this.#end = "completed";
        return;
      case "turn.failed":
        if (event.data.turn_id !== turnId) return;
        this.#error = event.data.error;
        this.#end = "failed";
        return;
      case "turn.cancelled":
        this.#isCancelled ||= event.data.turn_id === turnId;
        return;
      case "session.idled":
      case "turn.started":
        if (this.#isCancelled) this.#end = "cancelled";
        return;
      default:
    }
  }
}
