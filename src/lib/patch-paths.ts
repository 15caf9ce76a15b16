/**
 * Which files a patch names: the `*** Begin Patch` form that agents write, and unified diffs.
 *
 * Invariant: linear in the text; never throws; what looks like a header inside a hunk of a diff is not taken for one.
 * Names are as written, resolved against nothing.
 */

export interface PatchedFile {
  readonly path: string;
  readonly operation: "write" | "create" | "delete" | "rename";
  /** Of a rename; the old name stands in the list too, as deleted. */
  readonly from?: string;
}

/** More than this in one patch is no edit that a person or an agent looks at. */
const MAX_FILES = 5_000;

const OPERATIONS = { Add: "create", Update: "write", Delete: "delete" } as const;

/** `*** Add|Update|Delete File: name` and `*** Move to: name`; a move names both. */
export function readPatchPaths(patch: string): readonly PatchedFile[] {
  const files: PatchedFile[] = [];
  for (const [, verb, name, target] of patch.matchAll(/^\*\*\* (?:(Add|Update|Delete) File: (.+)|Move to: (.+))$/gm)) {
    if (files.length >= MAX_FILES) break;
    if (target !== undefined) moveLast(files, target.trim());
    // The expression has either matched a verb with its name, or a target.
    else files.push({ path: (name as string).trim(), operation: OPERATIONS[verb as keyof typeof OPERATIONS] });
  }
  return files.filter(({ path }) => path !== "");
}

function moveLast(files: PatchedFile[], target: string): void {
  const last = files.pop();
  if (last === undefined) return void files.push({ path: target, operation: "write" });
  files.push({ path: last.path, operation: "delete" }, { path: target, operation: "rename", from: last.path });
}

interface Headers {
  from: string | undefined;
  renamedFrom: string | undefined;
}

/** Of a unified diff, as `patch` and `git apply` take it. `strip`: how many leading folders its names carry. */
export function readDiffPaths(diff: string, strip = 1): readonly PatchedFile[] {
  const files: PatchedFile[] = [];
  const headers: Headers = { from: undefined, renamedFrom: undefined };
  let left = { old: 0, new: 0 };
  for (const line of diff.split(/\r?\n/)) {
    if (files.length >= MAX_FILES) break;
    if (left.old > 0 || left.new > 0) left = afterHunkLine(left, line);
    else left = hunkLengths(line) ?? (readHeader(line, { headers, files, strip }), left);
  }
  return files;
}

function hunkLengths(line: string): { readonly old: number; readonly new: number } | undefined {
  const found = /^@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@/.exec(line);
  return found === null ? undefined : { old: Number(found[1] ?? 1), new: Number(found[2] ?? 1) };
}

function afterHunkLine(left: { readonly old: number; readonly new: number }, line: string) {
  const isAdded = line.startsWith("+");
  const isRemoved = line.startsWith("-");
  if (line.startsWith("\\")) return left;
  return { old: left.old - (isAdded ? 0 : 1), new: left.new - (isRemoved ? 0 : 1) };
}

function readHeader(
  line: string,
  { headers, files, strip }: { readonly headers: Headers; readonly files: PatchedFile[]; readonly strip: number },
): void {
  if (line.startsWith("--- ")) headers.from = nameOf(line.slice(4), strip);
  else if (line.startsWith("rename from ")) headers.renamedFrom = line.slice(12);
  else if (line.startsWith("rename to ")) {
    const from = headers.renamedFrom;
    if (from === undefined) return;
    files.push({ path: from, operation: "delete" }, { path: line.slice(10), operation: "rename", from });
  } else if (line.startsWith("+++ ")) {
    const to = nameOf(line.slice(4), strip);
    if (to !== undefined) files.push({ path: to, operation: headers.from === undefined ? "create" : "write" });
    else if (headers.from !== undefined) files.push({ path: headers.from, operation: "delete" });
    headers.from = undefined;
  }
}

/** Nothing for `/dev/null`. A time may stand behind a tab. */
function nameOf(header: string, strip: number): string | undefined {
  const name = (header.split("\t", 1)[0] ?? "").trim();
  if (name === "" || name === "/dev/null") return undefined;
  const parts = name.split("/");
  return parts.length > strip ? parts.slice(strip).join("/") : name;
}
