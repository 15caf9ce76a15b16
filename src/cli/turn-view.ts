/**
 * Shows a session's log as it grows: the agent's words on standard output, everything else beside them.
 *
 * Words come twice, first as hints and then whole with `output.message.completed`. Invariant: each is shown once. What
 * hints have shown is remembered per message and only what goes beyond it is written; hints that were lost come with the
 * whole.
 */
import type { SessionEvent, SessionHint, StreamItem } from "../client/shapes.ts";
import { toWire } from "../client/wire-case.ts";
import { answerWords, describeAsked } from "./approval-words.ts";
import { formatCount, formatMs } from "./figures.ts";
import { plain, plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import type { Spinner } from "./spinner.ts";
import { describeCall } from "./tool-words.ts";

export interface TurnView {
  show(item: StreamItem): void;
  /** A line of our own about the connection, the cancel, and so on. */
  note(line: string): void;
  close(): void;
}

type EventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;
type Content = EventOf<"output.message.completed">["data"]["message"]["content"];

export function textOf(content: Content): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** Every committed event in the words of the wire, one on a line. */
export function makeJsonView(screen: Screen): TurnView {
  return {
    show: (item) => {
      if ("seq" in item) screen.out(`${JSON.stringify(toWire(item))}\n`);
    },
    note: (line) => screen.note(line),
    close: () => {},
  };
}

export interface TextViewOptions {
  readonly screen: Screen;
  readonly spinner: Spinner;
  /** Also what people say: for those who watch a session and have not typed it themselves. */
  readonly showsInput: boolean;
}

export function makeTextView(options: TextViewOptions): TurnView {
  return new TextView(options);
}

class TextView implements TurnView {
  readonly #screen: Screen;
  readonly #spinner: Spinner;
  readonly #showsInput: boolean;
  /** What of the message that is growing was written. */
  #shown = { messageId: "", text: "" };
  #isMidLine = false;
  readonly #calls = new Map<string, string>();
  /** Questions that are open, by approval; and the calls that they are about, which may never start. */
  readonly #asked = new Map<string, string>();
  readonly #askedCalls = new Map<string, string>();

  constructor({ screen, spinner, showsInput }: TextViewOptions) {
    this.#screen = screen;
    this.#spinner = spinner;
    this.#showsInput = showsInput;
  }

  show(item: StreamItem): void {
    if ("seq" in item) this.#showEvent(item);
    else this.#showHint(item);
  }

  note(line: string): void {
    this.#spinner.hide();
    this.#endLine();
    this.#screen.note(line);
    this.#spinner.show();
  }

  close(): void {
    this.#spinner.stop();
    this.#endLine();
  }

  #showHint({ type, data }: SessionHint): void {
    if (type !== "output.message.delta" || data.messageId === undefined) return;
    const { messageId, offset, delta } = data;
    const known = this.#shown.messageId === messageId ? this.#shown.text : "";
    // Some were lost; the whole comes with the event.
    if (offset > known.length) return;
    const text = known.slice(0, offset) + delta;
    // The model was asked again and says something else now.
    if (!isContinuation(known, text)) this.note(this.#dim("… once more:"));
    this.#grow(messageId, text);
  }

  #grow(messageId: string, text: string): void {
    const known = this.#shown.messageId === messageId ? this.#shown.text : "";
    if (known.startsWith(text)) return;
    if (!isContinuation(known, text)) this.#endLine();
    this.#write(isContinuation(known, text) ? text.slice(known.length) : text);
    this.#shown = { messageId, text };
  }

  #write(text: string): void {
    const clean = plain(text);
    if (clean === "") return;
    this.#spinner.stop();
    this.#screen.out(clean);
    this.#isMidLine = !clean.endsWith("\n");
  }

  #endLine(): void {
    if (!this.#isMidLine) return;
    this.#screen.out("\n");
    this.#isMidLine = false;
  }

  #showEvent(event: SessionEvent): void {
    switch (event.type) {
      case "input.message":
        return this.#showInput(event);
      case "reason.started":
        return this.#spinner.start("thinking");
      case "output.message.completed":
        this.#grow(event.data.message.id, textOf(event.data.message.content));
        return this.#endLine();
      case "tool.started":
        return this.#toolStarted(event);
      case "tool.completed":
        return this.#toolCompleted(event);
      case "approval.requested":
        return this.#approvalRequested(event);
      case "approval.answered":
        return this.#approvalAnswered(event);
      default:
        return this.#showRest(event);
    }
  }

  #showInput({ data: { message } }: EventOf<"input.message">): void {
    if (!this.#showsInput) return;
    for (const line of plain(textOf(message.content)).trim().split("\n")) {
      this.note(`${this.#screen.paintNote("cyan", ">")} ${line}`);
    }
  }

  #toolStarted({ data: { toolCall } }: EventOf<"tool.started">): void {
    this.#endLine();
    const words = describeCall(toolCall.name, toolCall.arguments);
    this.#calls.set(toolCall.id, words);
    this.#spinner.start(words);
  }

  #toolCompleted({ data }: EventOf<"tool.completed">): void {
    const asked = this.#askedCalls.get(data.toolCallId);
    const words = this.#calls.get(data.toolCallId) ?? asked ?? plainLine(data.toolName);
    this.#calls.delete(data.toolCallId);
    this.#askedCalls.delete(data.toolCallId);
    const [running] = this.#calls.values();
    if (running === undefined) this.#spinner.stop();
    else this.#spinner.start(running);
    const time = data.durationMs === undefined ? "" : `  ${formatMs(data.durationMs)}`;
    if (data.success) return this.note(this.#dim(`● ${words}${time}`));
    const error = plainLine(data.error ?? data.status).slice(0, 300);
    this.note(`${this.#screen.paintNote("red", "✗")} ${this.#dim(`${words}${time}`)}  ${error}`);
  }

  /** Nothing is being done while a person is asked. The question itself is put by the desk, when it is its turn. */
  #approvalRequested({ data: { approvalId, question, toolCall } }: EventOf<"approval.requested">): void {
    const words = describeAsked({ question, toolCall });
    this.#asked.set(approvalId, words);
    if (toolCall !== undefined) this.#askedCalls.set(toolCall.id, words);
    this.#spinner.stop();
  }

  #approvalAnswered({ data }: EventOf<"approval.answered">): void {
    const said = answerWords(data);
    const asked = this.#asked.get(data.approvalId);
    this.#asked.delete(data.approvalId);
    if (said !== null) this.note(this.#dim(asked === undefined ? `● ${said}` : `● ${said}  ${asked}`));
  }

  #showRest(event: SessionEvent): void {
    const line = lineOf(event);
    if (line === null) return;
    this.note(event.type === "turn.failed" ? `${this.#screen.paintNote("red", "✗")} ${line}` : this.#dim(line));
  }

  #dim(text: string): string {
    return this.#screen.paintNote("dim", text);
  }
}

