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
