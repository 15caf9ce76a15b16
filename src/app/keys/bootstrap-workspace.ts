/**
 * What must be there before anybody can come in: the workspace `default`, its user and agent, and an owner's key in a
 * file of the data folder.
 *
 * Idempotent, and good to be broken off anywhere: each step looks first, and the key's row is written before its file,
 * so a file always holds a key that was made. A lost file means a new key and the end of the old ones; a file whose key
 * an owner has revoked is left alone, for that was on purpose.
 */
import type { KeyId, MintId, UserId, WorkspaceId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { KeyStore } from "../../core/ports/keys.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import { writeWorkspace } from "../records/create-workspace.ts";
import { ensureFirstAgent, ensureFirstUser } from "../records/first-agent.ts";
import { findRecord } from "../records/get-record.ts";
import type { Kinds } from "../records/kinds.ts";
import { rootScope } from "../records/workspaces.ts";
import { hashKey, isSameHash, readKeyId } from "./key-text.ts";
import { grantKey, RESERVED_KEY_NAME } from "./mint-key.ts";

export const FIRST_WORKSPACE = "default";

/** Contract: `write` replaces the file as a whole and makes it readable for its owner alone (0600). */
export interface KeyFile {
  /** Null when there is none. */
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

export interface BootstrapDeps {
  readonly kinds: Pick<Kinds, "workspace" | "user" | "agent">;
  readonly store: RecordStore & KeyStore;
  readonly mint: MintId;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly keyFile: KeyFile;
  /** Which of several machines on one database this is; each keeps a key file of its own. */
  readonly machine?: string;
}

export interface Bootstrapped {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  /** A key was written to the file by this start. */
  readonly hasNewKey: boolean;
}

export async function bootstrapWorkspace(deps: BootstrapDeps): Promise<Bootstrapped> {
  const workspaceId = await ensureFirstWorkspace(deps);
  const owner = { workspaceId, role: "owner" } as const;
  const userId = await ensureFirstUser(deps.kinds, owner);
  await ensureFirstAgent(deps.kinds, owner);
  const hasNewKey = await ensureKeyFile(deps, { workspaceId, userId });
  return { workspaceId, userId, hasNewKey };
}

async function ensureFirstWorkspace(deps: BootstrapDeps): Promise<WorkspaceId> {
  const { workspace: kind } = deps.kinds;
  const found =
    (await findRecord(kind, rootScope, FIRST_WORKSPACE)) ??
    (await writeWorkspace(deps, {
      workspaceId: deps.mint("workspace"),
      slug: FIRST_WORKSPACE,
      displayName: "Default",
    })) ??
    (await findRecord(kind, rootScope, FIRST_WORKSPACE));
  const id = parseId("workspace", found?.id ?? "");
  if (id === undefined) throw new Error(`Cannot make the workspace "${FIRST_WORKSPACE}"`);
  return id;
}

interface Owner {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
}

async function ensureKeyFile(deps: BootstrapDeps, owner: Owner): Promise<boolean> {
  const kept = (await deps.keyFile.read())?.trim() ?? "";
  if (await isKnownKey(deps, kept)) return false;
  const name = deps.machine === undefined ? RESERVED_KEY_NAME : `${RESERVED_KEY_NAME}@${deps.machine}`;
  const { key, text } = await grantKey(deps, { ...owner, name, role: "owner", expiresAt: null });
  await deps.keyFile.write(text);
  await revokeOthers(deps, { workspaceId: owner.workspaceId, name, except: key.id });
  return true;
}

async function isKnownKey({ store }: BootstrapDeps, text: string): Promise<boolean> {
  const id = readKeyId(text);
  const row = id === undefined ? undefined : await store.readKey(id);
  return row !== undefined && isSameHash(row.secretSha256, hashKey(text));
}

async function revokeOthers(
  { store }: BootstrapDeps,
  { workspaceId, name, except }: { readonly workspaceId: WorkspaceId; readonly name: string; readonly except: KeyId },
): Promise<void> {
  const keys = await store.listKeys(workspaceId);
  for (const { id } of keys.filter((key) => key.name === name && key.id !== except && key.revokedAt === null)) {
    await store.revokeKey(id, workspaceId);
  }
}
