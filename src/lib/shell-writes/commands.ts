/**
 * Which files the commands write that agents use to get around an edit, by their arguments. Git and programs in other
 * languages have files of their own beside this one.
 *
 * Invariant: a command that is not known may write anything, and makes the whole uncertain.
 */
import { readDiffPaths, readPatchPaths } from "../patch-paths.ts";
import { readArguments } from "./arguments.ts";
import type { Argument } from "./arguments.ts";
import type { Call } from "./call.ts";
import type { Found, Place } from "./found.ts";
import { gitWrites } from "./git-writes.ts";
import { interpreters, scriptWrites } from "./script-writes.ts";

/** They print, look and wait. `cd` and its like are followed elsewhere; directories alone are nobody's. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["ls", "cat", "head", "tail", "grep", "egrep", "fgrep", "rg", "wc", "uniq", "cut", "tr", "diff", "cmp", "comm"],
  ...["echo", "printf", "pwd", "true", "false", "test", "[", ":", "sleep", "date", "whoami", "id", "uname", "hostname"],
  ...["which", "type", "file", "stat", "du", "df", "ps", "env", "basename", "dirname", "realpath", "readlink", "seq"],
  ...["jq", "column", "nl", "tac", "rev", "fold", "paste", "join", "md5sum", "sha256sum", "sha1sum", "cksum", "xxd"],
  ...["od", "hexdump", "strings", "tree", "less", "more", "man", "exit", "return", "break", "continue", "set", "unset"],
  ...[
    "export",
    "local",
    "declare",
    "readonly",
    "alias",
    "shopt",
    "trap",
    "wait",
    "kill",
    "read",
    "cd",
    "pushd",
    "popd",
  ],
  ...["mkdir", "rmdir", "chmod", "chown", "bat", "ag", "fd", "locate", "printenv", "uptime", "free", "lsof", "pgrep"],
]);

type Rule = (call: Call) => void;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["tee", operandsAreWritten([])],
  ["touch", operandsAreWritten(["-d", "-t", "-r", "--date", "--reference"])],
  ["truncate", operandsAreWritten(["-s", "-r", "--size", "--reference"])],
  ["unlink", operandsAreWritten([])],
  ["shred", operandsAreWritten(["-n", "-s", "--iterations", "--size"])],
  ["rm", removed],
  ["mv", (call) => copied(call, "moved")],
  ["cp", (call) => copied(call, "copied")],
  ["install", (call) => copied(call, "copied")],
  ["ln", (call) => copied(call, "linked")],
  ["dd", ({ args, found, place }) => diskDumped(args, { found, place })],
  ["sed", (call) => editedInPlace(call, ["-e", "-f", "--expression", "--file", "-l", "--line-length"])],
  [
    "sort",
    (call) => outputNamed(call, { option: ["-o", "--output"], valued: ["-k", "-t", "-T", "-S"], isElse: "none" }),
  ],
  ["curl", (call) => outputNamed(call, { option: ["-o", "--output"], valued: CURL_VALUES, isElse: "curl" })],
  ["wget", (call) => outputNamed(call, { option: ["-O", "--output-document"], valued: ["-P"], isElse: "doubt" })],
  ["find", ({ args, found }) => doubtIf(found, args, /^-(?:delete|exec|execdir|ok|okdir|fprint|fprintf|fprint0|fls)$/)],
  ["awk", ({ args, found }) => doubtIf(found, args, />|inplace|system|\|/)],
  ["patch", patched],
  ["apply_patch", applied],
  ["applypatch", applied],
  ["git", gitWrites],
]);

const CURL_VALUES = ["-H", "-X", "-d", "-u", "-A", "-e", "-b", "-F", "-T", "-w", "-m", "--data", "--header", "--url"];

export function commandWrites(call: Call): void {
  const rule = RULES.get(call.name);
  if (rule !== undefined) return rule(call);
  if (interpreters.has(call.name)) return scriptWrites(call);
  if (!HARMLESS.has(call.name)) call.found.doubt();
}

function operandsAreWritten(valued: readonly string[]): Rule {
  return ({ args, place, found }) => {
    for (const operand of readArguments(args, valued).operands) found.write(operand, place);
  };
}

function removed({ args, place, found }: Call): void {
  const { options, operands } = readArguments(args);
  const isDeep = options.has("-r") || options.has("-R") || options.has("--recursive");
  for (const operand of operands) {
    if (isDeep) found.writeTree(operand, place);
    else found.write(operand, place);
  }
}

/** The last operand is where the others go, or one directory for all of them. */
function copied({ args, place, found }: Call, how: "moved" | "copied" | "linked"): void {
  const valued = ["-t", "--target-directory", "-S", "--suffix", "-m", "--mode", "-o", "-g", "--owner", "--group"];
  const { options, values, operands } = readArguments(args, valued);
  if (options.has("-d") && how === "copied") return;
  const folder = values.get("-t") ?? values.get("--target-directory");
  const isNamed = values.has("-t") || values.has("--target-directory");
  const target = isNamed ? folder : operands.at(-1);
  const sources = isNamed ? operands : operands.slice(0, -1);
  if (how === "moved") for (const source of sources) found.write(source, place);
  if (sources.length === 0) return found.doubt();
  const isFolder = isNamed || sources.length > 1 || (target !== undefined && /(?:^|\/)(?:\.{0,2})$/.test(target));
  if (!isFolder) {
    found.write(target, place);
    // Without an ending it may just as well be a directory that is there.
    if (target === undefined || !/[^/.][^/]*\.[^/]+$/.test(target)) found.doubt();
    return;
  }
  for (const source of sources) {
    const name = source?.replace(/\/+$/, "").split("/").at(-1);
    const path = target === undefined || name === undefined ? undefined : `${target.replace(/\/+$/, "")}/${name}`;
    found.write(path, place);
  }
}

