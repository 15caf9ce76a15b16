/**
 * A search of files that others may replace meanwhile: what was found in a file that is reached by a link now is left out,
 * since it may have been read somewhere else.
 */
import { realpath } from "node:fs/promises";
import type { Grep, GrepMatch, GrepQuery, GrepSource } from "../../lib/grep/grep.ts";

export function makeStayingGrep(grep: Grep): Grep {
  return {
    async search(query) {
      const files = new Map<string, string>();
      const outcome = await grep.search({ ...query, sources: noting(query.sources, files) });
      if (outcome.kind === "refused") return outcome;
      return { ...outcome, matches: await inPlace(outcome.matches, files) };
    },
    // Whoever opened the other closes it.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* noting(
  sources: GrepQuery["sources"],
  files: Map<string, string>,
): AsyncGenerator<GrepSource, undefined> {
  for await (const source of sources) {
    if ("file" in source) files.set(source.name, source.file);
    yield source;
  }
}

async function inPlace(
  matches: readonly GrepMatch[],
  files: ReadonlyMap<string, string>,
): Promise<readonly GrepMatch[]> {
  const staying = new Set<string>();
  for (const name of new Set(matches.map((match) => match.name))) {
    const file = files.get(name);
    const isThere = file === undefined || (await realpath(file).catch(() => null)) === file;
    if (isThere) staying.add(name);
  }
  return matches.filter(({ name }) => staying.has(name));
}
