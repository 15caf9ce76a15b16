/** Takes away a file or an empty directory. What was in the file stays among its versions. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";
import { writingHints } from "./hints.ts";

export const deleteFile = defineTool({
  name: "delete_file",
  description: "Deletes a file or an empty directory.",
  input: z.object({ path: z.string().describe("Absolute path of the file or of an empty directory") }),
  hints: writingHints,
  async run({ path }, { ports: { files } }) {
    const removed = await files.remove(path, false);
    return removed.ok ? say(`Deleted ${removed.file.path}`) : fail(`Nothing was deleted: ${removed.reason}`);
  },
});
