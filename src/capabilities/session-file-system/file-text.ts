/** Looks over the bytes of a file: how many lines, where one begins, is it text at all. Streams; keeps nothing. */
import type { SessionFiles, ToolFile, ToolResult } from "../../core/ports/tools.ts";
import { countOf, fail } from "../tool-results.ts";

const LF = 0x0a;
const SNIFFED_BYTES = 8192;

export interface TextOutline {
  readonly lineCount: number;
  /** Of the line that was asked for; nothing if the file has fewer. */
  readonly startByte: number | undefined;
  readonly isBinary: boolean;
}

/** Contract: the file exists. A file whose first 8 KiB hold a NUL is binary and not looked at further. */
export async function outlineOf(files: SessionFiles, path: string, line: number): Promise<TextOutline> {
  let lineBreaks = 0;
  let seen = 0;
  let lastByte: number | undefined;
  let startByte = line === 1 ? 0 : undefined;
  for await (const chunk of files.read(path)) {
    if (seen < SNIFFED_BYTES && chunk.subarray(0, SNIFFED_BYTES - seen).includes(0)) {
      return { lineCount: 0, startByte: undefined, isBinary: true };
    }
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
      lineBreaks++;
      if (lineBreaks === line - 1) startByte = seen + at + 1;
    }
    seen += chunk.length;
    lastByte = chunk.at(-1) ?? lastByte;
  }
  const lineCount = lineBreaks + (seen > 0 && lastByte !== LF ? 1 : 0);
  return {
    lineCount,
    startByte: startByte === undefined || startByte >= seen ? undefined : startByte,
    isBinary: false,
  };
}

/** The file at a path, or the answer that says what is there instead. */
export async function fileAt(files: SessionFiles, path: string): Promise<ToolFile | ToolResult> {
  const file = await files.stat(path);
  if (file === undefined) return fail(`There is no file ${path}; list_directory and glob show what there is`);
  return file.isDirectory ? fail(`${file.path} is a directory; list_directory shows what is in it`) : file;
}

export function isResult(found: ToolFile | ToolResult): found is ToolResult {
  return "status" in found;
}

export function bytesOf(sizeBytes: number): string {
  return countOf(sizeBytes, "byte");
}
