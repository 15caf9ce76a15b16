/**
 * Replaces one text in a file, streaming, so that the size of the file does not matter. The text must be there exactly
 * once; if it is not, the answer says where it is or what comes near it.
 */
import { z } from "zod";

import type { SessionFiles, ToolFile, ToolResult } from "../../core/ports/tools.ts";
import { toWellFormedText } from "../../lib/well-formed.ts";
import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { bytesOf, fileAt, isResult } from "./file-text.ts";
import { writingHints } from "./hints.ts";
import { nearMisses } from "./near-misses.ts";
import { lineNumbersOf, occurrencesOf } from "./occurrences.ts";

/** Only up to this size a text that is not there is looked for in other spellings, which needs the file in memory. */
const NEAR_MISS_BYTES = 512 * 1024;

export const makeEditFile = (maxFileBytes: number | undefined) =>
  defineTool({
    name: "edit_file",
    description:
      "Replaces a text in a file by another. old_string must stand in the file exactly once, spaces and line breaks " +
      "included (without the line numbers that read_file shows): give enough lines around the place to make it unique.",
    input: z.object({
      path: z.string().describe("Absolute path of the file"),
      old_string: z.string().describe("The text to replace, exactly as it is in the file"),
      new_string: z.string().describe("The text to put in its place; empty to delete it"),
    }),
    hints: writingHints,
    async run({ path, old_string: oldText, new_string: newText }, { ports: { files } }) {
      if (oldText === "") return fail("old_string is empty; write_file writes a whole file");
      if (oldText === newText) return fail("old_string and new_string are the same; nothing would change");
      const file = await fileAt(files, path);
      if (isResult(file)) return file;
      const edit = await locate(files, file, { oldText, newText });
      return "status" in edit ? edit : replace(files, edit, maxFileBytes);
    },
  });

interface Texts {
  readonly oldText: string;
  readonly newText: string;
}

interface Edit {
  readonly file: ToolFile;
  readonly place: number;
  readonly oldBytes: Buffer;
  readonly newBytes: Buffer;
}

async function locate(files: SessionFiles, file: ToolFile, texts: Texts): Promise<Edit | ToolResult> {
  for (const { oldText, newText } of spellingsOf(texts)) {
    const oldBytes = Buffer.from(toWellFormedText(oldText));
    const { count, places } = await occurrencesOf(oldBytes, files.read(file.path));
    if (count > 1) return tooMany(files, file, { count, places });
    const newBytes = Buffer.from(toWellFormedText(newText));
    if (places[0] !== undefined) return { file, place: places[0], oldBytes, newBytes };
  }
  const says = `old_string is not in ${file.path}`;
  if (file.sizeBytes > NEAR_MISS_BYTES) return fail(`${says}; find the place with grep_files and read it again`);
  return fail(`${says}. ${nearMisses(await wholeText(files, file.path), texts.oldText)}`);
}

async function wholeText(files: SessionFiles, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(path)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** As given; and for a file whose lines end in CR LF, which no model sees, with those line ends. */
function spellingsOf({ oldText, newText }: Texts): readonly Texts[] {
  const hasBareBreak = oldText.includes("\n") && !oldText.includes("\r");
  const toCrLf = (text: string) => text.replace(/\r?\n/g, "\r\n");
  return [{ oldText, newText }, ...(hasBareBreak ? [{ oldText: toCrLf(oldText), newText: toCrLf(newText) }] : [])];
}

async function tooMany(
  files: SessionFiles,
  file: ToolFile,
  { count, places }: { readonly count: number; readonly places: readonly number[] },
): Promise<ToolResult> {
  const lines = await lineNumbersOf(places, files.read(file.path));
  const others = count > places.length ? " and others" : "";
  return fail(
    `old_string is in ${file.path} ${count} times, at lines ${lines.join(", ")}${others}; ` +
      "add lines around the place that you mean to make it unique",
  );
}

async function replace(files: SessionFiles, edit: Edit, maxFileBytes: number | undefined): Promise<ToolResult> {
  const { file, place } = edit;
  const [line] = await lineNumbersOf([place], files.read(file.path));
  const limit = maxFileBytes === undefined ? {} : { maxBytes: maxFileBytes };
  const written = await files.write(file.path, replaced(files, edit), limit);
  if (!written.ok) return fail(`Nothing was changed: ${written.reason}`);
  return say(`Replaced the text at line ${line} of ${file.path}, now ${bytesOf(written.file.sizeBytes)}`);
}

async function* replaced(files: SessionFiles, { file, place, oldBytes, newBytes }: Edit): AsyncIterable<Uint8Array> {
  yield* files.read(file.path, { start: 0, end: place });
  yield newBytes;
  yield* files.read(file.path, { start: place + oldBytes.length, end: file.sizeBytes });
}
