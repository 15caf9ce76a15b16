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
  readonly state: SessionState;
  /** What has to be said after them. */
  readonly closing: readonly Fact[];
  readonly messageCount: number;
  /** First words of the first input and of the last answer. */
  readonly preview: string | null;
  readonly outputPreview: string | null;
}

/** What is known of the lines so far. */
interface Passed extends Pick<ForkedLog, "state" | "messageCount" | "preview" | "outputPreview"> {
  readonly lineCount: number;
  readonly queued: readonly string[];
}

const nothingYet: Passed = {
  lineCount: 0,
  state: initialState,
  queued: [],
  messageCount: 0,
  preview: null,
  outputPreview: null,
};

/** Takes the lines of a log in order, each looked at once, and stops when it has all that the fork is to have. */
export class ForkReader {
  readonly #upTo: string | null;
  readonly #lines: LogLine[] = [];
  #sizeBytes = 0;
  #turnId: string | null = null;
  #passed = nothingYet;
  /** As of the last line that belongs to the fork. */
  #kept = nothingYet;

  /** @param upTo the message whose turn is the last; nothing: the whole log */
  constructor(upTo: string | null) {
    this.#upTo = upTo;
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** False: this line and what follows are not wanted any more. */
  add(line: LogLine): boolean {
    const event = parseLine(line);
    if (this.#isBehindEnd(event)) return false;
    this.#lines.push(line);
    this.#sizeBytes += line.contextJson.length + line.dataJson.length;
    this.#passed = pass(this.#passed, event);
    if (this.#upTo !== null) this.#turnId ??= turnWith(event, this.#upTo);
    if (this.#upTo === null || (this.#turnId !== null && turnOf(event) === this.#turnId)) this.#kept = this.#passed;
    return true;
  }

  /** Nothing: the message is not in the log. */
  finish(): ForkedLog | null {
    const { lineCount, queued, ...kept } = this.#kept;
    if (lineCount === 0) return null;
    return { ...kept, lines: this.#lines.slice(0, lineCount), closing: closingOf(kept.state, queued) };
  }

  #isBehindEnd(event: SessionEvent): boolean {
    // Nothing that was said follows the end for good.
    if (this.#upTo === null) return event.type === "session.killed";
    return event.type === "turn.started" && this.#turnId !== null && turnOf(event) !== this.#turnId;
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

function pass(before: Passed, event: SessionEvent): Passed {
  const passed = {
    ...before,
    lineCount: before.lineCount + 1,
    state: applyEvent(before.state, event),
    queued: queuedAfter(before.queued, event),
  };
  if (!event.known) return passed;
  if (event.type !== "input.message" && event.type !== "output.message.completed") return passed;
  const text = firstText(event.data.message.content);
  const isInput = event.type === "input.message";
  return {
    ...passed,
    messageCount: before.messageCount + 1,
    preview: isInput && text !== "" ? (before.preview ?? text) : before.preview,
    outputPreview: !isInput && text !== "" ? text : before.outputPreview,
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
