/**
 * What is true of every log, whatever happened: read from the log alone, with none of the core's own folding. One
 * reader per rule's worth of memory; a broken rule is a sentence, so that a failing case says what is wrong.
 */
import type { EventDraft } from "../../../src/core/events/envelope.ts";

interface OpenTurn {
  readonly id: string;
  isCancelled: boolean;
  isOver: boolean;
  isReasonOpen: boolean;
  isActOpen: boolean;
  readonly openCalls: Set<string>;
  readonly seenCalls: Set<string>;
  /** Questions nobody has answered yet, by the call they are about. */
  readonly asked: Map<string, string>;
  /** Calls that were asked about and not allowed (yet). */
  readonly forbidden: Set<string>;
}

const startOrder = ["input.message", "turn.started", "session.activated", "reason.started", "output.message.started"];
const afterCancel = new Set([
  "tool.completed",
  "act.completed",
  "reason.completed",
  "output.message.completed",
  "approval.answered",
  "session.idled",
]);

/** The first rule that the log breaks, or nothing. */
export function findBreach(log: readonly EventDraft[]): string | undefined {
  const reader = new LogReader();
  for (const [index, event] of log.entries()) {
    const breach = reader.read(event, log.slice(index - 1, index + 4));
    if (breach !== undefined) return `${breach} at ${index + 1}: ${event.type}`;
  }
  return undefined;
}

class LogReader {
  #turn: OpenTurn | null = null;
  readonly #ended = new Set<string>();
  readonly #ids = new Set<string>();

  read(event: EventDraft, around: readonly EventDraft[]): string | undefined {
    if (this.#ids.has(event.id)) return "E1: an event id is used twice";
    this.#ids.add(event.id);
    const turnId = event.context.turn_id;
    if (event.type === "turn.started") return this.#start(event, around);
    if (turnId === undefined) return undefined;
    if (this.#ended.has(turnId)) return "E6: an event follows the end of its turn";
    if (this.#turn?.id !== turnId) return "E5: an event belongs to no turn that was started";
    return this.#inTurn(this.#turn, event);
  }

  #start(event: Extract<EventDraft, { type: "turn.started" }>, around: readonly EventDraft[]): string | undefined {
    const types = around.map(({ type }) => type);
    if (JSON.stringify(types) !== JSON.stringify(startOrder)) return `E5: a turn begins as ${types.join(" ")}`;
    const [input] = around;
    if (input?.type !== "input.message" || input.data.message.id !== event.data.input_message_id) {
      return "E5: a turn begins without the message that set it going";
    }
    const before = this.#turn;
    if (before !== null) {
      if (!before.isOver && !before.isCancelled) return "T1: a turn begins while another runs";
      const left = leftOpen(before);
      if (left !== undefined) return left;
      this.#ended.add(before.id);
    }
    const { turn_id: id } = event.data;
    if (this.#ended.has(id)) return "E5: a turn begins twice";
    this.#turn = {
      id,
      isCancelled: false,
      isOver: false,
      isReasonOpen: false,
      isActOpen: false,
      openCalls: new Set(),
      seenCalls: new Set(),
      asked: new Map(),
      forbidden: new Set(),
    };
    return undefined;
  }

  #inTurn(turn: OpenTurn, event: EventDraft): string | undefined {
    if (turn.isOver && event.type !== "session.idled")
      return "E5: something stands between a turn's end and its idling";
    if (turn.isCancelled && !afterCancel.has(event.type)) return "T6: a cancelled turn goes on";
    switch (event.type) {
      case "session.idled":
        this.#ended.add(turn.id);
        this.#turn = null;
        if (!turn.isOver && !turn.isCancelled) return "E5: a turn idles without an end";
        return leftOpen(turn);
      case "turn.cancelled":
        turn.isCancelled = true;
        return undefined;
      case "turn.completed":
      case "turn.failed":
        turn.isOver = true;
        return leftOpen(turn);
      default:
        return readStep(turn, event);
    }
  }
}

function leftOpen(turn: OpenTurn): string | undefined {
  if (turn.isReasonOpen) return "E5: a turn ends with its reasoning open";
  if (turn.isActOpen) return "E5: a turn ends with its act open";
  if (turn.asked.size > 0) return "T6: a turn ends with a question open";
  return turn.openCalls.size > 0 ? "E5: a turn ends with a call open" : undefined;
}

function readStep(turn: OpenTurn, event: EventDraft): string | undefined {
  switch (event.type) {
    case "reason.started":
      if (turn.isReasonOpen || turn.isActOpen) return "E5: reasoning begins while something is open";
      turn.isReasonOpen = true;
      return undefined;
    case "output.message.started":
      return turn.isReasonOpen ? undefined : "E5: a message begins outside of reasoning";
    case "reason.completed":
      if (!turn.isReasonOpen) return "E5: reasoning ends that was not open";
      turn.isReasonOpen = false;
      return undefined;
    case "act.started":
      return startAct(turn, event);
    case "tool.started":
      if (turn.forbidden.has(event.data.tool_call.id)) return "A5: a tool starts that nobody has allowed";
      return turn.openCalls.has(event.data.tool_call.id) ? undefined : "E5: a tool starts that no act named";
    case "approval.requested":
      turn.asked.set(event.data.approval_id, event.data.tool_call?.id ?? "");
      turn.forbidden.add(event.data.tool_call?.id ?? "");
      return undefined;
    case "approval.answered":
    case "approval.expired": {
      const call = turn.asked.get(event.data.approval_id);
      if (call === undefined) return "A5: an answer to what nobody asks";
      if (event.type === "approval.answered" && event.data.answer === "allow") turn.forbidden.delete(call);
      turn.asked.delete(event.data.approval_id);
      return undefined;
    }
    case "tool.completed":
      return turn.openCalls.delete(event.data.tool_call_id) ? undefined : "E5: a call ends that was not open";
    case "act.completed":
      if (!turn.isActOpen) return "E5: an act ends that was not open";
      turn.isActOpen = false;
      return turn.openCalls.size > 0 ? "E5: an act ends with a call open" : undefined;
    default:
      return undefined;
  }
}

function startAct(turn: OpenTurn, { data }: Extract<EventDraft, { type: "act.started" }>): string | undefined {
  if (turn.isReasonOpen || turn.isActOpen) return "E5: an act begins while something is open";
  turn.isActOpen = true;
  for (const { id } of data.tool_calls) {
    if (turn.seenCalls.has(id)) return "A12: a call id is used twice";
    turn.seenCalls.add(id);
    turn.openCalls.add(id);
  }
  return undefined;
}

/** The end of each turn counted; a turn that is not there has none yet. */
export function endsOf(log: readonly EventDraft[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const event of log) {
    if (event.type === "turn.completed" || event.type === "turn.failed" || event.type === "turn.cancelled") {
      ends.set(event.data.turn_id, (ends.get(event.data.turn_id) ?? 0) + 1);
    }
  }
  return ends;
}

/** What became of every message that a sender was told had been taken; exactly one of these each. */
export function fatesOf(log: readonly EventDraft[], waiting: readonly { readonly id: string }[]) {
  const fates = new Map<string, string[]>();
  const add = (id: string, fate: string) => fates.set(id, [...(fates.get(id) ?? []), fate]);
  for (const event of log) {
    if (event.type === "input.message" && event.data.starts_turn !== false) add(event.data.message.id, "read");
    if (event.type === "message.unqueued" && event.data.reason !== "edited") add(event.data.message_id, "unqueued");
  }
  for (const { id } of waiting) add(id, "waits");
  return fates;
}
