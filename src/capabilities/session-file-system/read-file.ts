/** Shows a part of a text file, each line with its number, and says how to read on. */
import { z } from "zod";

import type { SessionFiles, ToolResult } from "../../core/ports/tools.ts";
import { readLines } from "../../lib/line-reader.ts";
import { defineTool } from "../define-tool.ts";
import { encodedBytes, fail, PAGE_BYTES, say } from "../tool-results.ts";
import { bytesOf, fileAt, isResult, outlineOf } from "./file-text.ts";
import { readingHints } from "./hints.ts";

const DEFAULT_LINES = 2000;
const MAX_SHOWN_LINE_BYTES = 2000;

export const readFile = defineTool({
  name: "read_file",
  description:
    "Reads a text file. Each line comes as its number, a tab and its text; the number and the tab are not part of the " +
    "file. Long files come in parts: the last line of the answer says where to read on.",
  input: z.object({
    path: z.string().describe("Absolute path of the file, such as /src/main.ts"),
    offset: z.number().int().min(1).default(1).describe("Number of the first line to show; lines count from 1"),
    limit: z.number().int().min(1).default(DEFAULT_LINES).describe("How many lines to show at most"),
  }),
  hints: readingHints,
  async run({ path, offset, limit }, { ports: { files } }) {
    const file = await fileAt(files, path);
    if (isResult(file)) return file;
    const { lineCount, startByte, isBinary } = await outlineOf(files, file.path, offset);
    if (isBinary)
      return fail(`${file.path} is a binary file of ${bytesOf(file.sizeBytes)}; it cannot be shown as text`);
    if (lineCount === 0) return say(`[${file.path} is empty]`);
    if (startByte === undefined) return fail(`${file.path} has ${lineCount} lines; line ${offset} is past its end`);
    return showLines(files, { path: file.path, offset, limit, startByte, endByte: file.sizeBytes, lineCount });
  },
});

interface Shown {
  readonly path: string;
  readonly offset: number;
  readonly limit: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly lineCount: number;
}

async function showLines(files: SessionFiles, shown: Shown): Promise<ToolResult> {
  const { path, offset, limit, startByte, endByte, lineCount } = shown;
  const lines: string[] = [];
  let bytes = 0;
  const stream = files.read(path, { start: startByte, end: endByte });
  for await (const { text, isCut } of readLines(stream, { maxLineBytes: MAX_SHOWN_LINE_BYTES })) {
    const line = `${offset + lines.length}\t${text}${isCut ? "… [this line goes on]" : ""}`;
    bytes += encodedBytes(line) + 2;
    if (lines.length === limit || (lines.length > 0 && bytes > PAGE_BYTES)) break;
    lines.push(line);
  }
  const last = offset + lines.length - 1;
  const isWhole = offset === 1 && last >= lineCount;
  const readOn = last < lineCount ? `; read on with offset=${last + 1}` : "";
  return say(isWhole ? lines.join("\n") : `${lines.join("\n")}\n[Lines ${offset} to ${last} of ${lineCount}${readOn}]`);
}
