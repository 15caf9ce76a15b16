/** What is shown of a line that matches: all of a short one, and of a long one what stands around the match. */

const SHOWN_BEFORE = 200;
const SHOWN_AFTER = 200;

export function excerptOf(line: string, matches: (text: string) => boolean): string {
  if (line.length <= SHOWN_BEFORE + SHOWN_AFTER) return line;
  const match = endOfMatch(line, matches);
  const start = Math.max(0, match - SHOWN_BEFORE);
  const end = Math.min(line.length, match + SHOWN_AFTER);
  const shown = line.slice(start, end).toWellFormed();
  return `${start > 0 ? "…" : ""}${shown}${end < line.length ? "…" : ""}`;
}

/**
 * The shortest beginning of the line that matches, by halving: 20 tests for a million characters. A pattern that ends in
 * an assertion may match a beginning where it does not match the line there; then something else is shown, no harm done.
 */
function endOfMatch(line: string, matches: (text: string) => boolean): number {
  let shorter = 0;
  let matching = line.length;
  while (matching - shorter > 1) {
    const middle = (shorter + matching) >>> 1;
    if (matches(line.slice(0, middle))) matching = middle;
    else shorter = middle;
  }
  return matching;
}
