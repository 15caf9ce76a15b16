/**
 * The checkouts of a node: worktrees below one folder, named by their session and never by anything that a person chose
 * (C1). What changes a repository is done one at a time for each repository, since git's own locks refuse where they
 * could wait.
 *
 *   <folder>/clones/<hash of the URL>   shared by all checkouts of a project
 *   <folder>/trees/<session id>         one working tree each
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Checkout, CheckoutOutcome, Checkouts } from "../core/ports/checkouts.ts";
import { makeKeyedQueue } from "../lib/keyed-queue.ts";
import type { KeyedQueue } from "../lib/keyed-queue.ts";
import { collectLitter } from "./collect.ts";
import { commitAll, takeSnapshot } from "./commit.ts";
import { readDiff } from "./diff.ts";
import { forecastConflicts } from "./forecast.ts";
import { addWorktree, furnish, makeScratch, undoMaking, whyNotBranch } from "./make.ts";
import type { Making } from "./make.ts";
import { mergeIntoBase } from "./merge.ts";
import { done, no, orRefusal } from "./refusals.ts";
import { defaultBranch, openRepository } from "./repositories.ts";
import { readState } from "./state.ts";
import { discardChanges, removeTree, restoreSnapshot } from "./undo.ts";

export interface CheckoutsOptions {
  /** Made if it is not there. */
  readonly folder: string;
  readonly now: () => number;
}

export function openCheckouts({ folder, now }: CheckoutsOptions): Checkouts {
  const queue = makeKeyedQueue();
  const trees = join(folder, "trees");
  const inTurn = <T>(checkout: Checkout, work: () => Promise<CheckoutOutcome<T>>) =>
    orRefusal(checkout.path, () => queue.run(checkout.repository, work));
  const nameOf = (what: string) => `${what}-${now()}`;
  return {
    check: makeCheck(join(folder, "clones"), queue),
    checkBranch: makeCheckBranch(join(folder, "clones"), queue),
    make: makeMake({ trees, clones: join(folder, "clones"), queue }),
    state: (checkout) => orRefusal(checkout.path, () => readState(checkout)),
    diff: (checkout, of) => orRefusal(checkout.path, () => readDiff(checkout, of)),
    commit: (checkout, change) => inTurn(checkout, () => commitAll(checkout, change)),
    snapshot: (checkout, name) => inTurn(checkout, () => takeSnapshot(checkout, name)),
    merge: (checkout, how) => inTurn(checkout, () => mergeIntoBase(checkout, how)),
    discard: (checkout) => inTurn(checkout, () => discardChanges(checkout, nameOf("discarded"))),
    restore: (checkout, snapshot) => inTurn(checkout, () => restoreSnapshot(checkout, snapshot, nameOf("replaced"))),
    remove: (checkout, keep) => inTurn(checkout, () => removeTree(checkout, { keep, name: nameOf("removed") })),
    forecast: (checkouts) => forecastConflicts(checkouts),
    collect: (isWanted) => collectLitter(trees, isWanted),
  };
}

function makeCheck(clones: string, queue: KeyedQueue): Checkouts["check"] {
  return async (source) => {
    if (source.kind === "scratch") return { ok: true, value: { defaultBranch: null } };
    return orRefusal(source.kind === "path" ? source.path : clones, async () => {
      const repository = await openRepository(source, { folder: clones, queue });
      return repository.ok ? { ok: true, value: { defaultBranch: await defaultBranch(repository.value) } } : repository;
    });
  };
}

function makeCheckBranch(clones: string, queue: KeyedQueue): Checkouts["checkBranch"] {
  return async (source, branch) => {
    // A repository of the session's own has no branches yet.
    if (source.kind === "scratch") return done(null);
    return orRefusal(source.kind === "path" ? source.path : clones, async () => {
      const repository = await openRepository(source, { folder: clones, queue });
      if (!repository.ok) return repository;
      const refusal = await whyNotBranch(repository.value.folder, branch);
      return refusal === null ? done(null) : no(refusal);
    });
  };
}

interface Grounds {
  readonly trees: string;
  readonly clones: string;
  readonly queue: KeyedQueue;
}

interface Added {
  readonly checkout: Checkout;
  readonly ownTree: string | null;
}

function makeMake(grounds: Grounds): Checkouts["make"] {
  return async (request, signal) => {
    const making: Making = { request, signal, path: await freePath(join(grounds.trees, request.sessionId)) };
    return orRefusal(making.path, async () => {
      const added = await add(grounds, making);
      return added.ok ? finish(grounds, added.value, making) : added;
    });
  };
}

async function add({ clones, queue }: Grounds, making: Making): Promise<CheckoutOutcome<Added>> {
  const { source } = making.request;
  if (source.kind === "scratch") return withTree(await makeScratch(making), null);
  const repository = await openRepository(source, { folder: clones, queue });
  if (!repository.ok) return repository;
  const { ownTree, folder } = repository.value;
  return withTree(await queue.run(folder, () => addWorktree(repository.value, making), making.signal), ownTree);
}

/** Not in the repository's turn: others need not wait for a session's setup. */
async function finish(
  { queue }: Grounds,
  { checkout, ownTree }: Added,
  making: Making,
): Promise<CheckoutOutcome<Checkout>> {
  const undo = () => queue.run(checkout.repository, () => undoMaking(checkout));
  const failed = await furnish(ownTree, making).catch(async (fault: unknown) => {
    await undo();
    throw fault;
  });
  if (failed === null) return { ok: true, value: checkout };
  await undo();
  return { ok: false, refusal: failed };
}

function withTree(made: CheckoutOutcome<Checkout>, ownTree: string | null): CheckoutOutcome<Added> {
  return made.ok ? { ok: true, value: { checkout: made.value, ownTree } } : made;
}

/** A tree that an earlier life of the session left is somebody's work, and stays where it is. */
async function freePath(path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const free = attempt === 1 ? path : `${path}.${attempt}`;
    if ((await stat(free).catch(() => null)) === null) return free;
  }
}
