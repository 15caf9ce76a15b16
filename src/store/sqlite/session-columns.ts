/** The columns of `session` by the class of their facts (S7), as the two threads name them to each other. */
import type { SumFacts } from "../../core/session.ts";

/** Class `turn`: what follows from the fold; the fold itself is `state`. */
export const FACT_COLUMNS = [
  "lifecycle",
  "hold",
  "turn",
  "turn_id",
  "needs",
  "stop_reason",
  "turn_count",
  "queued_count",
  "fact_code",
  "is_owed",
  "isolation",
] as const;

/** Class `edit`, but for title and tags, from which rows of other tables follow. */
export const EDIT_COLUMNS = {
  agentId: "agent_id",
  harnessId: "harness_id",
  modelId: "model_id",
  projectId: "project_id",
  taskId: "task_id",
  settings: "settings",
} as const;

/** Class `sum`. */
export const SUM_COLUMNS = {
  inputTokens: "input_tokens",
  outputTokens: "output_tokens",
  cacheReadTokens: "cache_read_tokens",
  cacheCreationTokens: "cache_creation_tokens",
  costMicroUsd: "cost_micro_usd",
  messageCount: "message_count",
} as const satisfies Record<keyof SumFacts, string>;

/** Entries of an object whose keys are known to be all there are. */
export const SUM_NAMES = Object.keys(SUM_COLUMNS) as readonly (keyof SumFacts)[];

/** What the writer is told of a new session; the rest it knows itself. */
export const CREATE_COLUMNS = [
  "id",
  "workspace_id",
  "created_by",
  "harness",
  "conversation_id",
  "parent_id",
  "root_id",
  "agent_id",
  "harness_id",
  "model_id",
  "project_id",
  "task_id",
  "title",
  "title_key",
  "tags",
  "settings",
  "preview",
  "output_preview",
  ...FACT_COLUMNS,
  "state",
  ...Object.values(SUM_COLUMNS),
] as const;

/** By this a title is searched: a part of it, ignoring case. */
export function titleKey(title: string | null): string | null {
  return title === null ? null : title.toLowerCase();
}
