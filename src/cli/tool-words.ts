/** A tool call in a few words: its name, and the argument that says most. */
import { plainLine } from "./screen.ts";
import { cutText } from "./text-width.ts";

/** In the order in which they tell what a call is about. */
const TELLING = ["path", "pattern", "command", "query", "url", "title", "name"];
const MOST = 60;

export function describeCall(name: string, input: unknown): string {
  const telling = tellingOf(input);
  if (telling === null) return plainLine(name);
  const said = cutText(plainLine(telling), MOST);
  // Agents that are programs often begin the title of a call with its kind: "edit", "edit a.ts".
  const isNamed = said.toLowerCase().startsWith(`${name.toLowerCase()} `);
  return isNamed ? said : `${plainLine(name)} ${said}`;
}

function tellingOf(input: unknown): string | null {
  if (typeof input !== "object" || input === null) return null;
  const texts = new Map(Object.entries(input).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  const pattern = texts.get("pattern");
  const where = texts.get("path_pattern");
  if (pattern !== undefined && where !== undefined) return `${pattern} in ${where}`;
  const key = TELLING.find((name) => texts.has(name));
  return (key === undefined ? undefined : texts.get(key)) ?? null;
}
