/**
 * Reads server-sent events (WHATWG HTML §9.2.6) from text that comes in pieces of any size.
 *
 * Invariant: only whole frames come out; what a cut connection left behind is dropped with the parser. Unlike a
 * browser's EventSource it also hands out frames without data, because an `id:` alone moves a resume point.
 */

export interface SseFrame {
  /** `message` when the frame names none. */
  readonly event: string;
  /** Null: the frame says nothing and only carries an id or a time. */
  readonly data: string | null;
  /** Empty: forget the last one. */
  readonly id?: string;
  readonly retryMs?: number;
}

interface Growing {
  event: string;
  data: string[];
  id?: string;
  retryMs?: number;
}

export class SseParser {
  /** A line that has not ended yet. Pieces, so that a long line in many small ones costs its length and not its square. */
  #pieces: string[] = [];
  #growing: Growing = { event: "", data: [] };
  #isFirst = true;
  /** The last piece ended in `\r`: a `\n` that follows belongs to the same line break. */
  #skipsLineFeed = false;

  push(piece: string): readonly SseFrame[] {
    const text = this.#begin(piece);
    if (text === "") return [];
    this.#pieces.push(text);
    return /[\r\n]/.test(text) ? this.#readLines(this.#pieces.join("")) : [];
  }

  #begin(piece: string): string {
    if (piece === "") return "";
    const isRest = (this.#isFirst && piece.startsWith("\uFEFF")) || (this.#skipsLineFeed && piece.startsWith("\n"));
    this.#isFirst = false;
    this.#skipsLineFeed = false;
    return isRest ? piece.slice(1) : piece;
  }

  #readLines(text: string): readonly SseFrame[] {
    const frames: SseFrame[] = [];
    const line = /([^\r\n]*)(?:\r\n|\n|\r)/y;
    let at = 0;
    for (let found = line.exec(text); found !== null; found = line.exec(text)) {
      at = line.lastIndex;
      const frame = this.#readLine(found[1] ?? "");
      if (frame !== null) frames.push(frame);
    }
    this.#pieces = at === text.length ? [] : [text.slice(at)];
    this.#skipsLineFeed = at === text.length && text.endsWith("\r");
    return frames;
  }

  #readLine(line: string): SseFrame | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    if (name === "event") this.#growing.event = value;
    else if (name === "data") this.#growing.data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#growing.id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) this.#growing.retryMs = Number(value);
    return null;
  }

  #dispatch(): SseFrame | null {
    const { event, data, ...rest } = this.#growing;
    this.#growing = { event: "", data: [] };
    if (data.length === 0 && rest.id === undefined && rest.retryMs === undefined) return null;
    return { event: event === "" ? "message" : event, data: data.length === 0 ? null : data.join("\n"), ...rest };
  }
}
