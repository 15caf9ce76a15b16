/**
 * Plain resources: a name, a body and a version (part 2.4 of the engine page). Agents, harnesses, models, providers,
 * workspaces, users … each have a schema and a file of their own in `app/records`; the store knows none of them.
 */
import type { WorkspaceId } from "../ids.ts";

export const recordKinds = [
  "decision",
  "convention",
  "workspace",
  "user",
  "agent",
  "harness",
  "model",
  "provider",
  "secret",
  "image",
  "approval_rule",
  "pins",
  "global_chat",
  "mcp_server",
  "session_values",
  "session_secrets",
  "skill",
  "project",
] as const;
export type RecordKind = (typeof recordKinds)[number];

export interface RecordRow {
  readonly kind: RecordKind;
  readonly id: string;
  readonly workspaceId: WorkspaceId;
  /** Unique per (kind, workspace) among those not archived; null where names may repeat. */
  readonly name: string | null;
  /** JSON text. */
  readonly body: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
}

/**
 * What a record can be found by beside its name; kept in the record's own commit, and gone with it, also when the record is
 * archived.
 */
export interface FullText {
  /** A word here counts for more. */
  readonly title: string;
  readonly text: string;
  /** Found only whole. */
  readonly terms: readonly string[];
}

/** Text of a person: its words, each of which may be the beginning of a longer one; case and diacritics do not count. */
export interface TextMatch {
  readonly text: string;
  readonly needs: "all" | "any";
}

export interface RecordQuery {
  readonly kind: RecordKind;
  /** Absent: of every workspace. */
  readonly workspaceId?: WorkspaceId;
  readonly search?: string;
  /** Of records with a full text. The page is then best first, and newest first among equals. Not beside `search`. */
  readonly match?: TextMatch;
  /** Of records with a full text: those that have at least one term of each group. Not beside `search`. */
  readonly terms?: readonly (readonly string[])[];
  readonly includeArchived?: boolean;
  readonly offset?: number;
  readonly limit: number;
}

export type RecordWrite =
  | {
      readonly kind: "create";
      readonly record: Pick<RecordRow, "kind" | "id" | "workspaceId" | "name" | "body">;
      readonly fullText?: FullText;
    }
  /** `version`: what the change was made from; absent: whatever is there. */
  | {
      readonly kind: "update";
      readonly of: Pick<RecordRow, "kind" | "id" | "workspaceId">;
      readonly name?: string | null;
      readonly body: string;
      /** Absent: it stays. */
      readonly fullText?: FullText;
      readonly version?: number;
      readonly isArchived?: boolean;
    }
  | { readonly kind: "delete"; readonly of: Pick<RecordRow, "kind" | "id" | "workspaceId"> };

export type RecordResult =
  | { readonly kind: "written"; readonly record: RecordRow }
  | { readonly kind: "deleted" }
  | { readonly kind: "absent" }
  | { readonly kind: "name_taken" }
  | { readonly kind: "version_conflict"; readonly record: RecordRow };

export interface RecordStore {
  writeRecord(write: RecordWrite): Promise<RecordResult>;
  readRecord(kind: RecordKind, id: string, workspaceId?: WorkspaceId): Promise<RecordRow | undefined>;
  findRecordByName(kind: RecordKind, name: string, workspaceId: WorkspaceId): Promise<RecordRow | undefined>;
  /** Newest first. */
  listRecords(query: RecordQuery): Promise<{ readonly records: readonly RecordRow[]; readonly total: number }>;
}