function diskDumped(
  args: readonly Argument[],
  { found, place }: { readonly found: Found; readonly place: Place },
): void {
  for (const arg of args) {
    if (arg === undefined) found.doubt();
    else if (arg.startsWith("of=")) found.write(arg.slice(3), place);
  }
}

/** `sed -i`, `sed -i.bak`, `sed -i ''`. Without `-i` it prints, unless its script writes. */
function editedInPlace({ args, place, found }: Call, valued: readonly string[]): void {
  const isInPlace = args.some((arg) => arg !== undefined && /^(?:-[a-zA-Z]*i|--in-place)/.test(arg));
  const { values, operands } = readArguments(args.filter(isNoEmptySuffix), valued);
  const hasScript = ["-e", "-f", "--expression", "--file"].some((option) => values.has(option));
  const scripts = hasScript ? [...values.values()] : operands.slice(0, 1);
  if (scripts.some((script) => script === undefined || /(?:^|[;{}/\d$\n])\s*[wW]\s+\S|\/[a-z]*w\s+\S/.test(script)))
    found.doubt();
  if (!isInPlace) return;
  for (const file of hasScript ? operands : operands.slice(1)) found.write(file, place);
}

/** The empty word behind BSD's `-i`. */
function isNoEmptySuffix(arg: Argument, at: number, all: readonly Argument[]): boolean {
  return arg !== "" || all[at - 1] !== "-i";
}

interface OutputOption {
  readonly option: readonly [string, string];
  readonly valued: readonly string[];
  /** What it writes without that option. */
  readonly isElse: "none" | "doubt" | "curl";
}

function outputNamed({ args, place, found }: Call, { option, valued, isElse }: OutputOption): void {
  const { options, values } = readArguments(args, [...option, ...valued]);
  const named = option.find((each) => values.has(each));
  if (named !== undefined && values.get(named) !== "-") return found.write(values.get(named), place);
  const isRemote = ["-O", "--remote-name", "-J", "-K", "-D", "-c", "--remote-name-all"].some((each) =>
    options.has(each),
  );
  if (isElse === "doubt" || (isElse === "curl" && isRemote)) found.doubt();
}

function doubtIf(found: Found, args: readonly Argument[], pattern: RegExp): void {
  if (args.some((arg) => arg === undefined || pattern.test(arg))) found.doubt();
}

function patched({ args, place, found, stdin }: Call): void {
  const valued = ["-p", "-i", "-d", "-o", "-r", "--strip", "--input", "--directory", "--output"];
  const { values, operands } = readArguments(args, valued);
  if (operands.length > 0) return found.write(operands[0], place);
  if (stdin === undefined || values.has("-i") || values.has("-d") || values.has("--input")) return found.doubt();
  const strip = Number(values.get("-p") ?? values.get("--strip") ?? 0);
  for (const { path } of readDiffPaths(stdin, strip)) found.write(path, place);
}

function applied({ args, place, found, stdin }: Call): void {
  const patch = args.length > 0 ? args[0] : stdin;
  const files = patch === undefined ? [] : readPatchPaths(patch);
  if (files.length === 0) found.doubt();
  for (const { path } of files) found.write(path, place);
}
