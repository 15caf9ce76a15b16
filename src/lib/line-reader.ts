/**
 * The lines of a byte stream, each at most as long as the cap.
 *
 * Invariant: memory is bounded by the cap plus one chunk, however long a line is. Lines end at LF or CR LF; the last one
 * needs no end. Bytes that are not UTF-8 become U+FFFD. Never cuts inside a code point, never throws for content.
 */

export type Line = {
  /** Without its line ending. */
  readonly text: string;
  /** The line was longer than the cap and `text` is its beginning. */
  readonly isCut: boolean;
};

export type LineReaderOptions = { readonly maxLineBytes: number };

const LF = 0x0a;
const CR = 0x0d;

/** Contract: leaving the loop early returns the underlying iterator; its errors pass through unchanged. */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  { maxLineBytes }: LineReaderOptions,
): AsyncGenerator<Line, undefined> {
  const line = new LineBuffer(maxLineBytes);
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      line.add(chunk.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.isEmpty) yield line.take();
}

/** Collects the bytes of one line and forgets those beyond the cap. */
class LineBuffer {
  readonly #cap: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #kept = 0;
  #seen = 0;
  #lastByte: number | undefined;

  constructor(cap: number) {
    this.#cap = cap;
  }

  get isEmpty(): boolean {
    return this.#seen === 0;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#seen += bytes.length;
    this.#lastByte = bytes.at(-1);
    const room = this.#cap - this.#kept;
    if (room <= 0) return;
    // A copy, because the stream may use the chunk's memory again; the `slice` of a Buffer would not be one.
    const part = new Uint8Array(bytes.subarray(0, room));
    this.#parts.push(part);
    this.#kept += part.length;
  }

  take(): Line {
    const length = this.#lastByte === CR ? this.#seen - 1 : this.#seen;
    const isCut = length > this.#cap;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    const kept = bytes?.subarray(0, Math.min(length, this.#cap));
    // Streaming decode holds back a code point that the cap has cut in two; the second call forgets it.
    const text = this.#decoder.decode(kept, { stream: isCut });
    if (isCut) this.#decoder.decode();
    this.#parts = [];
    this.#kept = 0;
    this.#seen = 0;
    this.#lastByte = undefined;
    return { text, isCut };
  }
}
