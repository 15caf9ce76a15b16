/** What must be true of a session's log after any interleaving, quoted by rule. */
import type { SessionEvent } from "../../../src/core/events/envelope.ts";
import { initialState } from "../../../src/core/state.ts";
import { foldEvents } from "../../../src/core/fold.ts";

export function checkLog(events: readonly SessionEvent[]): void {
  checkSequence(events);
  checkEnds(events);
  checkQueue(events);
  checkSteers(events);
  new CallRules(events).check();
}

function fail(rule: string, what: string, events: readonly SessionEvent[]): never {
  const log = events.map(({ seq, type, context }) => `${seq} ${type} ${context.turn_id?.slice(-8) ?? ""}`).join("\n");
  throw new Error(`${rule}: ${what}\n${log}`);
}

/** E1 */
function checkSequence(events: readonly SessionEvent[]): void {
  events.forEach(({ seq }, index) => {
    if (seq !== index + 1) fail("E1", `seq ${seq} stands at place ${index + 1}`, events);
  });
  if (new Set(events.map(({ id }) => id)).size !== events.length) fail("E1", "an id stands twice", events);
}

const ENDS = new Set(["turn.completed", "turn.failed"]);

/** E6, T6: a turn ends once, and nothing of it follows. */
function checkEnds(events: readonly SessionEvent[]): void {
  const turnIds = new Set(events.flatMap(({ context }) => (context.turn_id === undefined ? [] : [context.turn_id])));
  for (const turnId of turnIds) {
    const own = events.filter(({ context }) => context.turn_id === turnId);
    const ends = own.filter(({ type }) => ENDS.has(type));
    const cancels = own.filter(({ type }) => type === "turn.cancelled");
    const cancelMessages = own.filter(
      (event) => event.known && event.type === "output.message.completed" && isCancelText(event.data.message.content),
    );
    if (ends.length + cancels.length !== 1)
      fail("E6", `turn ${turnId} ended ${ends.length + cancels.length} times`, events);
    const isStopped = events.some(({ type }) => type === "session.killed" || type === "session.deleted");
    if (cancelMessages.length !== cancels.length && !isStopped)
      fail("T6", `turn ${turnId} has ${cancelMessages.length} cancel texts`, events);
    const idled = own.findIndex(({ type }) => type === "session.idled");
    if (idled >= 0 && idled !== own.length - 1) fail("E6", `turn ${turnId} goes on after session.idled`, events);
    const end = own.findIndex(({ type }) => ENDS.has(type));
    if (end >= 0 && own.slice(end + 1).some(({ type }) => type !== "session.idled"))
      fail("E6", `turn ${turnId} goes on after its end`, events);
  }
}

function isCancelText(content: readonly { readonly type: string; readonly text?: string }[]): boolean {
  return content.some(({ text }) => text === "Work was cancelled by user.");
}

/** T1: what was queued is started once, or taken out; in the end nothing waits. */
function checkQueue(events: readonly SessionEvent[]): void {
  const state = foldEvents(initialState, events);
  const isEnded = state.lifecycle !== "open" || state.isDeleted;
  if (state.turn !== null) fail("S6", "a turn is left without an end", events);
  if (state.queuedCount !== 0 && !isEnded)
    fail("T1", `${state.queuedCount} messages are left in the queue of an idle session`, events);
  const started = events.flatMap((event) =>
    event.known && event.type === "input.message" ? [event.data.message.id] : [],
  );
  if (new Set(started).size !== started.length) fail("T2", "an input stands twice", events);
}

/** A1c: a steer that was accepted is read by a model call, unless its turn was cancelled. */
function checkSteers(events: readonly SessionEvent[]): void {
  for (const event of events) {
    if (!event.known || event.type !== "input.message" || event.context.turn_id === undefined) continue;
    const later = events.filter(({ seq, context }) => seq > event.seq && context.turn_id === event.context.turn_id);
    const isRead = later.some(({ type }) => type === "reason.started");
    const isCancelled = later.some(({ type }) => type === "turn.cancelled");
    if (!isRead && !isCancelled) fail("A1", `the steer at ${event.seq} was never read`, events);
  }
}

interface CallFate {
  isStarted: boolean;
  ends: number;
  /** A person was asked and has not allowed it (yet). */
  isForbidden: boolean;
}

/** Every call ends once, every question is answered once; nothing starts that nobody named or allowed. */
class CallRules {
  readonly #events: readonly SessionEvent[];
  readonly #calls = new Map<string, CallFate>();
  readonly #asked = new Map<string, string>();

  constructor(events: readonly SessionEvent[]) {
    this.#events = events;
  }

  check(): void {
    for (const event of this.#events) if (event.known) this.#read(event);
    for (const [id, { ends }] of this.#calls) if (ends !== 1) fail("T4", `${id} ended ${ends} times`, this.#events);
    if (this.#asked.size > 0) fail("T6", "a question is left open", this.#events);
  }

  #read(event: Extract<SessionEvent, { known: true }>): void {
    switch (event.type) {
      case "act.started":
        for (const { id } of event.data.tool_calls) {
          this.#calls.set(id, { isStarted: false, ends: 0, isForbidden: false });
        }
        return;
      case "tool.started":
        return this.#start(event.data.tool_call.id);
      case "tool.completed":
        this.#fate(event.data.tool_call_id).ends++;
        return;
      case "approval.requested": {
        const callId = event.data.tool_call?.id ?? "";
        this.#asked.set(event.data.approval_id, callId);
        this.#fate(callId).isForbidden = true;
        return;
      }
      case "approval.answered":
        return this.#answer(event.data.approval_id, event.data.answer === "allow");
      case "approval.expired":
        return this.#answer(event.data.approval_id, false);
      default:
    }
  }

  #fate(id: string): CallFate {
    return this.#calls.get(id) ?? fail("A12", `no act named ${id}`, this.#events);
  }

  #start(id: string): void {
    const call = this.#fate(id);
    if (call.isStarted || call.ends > 0) fail("A12", `${id} was started twice, or after its end`, this.#events);
    if (call.isForbidden) fail("A5", `${id} was started though nobody has allowed it`, this.#events);
    call.isStarted = true;
  }

  #answer(approvalId: string, isAllowed: boolean): void {
    const callId = this.#asked.get(approvalId);
    if (callId === undefined) fail("A5", `${approvalId} was answered twice, or never asked`, this.#events);
    this.#asked.delete(approvalId);
    if (isAllowed) this.#fate(callId).isForbidden = false;
  }
}

/** What really ran: each call at most once, and none that was not committed as started before. */
export function checkRuns(events: readonly SessionEvent[], ran: readonly string[]): void {
  const started = events.flatMap((event) =>
    event.known && event.type === "tool.started" ? [event.data.tool_call.id] : [],
  );
  if (new Set(ran).size !== ran.length) fail("A12", `a call ran twice: ${ran.join(" ")}`, events);
  const early = ran.find((id) => !started.includes(id));
  if (early !== undefined) fail("A12", `${early} ran without having been started`, events);
}
