/** What must be true of a session's log after any interleaving, quoted by rule. */
import type { SessionEvent } from "../../../src/core/events/envelope.ts";
import { initialState } from "../../../src/core/state.ts";
import { foldEvents } from "../../../src/core/fold.ts";

export function checkLog(events: readonly SessionEvent[]): void {
  checkSequence(events);
  checkEnds(events);
  checkQueue(events);
  checkSteers(events);
  checkCalls(events);
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

/** Every call ends once; nothing ends that was not begun. */
function checkCalls(events: readonly SessionEvent[]): void {
  const open = new Map<string, number>();
  for (const event of events) {
    if (!event.known) continue;
    if (event.type === "tool.started") {
      if (open.has(event.data.tool_call.id)) fail("A12", `${event.data.tool_call.id} was started twice`, events);
      open.set(event.data.tool_call.id, 0);
    }
    if (event.type === "tool.completed") {
      const { tool_call_id } = event.data;
      if (open.get(tool_call_id) !== 0) fail("T4", `${tool_call_id} ended without being open`, events);
      open.set(tool_call_id, 1);
    }
  }
  for (const [id, ends] of open) if (ends !== 1) fail("T4", `${id} was never ended`, events);
}
