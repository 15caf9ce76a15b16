/** Organizations, which are workspaces under the guide's name, and the users in them. A key belongs to one of them. */
import { z } from "zod";
import type { Resource } from "../../app/records/resource.ts";
import type { Workspace } from "../../app/records/workspaces.ts";
import { digitsOf, parseId } from "../../core/ids.ts";
import type { Id } from "../../core/ids.ts";
import type { UserBody } from "../../core/records/bodies.ts";
import { refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { idParam } from "../../http/input.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { cutPage, envelopeOf, listQueryOf, recordQuery } from "./record-page.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import type { Role } from "./schema/key.ts";
import {
  editOrganizationBody,
  organization,
  organizationList,
  switchBody,
  switched,
  userList,
} from "./schema/organization.ts";
import type { Organization, User } from "./schema/organization.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "workspaces" | "users" | "keys">;

const group = "organizations";
const one = { description: "The organization", schema: organization, headers: versionHeaders } as const;
const organizationPath = z.object({ org_id: idParam("organization") });

export function organizationRoutes(uses: Uses): readonly Route[] {
  return [listRoute(uses), getRoute(uses), editRoute(uses), usersRoute(uses), switchRoute(uses)];
}

function organizationId(workspaceId: string): string {
  return `org_${workspaceId.replace(/^wsp_/, "")}`;
}

function workspaceOf(id: Id<"organization">): string {
  return `wsp_${digitsOf(id)}`;
}

/** What is not there is named as it was asked for. */
function under<T>(id: string, outcome: Outcome<T>): Outcome<T> {
  if (outcome.ok || outcome.refusal.code !== "not_found" || outcome.refusal.kind !== "workspace") return outcome;
  return refuse({ ...outcome.refusal, id });
}

function encodeOrganization({ id, name: slug, body, version, createdAt, updatedAt }: Workspace): Organization {
  return {
    id: organizationId(id),
    workspace_id: id,
    name: body.display_name,
    slug,
    default_agent_id: body.default_agent_id ?? null,
    default_model_id: body.default_model_id ?? null,
    version,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function listRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/orgs",
      id: "listOrganizations",
      group,
      summary: "List the organizations that the key belongs to: one",
      query: recordQuery,
      responses: { 200: { description: "A page of organizations", schema: organizationList } },
    },
    async ({ principal, query }) =>
      answer(await workspaces.mine(principal), (mine) => {
        const search = (query.search ?? "").toLowerCase();
        const found = [mine].filter(({ name, body }) => `${name} ${body.display_name}`.toLowerCase().includes(search));
        return json(200, envelopeOf(cutPage(found, query), query, encodeOrganization));
      }),
  );
}

function getRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/orgs/{org_id}",
      id: "getOrganization",
      group,
      summary: "Get the organization",
      params: organizationPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(under(params.org_id, await workspaces.get(principal, workspaceOf(params.org_id))), (found) =>
        json(200, encodeOrganization(found), etagOf(found)),
      ),
  );
}

function editRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "patch",
      path: "/orgs/{org_id}",
      id: "editOrganization",
      group,
      summary: "Change an organization's name, default agent or default model",
      access: "owner",
      params: organizationPath,
      body: { kind: "json", schema: editOrganizationBody },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, default_agent_id, default_model_id } = request.body;
      const patch = {
        ...(name === undefined ? {} : { display_name: name }),
        ...(default_agent_id === undefined ? {} : { default_agent_id }),
        ...(default_model_id === undefined ? {} : { default_model_id }),
      };
      const change = { id: workspaceOf(request.params.org_id), patch, ...version.value };
      return answer(under(request.params.org_id, await workspaces.update(request.principal, change)), (changed) =>
        json(200, encodeOrganization(changed), etagOf(changed)),
      );
    },
  );
}

function usersRoute({ users, keys }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/users",
      id: "listUsers",
      group,
      summary: "List the users of the organization",
      query: recordQuery,
      responses: { 200: { description: "A page of users", schema: userList } },
    },
    async ({ principal, query }) => {
      const roles = await keys.userRoles(principal);
      const page = await users.list(principal, listQueryOf(query));
      const encode = (each: Resource<UserBody>) => encodeUser(each, roles.get(each.id) ?? []);
      return json(200, envelopeOf(page, query, encode));
    },
  );
}

function encodeUser({ id, name, body, createdAt }: Resource<UserBody>, roles: readonly Role[]): User {
  return {
    id,
    name: body.display_name === "" ? name : body.display_name,
    email: body.email ?? null,
    roles: [...roles],
    avatar_url: null,
    auth_provider: "keys",
    created_at: createdAt,
  };
}

function switchRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/users/me/switch-org",
      id: "switchOrganization",
      group,
      summary: "Choose an organization: the one that the key belongs to",
      description: "For another one use a key of it.",
      access: "read",
      body: { kind: "json", schema: switchBody },
      responses: { 200: { description: "The organization that counts from now on", schema: switched } },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const id = parseId("organization", body.org_id);
      if (id === undefined) return refused({ code: "not_found", kind: "workspace", id: body.org_id });
      return answer(under(body.org_id, await workspaces.get(principal, workspaceOf(id))), (found) =>
        json(200, { success: true as const, org_id: organizationId(found.id) }),
      );
    },
  );
}
