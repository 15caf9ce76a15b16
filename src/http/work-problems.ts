/** The rows of the table of problems that are about checkouts, branches, merges and projects' budgets. */
import { sentenceCase } from "./problem-words.ts";
import type { RefusalOf, Row } from "./problem-row.ts";

type WorkCode =
  | "project_budget_exhausted"
  | "branch_in_use"
  | "repository_unusable"
  | "setup_failed"
  | "no_checkout"
  | "has_checkout"
  | "nothing_to_commit"
  | "merge_refused"
  | "would_lose";

export const workRows = {
  project_budget_exhausted: {
    status: 402,
    title: "Budget of the project exhausted",
    detail: ({ project, unit, limit, spent }) =>
      `The budget of project "${project}" is ${limit} ${unit} and ${spent} are used or held; raise budget.${unit} of the project (serai projects edit ${project} --budget-${unit}) to go on`,
    fields: ({ project, unit, limit, spent }) => ({ project, unit, limit, spent, raise: `budget.${unit}` }),
  },
  branch_in_use: {
    status: 409,
    title: "Branch in use",
    detail: ({ branch, path }) =>
      `Branch "${branch}" is checked out in ${path}; end the session that has it, or name another branch`,
    fields: ({ branch, path: tree }) => ({ branch, tree }),
  },
  repository_unusable: {
    status: 409,
    title: "Repository cannot be used",
    detail: ({ reason }) => `The repository cannot be used: ${reason}`,
  },
  setup_failed: {
    status: 409,
    title: "Setup failed",
    detail: ({ command, output }) =>
      `The setup command "${command}" of the project failed; correct it in the project's setup. It said: ${output.slice(-2_000)}`,
    fields: ({ command, output }) => ({ command, output: output.slice(-2_000) }),
  },
  no_checkout: {
    status: 409,
    title: "No checkout",
    detail: ({ sessionId, reason }) => `Session ${sessionId} ${reason}`,
    fields: ({ sessionId }) => ({ session_id: sessionId }),
  },
  has_checkout: {
    status: 409,
    title: "Has a checkout",
    detail: ({ sessionId, branch }) =>
      `Session ${sessionId} has its branch "${branch}" in the repository that it began in, so its project stays; make a new session in the other one`,
    fields: ({ sessionId, branch }) => ({ session_id: sessionId, branch }),
  },
  nothing_to_commit: {
    status: 409,
    title: "Nothing to commit",
    detail: ({ sessionId }) => `The checkout of session ${sessionId} has no changes that are not committed`,
    fields: ({ sessionId }) => ({ session_id: sessionId }),
  },
  merge_refused: {
    status: 409,
    title: "Cannot be merged",
    detail: ({ reason, paths }) =>
      paths.length === 0 ? sentenceCase(reason) : `${sentenceCase(reason)}: ${paths.slice(0, 20).join(", ")}`,
    fields: ({ paths }) => ({ paths }),
  },
  would_lose: {
    status: 409,
    title: "Work would be lost",
    detail: ({ changes, commits }) =>
      `It has ${changes.length} uncommitted changes and ${commits} commits that nothing else keeps; commit or merge them first`,
    fields: ({ changes, commits }) => ({ changes, commits }),
  },
} as const satisfies { readonly [C in WorkCode]: Row<RefusalOf<C>> };
