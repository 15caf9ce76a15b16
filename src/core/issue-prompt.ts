/**
 * The words in which an agent is told of the issue that it is to work on. What the issue says stands between marks that
 * its own text cannot close: it is somebody's wish, not an instruction of this server.
 */
import type { Issue } from "./ports/tracker.ts";

const MAX_BODY = 100_000;
const MARK = "issue";

export function issuePrompt(issue: Issue, wish: string | null): string {
  const { id, title, body, url, labels } = issue;
  // A cut may go through the middle of a character.
  const cut = body.length > MAX_BODY ? `${body.slice(0, MAX_BODY).toWellFormed()}\n[cut: the issue goes on]` : body;
  const facts = [`id: ${oneLine(id)}`, ...(url === null ? [] : [`url: ${oneLine(url)}`])];
  if (labels.length > 0) facts.push(`labels: ${oneLine(labels.join(", "))}`);
  const inside = [`# ${oneLine(title)}`, facts.join("\n"), "", cut.trim()].join("\n");
  const mark = markFor(inside);
  const text = `<${mark}>\n${inside}\n</${mark}>`;
  const task = wish === null || wish.trim() === "" ? "Work on this issue until it is solved." : wish.trim();
  return `${task}\n\n${text}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** A tag that the text does not end, however it is written: a model reads `</Issue >` as well. */
function markFor(text: string): string {
  const flat = text.toLowerCase().replaceAll(/\s/g, "");
  let mark = MARK;
  for (let count = 2; flat.includes(`</${mark}>`); count += 1) mark = `${MARK}-${count}`;
  return mark;
}
