/**
 * A walk over a parsed command, in the order in which the shell would run it, with the directory it stands in. Every
 * branch is walked: what may run counts as running.
 */
import type { CommandNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from "just-bash";
import type { Argument } from "./arguments.ts";
import { commandWrites } from "./commands.ts";
import { resolve } from "./found.ts";
import type { Found, Place } from "./found.ts";
import { textOf, textsOf } from "./words.ts";

type RedirectionNode = SimpleCommandNode["redirections"][number];

export interface Walk {
  readonly found: Found;
  readonly parse: (text: string) => ScriptNode;
  /** Commands inside commands that are left to be walked; `bash -c "bash -c …"` has an end. */
  readonly depth: number;
}

interface Standing {
  place: Place;
}

const MAX_DEPTH = 8;

export function walkScript(walk: Walk, script: ScriptNode, place: Place): void {
  walkStatements(walk, script.statements, { place });
}

/** A command in a command; one that cannot be read, or is too deep, may do anything. */
function walkText(walk: Walk, text: string | undefined, place: Place): void {
  if (text === undefined || walk.depth >= MAX_DEPTH) return walk.found.doubt();
  let script: ScriptNode;
  try {
    script = walk.parse(text);
  } catch {
    // Whatever the parser throws, this text is no command that anybody here can read.
    return walk.found.doubt();
  }
  walkScript({ ...walk, depth: walk.depth + 1 }, script, place);
}

function walkStatements(walk: Walk, statements: readonly StatementNode[], standing: Standing): void {
  for (const { pipelines, deferredError, background } of statements) {
    if (deferredError !== undefined) walk.found.doubt();
    const own = background ? { ...standing } : standing;
    for (const { commands } of pipelines) walkPipeline(walk, commands, own);
  }
}

/** Each side of a pipe is a shell of its own, and gets what stands in a here-document of the side before. */
function walkPipeline(walk: Walk, commands: readonly CommandNode[], standing: Standing): void {
  let piped: string | undefined;
  for (const command of commands) {
    const own = commands.length > 1 ? { ...standing } : standing;
    walkCommand(walk, command, { standing: own, piped });
    piped = passedOn(command);
  }
}

function passedOn(command: CommandNode): string | undefined {
  const isCat = command.type === "SimpleCommand" && command.args.length === 0 && command.name !== null;
  return isCat && textOf(command.name as WordNode) === "cat" ? hereDocumentOf(command.redirections) : undefined;
}

interface At {
  readonly standing: Standing;
  readonly piped: string | undefined;
}

function walkCommand(walk: Walk, command: CommandNode, at: At): void {
  const { standing } = at;
  walkRedirections(walk, command.redirections, standing.place);
  switch (command.type) {
    case "SimpleCommand":
      return walkSimple(walk, command, at);
    case "Subshell":
      return walkStatements(walk, command.body, { ...standing });
    case "Group":
      return walkStatements(walk, command.body, standing);
    case "FunctionDef":
      // Where it will be called from is not known, or whether it will.
      walk.found.doubt();
      return walkCommand(walk, command.body, { standing: { ...standing }, piped: undefined });
    case "ArithmeticCommand":
    case "ConditionalCommand":
      return walkSubstitutions(walk, command.expression, standing.place);
    default:
      return walkBranches(walk, command, standing);
  }
}

type Branching = Extract<CommandNode, { type: "If" | "For" | "CStyleFor" | "While" | "Until" | "Case" }>;

function walkBranches(walk: Walk, command: Branching, standing: Standing): void {
  const before = standing.place;
  let isMoved = false;
  for (const way of waysOf(command)) {
    const own: Standing = { place: isMoved ? null : before };
    walkStatements(walk, way, own);
    isMoved ||= own.place !== before;
  }
  if (command.type === "For") walkSubstitutions(walk, command.words, before);
  if (!isMoved) return;
  standing.place = null;
  // What comes round again does so from somewhere else.
  if (command.type !== "If" && command.type !== "Case") walk.found.doubt();
}

/** What is run one after the other, each way for itself. */
function waysOf(command: Branching): readonly (readonly StatementNode[])[] {
  switch (command.type) {
    case "If":
      return [...command.clauses.map(({ condition, body }) => [...condition, ...body]), command.elseBody ?? []];
    case "Case":
      return command.items.map(({ body }) => body);
    case "For":
    case "CStyleFor":
      return [command.body];
    default:
      return [[...command.condition, ...command.body]];
  }
}

function walkSimple(walk: Walk, { name, args, assignments, redirections }: SimpleCommandNode, at: At): void {
  const { standing } = at;
  walkSubstitutions(walk, [name, args, assignments], standing.place);
  if (name === null) return;
  const words: readonly Argument[] = [name, ...args].flatMap(
    (word): readonly Argument[] => textsOf(word) ?? [undefined],
  );
  const stdin = hereDocumentOf(redirections) ?? at.piped;
  run(walk, words, { standing, stdin });
}

interface Running {
  readonly standing: Standing;
  readonly stdin: string | undefined;
}

/** Commands that run the command behind them, with the options of theirs that take a value. */
const WRAPPERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["sudo", ["-u", "-g", "-h", "-p", "-C"]],
  ["doas", ["-u", "-C"]],
  ["env", ["-u", "-C", "-S"]],
  ["command", []],
  ["builtin", []],
  ["exec", ["-a"]],
  ["nohup", []],
  ["time", ["-f", "-o"]],
  ["nice", ["-n"]],
  ["ionice", ["-c", "-n"]],
  ["stdbuf", ["-i", "-o", "-e"]],
  ["timeout", ["-k", "-s"]],
  ["setsid", []],
]);
const SHELLS: ReadonlySet<string> = new Set(["bash", "sh", "zsh", "dash", "ksh"]);
const MOVES: ReadonlySet<string> = new Set(["cd", "pushd"]);

