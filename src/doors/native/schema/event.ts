/** Events on the native wire (E2): the envelope is frozen, `data` has the shape that `type` names. */
import { z } from "zod";
import type { EventData, EventType, HintType } from "../../../core/events/envelope.ts";

const context = z.object({
  turn_id: z.string().optional(),
  input_message_id: z.string().optional(),
  exec_id: z.string().optional(),
  trace_id: z.string().optional(),
});

export const event = z
  .object({
    id: z.string(),
    type: z.string(),
    ts: z.iso.datetime(),
    session_id: z.string(),
    seq: z.int().describe("1, 2, 3 … without a gap; orders the events of a session"),
    sequence: z.int().describe("The same as seq"),
    context,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "Event" });

export const eventList = z.object({ data: z.array(event) }).meta({ id: "EventList", description: "Oldest first" });

export const cancelBody = z
  .object({ queue: z.enum(["keep", "clear"]).optional() })
  .meta({ id: "Cancel", description: "queue=clear also drops the messages that wait for their turn" });

export const cancelled = z
  .object({ status: z.enum(["cancelled", "no_op"]), message: z.string() })
  .meta({ id: "Cancelled" });

type Envelope = z.infer<typeof event>;

export const eventsSummary = z
  .object({
    total: z.int(),
    by_type: z.array(z.object({ event_type: z.string(), count: z.int() })).describe("In the order of their names"),
    first_ts: z.iso.datetime().nullable(),
    last_ts: z.iso.datetime().nullable(),
    turn_count: z.int(),
    error_count: z.int().describe("Turns and sessions that failed"),
  })
  .meta({ id: "EventsSummary" });

export type EventsSummary = z.infer<typeof eventsSummary>;

/** An event of a type that this version knows. */
export type KnownEvent = {
  readonly [T in EventType]: Omit<Envelope, "type" | "data"> & { readonly type: T; readonly data: EventData<T> };
}[EventType];

/** Types that a later server may add come as this. */
export type Event = KnownEvent | (Omit<Envelope, "type"> & { readonly type: string & {} });

/** A live frame that is not in the log: without id and seq, and it may be lost. */
export interface Hint {
  readonly type: HintType;
  readonly ts: string;
  readonly session_id: string;
  readonly context: { readonly turn_id: string };
  readonly data: {
    readonly turn_id: string;
    readonly message_id?: string;
    readonly tool_call_id?: string;
    readonly tool_name?: string;
    readonly stream?: "stdout" | "stderr";
    readonly delta: string;
    /** UTF-16 units of the text before this. */
    readonly offset: number;
    /** The text so far; present when `offset` is 0. */
    readonly accumulated?: string;
  };
}

export type EventList = z.infer<typeof eventList>;
export type Cancelled = z.infer<typeof cancelled>;
