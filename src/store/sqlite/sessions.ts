/** Reading sessions one by one, and from row to record. */
import type { DatabaseSync } from "node:sqlite";
import type { AgentId, HarnessId, ModelId, ProjectId, SessionId, TurnId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type {
  EditFacts,
  HarnessName,
  Need,
  SessionRecord,
  SumFacts,
  TurnFacts,
  WorkFacts,
} from "../../core/session.ts";
import type { SessionState } from "../../core/state.ts";
import { headOf } from "./pulse.ts";
import type { HeadRow } from "./pulse.ts";
import { isoOf, prepareRows } from "./statement.ts";

export const RECORD_COLUMNS = `s.number, s.id, s.workspace_id, s.created_by, s.harness, s.conversation_id, s.parent_id,
  s.root_id, s.created_at,
  s.last_active_at, s.lifecycle, s.hold, s.turn, s.turn_id, s.needs, s.stop_reason, s.turn_count, s.queued_count,
  s.isolation,
  s.preview, s.output_preview, s.title, s.tags, s.agent_id, s.harness_id, s.model_id, s.project_id, s.task_id,
  s.checkout, s.delivery, s.settings, s.input_tokens,
  s.output_tokens, s.cache_read_tokens, s.cache_creation_tokens, s.cost_micro_usd, s.message_count, s.state,
  s.folded_seq, h.seq, h.epoch, h.takes, h.owner, h.deleted_at, h.last_ts`;

export const SESSION_STATEMENTS = {
  one: `SELECT ${RECORD_COLUMNS} FROM session_number n JOIN session s ON s.number = n.number
    JOIN head h ON h.number = n.number WHERE n.id = ?`,
  head: `SELECT n.id, h.seq, h.epoch, h.takes, h.owner, h.deleted_at
    FROM session_number n JOIN head h ON h.number = n.number WHERE n.id = ?`,
  withCheckouts: `SELECT ${RECORD_COLUMNS} FROM session s INDEXED BY session_by_checkout
    JOIN head h ON h.number = s.number WHERE s.project_id IS NULL AND s.checkout IS NOT NULL
    UNION ALL SELECT ${RECORD_COLUMNS} FROM session s INDEXED BY session_by_checkout
    JOIN head h ON h.number = s.number WHERE s.project_id > '' AND s.checkout IS NOT NULL`,
  withCheckoutsOf: `SELECT ${RECORD_COLUMNS} FROM session s INDEXED BY session_by_checkout
    JOIN head h ON h.number = s.number WHERE s.project_id = ? AND s.checkout IS NOT NULL ORDER BY s.number`,
  needsBelow: `SELECT s.root_id, s.needs FROM json_each(?) k CROSS JOIN session s INDEXED BY session_by_needs_below
    ON s.root_id = k.value AND s.needs <> '[]' WHERE s.is_deleted = 0`,
} as const;

export interface RecordColumns extends HeadRow {
  readonly number: number;
  readonly workspace_id: string;
  readonly created_by: string | null;
  readonly harness: string;
  readonly conversation_id: string | null;
  readonly parent_id: string | null;
  readonly root_id: string | null;
  readonly created_at: number;
  readonly last_active_at: number;
  readonly lifecycle: string;
  readonly hold: string;
  readonly turn: string;
  readonly turn_id: string | null;
  readonly needs: string;
  readonly stop_reason: string | null;
  readonly isolation: string | null;
  readonly turn_count: number;
  readonly queued_count: number;
  readonly preview: string | null;
  readonly output_preview: string | null;
  readonly title: string | null;
  readonly tags: string;
  readonly agent_id: string | null;
  readonly harness_id: string | null;
  readonly model_id: string | null;
  readonly project_id: string | null;
  readonly task_id: string | null;
  readonly checkout: string | null;
  readonly delivery: string | null;
  readonly settings: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number;
  readonly message_count: number;
  readonly state: string;
  readonly folded_seq: number;
  readonly last_ts: number;
}

export function openSessionReads(
  db: DatabaseSync,
): Pick<SessionReads, "readSession" | "readHead" | "needsBelow" | "listCheckouts"> {
  const one = prepareRows<RecordColumns>(db, SESSION_STATEMENTS.one);
  const head = prepareRows<HeadRow>(db, SESSION_STATEMENTS.head);
  const withCheckouts = prepareRows<RecordColumns>(db, SESSION_STATEMENTS.withCheckouts);
  const withCheckoutsOf = prepareRows<RecordColumns>(db, SESSION_STATEMENTS.withCheckoutsOf);
  const needsBelow = prepareRows<{ root_id: string; needs: string }>(db, SESSION_STATEMENTS.needsBelow);
  return {
    async readSession(id) {
      const row = one.first(id);
      return row === undefined ? undefined : recordOf(row);
    },
    async readHead(id) {
      const row = head.first(id);
      return row === undefined ? undefined : headOf(row);
    },
    async listCheckouts(projectId) {
      const rows = projectId === undefined ? withCheckouts.all() : withCheckoutsOf.all(projectId);
      return rows.map(recordOf);
    },
    async needsBelow(roots) {
      const found = new Map<SessionId, ReadonlySet<Need>>();
      for (const { root_id, needs } of needsBelow.all(JSON.stringify(roots))) {
        const root = root_id as SessionId;
        found.set(root, new Set([...(found.get(root) ?? []), ...(JSON.parse(needs) as readonly Need[])]));
      }
      return found;
    },
  };
}

/** Ids, words and JSON had the types named here when the row was written; no other program writes it. */
export function recordOf(row: RecordColumns): SessionRecord {
  return {
    id: row.id as SessionId,
    workspaceId: row.workspace_id as WorkspaceId,
    createdBy: row.created_by as UserId | null,
    harness: row.harness as HarnessName,
    conversationId: row.conversation_id,
    parentId: row.parent_id as SessionId | null,
    rootId: row.root_id as SessionId | null,
    createdAt: isoOf(row.created_at),
    // Of the last commit, whatever it touched: the head has it, so a step inside a turn need not write this row.
    updatedAt: isoOf(row.last_ts),
    lastActiveAt: isoOf(row.last_active_at),
    head: headOf(row),
    facts: factsOfRow(row),
    edit: editOfRow(row),
    sums: sumsOfRow(row),
    work: workOfRow(row),
    state: JSON.parse(row.state) as SessionState,
    foldedSeq: row.folded_seq,
  };
}

function factsOfRow(row: RecordColumns): TurnFacts {
  return {
    lifecycle: row.lifecycle as TurnFacts["lifecycle"],
    hold: row.hold as TurnFacts["hold"],
    turn: row.turn as TurnFacts["turn"],
    turnId: row.turn_id as TurnId | null,
    needs: JSON.parse(row.needs) as TurnFacts["needs"],
    stopReason: row.stop_reason,
    isolation: row.isolation as TurnFacts["isolation"],
    turnCount: row.turn_count,
    queuedCount: row.queued_count,
    ...(row.harness === "observed" ? { isObserved: true as const } : {}),
    preview: row.preview,
    outputPreview: row.output_preview,
  };
}

function editOfRow(row: RecordColumns): EditFacts {
  return {
    title: row.title,
    tags: JSON.parse(row.tags) as EditFacts["tags"],
    agentId: row.agent_id as AgentId | null,
    harnessId: row.harness_id as HarnessId | null,
    modelId: row.model_id as ModelId | null,
    projectId: row.project_id as ProjectId | null,
    taskId: row.task_id,
    settings: JSON.parse(row.settings) as EditFacts["settings"],
  };
}

function workOfRow({ checkout, delivery }: RecordColumns): WorkFacts {
  return {
    checkout: checkout === null ? null : (JSON.parse(checkout) as WorkFacts["checkout"]),
    delivery: delivery === null ? null : (JSON.parse(delivery) as WorkFacts["delivery"]),
  };
}

function sumsOfRow(row: RecordColumns): SumFacts {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheCreationTokens: row.cache_creation_tokens,
    costMicroUsd: row.cost_micro_usd,
    messageCount: row.message_count,
  };
}
