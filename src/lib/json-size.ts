/** Texts measured and cut by the room that they take as JSON text, in which a control character takes six bytes. */

/** Without the quotes. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The longest beginning or end of `text` that takes at most `maxBytes`, by halving. Contract: `text` is well formed. */
export function fitJsonBytes(text: string, maxBytes: number, side: "head" | "tail" = "head"): string {
  // JSON text has at least one byte for each code unit.
  let fits = 0;
  let tooLong = Math.min(text.length, Math.max(0, Math.floor(maxBytes))) + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (jsonBytes(partOf(text, middle, side)) <= maxBytes) fits = middle;
    else tooLong = middle;
  }
  return partOf(text, fits, side);
}

/** No character is cut in two: half of one would take more room than the whole. */
function partOf(text: string, length: number, side: "head" | "tail"): string {
  if (side === "head") return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
  return text.slice(text.length - length).replace(/^[\uDC00-\uDFFF]/, "");
}
