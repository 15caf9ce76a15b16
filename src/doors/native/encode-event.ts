/**
 * Events and hints on the native wire. `context` and `data` are stored as JSON text and put into the envelope as they
 * are: nothing is parsed, so a stream costs a concatenation.
 */
import type { LiveText } from "../../app/live-texts.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import type { FeedLine } from "../../core/ports/team.ts";
import { frame } from "../../http/sse/frames.ts";
import type { HintPiece, StreamDialect } from "../../http/sse/frames.ts";
import type { Hint } from "./schema/event.ts";

/** Ids and times are ours and need no escaping; a type may come from a later version, and is plain all the same. */
export function encodeEvent(line: LogLine): string {
  return `${envelopeOf(line)}}`;
}

/** The same envelope, and where it stands in the feed. */
export function encodeFeedLine(line: FeedLine): string {
  const user = line.userId === null ? "null" : `"${line.userId}"`;
  return `${envelopeOf(line)},"position":${line.position},"user_id":${user}}`;
}

function envelopeOf({ id, type, ts, sessionId, seq, contextJson, dataJson }: LogLine): string {
  return `{"id":"${id}","type":"${type}","ts":"${ts}","session_id":"${sessionId}","seq":${seq},"sequence":${seq},"context":${contextJson},"data":${dataJson}`;
}

const HINT_TYPES = {
  text: "output.message.delta",
  thinking: "reason.thinking.delta",
  tool: "tool.output.delta",
} as const satisfies Record<LiveText["kind"], Hint["type"]>;

export function hintTypeOf(kind: LiveText["kind"]): Hint["type"] {
  return HINT_TYPES[kind];
}

export function encodeHint({ sessionId, text, offset, end }: HintPiece, nowMs: number): string {
  const delta = text.text.slice(offset, end);
  const hint: Hint = {
    type: HINT_TYPES[text.kind],
    ts: new Date(nowMs).toISOString(),
    session_id: sessionId,
    context: { turn_id: text.turnId },
    data: {
      turn_id: text.turnId,
      ...(text.kind === "tool" ? { tool_call_id: text.key } : { message_id: text.key }),
      ...(text.toolName === null ? {} : { tool_name: text.toolName }),
      ...(text.stream === null ? {} : { stream: text.stream }),
      delta,
      offset,
      ...(offset === 0 ? { accumulated: delta } : {}),
    },
  };
  return JSON.stringify(hint);
}

export function makeNativeDialect(now: () => number): StreamDialect {
  return {
    line: (line) => `event: ${line.type}\nid: ${line.id}\ndata: ${encodeEvent(line)}\n\n`,
    hint: (piece) => frame(HINT_TYPES[piece.text.kind], encodeHint(piece, now())),
    connected: (retryMs) => frame("connected", '{"status":"connected"}', { retryMs }),
    // The empty id makes a browser forget the cursor that this server does not know.
    reset: () => frame("reset", '{"reason":"unknown_cursor"}', { id: "" }),
    disconnecting: (reason, retryMs) =>
      frame("disconnecting", JSON.stringify({ reason, retry_ms: retryMs }), { retryMs }),
  };
}
