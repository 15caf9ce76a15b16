/** API keys: rows with the SHA-256 of a secret, never the secret. */
import type { DatabaseSync } from "node:sqlite";
import type { KeyId, SessionId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { KeyRow, KeyStore, Role } from "../../core/ports/keys.ts";
import type { Handlers } from "./jobs.ts";
import { isoOf, isoOrNull, prepareRows } from "./statement.ts";

const COLUMNS = `id, workspace_id, user_id, name, role, session_id, shown_prefix, secret_sha256, created_at, expires_at,
  revoked_at, last_used_at`;

export const KEY_STATEMENTS = {
  one: `SELECT ${COLUMNS} FROM api_key WHERE id = ?`,
  bySecret: `SELECT ${COLUMNS} FROM api_key WHERE secret_sha256 = ?`,
  list: `SELECT ${COLUMNS} FROM api_key WHERE workspace_id = ? ORDER BY created_at DESC, id DESC`,
  insert: `INSERT INTO api_key
    (id, workspace_id, user_id, name, role, session_id, shown_prefix, secret_sha256, created_at, expires_at) VALUES
    (:id, :workspaceId, :userId, :name, :role, :sessionId, :shownPrefix, :secretSha256, :createdAt, :expiresAt)`,
  revoke: "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? AND workspace_id = ?",
  touch: "UPDATE api_key SET last_used_at = ? WHERE id = ?",
} as const;

interface Row {
  readonly id: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly role: string;
  readonly session_id: string | null;
  readonly shown_prefix: string;
  readonly secret_sha256: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

export function openKeyWrites(db: DatabaseSync): Pick<Handlers, "create_key" | "revoke_key" | "touch_key"> {
  const insert = prepareRows<never>(db, KEY_STATEMENTS.insert);
  const revoke = prepareRows<never>(db, KEY_STATEMENTS.revoke);
  const touch = prepareRows<never>(db, KEY_STATEMENTS.touch);
  return {
    create_key([, key], nowMs) {
      const { expiresAt, ...text } = key;
      insert.run({ ...text, createdAt: nowMs, expiresAt: expiresAt === null ? null : Date.parse(expiresAt) });
      return { ...key, createdAt: isoOf(nowMs), revokedAt: null, lastUsedAt: null };
    },
    revoke_key: ([, id, workspaceId], nowMs) => revoke.run(nowMs, id, workspaceId) > 0,
    touch_key([, id], nowMs) {
      touch.run(nowMs, id);
      return null;
    },
  };
}

export function openKeyReads(db: DatabaseSync): Pick<KeyStore, "readKey" | "findKeyBySecret" | "listKeys"> {
  const one = prepareRows<Row>(db, KEY_STATEMENTS.one);
  const bySecret = prepareRows<Row>(db, KEY_STATEMENTS.bySecret);
  const list = prepareRows<Row>(db, KEY_STATEMENTS.list);
  const keyOrNothing = (row: Row | undefined) => (row === undefined ? undefined : keyOf(row));
  return {
    readKey: async (id) => keyOrNothing(one.first(id)),
    findKeyBySecret: async (secretSha256) => keyOrNothing(bySecret.first(secretSha256)),
    listKeys: async (workspaceId) => list.all(workspaceId).map(keyOf),
  };
}

function keyOf(row: Row): KeyRow {
  return {
    // Ids and role were a KeyId, a WorkspaceId, a UserId, a SessionId and a Role when they were inserted.
    id: row.id as KeyId,
    workspaceId: row.workspace_id as WorkspaceId,
    userId: row.user_id as UserId,
    role: row.role as Role,
    sessionId: row.session_id as SessionId | null,
    name: row.name,
    shownPrefix: row.shown_prefix,
    secretSha256: row.secret_sha256,
    createdAt: isoOf(row.created_at),
    expiresAt: isoOrNull(row.expires_at),
    revokedAt: isoOrNull(row.revoked_at),
    lastUsedAt: isoOrNull(row.last_used_at),
  };
}
