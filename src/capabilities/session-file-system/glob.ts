/** Finds files by their paths. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";
import { readingHints } from "./hints.ts";
import { selectFiles } from "./select-files.ts";

export const glob = defineTool({
  name: "glob",
  description:
    "Finds files by path: * and ? stay within a name, ** crosses directories, {a,b} means either. A pattern without a " +
    "slash is looked for at any depth. Answers with paths, one a line, in alphabetical order.",
  input: z.object({ pattern: z.string().min(1).describe("Such as **/*.ts or /src/**/test-*.{js,ts}") }),
  hints: readingHints,
  async run({ pattern }, { ports: { files }, signal }) {
    const selection = await selectFiles(files, pattern, signal);
    if (selection.kind === "refused") return fail(selection.detail);
    const paths = selection.items.map(({ path }) => path);
    if (paths.length === 0) return say(`[no file matches ${pattern}]`);
    const shown = pageOf(paths);
    if (shown.length === paths.length) return say(shown.join("\n"));
    const left = countOf(paths.length - shown.length, "more file");
    return say(`${shown.join("\n")}\n[and ${left}; use a narrower pattern]`);
  },
});
