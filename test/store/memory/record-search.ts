/** What records are found by, in memory: words that begin words, and whole terms. */
import type { FullText, RecordQuery, RecordRow } from "../../../src/core/ports/records.ts";
import type { World } from "./world.ts";

function wordsOf(text: string): readonly string[] {
  const folded = text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function putFullText(world: World, { kind, id, archivedAt }: RecordRow, fullText?: FullText): void {
  if (archivedAt !== null) world.fullTexts.delete(`${kind} ${id}`);
  else if (fullText !== undefined) world.fullTexts.set(`${kind} ${id}`, fullText);
}

/** How well a record fits, or nothing when it does not; all fit a query that asks for no text. */
export function fitOf(world: World, { kind, id }: RecordRow, { match, terms }: RecordQuery): number | null {
  if (match === undefined && terms === undefined) return 0;
  const fullText = world.fullTexts.get(`${kind} ${id}`);
  if (fullText === undefined) return null;
  if (terms?.every((group) => group.some((term) => fullText.terms.includes(term))) === false) return null;
  if (match === undefined) return 0;
  const wanted = wordsOf(match.text);
  const [title, text] = [wordsOf(fullText.title), wordsOf(fullText.text)];
  const scores = wanted.map((word) => {
    const count = (words: readonly string[]) => words.filter((each) => each.startsWith(word)).length;
    return 8 * count(title) + count(text);
  });
  const fits = match.needs === "all" ? scores.every((score) => score > 0) : scores.some((score) => score > 0);
  return wanted.length > 0 && fits ? scores.reduce((sum, score) => sum + score, 0) : null;
}
