/** What a session's agent has done to its working tree: looked at, committed, merged, thrown away, taken back. */
import { z } from "zod";
import type { ShownCheckout, WorkUses } from "../../app/project-work/work-uses.ts";
import type { FileDiff } from "../../core/ports/checkouts.ts";
import { answer, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeCheckout } from "./encode-delivery.ts";
import { sessionPath } from "./params.ts";
import { projectPath } from "./record-params.ts";
import { session } from "./schema/session.ts";
import {
  checkoutCommit,
  checkoutMerge,
  checkoutState,
  commitBody,
  deliveryBody,
  discarded,
  forecast,
  mergeBody,
  restoreBody,
  sessionDiff,
} from "./schema/work.ts";
import type { CheckoutState } from "./schema/work.ts";
import { answerSession } from "./show-session.ts";
import type { ShowDeps } from "./show-session.ts";

export interface WorkRouteDeps {
  readonly uses: WorkUses & ShowDeps["uses"];
  readonly now: () => number;
}

const group = "work";
const S = "/sessions/{session_id}";

export function workRoutes(deps: WorkRouteDeps): readonly Route[] {
  const { uses } = deps;
  return [
    makeRoute(uses),
    checkoutRoute(uses),
    diffRoute(uses),
    commitRoute(uses),
    mergeRoute(uses),
    discardRoute(uses),
    restoreRoute(uses),
    deliveryRoute(deps),
    forecastRoute(uses),
  ];
}

function makeRoute(uses: WorkUses): Route {
  return route(
    {
      method: "post",
      path: `${S}/checkout`,
      id: "makeCheckout",
      group,
      summary: "Make the working tree now, instead of with the first turn",
      description: "The one that is there stays as it is. Setup commands of the project are waited for.",
      params: sessionPath,
      responses: { 200: { description: "The checkout", schema: checkoutState } },
      refusals: ["not_found", "no_checkout", "branch_in_use", "repository_unusable", "setup_failed", "timed_out"],
    },
    async ({ principal, params, signal }) =>
      answer(await uses.makeCheckout(principal, params.session_id, signal), (shown) => json(200, encodeState(shown))),
  );
}

function checkoutRoute(uses: WorkUses): Route {
  return route(
    {
      method: "get",
      path: `${S}/checkout`,
      id: "getCheckout",
      group,
      summary: "Where a session's working tree is, and how it stands",
      params: sessionPath,
      responses: { 200: { description: "The checkout", schema: checkoutState } },
      refusals: ["not_found", "no_checkout"],
    },
    async ({ principal, params }) =>
      answer(await uses.readCheckout(principal, params.session_id), (shown) => json(200, encodeState(shown))),
  );
}

const diffQuery = z.object({
  of: z.enum(["all", "uncommitted"]).default("all").describe("Since the checkout began, or what is not committed"),
});

function diffRoute(uses: WorkUses): Route {
  return route(
    {
      method: "get",
      path: `${S}/diff`,
      id: "getDiff",
      group,
      summary: "What a session has changed",
      params: sessionPath,
      query: diffQuery,
      responses: { 200: { description: "A diff by files", schema: sessionDiff } },
      refusals: ["not_found", "no_checkout"],
    },
    async ({ principal, params, query: { of } }) =>
      answer(await uses.readDiff(principal, params.session_id, of), (files) =>
        json(200, { of, files: files.map(encodeDiff) }),
      ),
  );
}

function commitRoute(uses: WorkUses): Route {
  return route(
    {
      method: "post",
      path: `${S}/commit`,
      id: "commitCheckout",
      group,
      summary: "Commit everything that has changed",
      params: sessionPath,
      body: { kind: "json", schema: commitBody },
      responses: { 200: { description: "The commit", schema: checkoutCommit } },
      refusals: ["not_found", "no_checkout", "nothing_to_commit"],
    },
    async ({ principal, params, body }) =>
      answer(await uses.commitCheckout(principal, params.session_id, body.message ?? null), (made) =>
        json(200, { ...made }),
      ),
  );
}

