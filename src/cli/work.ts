/** `serai checkout`, `diff`, `merge`, `watch`, `attach`: the working tree of a session, and talking to who works in it. */
import type { Command } from "commander";
import { Option } from "commander";
import type { Serai } from "../client/serai.ts";
import type { MergeCheckout, SessionDiff } from "../client/shapes.ts";
import { carryOut, makeView, summaryOf } from "./carry-out.ts";
import { openApprovalDesk } from "./ask-approvals.ts";
import { CommandFault } from "./faults.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";
import { plain, plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { addWatch, placeOfTurn } from "./watch.ts";

const EXAMPLES = `
Examples:
  $ cd "$(serai checkout last)"
  $ serai diff last
  $ serai merge last --commit --strategy squash
  $ serai attach last
`;

export function addWork(program: Command, site: CommandSite): void {
  const checkout = program.command("checkout").description("Print where a session's working tree is");
  checkout.option("--make", "make it now, if it is not there yet").addHelpText("after", EXAMPLES);
  act<{ readonly make?: boolean }>(checkout.argument("<session>", "its id, or last"), site, async (call) => {
    const id = await findSession(call.serai, argument(call, 0));
    const { work } = call.serai;
    const found = await (call.flags.make === true ? work.makeCheckout(id) : work.checkout(id));
    call.show(found, () => `${found.path}\n`);
  });
  const diff = program.command("diff").description("Show what a session has changed");
  diff.option("--uncommitted", "only what is not committed").addHelpText("after", EXAMPLES);
  act<{ readonly uncommitted?: boolean }>(diff.argument("<session>", "its id, or last"), site, async (call) => {
    const id = await findSession(call.serai, argument(call, 0));
    const found = await call.serai.work.diff(id, call.flags.uncommitted === true ? "uncommitted" : "all");
    if (found.files.length === 0 && !call.isJson) call.screen.note(`No changes in ${id}`);
    call.show(found, (screen) => diffText(found, screen));
  });
  addMerge(program, site);
  addWatch(program, site);
  const attach = program.command("attach").description("Follow a session and talk to it, a line a message");
  attach.argument("<session>", "its id, or last").addHelpText("after", EXAMPLES);
  act(attach, site, attachTo);
}

type Strategy = NonNullable<MergeCheckout["strategy"]>;

interface MergeFlags {
  readonly strategy?: Strategy;
  readonly message?: string;
  readonly commit?: boolean;
}

function addMerge(program: Command, site: CommandSite): void {
  const strategies: readonly Strategy[] = ["fast_forward", "squash", "merge", "rebase"];
  const merge = program
    .command("merge")
    .description("Merge a session's branch into the one it began from")
    .argument("<session>", "its id, or last")
    .addOption(new Option("--strategy <way>", "if not the project's").choices([...strategies]))
    .option("-m, --message <text>", "of the merge")
    .option("--commit", "commit what is not committed first")
    .addHelpText("after", EXAMPLES);
  act<MergeFlags>(merge, site, async (call) => {
    const { strategy, message, commit } = call.flags;
    const { work, sessions } = call.serai;
    const { id, title, status } = await sessions.get(await findSession(call.serai, argument(call, 0)));
    if (status === "active") {
      throw new CommandFault(
        `Its turn runs; see it with  serai watch ${id}  or end it with  serai sessions cancel ${id}`,
      );
    }
    const { dirty, branch } = await work.checkout(id);
    if (dirty && commit !== true) {
      throw new CommandFault(`${branch} has changes that are not committed; --commit commits them first`);
    }
    if (dirty) await work.commit(id, message);
    // Whoever wrote `last` sees whose work it is.
    if (!call.isJson) call.screen.note(plainLine(`Merging ${branch} of ${id}${title === null ? "" : `: ${title}`}`));
    const done = await work.merge(id, {
      ...(strategy === undefined ? {} : { strategy }),
      ...(message === undefined ? {} : { message }),
    });
    call.show(done, () => `${done.base} is at ${done.commit}\n`);
  });
}

function diffText({ files }: SessionDiff, screen: Screen): string {
  const parts = files.map(({ path, from, status, patch, binary, cut }) => {
    const name = plainLine(from === null ? path : `${from} → ${path}`);
    const why = binary ? "binary" : cut ? "too long to be shown" : "";
    const body = patch === null ? `  (${why})\n` : painted(patch, screen);
    return `${screen.paintOut("bold", `${status} ${name}`)}\n${body}`;
  });
  return parts.join("\n");
}

function painted(patch: string, screen: Screen): string {
  const lines = plain(patch).replace(/\n$/, "").split("\n");
  const shown = lines.map((line) => {
    if (line.startsWith("+")) return screen.paintOut("green", line);
    return line.startsWith("-") ? screen.paintOut("red", line) : line;
  });
  return `${shown.join("\n")}\n`;
}

async function attachTo(call: Invocation): Promise<void> {
  const { serai, screen, isJson } = call;
  const sessionId = await findSession(serai, argument(call, 0));
  if (!isJson) screen.note(screen.paintNote("dim", `attached to ${sessionId}; an empty line or Ctrl-D leaves`));
  await followRunning(call, sessionId);
  for await (const line of linesOf(call)) {
    if (line.trim() === "") break;
    const outcome = await carryOut(call, sessionId, {
      content: [{ type: "text", text: line }],
      whenBusy: "queue",
    });
    screen.note(summaryOf(outcome, screen));
  }
}

/** What is under way when somebody comes, until it is over. */
async function followRunning(call: Invocation, sessionId: string): Promise<void> {
  const { serai, screen, shell, isJson } = call;
  if (!(await isActive(serai, sessionId))) return;
  const view = makeView(call, true);
  const desk = openApprovalDesk({ serai, view, screen, askLine: isJson ? null : shell.askLine });
  const leave = new AbortController();
  const release = shell.onInterrupt(() => leave.abort());
  try {
    const afterSeq = await placeOfTurn(serai, await serai.sessions.get(sessionId));
    const stream = serai.events.stream(sessionId, { afterSeq, signal: leave.signal, deltas: !isJson });
    for await (const item of stream) {
      desk.take(item);
      view.show(item);
      if ("type" in item && item.type === "session.idled") break;
    }
  } finally {
    release();
    await desk.close();
    view.close();
  }
}

async function isActive(serai: Serai, sessionId: string): Promise<boolean> {
  return (await serai.sessions.get(sessionId)).status === "active";
}

async function* linesOf({ shell, isJson }: Invocation): AsyncIterable<string> {
  const { askLine } = shell;
  if (askLine === null || isJson) {
    yield* shell.inputLines();
    return;
  }
  for (;;) {
    const taken = new AbortController();
    const release = shell.onInterrupt(() => taken.abort());
    const line = await askLine("› ", taken.signal).finally(release);
    if (line === null) return;
    yield line;
  }
}
