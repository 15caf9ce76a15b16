/**
 * Frames of an event stream (WHATWG HTML §9.2) as text and bytes. Data is JSON on one line, so a frame never has to be
 * split; ids and types are ours and hold no line break.
 */
import { parseLine } from "../../core/events/envelope.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import type { LiveText } from "../../app/live-texts.ts";

/** The units of a text from `offset` to `end`. */
export interface HintPiece {
  readonly sessionId: string;
  readonly text: LiveText;
  readonly offset: number;
  readonly end: number;
}

/** How one dialect says what happens on a stream. All texts are whole frames, blank line included. */
export interface StreamDialect<Line extends LogLine = LogLine> {
  /** Contract: depends on nothing but the line; the bytes are kept with it and shared by all its readers. */
  line(line: Line): string;
  /** A piece of a growing text; null when this dialect does not show such texts. */
  hint(piece: HintPiece): string | null;
  connected(retryMs: number): string;
  /** The reader's cursor is unknown; what follows begins at the start. */
  reset(): string;
  disconnecting(reason: string, retryMs: number): string;
}

export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  // Asks nginx and its like not to hold frames back.
  "X-Accel-Buffering": "no",
};

export const HEARTBEAT = ": heartbeat\n\n";

export function frame(
  event: string,
  data: string,
  { id, retryMs }: { readonly id?: string; readonly retryMs?: number } = {},
): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  const retryLine = retryMs === undefined ? "" : `retry: ${retryMs}\n`;
  return `event: ${event}\n${idLine}${retryLine}data: ${data}\n\n`;
}

/** Moves the reader's resume point and says nothing (B4). */
export function idFrame(id: string): string {
  return `id: ${id}\n\n`;
}

export function retryFrame(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

const WHOLE_TYPES: ReadonlySet<string> = new Set(["output.message.completed", "tool.completed"]);

function readWholeKey(line: LogLine): string | null {
  const event = parseLine(line);
  if (!event.known) return null;
  if (event.type === "output.message.completed") return event.data.message.id;
  return event.type === "tool.completed" ? event.data.tool_call_id : null;
}

/** Bytes made once per line, or once per piece of a text, however many readers there are. */
export interface FrameBytes<Line extends LogLine = LogLine> {
  of(line: Line): Buffer;
  /** Of a page of the log. Readers who were given the very same page share its bytes; the lines keep none of their own. */
  ofPage(lines: readonly Line[]): Buffer;
  /** The message or call whose whole text an event carries; null for all other events. */
  wholeKeyOf(line: LogLine): string | null;
  ofHint(piece: HintPiece): Buffer | null;
}

export function makeFrameBytes<Line extends LogLine = LogLine>(dialect: StreamDialect<Line>): FrameBytes<Line> {
  const byLine = new WeakMap<Line, Buffer>();
  const byPage = new WeakMap<readonly Line[], Buffer>();
  const byText = new WeakMap<LiveText, Pick<HintPiece, "offset" | "end"> & { readonly bytes: Buffer | null }>();
  const wholeKeys = new WeakMap<LogLine, string | null>();
  return {
    wholeKeyOf(line) {
      if (!WHOLE_TYPES.has(line.type)) return null;
      const kept = wholeKeys.get(line);
      if (kept !== undefined) return kept;
      const key = readWholeKey(line);
      wholeKeys.set(line, key);
      return key;
    },
    of(line) {
      const kept = byLine.get(line);
      if (kept !== undefined) return kept;
      const bytes = Buffer.from(dialect.line(line));
      byLine.set(line, bytes);
      return bytes;
    },
    ofPage(lines) {
      const kept = byPage.get(lines);
      if (kept !== undefined) return kept;
      let text = "";
      for (const line of lines) text += dialect.line(line);
      const bytes = Buffer.from(text);
      byPage.set(lines, bytes);
      return bytes;
    },
    ofHint(piece) {
      const kept = byText.get(piece.text);
      if (kept?.offset === piece.offset && kept.end === piece.end) return kept.bytes;
      const frameText = dialect.hint(piece);
      const bytes = frameText === null ? null : Buffer.from(frameText);
      byText.set(piece.text, { offset: piece.offset, end: piece.end, bytes });
      return bytes;
    },
  };
}

/** Where a piece ends that begins at `offset`: not in the middle of a surrogate pair. */
export function pieceEnd({ text }: Pick<LiveText, "text">, offset: number, maxUnits: number): number {
  if (text.length - offset <= maxUnits) return text.length;
  const end = offset + maxUnits;
  const isCut = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return isCut ? end - 1 : end;
}
