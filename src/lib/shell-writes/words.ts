/**
 * What a word of a command is once the shell has expanded it, where that can be said without running anything: quotes,
 * escapes and braces. Variables, globs, substitutions and a home directory cannot.
 */
import type { WordNode } from "just-bash";

type Part = WordNode["parts"][number];

/** Braces may make many words out of one. */
const MAX_WORDS = 200;

/** All words that come of it; nothing when the shell alone knows. */
export function textsOf(word: WordNode): readonly string[] | undefined {
  return textsOfParts(word.parts);
}

/** For where one word stands, such as a redirection's target. */
export function textOf(word: WordNode): string | undefined {
  const texts = textsOf(word);
  return texts?.length === 1 ? texts[0] : undefined;
}

function textsOfParts(parts: readonly Part[]): readonly string[] | undefined {
  let texts: readonly string[] = [""];
  for (const part of parts) {
    const more = textsOfPart(part);
    if (more === undefined || texts.length * more.length > MAX_WORDS) return undefined;
    texts = texts.flatMap((text) => more.map((added) => text + added));
  }
  return texts;
}

function textsOfPart(part: Part): readonly string[] | undefined {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "Escaped":
      return [part.value];
    case "DoubleQuoted":
      return textsOfParts(part.parts);
    case "Glob":
      // A bracket that nothing closes is one: the command `[`.
      return /[*?\]]/.test(part.pattern) ? undefined : [part.pattern];
    case "BraceExpansion": {
      const items = part.items.map((item) => (item.type === "Word" ? textsOf(item.word) : undefined));
      return items.every((item) => item !== undefined) ? items.flat() : undefined;
    }
    default:
      return undefined;
  }
}
