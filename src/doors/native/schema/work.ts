/** The working tree of a session, its changes, and what merges would stop at, on the native wire. */
import { z } from "zod";
import { checkStates, reviewStates } from "../../../core/delivery.ts";
import { mergeStrategies } from "../../../core/records/project.ts";
import { checkout, commitName, fix, pullRequest } from "./delivery.ts";

export const checkoutState = z
  .object({
    ...checkout.shape,
    head: z.string(),
    ahead: z.int().nullable().describe("Commits that the base has not; null without a base"),
    behind: z.int().nullable(),
    dirty: z.boolean(),
    changed: z.array(z.string()).describe("Files with changes that are not committed; at most 500"),
    merged: z.boolean().describe("The branch is found in its base"),
  })
  .meta({ id: "CheckoutState" });

const fileDiff = z
  .object({
    path: z.string(),
    from: z.string().nullable(),
    status: z.enum(["added", "modified", "deleted", "renamed"]),
    additions: z.int(),
    deletions: z.int(),
    binary: z.boolean(),
    patch: z.string().nullable().describe("Unified; null where it is binary or too long"),
    cut: z.boolean(),
  })
  .meta({ id: "FileDiff" });

export const sessionDiff = z.object({ of: z.enum(["all", "uncommitted"]), files: z.array(fileDiff) }).meta({
  id: "SessionDiff",
});

export const commitBody = z
  .object({ message: z.string().min(1).max(65_536).nullish().describe("Without one: the session's title") })
  .meta({ id: "CommitCheckout" });

export const checkoutCommit = z.object({ commit: z.string(), files: z.int() }).meta({ id: "CheckoutCommit" });

export const mergeBody = z
  .object({
    strategy: z.enum(mergeStrategies).nullish().describe("Without one: the project's"),
    message: z.string().min(1).max(65_536).nullish(),
  })
  .meta({ id: "MergeCheckout" });

export const checkoutMerge = z.object({ commit: z.string(), base: z.string() }).meta({ id: "CheckoutMerge" });

export const discarded = z
  .object({ snapshot: z.string().describe("What was there; give it to restore-files to have it back") })
  .meta({ id: "DiscardedChanges" });

export const restoreBody = z.object({ snapshot: z.string().min(1).max(1_024) }).meta({ id: "RestoreFiles" });

export const deliveryBody = z
  .object({
    pr: pullRequest.nullable(),
    checks: z.enum(checkStates).nullable(),
    checks_head: commitName.describe("The commit that the checks are of; without it, the branch's head"),
    fix: fix
      .nullable()
      .describe("The agent was asked for a fix; a message with `reaction: ci_failed` says it by itself"),
    review: z.enum(reviewStates).nullable(),
    mergeable: z.boolean().nullable(),
    merged_at: z.iso.datetime().nullable(),
  })
  .partial()
  .meta({ id: "SetDelivery", description: "What is left out stays as it is; null: it is not known any more" });

const conflict = z.object({ other: z.string(), paths: z.array(z.string()) });

export const forecast = z
  .object({
    data: z.array(z.object({ session_id: z.string(), branch: z.string(), conflicts: z.array(conflict) })),
  })
  .meta({ id: "Forecast", description: "Of live branches: each against its base, and each against each" });

export type CheckoutState = z.infer<typeof checkoutState>;
export type SessionDiff = z.infer<typeof sessionDiff>;
export type CheckoutCommit = z.infer<typeof checkoutCommit>;
export type CheckoutMerge = z.infer<typeof checkoutMerge>;
export type MergeCheckout = z.input<typeof mergeBody>;
