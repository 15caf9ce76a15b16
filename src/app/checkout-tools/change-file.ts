/**
 * One change of one file of a working tree by one call: reserved before, alone on the file while it runs, fenced at the
 * moment it counts, settled after (R2, R10).
 *
 *   place ─▶ lock ─▶ done before a crash? ─▶ reserve ─▶ work ─▶ new content durable ─▶ still as it was? still ours?
 *                                                                 └─▶ noted ─▶ renamed into its place ─▶ settled
 */
import { createHash } from "node:crypto";
import type { CheckoutChange, CheckoutChanged, CheckoutFiles } from "../../core/ports/checkout-tools.ts";
import type { FileOutcome, SessionFiles } from "../../core/ports/session-files.ts";
import type { Reserve } from "../../core/ports/tools.ts";
import { isOrder, sayOrder } from "../../core/project-work/orders.ts";
import { sayFault } from "../../lib/tree-files/fault-words.ts";
import { locate } from "../../lib/tree-files/locate.ts";
import type { Place } from "../../lib/tree-files/locate.ts";
import { hashOf, readEntry } from "../../lib/tree-files/read-entry.ts";
import { removeEntry } from "../../lib/tree-files/remove-entry.ts";
import { replaceFile } from "../../lib/tree-files/replace-file.ts";
import { callKey, noteDone, readDone } from "./done-changes.ts";
import { fileOf, makeTreeSessionFiles, no } from "./tree-session-files.ts";
import type { GuardedWrites } from "./tree-session-files.ts";
import { openTree } from "./working-tree.ts";
import type { CheckoutToolsDeps, OfSession, WorkingTree } from "./working-tree.ts";

interface Changing {
  readonly tree: WorkingTree;
  readonly place: Place;
  readonly change: CheckoutChange;
}

export function makeChange(deps: CheckoutToolsDeps, of: OfSession): CheckoutFiles["change"] {
  return async (change, work) => {
    const opened = await openTree(deps, of);
    if (!opened.ok) return { kind: "refused", reason: opened.reason };
    const tree = opened.value;
    const located = await locate(tree.root, change.path, { isLinkItself: change.isRemoval ?? false });
    if (located.kind === "refused") return { kind: "refused", reason: located.detail };
    const { place } = located;
    if (place.segments.length === 0) return { kind: "refused", reason: "/ is the whole checkout" };
    if (isOrder(place.segments)) return { kind: "refused", reason: sayOrder(place.shown) };
    const changing = { tree, place, change };
    return deps.locks.run(`${tree.root}${place.shown}`, () => changeLocked(changing, work));
  };
}

async function changeLocked<T extends { readonly status: string }>(
  changing: Changing,
  work: (files: SessionFiles) => Promise<T>,
): Promise<CheckoutChanged<T>> {
  const { tree, place, change } = changing;
  const before = (await hashOf(tree.root, place.segments)) ?? null;
  if (await isDone(changing, before)) return { kind: "done_before", path: place.shown };
  const call = { callId: change.callId, paths: [await keyOf(tree.root, place)] };
  const reserved = await tree.reserve.before(call);
  if (!reserved.ok) return { kind: "refused", reason: reserved.reason };
  let isWritten = false;
  const writes = await guard(changing, {
    before,
    stands: () => tree.reserve.stands({ ...call, tokens: reserved.tokens }),
    onWritten: () => {
      isWritten = true;
    },
  });
  try {
    const result = await work(makeTreeSessionFiles(tree.root, writes));
    return { kind: "ran", result, warning: reserved.warning };
  } finally {
    await tree.reserve.after({ ...call, isDone: isWritten });
  }
}

/** A folder's own name ends in a slash. */
async function keyOf(root: string, { segments }: Place): Promise<string> {
  const isFolder = (await readEntry(root, segments))?.kind === "directory";
  return `./${segments.join("/")}${isFolder ? "/" : ""}`;
}

