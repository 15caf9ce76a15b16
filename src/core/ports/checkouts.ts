/**
 * Working trees of sessions (C1–C6): made, looked at, committed, merged and removed with the system's git.
 *
 * Contract, for every method: a "no" that the caller can act on is a result; anything else throws. Nothing is ever
 * destroyed: what would lose work is refused, and what is thrown away can be taken back (C3). Calls about one repository
 * that change it come one after the other; calls about different ones do not wait for each other.
 */
import type { SessionId } from "../ids.ts";

/** Where a project's repository is. */
export type RepositorySource =
  /** A repository on this machine; its branches are the project's. */
  | { readonly kind: "path"; readonly path: string }
  /** Cloned once and shared by all of the project's checkouts. */
  | { readonly kind: "url"; readonly url: string }
  /** Nobody named one: a repository of the session's own (ruling 4). */
  | { readonly kind: "scratch" };

/** A working tree of a session, as it was made; stored with the session and given back with every call. */
export interface Checkout {
  readonly sessionId: SessionId;
  /** Absolute, of the working tree. */
  readonly path: string;
  /** Absolute, of the repository whose worktree it is. */
  readonly repository: string;
  readonly branch: string;
  /** The branch that it was made from and is merged into; null in a scratch repository. */
  readonly base: string | null;
  /** The commit that it began at. */
  readonly baseCommit: string;
  readonly hasMadeBranch: boolean;
}

export interface MakeCheckout {
  readonly sessionId: SessionId;
  readonly source: RepositorySource;
  readonly branch: string;
  /** Absent: the repository's default branch. */
  readonly base?: string;
  /** Shell commands, run in the new tree one after the other. */
  readonly setup: readonly string[];
  /** Globs of files that git does not know, copied from the repository's own tree. */
  readonly copyFiles: readonly string[];
  readonly setupTimeoutMs: number;
}

export type CheckoutRefusal =
  | { readonly kind: "repository_missing"; readonly reason: string }
  | { readonly kind: "branch_invalid"; readonly branch: string; readonly reason: string }
  /** Another working tree has it. */
  | { readonly kind: "branch_in_use"; readonly branch: string; readonly path: string }
  | { readonly kind: "base_missing"; readonly base: string }
  | { readonly kind: "setup_failed"; readonly command: string; readonly output: string }
  | { readonly kind: "timed_out"; readonly what: string; readonly afterMs: number }
  /** The tree is gone; nothing of it that was committed or snapshot is. */
  | { readonly kind: "tree_missing"; readonly path: string }
  | { readonly kind: "nothing_to_commit" }
  /** Nothing was ever committed to the branch. */
  | { readonly kind: "nothing_to_merge"; readonly branch: string; readonly base: string }
  | { readonly kind: "conflicts"; readonly paths: readonly string[] }
  | { readonly kind: "not_fast_forward"; readonly base: string }
  /** The base's own tree has changes that the merge would write over. */
  | { readonly kind: "base_dirty"; readonly base: string; readonly paths: readonly string[] }
  | { readonly kind: "would_lose"; readonly changes: readonly string[]; readonly commits: number };

export type CheckoutOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: CheckoutRefusal };

export interface CheckoutState {
  readonly branch: string;
  readonly head: string;
  /** Commits of the branch that the base has not, and the other way round; null without a base. */
  readonly ahead: number | null;
  readonly behind: number | null;
  readonly isDirty: boolean;
  /** Relative paths, slashes; at most some hundreds. */
  readonly changed: readonly string[];
  readonly isMerged: boolean;
}

export interface FileDiff {
  readonly path: string;
  readonly from?: string;
  readonly status: "added" | "modified" | "deleted" | "renamed";
  readonly additions: number;
  readonly deletions: number;
  readonly isBinary: boolean;
  /** Unified; null where it is binary or too long, which `isCut` says. */
  readonly patch: string | null;
  readonly isCut: boolean;
}

export type MergeStrategy = "fast_forward" | "squash" | "merge" | "rebase";

export interface Forecast {
  readonly branch: string;
  readonly other: string;
  readonly conflicts: readonly string[];
}

export interface Checkouts {
  /** Whether trees can be made of it; a URL is cloned for it, as making a tree would. */
  check(source: RepositorySource): Promise<CheckoutOutcome<{ readonly defaultBranch: string | null }>>;
  /** Whether a tree of this branch could be made now. Contract: looks only; the branch need not be there. */
  checkBranch(source: RepositorySource, branch: string): Promise<CheckoutOutcome<null>>;
  /** Contract: what a failure or an abort leaves behind is removed, the branch only if it was made and holds nothing. */
  make(request: MakeCheckout, signal: AbortSignal): Promise<CheckoutOutcome<Checkout>>;
  state(checkout: Checkout): Promise<CheckoutOutcome<CheckoutState>>;
  /** Everything since the checkout began, committed or not; or what is not committed. */
  diff(checkout: Checkout, of: "all" | "uncommitted"): Promise<CheckoutOutcome<readonly FileDiff[]>>;
  commit(
    checkout: Checkout,
    change: { readonly message: string; readonly author: { readonly name: string; readonly email: string } },
  ): Promise<CheckoutOutcome<{ readonly commit: string; readonly files: number }>>;
  /** Everything as it is, kept under a hidden ref; no branch moves. The same content is the same snapshot. */
  snapshot(
    checkout: Checkout,
    name: string,
  ): Promise<CheckoutOutcome<{ readonly ref: string; readonly commit: string }>>;
  /** Contract: what the base has already does not move it again, and is no refusal. */
  merge(
    checkout: Checkout,
    how: { readonly strategy: MergeStrategy; readonly message: string },
  ): Promise<CheckoutOutcome<{ readonly commit: string; readonly base: string }>>;
  /** Takes uncommitted changes away, after a snapshot that `restore` brings back. */
  discard(checkout: Checkout): Promise<CheckoutOutcome<{ readonly snapshot: string }>>;
  restore(checkout: Checkout, snapshot: string): Promise<CheckoutOutcome<CheckoutState>>;
  /** Refuses `would_lose`, unless `keep` says to snapshot first. The branch stays. */
  remove(
    checkout: Checkout,
    keep: "refuse" | "snapshot",
  ): Promise<CheckoutOutcome<{ readonly snapshot: string | null }>>;
  /** C5: each against its base and each against each, of one repository. */
  forecast(checkouts: readonly Checkout[]): Promise<readonly Forecast[]>;
  /** Trees on disk of sessions that nobody names any more: removed if nothing is lost, else named. */
  collect(isWanted: (sessionId: string) => Promise<boolean>): Promise<{
    readonly removed: readonly string[];
    readonly kept: readonly string[];
  }>;
}
