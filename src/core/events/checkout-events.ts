/** Events of a session's working tree and of what becomes of its work. */
import { z } from "zod";
import { checkStates, reviewStates } from "../delivery.ts";

const pullRequest = z.object({
  number: z.number().int(),
  url: z.string(),
  state: z.enum(["open", "closed", "merged"]),
  draft: z.boolean(),
});

export const checkoutEvents = {
  "checkout.created": z.object({ branch: z.string(), base: z.string().optional(), path: z.string().optional() }),
  /** By Serai, of everything that had changed. */
  "checkout.committed": z.object({ commit: z.string(), files: z.number().int(), message: z.string() }),
  /** The tree; its branch stays. */
  "checkout.removed": z.object({ branch: z.string(), reason: z.string(), snapshot: z.string().optional() }),
  /** Uncommitted changes were taken away or others put in their place; `snapshot` has what was there before. */
  "checkout.restored": z.object({ snapshot: z.string(), action: z.enum(["discarded", "restored"]) }),
  /** Only what has changed; null: it is not known any more. */
  "delivery.updated": z.object({
    branch: z.string().optional(),
    base: z.string().optional(),
    head: z.string().optional(),
    ahead: z.number().int().optional(),
    behind: z.number().int().optional(),
    dirty: z.boolean().optional(),
    pr: pullRequest.nullable().optional(),
    checks: z.enum(checkStates).nullable().optional(),
    /** The commit that the checks are of. */
    checks_head: z.string().nullable().optional(),
    /** The agent was asked for a fix of checks that failed at this commit. */
    fix: z.object({ sent_for: z.string() }).nullable().optional(),
    review: z.enum(reviewStates).nullable().optional(),
    mergeable: z.boolean().nullable().optional(),
    merged_at: z.string().nullable().optional(),
    merged_commit: z.string().optional(),
    conflicts: z.array(z.object({ other: z.string(), paths: z.array(z.string()) })).optional(),
    /** What somebody has to see to, in place of what was before. */
    needs: z.array(z.enum(["conflict", "ci"])).optional(),
  }),
} as const;
