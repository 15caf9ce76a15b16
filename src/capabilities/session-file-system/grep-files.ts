/** Finds lines in the session's text files, off the event loop and in linear time. */
import { z } from "zod";

import type { SessionFiles, ToolFile } from "../../core/ports/tools.ts";
import type { Grep, GrepMatch, GrepOutcome, GrepSource } from "../../lib/grep/grep.ts";
import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";
import { readingHints } from "./hints.ts";
import { selectFiles } from "./select-files.ts";

const MAX_MATCHES = 200;
const DEADLINE_MS = 10_000;

/** Where files are files on this machine, the searching thread reads them itself. */
export type LocalFiles = { readonly fileOf?: (path: string) => Promise<string | undefined> };

export const makeGrepFiles = (grep: Grep) =>
  defineTool({
    name: "grep_files",
    description:
      "Searches the lines of text files for a regular expression (RE2 syntax: no look-around, no back-references; begin " +
      "with (?i) to ignore case). Answers with path:line:text for each matching line.",
    input: z.object({
      pattern: z.string().min(1).describe("Regular expression, held against each line by itself"),
      path_pattern: z
        .string()
        .min(1)
        .optional()
        .describe("Glob of the files to search, such as /src/**/*.ts; all if absent"),
    }),
    hints: readingHints,
    async run({ pattern, path_pattern: pathPattern }, { ports, signal }) {
      const selection = await selectFiles(ports.files, pathPattern, signal);
      if (selection.kind === "refused") return fail(`Argument "path_pattern": ${selection.detail}`);
      const sources = sourcesOf(ports.files, selection.items);
      const limits = { maxMatches: MAX_MATCHES, deadlineMs: DEADLINE_MS };
      const outcome = await grep.search({ pattern, sources, ...limits, signal });
      if (outcome.kind === "refused") return fail(`Argument "pattern": ${outcome.detail}`);
      return say(answerOf(outcome, selection.items.length));
    },
  });

async function* sourcesOf(
  files: SessionFiles & LocalFiles,
  selected: readonly ToolFile[],
): AsyncGenerator<GrepSource, undefined> {
  for (const { path, sizeBytes } of selected) {
    if (sizeBytes === 0) continue;
    const file = await files.fileOf?.(path);
    yield file === undefined ? { name: path, chunks: () => files.read(path) } : { name: path, file };
  }
}

function answerOf(outcome: Extract<GrepOutcome, { kind: "searched" }>, fileCount: number): string {
  const { matches, searchedFiles, binaryFiles, stopped } = outcome;
  const lines = pageOf(matches.map(({ name, lineNumber, text }) => `${name}:${lineNumber}:${text}`));
  const notes = [
    ...(binaryFiles > 0 ? [`${countOf(binaryFiles, "binary file")} left out`] : []),
    ...(stopped === "deadline"
      ? [
          `stopped after ${DEADLINE_MS / 1000} s with ${searchedFiles} of ${fileCount} files searched; narrow path_pattern`,
        ]
      : []),
    ...(stopped === "matches" || lines.length < matches.length ? [moreThan(lines.length, matches)] : []),
  ];
  if (matches.length === 0) notes.unshift(`no match in ${countOf(searchedFiles, "file")}`);
  return [...lines, ...(notes.length === 0 ? [] : [`[${notes.join("; ")}]`])].join("\n");
}

function moreThan(shown: number, matches: readonly GrepMatch[]): string {
  const last = matches[shown - 1]?.name ?? "";
  return `only the first ${countOf(shown, "match", "matches")} shown, up to ${last}; narrow pattern or path_pattern for more`;
}
