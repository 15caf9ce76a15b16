/**
 * What a fork takes over of a log: everything up to the end of a turn, seq by seq, so that whatever names a seq in it
 * stays true. What would make the fork other than open and idle at that place is undone by events of its own behind it.
 *
 *   the other's log    1 created   2 … n        n+1 …
 *   the fork's log     1 created'  2 … n copied n+1 reopened, resumed, unqueued …
 */
import type { Fact, LogLine, SessionEvent } from "./events/envelope.ts";
import { parseLine } from "./events/envelope.ts";
import { applyEvent } from "./fold.ts";
import { initialState } from "./state.ts";
import type { SessionState } from "./state.ts";

export interface ForkedLog {
  /** The first of them is the other session's `session.created`. */
  readonly lines: readonly LogLine[];
  /** What has to be said after them. */
  readonly closing: readonly Fact[];
  readonly messageCount: number;
  /** First words of the first input and of the last answer. */
  readonly preview: string | null;
  readonly outputPreview: string | null;
}

/** Takes the lines of a log in order, and stops when it has all that the fork is to have. */
export class ForkReader {
  readonly #upTo: string | null;
  readonly #lines: LogLine[] = [];
  #turnId: string | null = null;
  /** As many lines as belong to the fork. */
  #through = 0;

  /** @param upTo the message whose turn is the last; nothing: the whole log */
  constructor(upTo: string | null) {
    this.#upTo = upTo;
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  /** False: this line and what follows are not wanted any more. */
  add(line: LogLine): boolean {
    const event = parseLine(line);
    // Nothing that was said follows the end for good.
    if (event.type === "session.killed" && this.#upTo === null) return false;
    const isNextTurn = event.type === "turn.started" && this.#turnId !== null && this.#turnId !== turnOf(event);
    if (isNextTurn) return false;
    this.#lines.push(line);
    if (this.#upTo === null) {
      this.#through = this.#lines.length;
      return true;
    }
    this.#turnId ??= turnWith(event, this.#upTo);
    if (this.#turnId !== null && turnOf(event) === this.#turnId) this.#through = this.#lines.length;
    return true;
  }

  /** Nothing: the message is not in the log. */
  finish(): ForkedLog | null {
    if (this.#through === 0) return null;
    const lines = this.#lines.slice(0, this.#through);
    return { lines, ...summaryOf(lines.map(parseLine)) };
  }
}

function turnOf(event: SessionEvent): string | undefined {
  return event.context.turn_id;
}

/** The turn of a message, when this event says it. */
function turnWith(event: SessionEvent, messageId: string): string | null {
  if (!event.known) return null;
  switch (event.type) {
    case "turn.started":
      return event.data.input_message_id === messageId ? event.data.turn_id : null;
    case "input.message":
    case "output.message.completed":
      return event.data.message.id === messageId ? (turnOf(event) ?? null) : null;
    case "tool.completed":
      // A tool's result is shown as a message that is named after its event.
      return event.id.replace(/^evt_/, "msg_") === messageId ? (turnOf(event) ?? null) : null;
    default:
      return null;
  }
}

function summaryOf(events: readonly SessionEvent[]): Omit<ForkedLog, "lines"> {
  let state = initialState;
  let queued: readonly string[] = [];
  const said: { readonly isInput: boolean; readonly text: string }[] = [];
  for (const event of events) {
    state = applyEvent(state, event);
    queued = queuedAfter(queued, event);
    if (!event.known) continue;
    if (event.type !== "input.message" && event.type !== "output.message.completed") continue;
    said.push({ isInput: event.type === "input.message", text: firstText(event.data.message.content) });
  }
  return {
    closing: closingOf(state, queued),
    messageCount: said.length,
    preview: said.find(({ isInput, text }) => isInput && text !== "")?.text ?? null,
    outputPreview: said.findLast(({ isInput, text }) => !isInput && text !== "")?.text ?? null,
  };
}

function queuedAfter(queued: readonly string[], event: SessionEvent): readonly string[] {
  if (!event.known) return queued;
  switch (event.type) {
    case "message.queued":
      return [...queued, event.data.message.id];
    case "message.unqueued":
      return event.data.reason === "edited" ? queued : queued.filter((id) => id !== event.data.message_id);
    case "input.message":
      return event.data.from_queue === true ? queued.filter((id) => id !== event.data.message.id) : queued;
    default:
      return queued;
  }
}

/** A fork begins open and idle, with nothing in its queue, whatever the other was. */
function closingOf(state: SessionState, queued: readonly string[]): readonly Fact[] {
  const facts: Fact[] = [];
  if (state.turn !== null) facts.push({ type: "session.idled", data: { turn_id: state.turn.id } });
  if (state.lifecycle === "completed" || state.lifecycle === "failed") {
    facts.push({ type: "session.reopened", data: { was: state.lifecycle } });
  }
  if (state.hold !== "none") facts.push({ type: "session.resumed", data: { by: state.hold } });
  for (const message_id of queued) facts.push({ type: "message.unqueued", data: { message_id, reason: "cleared" } });
  return facts;
}

function firstText(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.find((part) => part.type === "text" && (part.text ?? "") !== "")?.text?.slice(0, 200) ?? "";
}
