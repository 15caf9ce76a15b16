/** Shows what is in a directory, one level. */
import { z } from "zod";

import type { ToolFile } from "../../core/ports/tools.ts";
import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";
import { bytesOf } from "./file-text.ts";
import { readingHints } from "./hints.ts";

export const listDirectory = defineTool({
  name: "list_directory",
  description: "Lists a directory, one level: names of directories end with a slash, files come with their size.",
  input: z.object({ path: z.string().default("/").describe("Absolute path of the directory; / is the top") }),
  hints: readingHints,
  async run({ path }, { ports: { files } }) {
    const directory = await files.stat(path);
    if (directory === undefined) return fail(`There is no directory ${path}`);
    if (!directory.isDirectory) return fail(`${directory.path} is a file; read_file shows it`);
    const entries = await files.list(directory.path, false);
    if (entries.length === 0) return say(`[${directory.path} is empty]`);
    const shown = pageOf(entries.map(lineOf));
    const left = entries.length - shown.length;
    return say(
      left === 0
        ? shown.join("\n")
        : `${shown.join("\n")}\n[and ${countOf(left, "more entry", "more entries")}; use glob]`,
    );
  },
});

function lineOf({ path, isDirectory, isReadonly, sizeBytes }: ToolFile): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return isDirectory ? `${name}/` : `${name}\t${bytesOf(sizeBytes)}${isReadonly ? ", read-only" : ""}`;
}
