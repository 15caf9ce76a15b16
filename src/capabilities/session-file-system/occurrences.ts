/** Finds a text in a stream of bytes, over the borders of its chunks. Memory is a chunk and the text looked for. */

/** More places than anybody wants named; the count goes on. */
const NAMED_PLACES = 5;

export interface Occurrences {
  readonly count: number;
  /** Byte offsets of the first few. */
  readonly places: readonly number[];
}

/** Places do not overlap: the search goes on after each. */
export async function occurrencesOf(needle: Buffer, chunks: AsyncIterable<Uint8Array>): Promise<Occurrences> {
  const places: number[] = [];
  let count = 0;
  let rest = Buffer.alloc(0);
  let restStart = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, from)) {
      if (count < NAMED_PLACES) places.push(restStart + at);
      count++;
      from = at + needle.length;
    }
    // What could be the beginning of the next place.
    const kept = Math.max(from, bytes.length - needle.length + 1);
    rest = bytes.subarray(kept);
    restStart += kept;
  }
  return { count, places };
}

const LF = 0x0a;

/** The numbers of the lines that the places stand in; places ascend. */
export async function lineNumbersOf(
  places: readonly number[],
  chunks: AsyncIterable<Uint8Array>,
): Promise<readonly number[]> {
  const numbers: number[] = [];
  let line = 1;
  let seen = 0;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
      while (numbers.length < places.length && (places[numbers.length] ?? 0) <= seen + at) numbers.push(line);
      line++;
    }
    seen += chunk.length;
    if (numbers.length === places.length) break;
  }
  while (numbers.length < places.length) numbers.push(line);
  return numbers;
}
