/**
 * A change of a file as text that people and models read: one hunk around what differs, with three lines before and
 * after. Linear in the length of the two texts; not the smallest change where several places differ.
 */
const CONTEXT_LINES = 3;

export interface FileDiff {
  readonly path: string;
  /** Nothing: the file is new. */
  readonly before: string | null;
  readonly after: string;
}

export function diffText({ path, before, after }: FileDiff): string {
  const old = before === null ? [] : linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const from = Math.max(0, head - CONTEXT_LINES);
  const after3 = old.slice(old.length - tail, old.length - tail + CONTEXT_LINES);
  const removed = old.slice(head, old.length - tail);
  const added = now.slice(head, now.length - tail);
  const shared = head - from + after3.length;
  return [
    before === null ? "--- /dev/null" : `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -${place(from, shared + removed.length)} +${place(from, shared + added.length)} @@`,
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...after3.map((line) => ` ${line}`),
  ].join("\n");
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** Lines count from one; of none, the line before is named. */
function place(from: number, count: number): string {
  return `${count === 0 ? from : from + 1},${count}`;
}
