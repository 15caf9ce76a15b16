/** Projects: make, list, get, change, remove. Ids and slugs name them alike. */
import type { Project as ProjectResource } from "../../app/records/find-project.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { JsonReply, RefusedReply, Route } from "../../http/route.ts";
import type { Outcome } from "../../core/refusal.ts";
import { recordOf } from "./encode-record.ts";
import { archivedQuery, envelopeOf, listQueryOf } from "./record-page.ts";
import { projectPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { createProjectBody, editProjectBody, project, projectList } from "./schema/project.ts";
import type { Project } from "./schema/project.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "projects">;

const group = "projects";
const one = { description: "The project", schema: project, headers: versionHeaders } as const;

export function projectRoutes(uses: Uses): readonly Route[] {
  return [createRoute(uses), listRoute(uses), getRoute(uses), editRoute(uses), removeRoute(uses)];
}

function createRoute(uses: Uses): Route {
  const { projects } = uses;
  return route(
    {
      method: "post",
      path: "/projects",
      id: "createProject",
      group,
      summary: "Create a project of a git repository",
      description: "Owners only: it names a folder of the server's machine, or what is cloned to it, and commands.",
      body: { kind: "json", schema: createProjectBody },
      responses: { 201: one },
      refusals: ["already_exists", "not_found", "repository_unusable", "timed_out"],
    },
    async ({ principal, body: { name, ...body } }) =>
      answerShown(uses, await projects.create(principal, { name, body }), (made, shown) =>
        json(201, shown, { ...etagOf(made), Location: `/api/v1/projects/${made.id}` }),
      ),
  );
}

function listRoute(uses: Uses): Route {
  const { projects } = uses;
  return route(
    {
      method: "get",
      path: "/projects",
      id: "listProjects",
      group,
      summary: "List projects, newest first",
      query: archivedQuery,
      responses: { 200: { description: "A page of projects", schema: projectList } },
    },
    async ({ principal, query }) => {
      const page = await projects.list(principal, listQueryOf(query));
      const items = await Promise.all(page.items.map((found) => show(uses, found)));
      return json(
        200,
        envelopeOf({ items, total: page.total }, query, (item) => item),
      );
    },
  );
}

function getRoute(uses: Uses): Route {
  const { projects } = uses;
  return route(
    {
      method: "get",
      path: "/projects/{project_id}",
      id: "getProject",
      group,
      summary: "Get a project by its id or slug",
      params: projectPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answerShown(uses, await projects.get(principal, params.project_id), (found, shown) =>
        json(200, shown, etagOf(found)),
      ),
  );
}

function editRoute(uses: Uses): Route {
  const { projects } = uses;
  return route(
    {
      method: "patch",
      path: "/projects/{project_id}",
      id: "editProject",
      group,
      summary: "Change a project",
      description: "Checkouts that are there stay as they are.",
      params: projectPath,
      body: { kind: "json", schema: editProjectBody },
      responses: { 200: one },
      refusals: ["not_found", "already_exists", "version_conflict", "repository_unusable", "timed_out"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, status, ...patch } = request.body;
      const change = {
        id: request.params.project_id,
        patch,
        ...version.value,
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { isArchived: status === "archived" }),
      };
      return answerShown(uses, await projects.update(request.principal, change), (changed, shown) =>
        json(200, shown, etagOf(changed)),
      );
    },
  );
}

function removeRoute({ projects }: Uses): Route {
  return route(
    {
      method: "delete",
      path: "/projects/{project_id}",
      id: "removeProject",
      group,
      summary: "Remove a project",
      description: "The repository stays as it is. Its sessions go on; new ones are refused, and its slug is free.",
      params: projectPath,
      responses: { 204: { description: "Removed" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await projects.remove(principal, params.project_id), () => empty(204)),
  );
}

async function answerShown<A extends JsonReply<200 | 201, Project>>(
  uses: Uses,
  outcome: Outcome<ProjectResource>,
  encode: (found: ProjectResource, shown: Project) => A,
): Promise<A | RefusedReply> {
  return outcome.ok ? encode(outcome.value, await show(uses, outcome.value)) : refused(outcome.refusal);
}

async function show({ projects }: Uses, found: ProjectResource): Promise<Project> {
  return encodeProject(found, await projects.spentOf(found.id));
}

function encodeProject(found: ProjectResource, spent: Project["spent"]): Project {
  const { body, archivedAt } = found;
  return {
    ...recordOf(found),
    status: archivedAt === null ? "active" : "archived",
    archived_at: archivedAt,
    display_name: body.display_name ?? null,
    path: body.path ?? null,
    url: body.url ?? null,
    default_branch: body.default_branch ?? null,
    default_agent_id: body.default_agent_id ?? null,
    default_harness: body.default_harness ?? null,
    default_model_id: body.default_model_id ?? null,
    rules: body.rules,
    setup: body.setup,
    setup_timeout_seconds: body.setup_timeout_seconds,
    copy_files: body.copy_files,
    max_sessions: body.max_sessions ?? null,
    tracker: body.tracker ?? null,
    merge_strategy: body.merge_strategy,
    budget: body.budget ?? null,
    network_access: body.network_access ?? null,
    spent,
  };
}
