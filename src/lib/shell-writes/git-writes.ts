/**
 * Which files of the working tree git writes. What depends on the state of the repository is uncertain; what throws away
 * whatever is there is everything below the place.
 */
import { readDiffPaths } from "../patch-paths.ts";
import { readArguments } from "./arguments.ts";
import type { Arguments } from "./arguments.ts";
import type { Call } from "./call.ts";
import { resolve } from "./found.ts";
import type { Place } from "./found.ts";

/** They leave the working tree as it is. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["status", "log", "diff", "show", "add", "commit", "push", "fetch", "branch", "tag", "remote", "blame", "grep"],
  ...[
    "rev-parse",
    "rev-list",
    "ls-files",
    "ls-tree",
    "ls-remote",
    "cat-file",
    "describe",
    "config",
    "shortlog",
    "reflog",
  ],
  ...[
    "symbolic-ref",
    "merge-base",
    "name-rev",
    "for-each-ref",
    "show-ref",
    "var",
    "help",
    "version",
    "--version",
    "notes",
  ],
  ...["check-ignore", "diff-tree", "diff-index", "diff-files", "format-patch", "whatchanged", "count-objects", "init"],
]);

/** `git -C dir -c a=b …`: what stands before the verb. */
function readVerb(call: Call): { readonly verb: string | undefined; readonly call: Call } {
  let { place } = call;
  let at = 0;
  for (; at < call.args.length; at++) {
    const word = call.args[at];
    if (word === "-C" || word === "--work-tree") place = placeOf(call.args[++at], place);
    else if (word === "-c" || word === "--git-dir" || word === "--namespace") at++;
    else if (word === undefined || !word.startsWith("-")) break;
  }
  return { verb: call.args[at], call: { ...call, place, args: call.args.slice(at + 1) } };
}

function placeOf(path: string | undefined, place: Place): Place {
  return path === undefined ? null : resolve(path, place);
}

export function gitWrites(whole: Call): void {
  const { verb, call } = readVerb(whole);
  const { found, place } = call;
  const read = readArguments(call.args, [
    "-b",
    "-B",
    "-s",
    "--source",
    "-m",
    "--message",
    "-p",
    "--pathspec-from-file",
  ]);
  if (verb === undefined) return found.doubt();
  switch (verb) {
    case "checkout":
      return checkedOut(call, read);
    case "restore":
      return restored(call, read);
    case "rm":
      if (!read.options.has("--cached")) for (const operand of read.operands) found.write(operand, place);
      return;
    case "mv":
      for (const operand of read.operands) found.write(operand, place);
      return;
    case "reset":
      return read.options.has("--hard") || read.options.has("--merge") ? thrownAway(call) : undefined;
    case "clean":
      return cleaned(call, read);
    case "stash":
      return stashed(call, read);
    case "apply":
      return applied(call, read);
    default:
      if (!HARMLESS.has(verb)) found.doubt();
  }
}

/** Where it stands in the tree is not known, so more than this may go. */
function thrownAway({ found, place }: Call): void {
  found.write(".", place);
  found.doubt();
}

function checkedOut(call: Call, { options, values, operands }: Arguments): void {
  const { args, found, place } = call;
  const at = args.indexOf("--");
  const isBranchMade = values.has("-b") || values.has("-B") || options.has("--orphan");
  if (at >= 0) for (const path of args.slice(at + 1)) found.write(path, place);
  else if (operands.includes(".")) found.write(".", place);
  else if (options.has("-f") || options.has("--force")) thrownAway(call);
  // A new branch from here changes no file; whether a name is a branch or a file, git alone knows.
  else if (!isBranchMade || operands.length > 0) found.doubt();
}

function restored({ found, place }: Call, { options, operands }: Arguments): void {
  const isStaged = options.has("--staged") || options.has("-S");
  if (isStaged && !options.has("--worktree") && !options.has("-W")) return;
  for (const operand of operands) found.write(operand, place);
}

function cleaned(call: Call, { options, operands }: Arguments): void {
  if (options.has("-n") || options.has("--dry-run")) return;
  if (operands.length === 0) return thrownAway(call);
  for (const operand of operands) call.found.write(operand, call.place);
}

function stashed(call: Call, { operands }: Arguments): void {
  const [verb = "push", ...paths] = operands;
  if (verb === "list" || verb === "show" || verb === "drop" || verb === "clear" || verb === "create") return;
  if (verb !== "push" && verb !== "save") return call.found.doubt();
  if (verb === "save" || paths.length === 0) return thrownAway(call);
  for (const path of paths) call.found.write(path, call.place);
}

function applied({ found, place, stdin }: Call, { options, values, operands }: Arguments): void {
  if (options.has("--check") || options.has("--stat") || options.has("--cached")) return;
  const isGiven = operands.every((operand) => operand === "-");
  if (!isGiven || stdin === undefined) return found.doubt();
  for (const { path } of readDiffPaths(stdin, Number(values.get("-p") ?? 1))) found.write(path, place);
}
