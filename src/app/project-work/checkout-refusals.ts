/** What git cannot do, as a "no" that the caller of a session can act on. */
import type { CheckoutRefusal } from "../../core/ports/checkouts.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Refusal } from "../../core/refusal.ts";

type Row<Kind extends CheckoutRefusal["kind"]> = (
  refusal: Extract<CheckoutRefusal, { kind: Kind }>,
  sessionId: SessionId | null,
) => Refusal;

const rows = {
  repository_missing: ({ reason }) => ({ code: "repository_unusable", reason }),
  branch_invalid: ({ branch, reason }) => ({
    code: "invalid_input",
    path: "/branch_name",
    reason: `"${branch}" is no name for a branch: ${reason}`,
  }),
  branch_in_use: ({ branch, path }) => ({ code: "branch_in_use", branch, path }),
  base_missing: ({ base }) => ({
    code: "repository_unusable",
    reason: `the repository has no branch "${base}" to begin from; set default_branch of the project`,
  }),
  setup_failed: ({ command, output }) => ({ code: "setup_failed", command, output }),
  timed_out: ({ what, afterMs }) => ({ code: "timed_out", what, afterMs }),
  tree_missing: ({ path }, sessionId) => gone(path, sessionId),
  nothing_to_commit: (_, sessionId) =>
    sessionId === null ? gone("the checkout", sessionId) : { code: "nothing_to_commit", sessionId },
  nothing_to_merge: ({ branch, base }) => ({
    code: "merge_refused",
    reason: `"${branch}" has no commit that "${base}" has not; there is nothing to merge`,
    paths: [],
  }),
  conflicts: ({ paths }) => ({
    code: "merge_refused",
    reason: "the branch and its base changed the same lines",
    paths,
  }),
  not_fast_forward: ({ base }) => ({
    code: "merge_refused",
    reason: `"${base}" has commits that the branch has not; choose another strategy, or bring the branch up to date`,
    paths: [],
  }),
  base_dirty: ({ base, paths }) => ({
    code: "merge_refused",
    reason: `the working tree of "${base}" has changes that the merge would write over; commit them there first`,
    paths,
  }),
  would_lose: ({ changes, commits }) => ({ code: "would_lose", changes, commits }),
} as const satisfies { readonly [Kind in CheckoutRefusal["kind"]]: Row<Kind> };

/** Without a session it is a project's repository that is asked about. */
export function refusalOfCheckout(refusal: CheckoutRefusal, sessionId: SessionId | null): Refusal {
  // The row is found by the refusal's own kind, so both agree; TypeScript cannot follow that through the index.
  const row = rows[refusal.kind] as Row<CheckoutRefusal["kind"]>;
  return row(refusal, sessionId);
}

function gone(path: string, sessionId: SessionId | null): Refusal {
  if (sessionId === null) return { code: "repository_unusable", reason: `there is no folder "${path}"` };
  return { code: "no_checkout", sessionId, reason: `has lost its checkout: ${path} is gone` };
}
