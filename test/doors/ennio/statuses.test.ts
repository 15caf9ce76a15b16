/** Ennio's sixteen statuses and six activities, from the facts of a session (ruling 25, the reference's table in order). */
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { stopReasonOf } from "../../../src/core/project-work/spawned.ts";
import { holds } from "../../../src/core/status.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import {
  ennioStatuses,
  ennioStatusOf,
  ennioStatusWords,
  isOver,
  listedWhere,
} from "../../../src/doors/ennio/statuses.ts";
import type { EnnioStatus } from "../../../src/doors/ennio/statuses.ts";

type Facts = SessionRecord["facts"];
interface Case {
  readonly facts?: Partial<Facts>;
  readonly delivery?: Delivery;
  readonly settings?: SessionRecord["edit"]["settings"];
  readonly harness?: SessionRecord["harness"];
  readonly hasTree?: boolean;
  /** Of its last turn. */
  readonly failure?: string;
}

const facts: Facts = {
  lifecycle: "open",
  hold: "none",
  turn: "none",
  turnId: null,
  needs: [],
  stopReason: null,
  isolation: null,
  turnCount: 1,
  queuedCount: 0,
  preview: null,
  outputPreview: null,
};
const tree = {} as NonNullable<SessionRecord["work"]["checkout"]>;

function shown({ facts: more = {}, delivery, settings = {}, harness = "hosted", hasTree = true, failure }: Case) {
  const ended = failure === undefined ? {} : { stopReason: stopReasonOf(failure) };
  return {
    facts: { ...facts, ...ended, ...more },
    work: { checkout: hasTree ? tree : null, delivery: delivery ?? null },
    edit: { settings, projectId: null } as unknown as SessionRecord["edit"],
    harness,
  };
}

const open = { number: 42, url: "https://github.com/org/repo/pull/42", state: "open", draft: false } as const;
const HEAD = "1f0c2d3e4a5b6978";
const NEXT = "9a8b7c6d5e4f3021";
const clash = [{ other: "main", paths: ["a.ts"] }];

const cases: readonly (readonly [EnnioStatus, string, Case])[] = [
  ["Working", "a session that has nothing but its tree", {}],
  ["Working", "a hosted session without a project and without a message", { facts: { turnCount: 0 }, hasTree: false }],
  ["Working", "one whose request was closed unmerged", { delivery: { pr: { ...open, state: "closed" } } }],
  [
    "Working",
    "one that two agents fight over, without its base",
    { delivery: { base: "main", conflicts: [{ other: "b", paths: ["a"] }] } },
  ],
  ["Spawning", "one with a prompt and no turn yet", { facts: { turnCount: 0 }, settings: { initialPrompt: "Go" } }],
  [
    "Spawning",
    "one whose tree is made with its first turn",
    { harness: "codex", facts: { turn: "active" }, hasTree: false },
  ],
  ["PrOpen", "an open request", { delivery: { pr: open } }],
  ["PrOpen", "checks under way", { delivery: { pr: open, checks: "pending", review: "approved" } }],
  ["PrOpen", "no checks, and a review to come", { delivery: { pr: open, checks: "none", review: "pending" } }],
  ["PrDraft", "a draft", { delivery: { pr: { ...open, draft: true }, checks: "passing", review: "approved" } }],
  ["CiPassing", "green without a rule of review", { delivery: { pr: open, checks: "passing" } }],
  ["ReviewPending", "green with a review to come", { delivery: { pr: open, checks: "passing", review: "pending" } }],
  ["Approved", "green and approved", { delivery: { pr: open, checks: "passing", review: "approved" } }],
  ["Approved", "approved without checks", { delivery: { pr: open, review: "approved" } }],
  [
    "ChangesRequested",
    "changes requested, of a draft too",
    { delivery: { pr: { ...open, draft: true }, review: "changes_requested" } },
  ],
  ["CiFailed", "red before review", { delivery: { pr: open, checks: "failing", review: "changes_requested" } }],
  [
    "CiFailed",
    "red at a commit that nobody has named",
    { delivery: { pr: open, checks: "failing", fixSentFor: HEAD } },
  ],
  [
    "CiFixSent",
    "red still at the commit of which a fix was asked for, shortened or not",
    { delivery: { pr: open, checks: "failing", checksHead: HEAD.slice(0, 9), fixSentFor: HEAD, review: "approved" } },
  ],
  [
    "CiFixSent",
    "a head that its checks have not come to yet",
    { delivery: { pr: open, checks: "failing", checksHead: HEAD, fixSentFor: HEAD, head: NEXT } },
  ],
  [
    "CiFixFailed",
    "red at a commit after it",
    { delivery: { pr: open, checks: "failing", checksHead: NEXT, fixSentFor: HEAD } },
  ],
  [
    "PrOpen",
    "checks of the fix under way",
    { delivery: { pr: open, checks: "pending", checksHead: NEXT, fixSentFor: HEAD } },
  ],
  [
    "MergeConflicts",
    "a conflict before a fix that failed",
    { delivery: { pr: open, mergeable: false, checks: "failing", checksHead: NEXT, fixSentFor: HEAD } },
  ],
  ["MergeConflicts", "a conflict before red", { delivery: { pr: open, mergeable: false, checks: "failing" } }],
  ["MergeConflicts", "a forecast conflict with the base", { delivery: { base: "main", conflicts: clash } }],
  ["Done", "completed", { facts: { lifecycle: "completed" }, delivery: { pr: open, checks: "failing" } }],
  ["Exited", "failed", { facts: { lifecycle: "failed" }, delivery: { pr: open } }],
  ["Exited", "one whose program died", { harness: "codex", failure: "agent_exited", delivery: { pr: open } }],
  ["Exited", "one whose program is not installed", { harness: "pi", failure: "agent_not_installed", hasTree: false }],
  [
    "Working",
    "one whose program is started again",
    { harness: "codex", failure: "agent_exited", facts: { turn: "active" } },
  ],
  ["Working", "one whose program answered with an error", { harness: "codex", failure: "agent_error" }],
  ["Working", "a hosted one whose turn failed", { failure: "setup_failed" }],
  [
    "Merged",
    "merged by its request, completed or not",
    { facts: { lifecycle: "completed" }, delivery: { pr: { ...open, state: "merged" } } },
  ],
  [
    "Merged",
    "found in its base",
    { delivery: { mergedAt: "2026-01-01T00:00:00.000Z", conflicts: clash, base: "main" } },
  ],
  [
    "Killed",
    "killed, whatever else",
    { facts: { lifecycle: "killed" }, delivery: { mergedAt: "2026-01-01T00:00:00.000Z" } },
  ],
];

describe("the status of a session", () => {
  it.each(cases)("is %s for %s", (word, _, one) => expect(ennioStatusOf(shown(one))).toBe(word));

  it("can be every one of the page's", () => {
    const seen = new Set(ennioStatuses.map(({ word }) => word));
    expect(ennioStatusWords.filter((word) => !seen.has(word))).toEqual([]);
    expect(new Set(cases.map(([word]) => word))).toEqual(seen);
  });

  it.each(cases)(
    "%s, %s, is left out of the list by the store or when it is read, and never otherwise",
    (word, _, one) => {
      const session = shown(one);
      expect(isOver(session)).toBe(["Merged", "Done", "Killed"].includes(word));
      if (!holds(listedWhere, session.facts)) expect(isOver(session)).toBe(true);
    },
  );
});
