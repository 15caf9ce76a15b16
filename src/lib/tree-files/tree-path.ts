/**
 * A path in a folder as a stranger wrote it: from the top of the folder, or absolute in it.
 *
 * Invariant: parsed segments never lead upwards and never name git's own folder, in no spelling that a file system takes
 * for it. Never touches a file system: whether a link leads out is asked where the path is opened.
 */

export type TreePathOutcome =
  | { readonly kind: "parsed"; readonly segments: readonly string[] }
  /** A sentence without its end, for people. */
  | { readonly kind: "refused"; readonly detail: string };

const MAX_PATH_BYTES = 4_000;
const MAX_SEGMENT_BYTES = 255;
const CONTROL = /\p{Cc}/u;
/** `.git` where case, marks that nobody sees, dots at the end or a short name count for nothing. */
const GITS_OWN = /^(?:\.git|git~\d+)[. ]*$/i;

/** `root`: absolute, of the folder. */
export function parseTreePath(text: string, root: string): TreePathOutcome {
  if (text === "") return refused("Path is empty");
  if (!text.isWellFormed()) return refused("Path is not well-formed Unicode");
  if (CONTROL.test(text)) return refused("Path contains a control character");
  if (text.includes("\\")) return refused("Path contains a backslash");
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) return refused(`Path is longer than ${MAX_PATH_BYTES} bytes`);
  const inside = text === root || text.startsWith(`${root}/`) ? text.slice(root.length) : text;
  const segments = inside.split("/").filter((segment) => segment !== "" && segment !== ".");
  const detail = faultIn(segments);
  return detail === undefined ? { kind: "parsed", segments } : refused(detail);
}

/** What is wrong with segments that a link has led to, or that were written. */
export function faultIn(segments: readonly string[]): string | undefined {
  if (segments.includes("..")) return 'Path contains ".." as a segment; name the file from the top instead';
  if (segments.some((segment) => GITS_OWN.test(segment.replaceAll(/\p{Cf}/gu, "")))) {
    return "What is below .git is git's own";
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `A segment of the path is longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}

function refused(detail: string): TreePathOutcome {
  return { kind: "refused", detail };
}

/** As it is shown: `/src/a.ts`, and `/` for the top. */
export function shownPath(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}
