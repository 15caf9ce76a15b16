/** The body of a project: a git repository and what sessions in it begin with. Its name is a slug. */
import { z } from "zod";
import { harnessNames } from "../session-words.ts";
import { networkAccess } from "./bodies.ts";

export const mergeStrategies = ["fast_forward", "squash", "merge", "rebase"] as const;

/** A limit for all that the project's sessions use, from its making on. */
export const projectBudget = z
  .object({ usd: z.number().nonnegative().nullish(), tokens: z.number().int().nonnegative().nullish() })
  .meta({ id: "ProjectBudget", description: "Model calls stop when either is used up" });

// What leads elsewhere, or looks as if it did: dots, doubled and foreign separators, what is encoded, what turns text round.
const ODD_PATH = /\\|(?:^|\/)[.\s]+(?:\/|$)|\/\/|%(?:2e|2f|5c|00)|[\p{Cc}\u202a-\u202e\u2066-\u2069]|^[a-z]:/iu;
const MOST_PARTS = 64;
const LONGEST_PART = 255;

function isPlainPath(path: string): boolean {
  const parts = path.split("/");
  return !ODD_PATH.test(path) && parts.length <= MOST_PARTS && parts.every((part) => part.length <= LONGEST_PART);
}

/** As it stands: nothing in it leads elsewhere. */
const plainPath = z.string().min(1).max(4_096).refine(isPlainPath, "must be a plain path, without . and ..");

const absolutePath = plainPath.refine((path) => path.startsWith("/"), "must be absolute");

const folderTracker = z.object({ kind: z.literal("folder"), path: plainPath });
const githubTracker = z.object({ kind: z.literal("github"), repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/) });

export const tracker = z
  .discriminatedUnion("kind", [folderTracker, githubTracker])
  .meta({ id: "Tracker", description: "Where issues are: a folder of Markdown files, or a repository on GitHub" });

/** Without the defaults: a change leaves out what stays. */
export const projectFields = {
  display_name: z.string().max(200).nullish(),
  /** On this machine. One of path and url is there. */
  path: absolutePath.nullish(),
  url: z.string().min(1).max(2_048).nullish(),
  default_branch: z.string().min(1).max(255).nullish(),
  default_agent_id: z.string().max(200).nullish(),
  default_harness: z.enum(harnessNames).exclude(["observed"]).nullish(),
  default_model_id: z.string().max(200).nullish(),
  /** For every agent that works in it. */
  rules: z.string().max(65_536),
  setup: z.array(z.string().min(1).max(8_192)).max(20),
  setup_timeout_seconds: z.number().int().min(1).max(3_600),
  copy_files: z.array(z.string().min(1).max(1_024)).max(50),
  /** Turns of its spawned agents at once. */
  max_sessions: z.number().int().min(1).max(1_000).nullish(),
  tracker: tracker.nullish(),
  merge_strategy: z.enum(mergeStrategies),
  budget: projectBudget.nullish(),
  /** Beside those of agent and session: each can only take hosts away. */
  network_access: networkAccess.nullish(),
} as const;

export const projectBody = z.object({
  ...projectFields,
  rules: projectFields.rules.default(""),
  setup: projectFields.setup.default([]),
  setup_timeout_seconds: projectFields.setup_timeout_seconds.default(300),
  copy_files: projectFields.copy_files.default([]),
  merge_strategy: projectFields.merge_strategy.default("merge"),
});

export type ProjectBody = z.infer<typeof projectBody>;
export type Tracker = z.infer<typeof tracker>;
