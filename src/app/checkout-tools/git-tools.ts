/** Git of a session's checkout, as far as its agent has it: what changed, what was committed, and one way to commit. */
import type { CheckoutAnswer, CheckoutGit, GitStatus } from "../../core/ports/checkout-tools.ts";
import type { CheckoutOutcome, CheckoutRefusal } from "../../core/ports/checkouts.ts";
import { isBelow, nodeOf } from "../../core/team/path-keys.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import { resolvePath } from "../../core/team/resolve-path.ts";
import type { Fact } from "../../core/events/envelope.ts";
import { accept } from "../../core/refusal.ts";
import { runGit, STATUS } from "../../lib/git.ts";
import { readHeld } from "../team/release-reservations.ts";
import { writeReservations } from "../team/write-reservations.ts";
import { callKey, noteDone, readDone } from "./done-changes.ts";
import { authorOf } from "../project-work/settle-turn.ts";
import { othersHolds, sayHolds } from "./others-holds.ts";
import { openTree } from "./working-tree.ts";
import type { CheckoutToolsDeps, OfSession, WorkingTree } from "./working-tree.ts";

export function makeGitTools(deps: CheckoutToolsDeps, of: OfSession): CheckoutGit {
  const { checkouts } = deps;
  const inTree = async <T>(work: (tree: WorkingTree) => Promise<CheckoutAnswer<T>>) => {
    const opened = await openTree(deps, of);
    return opened.ok ? work(opened.value) : opened;
  };
  return {
    status: () => inTree((tree) => readStatus(deps, tree)),
    diff: (what) => inTree(async ({ checkout }) => answerOf(await checkouts.diff(checkout, what))),
    log: (count) => inTree((tree) => readLog(tree, count)),
    commit: (change) => inTree((tree) => commitOnce(deps, tree, change)),
  };
}

function answerOf<T>(outcome: CheckoutOutcome<T>): CheckoutAnswer<T> {
  return outcome.ok ? outcome : { ok: false, reason: sayRefusal(outcome.refusal) };
}

function sayRefusal(refusal: CheckoutRefusal): string {
  switch (refusal.kind) {
    case "nothing_to_commit":
      return "There is nothing to commit";
    case "tree_missing":
      return `The session has lost its checkout: ${refusal.path} is gone`;
    case "timed_out":
      return `Git took longer than ${refusal.afterMs} ms for ${refusal.what}`;
    default:
      return `Git could not do it (${refusal.kind})`;
  }
}

async function changedLines({ root }: WorkingTree): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runGit({ folder: root, args: STATUS });
  if (code !== 0) throw new Error(`Git status failed in "${root}" with code ${code}: ${stderr.trim()}`);
  return stdout.split("\0").filter((line) => line !== "");
}

async function readStatus({ checkouts }: CheckoutToolsDeps, tree: WorkingTree): Promise<CheckoutAnswer<GitStatus>> {
  const state = await checkouts.state(tree.checkout);
  if (!state.ok) return answerOf(state);
  const { branch, ahead, behind } = state.value;
  return { ok: true, value: { branch, base: tree.checkout.base, ahead, behind, lines: await changedLines(tree) } };
}

async function readLog({ root }: WorkingTree, count: number): Promise<CheckoutAnswer<readonly string[]>> {
  const format = "--format=%h %ad %an: %s";
  const args = ["log", `--max-count=${count}`, "--date=iso-strict", format, "-z", "--end-of-options", "HEAD"];
  const { code, stdout } = await runGit({ folder: root, args });
  if (code !== 0) return { ok: false, reason: "There are no commits yet" };
  return { ok: true, value: stdout.split("\0").filter((line) => line !== "") };
}

interface CommitChange {
  readonly callId: string;
  readonly message: string;
}

type Committed = CheckoutAnswer<{ readonly commit: string; readonly files: number }>;

/** Noted among the changes under a name that no file can have. */
const COMMIT = ".git/HEAD";

/** By an earlier run of the call, whose result a crash took, it may have been made already (T4). */
async function commitOnce(deps: CheckoutToolsDeps, tree: WorkingTree, change: CommitChange): Promise<Committed> {
  const { root, gitDir } = tree;
  const call = callKey(tree.session, change.callId);
  const before = await headOf(root);
  const noted = (await readDone(gitDir)).findLast((done) => done.call === call && done.path === COMMIT);
  const isMade = noted !== undefined && before !== null && noted.before === (await headOf(root, "HEAD^"));
  if (isMade) return { ok: true, value: { commit: before, files: (await filesOf(root, before)).length } };
  await noteDone(gitDir, { call, path: COMMIT, before, after: null });
  return commit(deps, tree, change.message);
}

async function headOf(root: string, name = "HEAD"): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runGit({ folder: root, args });
  return code === 0 ? stdout.trim() : null;
}

async function filesOf(root: string, commit: string): Promise<readonly string[]> {
  const args = ["diff-tree", "--no-commit-id", "--name-only", "--root", "-r", "-z", commit];
  const { stdout } = await runGit({ folder: root, args });
  return stdout.split("\0").filter((path) => path !== "");
}

/** Fenced like a write: what somebody else holds in this tree is not committed from under them (R10). */
async function commit(deps: CheckoutToolsDeps, tree: WorkingTree, message: string): Promise<Committed> {
  const changed = (await changedLines(tree)).map((line) => line.slice(3));
  const inTheWay = (await othersHolds(deps, tree)).filter((row) => changed.some((path) => isOf(row, tree, path)));
  if (inTheWay.length > 0) {
    return { ok: false, reason: `Nothing was committed. ${await sayHolds(deps, tree, inTheWay)}` };
  }
  const author = authorOf(tree.session);
  const committed = await deps.checkouts.commit(tree.checkout, { message, author });
  if (!committed.ok) return answerOf(committed);
  await tell(deps, tree, { fact: { type: "checkout.committed", data: { ...committed.value, message } }, changed });
  return committed;
}

function isOf(row: Reservation, { tree }: WorkingTree, path: string): boolean {
  const resolved = resolvePath(tree, `./${path}`);
  if (resolved === undefined || row.tree !== tree.tree) return false;
  const [held, node] = [nodeOf(row.path.key), nodeOf(resolved.key)];
  return held === node || isBelow(node, held);
}

interface Told {
  readonly fact: Fact;
  readonly changed: readonly string[];
}

/** In the session's log; what is committed is no longer being worked on (R11). */
async function tell(deps: CheckoutToolsDeps, tree: WorkingTree, { fact, changed }: Told): Promise<void> {
  const { session } = tree;
  await writeReservations(deps, session.id, async () => {
    const own = await readHeld(deps, session);
    const rows = own.filter((row) => !row.path.isDirectory && changed.some((path) => isOf(row, tree, path)));
    const steps = rows.length === 0 ? [] : [{ kind: "release" as const, ids: rows.map(({ id }) => id) }];
    return accept({ facts: [fact, ...releasedFacts(rows, "committed")], team: { reservations: steps } });
  });
}