/** The last of a call's entries counts: it says what was to be there in the end. */
async function isDone({ tree, place, change }: Changing, now: string | null): Promise<boolean> {
  const path = place.segments.join("/");
  const call = callKey(tree.session, change.callId);
  const done = (await readDone(tree.gitDir)).findLast((each) => each.call === call && each.path === path);
  return done !== undefined && done.after === now && done.after !== done.before;
}

interface Guarding {
  /** The hash of what was there. */
  readonly before: string | null;
  readonly stands: () => ReturnType<Reserve["stands"]>;
  readonly onWritten: () => void;
}

async function guard(changing: Changing, guarding: Guarding): Promise<GuardedWrites> {
  const { tree, place, change } = changing;
  const stamp = (await readEntry(tree.root, place.segments))?.stamp;
  const path = place.segments.join("/");
  /** The last question before it counts. */
  const last = async (after: string | null): Promise<string | null> => {
    if ((await readEntry(tree.root, place.segments))?.stamp !== stamp) {
      return `${place.shown} was changed by somebody else while the tool ran; read it again and repeat the call`;
    }
    const standing = await guarding.stands();
    if (!standing.ok) return standing.reason;
    // Nobody waits for it any more, and the next turn may have begun.
    if (change.signal?.aborted === true) return "The call was cancelled";
    const call = callKey(tree.session, change.callId);
    await noteDone(tree.gitDir, { call, path, before: guarding.before, after });
    return null;
  };
  return {
    write: (named, content, maxBytes) => write({ ...changing, guarding, last }, { named, content, maxBytes }),
    remove: (named) => remove({ ...changing, guarding, last }, named),
  };
}

interface Guarded extends Changing {
  readonly guarding: Guarding;
  readonly last: (after: string | null) => Promise<string | null>;
}

interface Written {
  readonly named: string;
  readonly content: AsyncIterable<Uint8Array> | Uint8Array;
  readonly maxBytes: number | undefined;
}

async function write(guarded: Guarded, { named, content, maxBytes }: Written): Promise<FileOutcome> {
  const { tree, place, change, guarding, last } = guarded;
  const entry = await readEntry(tree.root, place.segments);
  const refusal = await refuseOther(guarded, named);
  if (refusal !== null) return no(refusal);
  if (entry?.isReadonly === true) return no(`${place.shown} is read-only`);
  if (entry !== undefined && entry.kind !== "file") return no(`${place.shown} is a ${entry.kind}`);
  const temporaryName = `.serai-${createHash("sha256").update(change.callId).digest("hex").slice(0, 16)}.tmp`;
  const limit = maxBytes === undefined ? {} : { maxBytes };
  try {
    const replaced = await replaceFile(tree.root, place.segments, { content, temporaryName, last, ...limit });
    if (!replaced.ok) return no(replaced.reason);
  } catch (cause) {
    return no(sayFault(cause, place.shown));
  }
  guarding.onWritten();
  const now = await readEntry(tree.root, place.segments);
  return now === undefined ? no(`${place.shown} is gone again`) : { ok: true, file: fileOf(place, now) };
}

async function remove(guarded: Guarded, named: string): Promise<FileOutcome> {
  const { tree, place, guarding, last } = guarded;
  const entry = await readEntry(tree.root, place.segments);
  const refusal = await refuseOther(guarded, named);
  if (refusal !== null) return no(refusal);
  if (entry === undefined) return no(`${place.shown} does not exist`);
  if (entry.isReadonly) return no(`${place.shown} is read-only`);
  try {
    const late = await last(null);
    if (late !== null) return no(late);
    await removeEntry(tree.root, place.segments);
  } catch (cause) {
    return no(sayFault(cause, place.shown));
  }
  guarding.onWritten();
  return { ok: true, file: fileOf(place, entry) };
}

/** Only the path that was reserved. */
async function refuseOther({ tree, place, change }: Changing, named: string): Promise<string | null> {
  const located = await locate(tree.root, named, { isLinkItself: change.isRemoval ?? false });
  if (located.kind === "refused") return located.detail;
  return located.place.shown === place.shown ? null : `${located.place.shown} is not what this call was to change`;
}
