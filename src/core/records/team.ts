/** The bodies of what a team's agents should know: decisions and conventions. */
import { z } from "zod";

export const decisionTypes = [
  "architecture",
  "approach",
  "implementation",
  "tradeoff",
  "convention",
  "bugfix",
  "other",
] as const;

export const decisionBody = z.object({
  title: z.string(),
  rationale: z.string().default(""),
  type: z.enum(decisionTypes).default("other"),
  /** Relative to the top of the repository. */
  files: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  supersedes: z.string().nullish(),
  session_id: z.string().nullish(),
  made_by: z.string(),
  /** Where the files are, if the session told. */
  repository: z.string().nullish(),
  /** How often each file had been edited by agents when this was recorded, or last said to hold. */
  edits: z.record(z.string(), z.number()).default({}),
  reaffirmed_at: z.string().nullish(),
  reaffirmed_by: z.string().nullish(),
});

/** must: told to every agent as it begins · should: worth following · may: good to know. */
export const conventionTiers = ["must", "should", "may"] as const;

export const conventionBody = z.object({
  title: z.string(),
  rationale: z.string().default(""),
  tier: z.enum(conventionTiers).default("should"),
  /** Which files it is about; none: all. */
  globs: z.array(z.string()).default([]),
  areas: z.array(z.string()).default([]),
  made_by: z.string(),
});

export type DecisionBody = z.infer<typeof decisionBody>;
export type DecisionType = (typeof decisionTypes)[number];
export type ConventionBody = z.infer<typeof conventionBody>;
export type ConventionTier = (typeof conventionTiers)[number];
