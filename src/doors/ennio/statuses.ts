/**
 * Ennio's words (its guide's sixteen statuses and six activities), computed from the facts of a session and of its work.
 * The first row that holds counts; the order is that of the reference: ends, then conflicts, checks, review (ruling 25).
 */
import { fixOf } from "../../core/delivery.ts";
import type { PullRequest } from "../../core/delivery.ts";
import type { SessionRecord } from "../../core/session.ts";
import { activityOf, holds } from "../../core/status.ts";
import type { Activity, FactPredicate } from "../../core/status.ts";
import { isAgentGone, isSpawning } from "../../core/project-work/spawned.ts";

export const ennioStatusWords = [
  "Spawning",
  "Working",
  "PrDraft",
  "PrOpen",
  "CiPassing",
  "CiFailed",
  "CiFixSent",
  "CiFixFailed",
  "ReviewPending",
  "ChangesRequested",
  "Approved",
  "MergeConflicts",
  "Merged",
  "Done",
  "Exited",
  "Killed",
] as const;
export type EnnioStatus = (typeof ennioStatusWords)[number];

export const ennioActivityWords = ["Active", "Ready", "Idle", "WaitingInput", "Blocked", "Exited"] as const;
export type EnnioActivity = (typeof ennioActivityWords)[number];

type Shown = Pick<SessionRecord, "facts" | "work" | "edit" | "harness">;

interface EnnioRow {
  readonly word: EnnioStatus;
  /** Of the session's own facts; the list is filtered by these where a row has no more. */
  readonly when: FactPredicate;
  /** Of its work. */
  readonly and?: (session: Shown) => boolean;
}

const anything: FactPredicate = { kind: "facts", tests: {} };
const ended = (...lifecycle: ("completed" | "failed" | "killed")[]): FactPredicate => ({
  kind: "facts",
  tests: { lifecycle },
});

/** The conditions of the rows under a pull request that is open. */
interface OpenRequest {
  readonly pr: PullRequest;
  readonly checks: string;
  readonly review: string;
  readonly fix: ReturnType<typeof fixOf>;
}

function ofRequest(test: (request: OpenRequest) => boolean): (session: Shown) => boolean {
  return ({ work: { delivery } }) => {
    const pr = delivery?.pr;
    if (pr === undefined || pr.state !== "open") return false;
    const { checks = "none", review = "none" } = delivery ?? {};
    return test({ pr, checks, review, fix: fixOf(delivery ?? {}) });
  };
}

export const ennioStatuses: readonly EnnioRow[] = [
  { word: "Killed", when: ended("killed") },
  { word: "Merged", when: anything, and: isMerged },
  { word: "Exited", when: ended("failed") },
  { word: "Exited", when: anything, and: isAgentGone },
  { word: "Done", when: ended("completed") },
  { word: "MergeConflicts", when: anything, and: hasConflict },
  { word: "CiFixFailed", when: anything, and: ofRequest(({ fix }) => fix === "failed") },
  { word: "CiFixSent", when: anything, and: ofRequest(({ fix }) => fix === "sent") },
  { word: "CiFailed", when: anything, and: ofRequest(({ checks }) => checks === "failing") },
  { word: "ChangesRequested", when: anything, and: ofRequest(({ review }) => review === "changes_requested") },
  { word: "PrDraft", when: anything, and: ofRequest(({ pr }) => pr.draft) },
  {
    word: "Approved",
    when: anything,
    and: ofRequest(({ checks, review }) => checks !== "pending" && review === "approved"),
  },
  {
    word: "ReviewPending",
    when: anything,
    and: ofRequest(({ checks, review }) => checks === "passing" && review === "pending"),
  },
  { word: "CiPassing", when: anything, and: ofRequest(({ checks }) => checks === "passing") },
  { word: "PrOpen", when: anything, and: ofRequest(() => true) },
  { word: "Spawning", when: anything, and: isBeingMade },
  { word: "Working", when: anything },
];

function isMerged({ work: { delivery } }: Shown): boolean {
  return delivery?.pr?.state === "merged" || delivery?.mergedAt !== undefined;
}

/** With its base: two agents that are in each other's way say so in `needs`, and neither is stopped by it. */
function hasConflict({ work: { delivery } }: Shown): boolean {
  if (delivery === null) return false;
  if (delivery.pr?.state === "open" && delivery.mergeable === false) return true;
  return (delivery.conflicts ?? []).some(({ other, paths }) => other === delivery.base && paths.length > 0);
}

/** Its tree, or its agent, is not there yet. */
function isBeingMade(session: Shown): boolean {
  const { facts, edit } = session;
  const waitsForFirst = facts.turn === "none" && facts.turnCount === 0 && facts.hold === "none";
  return isSpawning(session) || (waitsForFirst && (edit.settings.initialPrompt ?? null) !== null);
}

export function ennioStatusOf(session: Shown): EnnioStatus {
  const row = ennioStatuses.find(({ when, and }) => holds(when, session.facts) && (and?.(session) ?? true));
  if (row === undefined) throw new Error(`No row of Ennio's statuses holds for ${JSON.stringify(session.facts)}`);
  return row.word;
}

const OVER: readonly EnnioStatus[] = ["Merged", "Done", "Killed"];

/** Its end stays what it is, whatever is done to it. */
export function isOver(session: Shown): boolean {
  return OVER.includes(ennioStatusOf(session));
}

/** What the store can leave out of the list; what is merged is seen when it is read. */
export const listedWhere: FactPredicate = {
  kind: "all",
  of: ennioStatuses
    .filter(({ word, and }) => OVER.includes(word) && and === undefined)
    .map(({ when }) => ({ kind: "not", of: when })),
};

const ACTIVITIES = {
  active: "Active",
  ready: "Ready",
  idle: "Idle",
  waiting_input: "WaitingInput",
  blocked: "Blocked",
  exited: "Exited",
} as const satisfies Record<Activity, EnnioActivity>;

export function ennioActivityOf(session: Parameters<typeof activityOf>[0], nowMs: number): EnnioActivity {
  return ACTIVITIES[activityOf(session, nowMs)];
}
