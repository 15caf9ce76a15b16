/**
 * A command of a hosted agent in its checkout: what it is certain to write is reserved first, what others hold is laid
 * over so that it cannot be written, what it has changed is met afterwards (R2, R6, R10, C6).
 *
 * Invariant: without a sandbox nothing runs, unless the agent's configuration says that it may, and then the outcome
 * says so in so many words.
 */
import { access, constants, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { CheckoutCommand, CheckoutShell, CommandOutcome } from "../../core/ports/checkout-tools.ts";
import { Closers } from "../../lib/closers.ts";
import { openFencedNetwork } from "../../lib/fenced-network/fenced-network.ts";
import type { FencedNetwork } from "../../lib/fenced-network/fenced-network.ts";
import { endMarked } from "../../lib/process-tree.ts";
import { runConfined } from "../../lib/run-confined.ts";
import type { RanCommand } from "../../lib/run-confined.ts";
import { sandboxed } from "../../lib/sandbox.ts";
import type { CommandLine, SandboxState } from "../../lib/sandbox.ts";
import { changedBetween, snapshotTree } from "../../lib/tree-changes.ts";
import { locate } from "../../lib/tree-files/locate.ts";
import type { Place } from "../../lib/tree-files/locate.ts";
import { readEntry } from "../../lib/tree-files/read-entry.ts";
import { namesToHold, planCommand } from "./command-plan.ts";
import { meetChanges } from "./meet-changes.ts";
import { othersHolds, sayHolds } from "./others-holds.ts";
import { openTree } from "./working-tree.ts";
import type { CheckoutToolsDeps, OfSession, WorkingTree } from "./working-tree.ts";

interface Running {
  readonly tree: WorkingTree;
  readonly command: CheckoutCommand;
  readonly sandbox: SandboxState;
  readonly folder: Place;
  readonly signal: AbortSignal;
}

const REFUSED_WORDS =
  "Commands are not run here: they would not be held in a sandbox. Install bubblewrap, or allow them as they are with " +
  '"unisolated": true in the configuration of the capability checkout';

export function makeRunCommand(deps: CheckoutToolsDeps, of: OfSession): CheckoutShell["run"] {
  return async (command, signal) => {
    const opened = await openTree(deps, of);
    if (!opened.ok) return refused(opened.reason);
    const tree = opened.value;
    const sandbox = await deps.findSandbox();
    if (sandbox.kind === "none" && !command.mayBeUnisolated) return refused(`${REFUSED_WORDS}. ${sandbox.why}`);
    const located = await locate(tree.root, command.cwd);
    if (located.kind === "refused") return refused(`Argument "cwd": ${located.detail}`);
    const { place } = located;
    if ((await readEntry(tree.root, place.segments))?.kind !== "directory") {
      return refused(`Argument "cwd": there is no directory ${place.shown}`);
    }
    return runReserved(deps, { tree, command, sandbox, folder: place, signal });
  };
}

function refused(reason: string): CommandOutcome {
  return { kind: "refused", reason };
}

async function runReserved(deps: CheckoutToolsDeps, running: Running): Promise<CommandOutcome> {
  const { tree, command } = running;
  const writes = await deps.readShell(command.command);
  const certain = await certainPaths(running, writes.certain);
  const call = { callId: command.callId, paths: certain };
  const reserved = certain.length === 0 ? null : await tree.reserve.before(call);
  if (reserved?.ok === false) return refused(`Nothing was run. ${reserved.reason}`);
  let isRun = false;
  try {
    const outcome = await runWatched(deps, running, certain);
    isRun = true;
    return reserved === null || reserved.warning === null
      ? outcome
      : { ...outcome, notes: [...outcome.notes, reserved.warning] };
  } finally {
    if (reserved !== null) await tree.reserve.after({ ...call, isDone: isRun });
  }
}

/** Those in the tree, from its top; what lies elsewhere cannot be reserved, nor written. */
async function certainPaths({ tree, folder }: Running, named: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of named) {
    const path = name.startsWith("/") ? name : join(tree.root, ...folder.segments, name);
    // Of this machine and not of the tree: a command means the whole machine's `/`.
    if (path !== tree.root && !path.startsWith(`${tree.root}/`)) continue;
    const located = await locate(tree.root, path, { isLinkItself: true });
    if (located.kind === "refused") continue;
    const { segments } = located.place;
    const isFolder = (await readEntry(tree.root, segments))?.kind === "directory";
    found.add(`./${segments.join("/")}${isFolder && segments.length > 0 ? "/" : ""}`);
  }
  return [...found];
}

