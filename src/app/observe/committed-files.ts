/** Which files a finished shell command has committed: what the tree's new head changed against the one before. */
import type { Told } from "./told.ts";

/** Relative to the root. Contract: never throws; nothing where it cannot be said. */
export type CommittedFiles = (told: Told) => Promise<readonly string[]>;

/** Whatever else is on the line, and however git was called. */
const COMMITS = /\bgit\b[^|;&\n]{0,200}\bcommit\b/;

export function makeCommittedFiles(filesOfHead: (root: string) => Promise<readonly string[]>): CommittedFiles {
  return async ({ event, place }) => {
    const isCommit = event.moment === "post_tool" && event.tool?.kind === "shell" && COMMITS.test(event.command ?? "");
    return isCommit && place.localRoot !== null ? filesOfHead(place.localRoot) : [];
  };
}
