/** Writes a whole file, new or in place of what was there. */
import { z } from "zod";

import { toWellFormedText } from "../../lib/well-formed.ts";
import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { bytesOf } from "./file-text.ts";
import { writingHints } from "./hints.ts";

export const makeWriteFile = (maxFileBytes: number | undefined) =>
  defineTool({
    name: "write_file",
    description:
      "Writes a file: makes it, with the directories above it, or replaces all of its content. To change a part of a " +
      "file, use edit_file.",
    input: z.object({
      path: z.string().describe("Absolute path of the file, such as /src/main.ts"),
      content: z.string().describe("The whole new content"),
    }),
    hints: writingHints,
    async run({ path, content }, { ports: { files } }) {
      const before = await files.stat(path);
      const bytes = Buffer.from(toWellFormedText(content));
      const written = await files.write(path, bytes, maxFileBytes === undefined ? {} : { maxBytes: maxFileBytes });
      if (!written.ok) return fail(`Nothing was written: ${written.reason}`);
      const { file } = written;
      return say(`${before === undefined ? "Created" : "Replaced"} ${file.path}, now ${bytesOf(file.sizeBytes)}`);
    },
  });
