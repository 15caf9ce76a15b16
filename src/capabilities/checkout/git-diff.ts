/** Shows what changed in the checkout, as a patch. */
import { z } from "zod";

import type { FileDiff } from "../../core/ports/checkouts.ts";
import { defineTool } from "../define-tool.ts";
import { countOf, fail, pageOf, say } from "../tool-results.ts";
import { NO_CHECKOUT, readingHints } from "./hints.ts";

export const gitDiff = defineTool({
  name: "git_diff",
  description:
    "Shows what changed in the checkout, new files included: since the last commit, or with since=base since the " +
    "session began. Name a path to see that file or directory only.",
  input: z.object({
    path: z.string().optional().describe("File or directory, such as /src; all if absent"),
    since: z.enum(["last_commit", "base"]).default("last_commit"),
  }),
  hints: readingHints,
  async run({ path, since }, { ports: { checkout } }) {
    if (checkout === undefined) return fail(NO_CHECKOUT);
    const diff = await checkout.git.diff(since === "base" ? "all" : "uncommitted");
    if (!diff.ok) return fail(diff.reason);
    const wanted = diff.value.filter((file) => isBelow(file.path, path ?? "/"));
    if (wanted.length === 0) return say("[nothing has changed]");
    return say(textOf(wanted));
  },
});

function isBelow(file: string, path: string): boolean {
  const node = path.replaceAll(/^\.?\/+|\/+$/g, "");
  return node === "" || node === "." || file === node || file.startsWith(`${node}/`);
}

function textOf(files: readonly FileDiff[]): string {
  const lines = files.flatMap((file) => {
    const name = file.from === undefined ? file.path : `${file.from} → ${file.path}`;
    const head = `${file.status} ${name} (+${file.additions} −${file.deletions})`;
    if (file.patch === null) return [`${head}: ${file.isBinary ? "binary" : "too long to be shown"}`];
    return [head, ...file.patch.trimEnd().split("\n"), ...(file.isCut ? ["[cut]"] : [])];
  });
  const shown = pageOf(lines);
  const left = lines.length - shown.length;
  return left === 0
    ? shown.join("\n")
    : `${shown.join("\n")}\n[and ${countOf(left, "more line")} of ${countOf(files.length, "file")}; name a path to see less at a time]`;
}
