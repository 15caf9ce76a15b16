/**
 * The envelope of an event (E2) in its three lives:
 *
 *   EventDraft  what a writer wants to say; it has its id, not yet its place
 *   DraftLine   the same as JSON text, sized and ready for a store
 *   LogLine     one committed line: the store gave `seq` and `ts`
 *
 * A LogLine keeps `context` and `data` as the text that is stored (canonical JSON, E4), so a stream can be written
 * without parsing; `parseLine` opens it. Reading never fails on a type this program does not know (B13).
 */
import type { z } from "zod";
import type { EventId, ExecId, MessageId, SessionId, TurnId } from "../ids.ts";
import { checkoutEvents } from "./checkout-events.ts";
import { processEvents } from "./process-events.ts";
import { sessionEvents } from "./session-events.ts";
import { teamEvents } from "./team-events.ts";
import { subagentEvents } from "./subagent-events.ts";
import { turnEvents } from "./turn-events.ts";

export const eventSchemas = {
  ...sessionEvents,
  ...turnEvents,
  ...subagentEvents,
  ...teamEvents,
  ...processEvents,
  ...checkoutEvents,
} as const;

export type EventType = keyof typeof eventSchemas;
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>;

export interface EventContext {
  readonly turn_id?: TurnId;
  readonly input_message_id?: MessageId;
  readonly exec_id?: ExecId;
  readonly trace_id?: string;
}

/** A type and its data, before it has an id: what harnesses and decisions speak. */
export type Fact = { readonly [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType];

export type EventDraft = Fact & { readonly id: EventId; readonly context: EventContext };

export interface DraftLine {
  readonly id: EventId;
  readonly type: string;
  readonly contextJson: string;
  readonly dataJson: string;
}

export interface LogLine extends DraftLine {
  readonly sessionId: SessionId;
  /** 1, 2, 3 … without a gap (E1). */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds; never decreases within a session. */
  readonly ts: string;
}

interface Placed {
  readonly id: EventId;
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly ts: string;
  readonly context: EventContext;
}

export type KnownEvent = Fact & Placed & { readonly known: true };
export type UnknownEvent = Placed & { readonly known: false; readonly type: string; readonly data: unknown };
export type SessionEvent = KnownEvent | UnknownEvent;

/** Hints: live frames that are never in the log and have no id (E4). */
export const hintTypes = ["output.message.delta", "reason.thinking.delta", "tool.output.delta"] as const;
export type HintType = (typeof hintTypes)[number];

export const MAX_MESSAGE_EVENT_BYTES = 256 * 1024;
export const MAX_EVENT_BYTES = 64 * 1024;
const MESSAGE_EVENTS: ReadonlySet<string> = new Set([
  "input.message",
  "output.message.completed",
  "message.queued",
  "reason.thinking.completed",
  "context.compacted",
]);

/** Bytes that one event of this type may have (E4); more must go into a blob first. */
export function maxEventBytes(type: string): number {
  return MESSAGE_EVENTS.has(type) ? MAX_MESSAGE_EVENT_BYTES : MAX_EVENT_BYTES;
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

export function encodeDraft(draft: EventDraft): DraftLine {
  return {
    id: draft.id,
    type: draft.type,
    contextJson: JSON.stringify(draft.context),
    dataJson: JSON.stringify(draft.data),
  };
}

/** Opens a stored line. Data of a known type was checked when it was written, so it is not checked again here. */
export function parseLine(line: LogLine): SessionEvent {
  const placed = { id: line.id, sessionId: line.sessionId, seq: line.seq, ts: line.ts };
  const context = JSON.parse(line.contextJson) as EventContext;
  const data: unknown = JSON.parse(line.dataJson);
  if (!isEventType(line.type)) return { ...placed, context, data, known: false, type: line.type };
  // The type column names the schema that the writer used; the pair is sound by E2 ("nothing is retyped").
  return { ...placed, context, data, known: true, type: line.type } as KnownEvent;
}
