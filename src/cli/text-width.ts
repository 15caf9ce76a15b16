/** How many columns a text takes in a terminal, near enough: marks take none, pictures and East Asian letters two. */
import { stripVTControlCharacters } from "node:util";

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u;
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

const segmenter = () => new Intl.Segmenter("en", { granularity: "grapheme" });

function widthOfOne(grapheme: string): number {
  if (NONE.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

export function textWidth(text: string): number {
  const bare = stripVTControlCharacters(text);
  // Nearly all of what is shown; saves the walk.
  if (/^[\x20-\x7E]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of segmenter().segment(bare)) width += widthOfOne(segment);
  return width;
}

export function padText(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** Contract: the text is not painted. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const { segment } of segmenter().segment(text)) {
    const next = widthOfOne(segment);
    if (used + next > width - 1) break;
    cut += segment;
    used += next;
  }
  return `${cut}…`;
}
