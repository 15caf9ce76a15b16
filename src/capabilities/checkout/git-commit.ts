/** Commits everything that changed in the checkout. After a crash a commit that was made is found to have been made. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { countOf, fail, say } from "../tool-results.ts";
import { changingHints, NO_CHECKOUT } from "./hints.ts";

export const gitCommit = defineTool({
  name: "git_commit",
  description:
    "Commits everything that changed in the checkout, new files included and ignored ones left out, on its own branch. " +
    "What was committed is reserved no longer.",
  input: z.object({
    message: z.string().min(1).max(20_000).describe("What the commit does and why; the first line is its subject"),
  }),
  hints: changingHints,
  async run({ message }, { callId, ports: { checkout } }) {
    if (checkout === undefined) return fail(NO_CHECKOUT);
    const committed = await checkout.git.commit({ callId, message });
    if (!committed.ok) return fail(committed.reason);
    const { commit, files } = committed.value;
    return say(`Committed ${countOf(files, "file")} as ${commit.slice(0, 12)}`);
  },
});
