/**
 * Organizations and users on the native wire. An organization is the workspace under the name that the guide has for it;
 * its id has the same digits.
 */
import { z } from "zod";
import { listEnvelope } from "../../../http/paging.ts";
import { idField } from "./agent.ts";
import { role } from "./key.ts";

export const organization = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    name: z.string(),
    slug: z.string(),
    default_agent_id: z.string().nullable(),
    default_model_id: z.string().nullable(),
    version: z.int(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "Organization" });

export const organizationList = listEnvelope(organization).meta({ id: "OrganizationList" });

export const editOrganizationBody = z
  .object({
    name: z.string().min(1).max(200).optional(),
    default_agent_id: idField.nullish(),
    default_model_id: idField.nullish(),
  })
  .meta({ id: "EditOrganization", description: "What is left out stays as it is; null clears" });

export const user = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    roles: z.array(role).describe("Of the keys that the user has"),
    avatar_url: z.string().nullable(),
    auth_provider: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "User" });

export const userList = listEnvelope(user).meta({ id: "UserList" });

export const switchBody = z.object({ org_id: z.string().max(200) }).meta({ id: "SwitchOrganization" });
export const switched = z.object({ success: z.literal(true), org_id: z.string() }).meta({ id: "SwitchedOrganization" });

export type Organization = z.infer<typeof organization>;
export type User = z.infer<typeof user>;