function run(walk: Walk, words: readonly Argument[], running: Running): void {
  const [word, ...args] = words;
  const { found } = walk;
  if (word === undefined) return found.doubt();
  const name = word.slice(word.lastIndexOf("/") + 1);
  const { standing, stdin } = running;
  const valued = WRAPPERS.get(name);
  if (valued !== undefined) return runWrapped(walk, unwrapped(name, args, valued), running);
  if (MOVES.has(name)) return void (standing.place = moved(args, standing.place));
  if (name === "popd") return void (standing.place = null);
  if (name === "eval") return walkText(walk, joined(args), standing.place);
  if (SHELLS.has(name)) return runShell(walk, args, running);
  commandWrites({ name, args, place: standing.place, found, stdin });
}

function runWrapped(walk: Walk, words: readonly Argument[], running: Running): void {
  if (walk.depth >= MAX_DEPTH) walk.found.doubt();
  else run({ ...walk, depth: walk.depth + 1 }, words, running);
}

/** The words behind a wrapper's own; none left is a wrapper that runs nothing. */
function unwrapped(name: string, args: readonly Argument[], valued: readonly string[]): readonly Argument[] {
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at];
    if (arg === "--") return args.slice(at + 1);
    if (arg !== undefined && valued.includes(arg)) at++;
    else if (arg === undefined || !(arg.startsWith("-") || (name === "env" && /^\w+=/.test(arg)))) break;
  }
  const rest = args.slice(name === "timeout" ? at + 1 : at);
  return rest.length === 0 ? ["true"] : rest;
}

function moved(args: readonly Argument[], place: Place): Place {
  const [to, ...more] = args.filter((arg) => arg === undefined || arg === "-" || !arg.startsWith("-"));
  return to === undefined || to === "-" || more.length > 0 ? null : resolve(to, place);
}

function joined(args: readonly Argument[]): string | undefined {
  return args.every((arg) => arg !== undefined) ? args.join(" ") : undefined;
}

/** `bash -lc "…"`, and a shell that is given its commands on standard input. A script in a file may do anything. */
function runShell(walk: Walk, args: readonly Argument[], { standing, stdin }: Running): void {
  const at = args.findIndex((arg) => arg !== undefined && /^-[a-zA-Z]*c$/.test(arg));
  if (at >= 0) return walkText(walk, args[at + 1], standing.place);
  const isRead = args.every((arg) => arg !== undefined && arg.startsWith("-"));
  walkText(walk, isRead ? stdin : undefined, standing.place);
}

const WRITING: ReadonlySet<string> = new Set([">", ">>", ">|", "&>", "&>>", "<>"]);

function walkRedirections({ found, ...walk }: Walk, redirections: readonly RedirectionNode[], place: Place): void {
  for (const { operator, target } of redirections) {
    walkSubstitutions({ found, ...walk }, target, place);
    if (target.type === "HereDoc") continue;
    const path = textOf(target);
    const isDescriptor = path !== undefined && /^(?:\d+-?|-)$/.test(path);
    // `>(cat > a)` writes what is in it, which was walked.
    const isProcess = target.parts.some((part) => part.type === "ProcessSubstitution");
    if (operator === ">&" ? !isDescriptor : WRITING.has(operator) && !isProcess) found.write(path, place);
  }
}

function hereDocumentOf(redirections: readonly RedirectionNode[]): string | undefined {
  const last = redirections.findLast(({ operator }) => operator === "<<" || operator === "<<-" || operator === "<<<");
  if (last === undefined) return undefined;
  return textOf(last.target.type === "HereDoc" ? last.target.content : last.target);
}

/** Commands in `$(…)`, backticks and `<(…)`, wherever they stand; each is a shell of its own. */
function walkSubstitutions(walk: Walk, node: unknown, place: Place): void {
  if (typeof node !== "object" || node === null) return;
  if (
    "type" in node &&
    (node.type === "CommandSubstitution" || node.type === "ProcessSubstitution") &&
    "body" in node
  ) {
    // The parser's own node: its body is a script.
    return walkScript(walk, node.body as ScriptNode, place);
  }
  if ("type" in node && node.type === "ArithCommandSubst") walk.found.doubt();
  for (const inner of Object.values(node)) walkSubstitutions(walk, inner, place);
}
