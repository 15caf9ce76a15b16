/** API keys as the store keeps them: never the secret, only its SHA-256. */
import type { KeyId, SessionId, UserId, WorkspaceId } from "../ids.ts";

export type Role = "owner" | "member" | "viewer";

export interface KeyRow {
  readonly id: KeyId;
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly name: string;
  readonly role: Role;
  /** Of the program of that session, and good for nothing else (H10); null: of a person. */
  readonly sessionId: SessionId | null;
  /** How the key's text begins, shown in lists so a person can tell keys apart. */
  readonly shownPrefix: string;
  /** Hex. */
  readonly secretSha256: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface KeyStore {
  createKey(key: Omit<KeyRow, "createdAt" | "revokedAt" | "lastUsedAt">): Promise<KeyRow>;
  readKey(id: KeyId): Promise<KeyRow | undefined>;
  /** For keys that are taken verbatim and carry no id of ours. */
  findKeyBySecret(secretSha256: string): Promise<KeyRow | undefined>;
  listKeys(workspaceId: WorkspaceId): Promise<readonly KeyRow[]>;
  /** False when there is no such key in the workspace. Revoking twice is the same as once. */
  revokeKey(id: KeyId, workspaceId: WorkspaceId): Promise<boolean>;
  /** At most once a minute per key reaches the disk; the caller sees to that. */
  touchKey(id: KeyId): Promise<void>;
}
