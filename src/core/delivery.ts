/**
 * What became of a session's work: branch, commits, pull request, checks, review, merge. Facts only; the words that doors
 * make of them are theirs. A fact that is not known is left out.
 */
export const checkStates = ["pending", "passing", "failing", "none"] as const;
export type CheckState = (typeof checkStates)[number];

export const reviewStates = ["none", "pending", "approved", "changes_requested"] as const;
export type ReviewState = (typeof reviewStates)[number];

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
}

export interface Delivery {
  readonly branch?: string;
  readonly base?: string;
  readonly head?: string;
  readonly ahead?: number;
  readonly behind?: number;
  readonly dirty?: boolean;
  readonly pr?: PullRequest;
  readonly checks?: CheckState;
  /** The commit that the checks are of. */
  readonly checksHead?: string;
  /** The agent was asked for a fix of checks that failed at this commit. */
  readonly fixSentFor?: string;
  readonly review?: ReviewState;
  readonly mergeable?: boolean;
  /** When the branch was first seen in its base, however it got there. */
  readonly mergedAt?: string;
  readonly mergedCommit?: string;
  /** What a merge would stop at, by the other branch. */
  readonly conflicts?: readonly { readonly other: string; readonly paths: readonly string[] }[];
}

/** What is set; null takes a fact away, and what is left out stays. */
export type DeliveryChange = { readonly [Name in keyof Delivery]?: Delivery[Name] | null };

/**
 * Whether a fix of failing checks was asked for: not at all, and nothing has come of it yet, or it failed too. What tells
 * is the commit: the checks of the one that it was asked for say nothing of the fix, those of any other do.
 */
export function fixOf({ checks, checksHead, fixSentFor }: Delivery): "none" | "sent" | "failed" {
  if (checks !== "failing" || fixSentFor === undefined || checksHead === undefined) return "none";
  return isSameCommit(checksHead, fixSentFor) ? "sent" : "failed";
}

/** Forges and people shorten them. */
function isSameCommit(left: string, right: string): boolean {
  return left.startsWith(right) || right.startsWith(left);
}

/** What asking for a fix of the checks says, as they stand; null where none fail, or nobody knows of which commit. */
export function askForFix(known: Delivery | null): DeliveryChange | null {
  if (known?.checks !== "failing" || known.checksHead === undefined) return null;
  return { fixSentFor: known.checksHead };
}

/** Checks are of the branch's head unless it is said of what they are; once they do not fail, no fix is awaited. */
export function withChecks(set: DeliveryChange, known: Delivery | null): DeliveryChange {
  const { checks } = set;
  if (checks === undefined) return set;
  const checksHead = checks === null ? null : (set.checksHead ?? known?.head ?? null);
  const isOver = checks !== "failing" && checks !== "pending";
  return { ...set, checksHead, ...(isOver && set.fixSentFor === undefined ? { fixSentFor: null } : {}) };
}