function mergeRoute(uses: WorkUses): Route {
  return route(
    {
      method: "post",
      path: `${S}/merge`,
      id: "mergeCheckout",
      group,
      summary: "Merge the branch into its base, in the project's repository",
      description: "Nothing of the base's own working tree is written over, and what conflicts is refused.",
      params: sessionPath,
      body: { kind: "json", schema: mergeBody },
      responses: { 200: { description: "The base's new commit", schema: checkoutMerge } },
      refusals: ["not_found", "no_checkout", "turn_running", "merge_refused"],
    },
    async ({ principal, params, body: { strategy, message } }) => {
      const how = { ...(strategy ? { strategy } : {}), ...(message ? { message } : {}) };
      return answer(await uses.mergeCheckout(principal, params.session_id, how), (made) => json(200, { ...made }));
    },
  );
}

function discardRoute(uses: WorkUses): Route {
  return route(
    {
      method: "post",
      path: `${S}/discard`,
      id: "discardChanges",
      group,
      summary: "Throw away what is not committed; a snapshot of it is kept",
      params: sessionPath,
      responses: { 200: { description: "What brings it back", schema: discarded } },
      refusals: ["not_found", "no_checkout", "turn_running"],
    },
    async ({ principal, params }) =>
      answer(await uses.discardChanges(principal, params.session_id), (done) => json(200, { ...done })),
  );
}

function restoreRoute(uses: WorkUses): Route {
  return route(
    {
      method: "post",
      path: `${S}/restore-files`,
      id: "restoreFiles",
      group,
      summary: "Put the files of a snapshot in place of those that are there, of which one is made first",
      params: sessionPath,
      body: { kind: "json", schema: restoreBody },
      responses: { 200: { description: "The checkout", schema: checkoutState } },
      refusals: ["not_found", "no_checkout", "turn_running"],
    },
    async ({ principal, params, body }) =>
      answer(await uses.restoreFiles(principal, params.session_id, body.snapshot), (shown) =>
        json(200, encodeState(shown)),
      ),
  );
}

function deliveryRoute(deps: WorkRouteDeps): Route {
  return route(
    {
      method: "put",
      path: `${S}/delivery`,
      id: "setDelivery",
      group,
      summary: "Say what a forge knows of the work: pull request, checks, review, merge",
      params: sessionPath,
      body: { kind: "json", schema: deliveryBody },
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    async (request) => {
      const { merged_at: mergedAt, checks_head: checksHead, fix, ...rest } = request.body;
      const fixSentFor = fix === null ? null : fix?.sent_for;
      const named = { ...rest, mergedAt, checksHead, fixSentFor };
      // What is left out is left out; `undefined` would not be the same as nothing.
      const set = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
      const done = await deps.uses.setDelivery(request.principal, request.params.session_id, set);
      return answerSession(deps, request, done);
    },
  );
}

function forecastRoute(uses: WorkUses): Route {
  return route(
    {
      method: "get",
      path: "/projects/{project_id}/forecast",
      id: "getForecast",
      group,
      summary: "What merges of a project's live branches would stop at",
      params: projectPath,
      responses: { 200: { description: "By session", schema: forecast } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.forecast(principal, params.project_id), (found) => {
        const data = found.map(({ record, conflicts }) => ({
          session_id: record.id,
          branch: record.work.checkout?.branch ?? "",
          conflicts: conflicts.map(({ other, paths }) => ({ other, paths: [...paths] })),
        }));
        return json(200, { data });
      }),
  );
}

function encodeState({ checkout, state }: ShownCheckout): CheckoutState {
  const { head, ahead, behind, isDirty, changed, isMerged, branch } = state;
  const { path, repository, base, base_commit } = encodeCheckout(checkout);
  const place = { path, repository, branch, base, base_commit };
  return { ...place, head, ahead, behind, dirty: isDirty, changed: [...changed], merged: isMerged };
}

function encodeDiff({ path, from, status, additions, deletions, isBinary, patch, isCut }: FileDiff) {
  return { path, from: from ?? null, status, additions, deletions, binary: isBinary, patch, cut: isCut };
}
