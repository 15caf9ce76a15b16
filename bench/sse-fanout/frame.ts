/** One event as both servers send it: the same bytes, with the time it was published. */
import { encodeEvent } from "../../src/doors/native/encode-event.ts";
import { formatId } from "../../src/core/ids.ts";
import type { LogLine } from "../../src/core/events/envelope.ts";
import type { SessionId } from "../../src/core/ids.ts";

export const sessionId: SessionId = formatId("session", 1, "0".repeat(20));

export function lineOf(seq: number, sentAt: number): LogLine {
  return {
    id: formatId("event", seq, "0".repeat(20)),
    sessionId,
    seq,
    ts: "2026-01-01T00:00:00.000Z",
    type: "tool.progress",
    contextJson: "{}",
    dataJson: `{"tool_call_id":"call_1","tool_name":"work","message":"${sentAt}"}`,
  };
}

/** Of the i-th session; for text, where every viewer has a session of its own. */
export function sessionOf(index: number): SessionId {
  return formatId("session", index, "0".repeat(20));
}

export function indexOf(id: string): number {
  return Number.parseInt(id.slice("ses_".length, "ses_".length + 12), 16);
}

export const DELTA = "twenty characters...";

/** A piece of text as both servers send it, made anew for each session. */
export function textFrameOf(id: SessionId, offset: number): string {
  const data = { turn_id: "turn_1", message_id: "msg_1", delta: DELTA, offset };
  const hint = { type: "output.message.delta", ts: new Date().toISOString(), session_id: id, context: {}, data };
  return `event: output.message.delta\ndata: ${JSON.stringify(hint)}\n\n`;
}

export function frameOf(seq: number, sentAt: number): string {
  const line = lineOf(seq, sentAt);
  return `event: ${line.type}\nid: ${line.id}\ndata: ${encodeEvent(line)}\n\n`;
}
