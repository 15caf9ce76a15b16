/**
 * Makes another workspace, with a user, an agent and an owner's key of its own.
 *
 * Invariant: the record with the slug comes last. Whatever ends the way there leaves nothing that anybody can see or
 * enter: the key's text was never given out, and the slug is free.
 */
import type { MintId, WorkspaceId } from "../../core/ids.ts";
import type { KeyStore, Role } from "../../core/ports/keys.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { grantKey } from "../keys/mint-key.ts";
import type { MintedKey } from "../keys/mint-key.ts";
import { requireRole } from "../keys/require-role.ts";
import { checkName, checkSlug } from "./check-name.ts";
import { ensureFirstAgent, ensureFirstUser } from "./first-agent.ts";
import { findRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { parseBody, readRow } from "./resource.ts";
import { rootScope } from "./workspaces.ts";
import type { Workspace } from "./workspaces.ts";

export interface CreateWorkspaceDeps {
  readonly kinds: Pick<Kinds, "workspace" | "user" | "agent">;
  readonly store: RecordStore & KeyStore;
  readonly mint: MintId;
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface CreateWorkspace {
  /** Its slug. */
  readonly name: unknown;
  readonly displayName?: string | null;
}

export interface CreatedWorkspace {
  readonly workspace: Workspace;
  readonly key: MintedKey;
}

export async function createWorkspace(
  deps: CreateWorkspaceDeps,
  writer: { readonly role: Role },
  { name, displayName }: CreateWorkspace,
): Promise<Outcome<CreatedWorkspace>> {
  const role = requireRole(writer, "owner");
  if (!role.ok) return role;
  const slug = checkSlug(name);
  if (!slug.ok) return slug;
  const shown = checkName(displayName ?? slug.value);
  if (!shown.ok) return shown;
  const taken = refuse({ code: "already_exists", kind: "workspace", name: slug.value });
  if ((await findRecord(deps.kinds.workspace, rootScope, slug.value)) !== undefined) return taken;
  const workspaceId = deps.mint("workspace");
  const key = await furnish(deps, workspaceId);
  const workspace = await writeWorkspace(deps, { workspaceId, slug: slug.value, displayName: shown.value });
  if (workspace !== undefined) return accept({ workspace, key });
  await deps.store.revokeKey(key.key.id, workspaceId);
  return taken;
}

async function furnish(deps: CreateWorkspaceDeps, workspaceId: WorkspaceId): Promise<MintedKey> {
  const owner = { workspaceId, role: "owner" } as const;
  const userId = await ensureFirstUser(deps.kinds, owner);
  await ensureFirstAgent(deps.kinds, owner);
  return grantKey(deps, { ...owner, userId, name: "First key", expiresAt: null });
}

export interface WorkspaceRow {
  readonly workspaceId: WorkspaceId;
  readonly slug: string;
  readonly displayName: string;
}

/** Nothing: somebody else has the slug. */
export async function writeWorkspace(
  { kinds, store }: Pick<CreateWorkspaceDeps, "store"> & { readonly kinds: Pick<Kinds, "workspace"> },
  { workspaceId: id, slug: name, displayName: display_name }: WorkspaceRow,
): Promise<Workspace | undefined> {
  const parsed = parseBody(kinds.workspace, { display_name });
  if (!parsed.ok) throw new Error(`"${display_name}" is no name for a workspace`);
  const record = { kind: "workspace", id, name, body: JSON.stringify(parsed.value), ...rootScope } as const;
  const written = await store.writeRecord({ kind: "create", record });
  if (written.kind === "name_taken") return undefined;
  if (written.kind === "written") return readRow(kinds.workspace, written.record);
  throw new Error(`The store answered "${written.kind}" to the making of workspace "${id}"`);
}
