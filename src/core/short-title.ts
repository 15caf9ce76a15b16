/** What a session is called that nobody has named: the first line of what it was asked for. Pure. */
const MOST_CHARACTERS = 60;

/** Null where there are no words. */
export function shortTitle(text: string): string | null {
  const line = text.trim().split(/\r?\n/, 1)[0]?.replaceAll(/\s+/g, " ").trim() ?? "";
  const characters = Array.from(line);
  if (characters.length === 0) return null;
  return characters.length <= MOST_CHARACTERS ? line : `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}
