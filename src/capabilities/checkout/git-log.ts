/** Shows the last commits of the checkout's branch. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, pageOf, say } from "../tool-results.ts";
import { NO_CHECKOUT, readingHints } from "./hints.ts";

export const gitLog = defineTool({
  name: "git_log",
  description: "Lists the last commits of the checkout's branch, newest first: hash, date, author, subject.",
  input: z.object({ limit: z.number().int().min(1).max(200).default(20).describe("How many at most") }),
  hints: readingHints,
  async run({ limit }, { ports: { checkout } }) {
    if (checkout === undefined) return fail(NO_CHECKOUT);
    const log = await checkout.git.log(limit);
    return log.ok ? say(pageOf(log.value).join("\n")) : fail(log.reason);
  },
});
