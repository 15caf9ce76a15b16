/** Names the session, for the people who look for it in a list. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";

export const writeSessionTitle = defineTool({
  name: "write_session_title",
  description: "Sets the title of this session, by which people find it: a few words on what it is about.",
  input: z.object({ title: z.string().trim().min(1).describe("The new title, one line") }),
  hints: { isRepeatable: true, isReadonly: false, concurrencyClass: "session_notes" },
  async run({ title }, { ports }) {
    const line = title.replace(/\s+/g, " ");
    const set = await ports.session.setTitle(line);
    return set.ok ? say(`The title is now "${line}"`) : fail(`The title was not changed: ${set.reason}`);
  },
});
