/** Says what is at a path, without reading it. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { readingHints } from "./hints.ts";

export const statFile = defineTool({
  name: "stat_file",
  description: "Says whether a path is a file or a directory, how large it is and when it was last changed.",
  input: z.object({ path: z.string().describe("Absolute path of the file or directory") }),
  hints: readingHints,
  async run({ path }, { ports: { files } }) {
    const file = await files.stat(path);
    if (file === undefined) return fail(`There is nothing at ${path}`);
    return say(
      JSON.stringify({
        path: file.path,
        type: file.isDirectory ? "directory" : "file",
        size_bytes: file.sizeBytes,
        is_readonly: file.isReadonly,
        ...(file.updatedAt === "" ? {} : { updated_at: file.updatedAt }),
      }),
    );
  },
});
