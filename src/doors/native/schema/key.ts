/** Keys, workspaces and who one is, on the native wire. A key's text is in one answer, the one that made it. */
import { z } from "zod";
import { branchPolicies } from "../../../core/team/reservation.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { idField, nameField, recordFields } from "./agent.ts";

export const role = z.enum(["owner", "member", "viewer"]).meta({ id: "Role" });

export const key = z
  .object({
    id: z.string(),
    name: z.string(),
    role,
    user_id: z.string(),
    session_id: z
      .string()
      .nullable()
      .meta({ description: "Of this session's program, and good for its tools and hooks only" }),
    key_prefix: z.string().nullable().meta({ description: "How the key begins, to tell keys apart" }),
    source: z.enum(["minted", "configuration"]),
    status: z.enum(["active", "expired", "revoked"]),
    created_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Key" });

export const keyList = listEnvelope(key).meta({ id: "KeyList" });

const keyText = z.string().meta({ description: "The key itself, shown this once" });

export const createdKey = key.extend({ key: keyText }).meta({ id: "CreatedKey" });

export const createKeyBody = z
  .object({
    name: nameField,
    role: role.default("member"),
    user_name: nameField.optional().meta({
      description:
        "Whose it is, as others are told of them; made if there is nobody of that name. Left out: of who mints it",
    }),
    prefix: z.enum(["srk", "ek"]).optional(),
    expires_at: z.iso.datetime({ offset: true }).nullish(),
    expires_in_days: z.int().min(1).max(36_500).nullish(),
  })
  .meta({ id: "CreateKey" });

export const workspace = z
  .object({
    ...recordFields,
    slug: z.string(),
    display_name: z.string(),
    branch_policy: z.enum(branchPolicies).nullable(),
    strict_hooks: z.boolean().meta({ description: "`serai hooks install` writes each agent's fail-closed form" }),
    default_agent_id: z.string().nullable(),
    default_model_id: z.string().nullable(),
    default_project_id: z.string().nullable(),
  })
  .meta({ id: "Workspace" });

export const workspaceList = listEnvelope(workspace).meta({ id: "WorkspaceList" });

export const createdWorkspace = workspace
  .extend({ key: keyText })
  .meta({ id: "CreatedWorkspace", description: "With the key of its first owner" });

export const createWorkspaceBody = z
  .object({
    name: z.string().max(64).meta({ description: "Its slug: lower-case letters, digits and hyphens" }),
    display_name: z.string().max(200).nullish(),
  })
  .meta({ id: "CreateWorkspace" });

export const editWorkspaceBody = z
  .object({
    display_name: z.string().min(1).max(200).optional(),
    branch_policy: z
      .enum(branchPolicies)
      .nullish()
      .describe("What somebody's reservation means to who works on another branch; null: each door's own default"),
    strict_hooks: z
      .boolean()
      .optional()
      .describe("Hooks that are installed from now on let nothing be written without an answer of the server"),
    default_agent_id: idField.nullish(),
    default_model_id: idField.nullish(),
    default_project_id: idField
      .nullish()
      .describe("Of sessions whose door names no project; null: the first that was made"),
  })
  .meta({ id: "EditWorkspace", description: "What is left out stays as it is; null clears" });

export const me = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    role,
    roles: z.array(role),
    workspace_id: z.string(),
    organization_id: z.string(),
    key_id: z.string().nullable(),
  })
  .meta({ id: "Me" });

export const signInBody = z.object({ token: z.string().max(200) }).meta({ id: "SignIn" });

export const signedIn = z.object({ ok: z.literal(true), expires_at: z.iso.datetime() }).meta({ id: "SignedIn" });

export type Role = z.infer<typeof role>;
export type Key = z.infer<typeof key>;
export type KeyList = z.infer<typeof keyList>;
export type CreatedKey = z.infer<typeof createdKey>;
export type CreateKey = z.input<typeof createKeyBody>;
export type Workspace = z.infer<typeof workspace>;
export type WorkspaceList = z.infer<typeof workspaceList>;
export type CreatedWorkspace = z.infer<typeof createdWorkspace>;
export type CreateWorkspace = z.input<typeof createWorkspaceBody>;
export type EditWorkspace = z.input<typeof editWorkspaceBody>;
export type Me = z.infer<typeof me>;