function isContinuation(known: string, text: string): boolean {
  return known.startsWith(text) || text.startsWith(known);
}

/** What is worth a line beside words and tools; null for the machinery. */
function lineOf(event: SessionEvent): string | null {
  switch (event.type) {
    case "turn.failed":
      return `${plainLine(event.data.error)} (${event.data.errorCode})`;
    case "turn.cancelled":
      return "■ cancelled";
    case "turn.interrupted":
      return "↻ the server was interrupted; the turn goes on from its last step";
    case "context.compacted":
      return `↻ context compacted: ${formatCount(event.data.messagesBefore)} messages to ${formatCount(event.data.messagesAfter)}`;
    case "approval.expired":
      return "■ nobody answered in time";
    case "quota.waiting":
      return `… waits until ${event.data.resetsAt}: ${plainLine(event.data.reason)}`;
    case "process.started":
      return isolationLine(event.data);
    case "budget.exhausted":
      return "■ the budget is used up; the turn waits";
    case "session.paused":
      return "■ paused";
    case "session.resumed":
      return "● resumed";
    case "session.title.updated":
      return `● title: ${plainLine(event.data.title)}`;
    default:
      return null;
  }
}

/** Nothing where a sandbox holds all that it should. */
function isolationLine({ isolation, unprotected = [] }: EventOf<"process.started">["data"]): string | null {
  if (isolation === "none") return "● isolation: none; the agent may do all that the server's user may";
  return unprotected.length === 0 ? null : `● not protected, being links: ${unprotected.map(plainLine).join(", ")}`;
}
