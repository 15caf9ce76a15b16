/** Texts measured and cut by the room that they take as JSON text, in which a control character takes six bytes. */

/** Without the quotes. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The longest beginning or end of `text` that takes at most `maxBytes`, by halving; no character is cut in two. */
export function fitJsonBytes(text: string, maxBytes: number, side: "head" | "tail" = "head"): string {
  // JSON text has at least one byte for each character.
  let fits = 0;
  let tooLong = Math.min(text.length, Math.max(0, Math.floor(maxBytes))) + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (jsonBytes(partOf(text, middle, side)) <= maxBytes) fits = middle;
    else tooLong = middle;
  }
  const part = partOf(text, fits, side);
  if (side === "head") return /[\uD800-\uDBFF]$/.test(part) ? part.slice(0, -1) : part;
  return /^[\uDC00-\uDFFF]/.test(part) ? part.slice(1) : part;
}

function partOf(text: string, length: number, side: "head" | "tail"): string {
  return side === "head" ? text.slice(0, length) : text.slice(text.length - length);
}
