/** Workspaces, and who one is. A key belongs to one workspace; whoever makes another gets a key of it. */
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeWorkspace } from "./encode-record.ts";
import { cutPage, envelopeOf, recordQuery } from "./record-page.ts";
import { workspacePath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { createdWorkspace, createWorkspaceBody, editWorkspaceBody, workspace, workspaceList } from "./schema/key.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "workspaces">;

const group = "workspaces";
const one = { description: "The workspace", schema: workspace, headers: versionHeaders } as const;

export function workspaceRoutes(uses: Uses): readonly Route[] {
  return [createRoute(uses), listRoute(uses), getRoute(uses), editRoute(uses)];
}

function createRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/workspaces",
      id: "createWorkspace",
      group,
      summary: "Create a workspace with a user, an agent and an owner's key of its own",
      access: "owner",
      body: { kind: "json", schema: createWorkspaceBody },
      responses: { 201: { description: "The workspace and its key, shown this once", schema: createdWorkspace } },
      refusals: ["already_exists"],
    },
    async ({ principal, body: { name, display_name } }) =>
      answer(
        await workspaces.create(principal, { name, displayName: display_name ?? null }),
        ({ workspace: made, key }) =>
          json(
            201,
            { ...encodeWorkspace(made, key.key.workspaceId), key: key.text },
            { "Cache-Control": "no-store", Location: `/api/v1/workspaces/${made.id}` },
          ),
      ),
  );
}

function listRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/workspaces",
      id: "listWorkspaces",
      group,
      summary: "List the workspaces that the key belongs to: one",
      query: recordQuery,
      responses: { 200: { description: "A page of workspaces", schema: workspaceList } },
    },
    async ({ principal, query }) =>
      answer(await workspaces.mine(principal), (mine) => {
        const found = [mine].filter(({ name }) => name.includes((query.search ?? "").toLowerCase()));
        const encode = (each: typeof mine) => encodeWorkspace(each, principal.workspaceId);
        return json(200, envelopeOf(cutPage(found, query), query, encode));
      }),
  );
}

function getRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/workspaces/{workspace_id}",
      id: "getWorkspace",
      group,
      summary: "Get the workspace",
      params: workspacePath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await workspaces.get(principal, params.workspace_id), (found) =>
        json(200, encodeWorkspace(found, principal.workspaceId), etagOf(found)),
      ),
  );
}

function editRoute({ workspaces }: Uses): Route {
  return route(
    {
      method: "patch",
      path: "/workspaces/{workspace_id}",
      id: "editWorkspace",
      group,
      summary: "Change a workspace's name, defaults, branch policy or strictness",
      access: "owner",
      params: workspacePath,
      body: { kind: "json", schema: editWorkspaceBody },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { display_name, branch_policy, strict_hooks } = request.body;
      const { default_agent_id, default_model_id, default_project_id } = request.body;
      const patch = {
        ...(display_name === undefined ? {} : { display_name }),
        ...(default_agent_id === undefined ? {} : { default_agent_id }),
        ...(default_model_id === undefined ? {} : { default_model_id }),
        ...(default_project_id === undefined ? {} : { default_project_id }),
        ...(branch_policy === undefined ? {} : { branch_policy }),
        ...(strict_hooks === undefined ? {} : { strict_hooks }),
      };
      const change = { id: request.params.workspace_id, patch, ...version.value };
      return answer(await workspaces.update(request.principal, change), (changed) =>
        json(200, encodeWorkspace(changed, request.principal.workspaceId), etagOf(changed)),
      );
    },
  );
}
