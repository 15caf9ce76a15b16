/**
 * A refusal as a sentence for a model: what stands in the way and, where there is one, the way out. Doors for programs
 * have words of their own (`http/problems`), which speak of headers and fields that a model cannot set.
 */
import type { Refusal, RefusalCode } from "../core/refusal.ts";

type Sentences = { readonly [C in RefusalCode]: (refusal: Extract<Refusal, { readonly code: C }>) => string };

const sentences: Sentences = {
  not_found: ({ kind, id }) => `There is no ${nameOf(kind)} "${id}" any more`,
  invalid_input: ({ path, reason }) => `It was not taken: ${path === "" ? "it" : path} ${reason}`,
  invalid_cursor: ({ reason }) => `It was not taken: the cursor ${reason}`,
  turn_running: () => "It works on something else right now; ask again when it is done",
  on_hold: () => "The session was paused by a person, and takes messages again once it is resumed",
  budget_exhausted: () => "The session's budget is used up",
  not_allowed: ({ action, state }) =>
    action === "reserve"
      ? `The session is ${state}, so nothing can be reserved for it`
      : `The session is ${state}, and takes no messages any more; start another one`,
  // Says who, for how long, and what to do instead (R5).
  reserved: ({ advice }) => advice,
  not_waiting: ({ state }) => `It waits for nothing of the kind: it is ${state}`,
  already_answered: ({ answer }) => `It was settled before, with "${answer}"`,
  idempotency_mismatch: () => "It was said before in other words, and stays as it was",
  already_exists: ({ kind, name }) => `${sentenceCase(nameOf(kind))} "${name}" already exists; choose another name`,
  version_conflict: ({ kind, name }) => `The ${nameOf(kind)} "${name}" was changed meanwhile; read it and try again`,
  read_only: ({ kind, name }) => `The ${nameOf(kind)} "${name}" is read-only`,
  unsupported_content: ({ what, reason }) => `The ${what} ${reason}`,
  invalid_document: ({ what, faults }) =>
    `The ${what} cannot be taken: ${faults.map(({ path, message }) => `${path} ${message}`.trim()).join("; ")}`,
  not_installed: ({ what }) => `This server cannot do it: ${what} are not installed on it`,
  too_large: ({ what, limit, setting }) => `The ${what} is too large: at most ${limit} (${setting})`,
  quota_exceeded: ({ what, limit }) =>
    `There are ${limit} ${what} already, as many as there may be; wait until it has read them`,
  storage_full: () => "The disk of the server is full, and nothing was written; tell a person",
  unauthenticated: ({ reason }) => `It was refused: ${reason}`,
  forbidden: ({ reason }) => `It is not allowed: ${reason}`,
  in_use: ({ kind, name, by }) => `The ${nameOf(kind)} "${name}" is in use by ${by}`,
  provider_failed: ({ name, reason }) => `The provider "${name}" failed: ${reason}`,
  branch_in_use: ({ branch, path }) => `The branch "${branch}" is checked out in ${path}; name another one`,
  repository_unusable: ({ reason }) => `The repository cannot be used: ${reason}`,
  setup_failed: ({ command, output }) => `The setup command "${command}" failed: ${output.slice(-500)}`,
  no_checkout: ({ reason }) => `The session ${reason}`,
  has_checkout: ({ branch }) =>
    `The session works on the branch "${branch}" of its project, which stays; start another one`,
  nothing_to_commit: () => "There are no changes that are not committed",
  merge_refused: ({ reason, paths }) => `It cannot be merged: ${[reason, ...paths.slice(0, 20)].join(", ")}`,
  would_lose: ({ changes, commits }) =>
    `It would lose ${changes.length} changes and ${commits} commits that nothing else keeps`,
  project_budget_exhausted: ({ project, limit, unit }) =>
    `The budget of the project "${project}" (${limit} ${unit}) is used up`,
  timed_out: ({ what, afterMs }) => `The ${what} did not answer within ${Math.round(afterMs / 1_000)} s; try again`,
};

export type SayRefusal = (refusal: Refusal) => string;

export function sayRefusal(refusal: Refusal): string {
  // The sentence is found by the refusal's own code, so both agree; TypeScript cannot follow that through the index.
  const say = sentences[refusal.code] as (refusal: Refusal) => string;
  return say(refusal);
}

function nameOf(kind: string): string {
  return kind.replaceAll("_", " ");
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