type Ended = Extract<CommandOutcome, { kind: "ended" }>;

async function runWatched(deps: CheckoutToolsDeps, running: Running, certain: readonly string[]): Promise<Ended> {
  const { tree, command, sandbox } = running;
  const sinceMs = deps.clock.now();
  const before = await snapshotTree(tree.root);
  const holds = await othersHolds(deps, tree);
  let ran: RanCommand | undefined;
  const notes: string[] = [];
  try {
    ran = await run(
      deps,
      running,
      holds.map(({ path }) => join(tree.root, path.path)),
    );
  } finally {
    const after = before === null ? null : await snapshotTree(tree.root);
    const paths = before === null || after === null ? [] : changedBetween(before, after);
    const own = new Set(certain.map((path) => path.slice(2)));
    const { callId, command: text } = command;
    const met = await meetChanges(deps, tree, {
      callId,
      command: text,
      sinceMs,
      paths: paths.filter((path) => !own.has(path)),
    });
    if (met !== null) notes.push(met);
  }
  if (holds.length > 0 && sandbox.kind === "bubblewrap" && !isDone(ran)) {
    notes.push(`What others have reserved could not be written. ${await sayHolds(deps, tree, holds)}`);
  }
  return { kind: "ended", isolation: sandbox.kind, ...ran, notes };
}

function isDone({ how }: RanCommand): boolean {
  return how.by === "exit" && how.code === 0;
}

/** Told from all others, also from what an earlier start of this program has left. */
const MARK = "SERAI_COMMAND_OF";

async function run(deps: CheckoutToolsDeps, running: Running, reserved: readonly string[]): Promise<RanCommand> {
  const { tree, command, sandbox, folder, signal } = running;
  const mark = `${MARK}=${tree.session.id}`;
  // In a sandbox it has ended with the process that started it.
  if (sandbox.kind === "none") await endMarked(mark);
  const { path } = deps.places;
  const at = join(tree.root, ...folder.segments);
  const line: CommandLine = { command: await shellOn(path), args: ["-c", command.command] };
  const confined = {
    folder: at,
    env: { ...environment(path), [MARK]: tree.session.id },
    mark,
    deadlineMs: command.deadlineMs,
    signal,
    shownBytes: command.shownBytes,
    ...(command.onOutput === undefined ? {} : { onOutput: command.onOutput }),
  };
  if (sandbox.kind === "none") return runConfined({ ...confined, line });
  const closers = new Closers();
  try {
    const held = await deps.names.hold(tree.root, namesToHold(tree.root));
    closers.defer(() => held.release());
    const network = await openCommandNetwork(command);
    if (network !== null) closers.use(network);
    const { hasNetwork } = command;
    const readable = network?.readable ?? [];
    const plan = await planCommand(deps, tree, { folder: at, hasNetwork, reserved, held, readable });
    const env = { ...confined.env, ...network?.env };
    return await runConfined({
      ...confined,
      env,
      line: sandboxed(sandbox.command, plan, network?.within(line) ?? line),
    });
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}

/** Nothing: the command has all of the network, or none. */
async function openCommandNetwork({ hasNetwork, network }: CheckoutCommand): Promise<FencedNetwork | null> {
  if (hasNetwork || network === undefined) return null;
  const folder = await mkdtemp(join(tmpdir(), "serai-network-"));
  return openFencedNetwork({
    folder,
    isAllowed: (hostname) => network.isAllowed(hostname),
    ruleOfAddress: (lead) => network.ruleOfAddress?.(lead) ?? "unsaid",
    ports: [],
    onRefused: () => undefined,
  });
}

/** Nothing of the server's own. Git finds no settings of a user, and takes no lock that it could not. */
function environment(path: string): Readonly<Record<string, string>> {
  return {
    PATH: path,
    HOME: "/tmp",
    TMPDIR: "/tmp",
    LANG: "C.UTF-8",
    TERM: "dumb",
    CI: "true",
    PAGER: "cat",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
  };
}

async function shellOn(path: string): Promise<string> {
  for (const folder of path.split(delimiter).filter((each) => each.startsWith("/"))) {
    const bash = join(folder, "bash");
    if (
      await access(bash, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return bash;
  }
  return "/bin/sh";
}
