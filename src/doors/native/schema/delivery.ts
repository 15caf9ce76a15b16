/** What became of a session's work, on the native wire; and its working tree. */
import { z } from "zod";
import { checkStates, reviewStates } from "../../../core/delivery.ts";

export const pullRequest = z
  .object({
    number: z.int().positive(),
    url: z.string().min(1).max(2_048),
    state: z.enum(["open", "closed", "merged"]),
    draft: z.boolean().default(false),
  })
  .meta({ id: "PullRequest" });

const conflict = z.object({ other: z.string(), paths: z.array(z.string()) }).meta({ id: "MergeConflict" });

/** Shortened ones too. */
export const commitName = z
  .string()
  .regex(/^[0-9a-fA-F]{7,64}$/, "must be the name of a commit: 7 to 64 hex digits")
  .toLowerCase();

export const fix = z
  .object({ sent_for: commitName.describe("The commit whose checks failed") })
  .meta({ id: "DeliveryFix", description: "The agent was asked for a fix of failing checks" });

export const delivery = z
  .object({
    branch: z.string().nullable(),
    base: z.string().nullable(),
    head: z.string().nullable(),
    ahead: z.int().nullable().describe("Commits that the base has not"),
    behind: z.int().nullable(),
    dirty: z.boolean().nullable(),
    pr: pullRequest.nullable(),
    checks: z.enum(checkStates).nullable(),
    checks_head: z.string().nullable().describe("The commit that the checks are of"),
    fix: fix.nullable(),
    review: z.enum(reviewStates).nullable(),
    mergeable: z.boolean().nullable(),
    merged_at: z.iso.datetime().nullable().describe("When the branch was found in its base, however it got there"),
    conflicts: z
      .array(conflict)
      .describe("What a merge with the base, or with another session's branch, would stop at"),
  })
  .meta({ id: "Delivery" });

export const checkout = z
  .object({
    path: z.string().describe("Absolute, on the server's machine"),
    repository: z.string(),
    branch: z.string(),
    base: z.string().nullable(),
    base_commit: z.string(),
  })
  .meta({ id: "Checkout" });

export type Delivery = z.infer<typeof delivery>;
export type Checkout = z.infer<typeof checkout>;
