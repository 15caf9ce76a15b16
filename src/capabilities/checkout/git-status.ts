/** Says where the checkout stands: its branch, how far it is from its base, what has changed. */
import { z } from "zod";

import type { GitStatus } from "../../core/ports/checkout-tools.ts";
import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";
import { NO_CHECKOUT, readingHints } from "./hints.ts";

export const gitStatus = defineTool({
  name: "git_status",
  description: "Shows the branch of the checkout, how far it is from its base, and the files that changed.",
  input: z.object({}),
  hints: readingHints,
  async run(_, { ports: { checkout } }) {
    if (checkout === undefined) return fail(NO_CHECKOUT);
    const status = await checkout.git.status();
    return status.ok ? say(textOf(status.value)) : fail(status.reason);
  },
});

function textOf({ branch, base, ahead, behind, lines }: GitStatus): string {
  const distance = base === null ? "" : `, ${ahead ?? 0} ahead of and ${behind ?? 0} behind ${base}`;
  const shown = pageOf(lines);
  const left = lines.length - shown.length;
  return [
    `On branch ${branch}${distance}`,
    ...(lines.length === 0 ? ["Nothing has changed since the last commit"] : shown),
    ...(left === 0 ? [] : [`[and ${countOf(left, "more file")}]`]),
  ].join("\n");
}
