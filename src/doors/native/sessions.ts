/** Sessions: make, get, change. What ends or holds them is in `session-actions.ts`. */
import type { z } from "zod";
import type { CreateSessionCommand } from "../../app/create-session.ts";
import type { EditSessionCommand } from "../../app/edit-session.ts";
import type { InitialFile } from "../../app/initial-files.ts";
import type { Limits } from "../../core/limits.ts";
import { refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { hashBody, readIdempotencyKey } from "./idempotency.ts";
import { sessionPath } from "./params.ts";
import { clientToolsOf, warningHeader, warningOf } from "./schema/tool.ts";
import { createSessionBody, editSessionBody, session } from "./schema/session.ts";
import { answerNewSession, answerSession } from "./show-session.ts";
import type { SessionUseCases } from "./use-cases.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

type CreateBody = z.output<ReturnType<typeof createSessionBody>>;

export interface SessionRouteDeps {
  readonly uses: Pick<SessionUseCases, "createSession" | "getSession" | "editSession"> &
    Pick<SurroundingUseCases, "describeSessions">;
  readonly limits: Limits;
  readonly now: () => number;
}

export function sessionRoutes(deps: SessionRouteDeps): readonly Route[] {
  return [createRoute(deps), getRoute(deps), editRoute(deps)];
}

function createRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions",
      id: "createSession",
      group: "sessions",
      summary: "Create a session",
      description: "With an `Idempotency-Key` header, the same key and body answer with the same session.",
      body: {
        kind: "json",
        schema: createSessionBody(deps.limits),
        limit: { maxBytes: deps.limits.fileBodyBytes, setting: "fileBodyBytes" },
      },
      responses: { 201: { description: "The session", schema: session, headers: warningHeader } },
      refusals: ["not_found", "idempotency_mismatch", "too_large"],
    },
    async (request) => {
      const key = readIdempotencyKey(request);
      if (!key.ok) return refused(key.refusal);
      const idempotency =
        key.value === undefined ? {} : { idempotency: { key: key.value, bodyHash: hashBody(request.body) } };
      const command = { ...createCommandOf(request.body), ...idempotency };
      const { principal, origin } = request;
      const asked = { principal, origin, headers: warningOf(request.body.tools) };
      return answerNewSession(deps, asked, await deps.uses.createSession(principal, command));
    },
  );
}

function createCommandOf(body: CreateBody): CreateSessionCommand {
  const { agent_id: agentId, harness_id: harnessId, harness_name: harnessName, capabilities } = body;
  const { harness, project_id: projectId } = body;
  const { whenBusy, toolPolicies: _, ...settings } = editCommandOf(body);
  return {
    origin: "api",
    ...settings,
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(typeof agentId === "string" ? { agentId } : {}),
    ...(typeof harnessId === "string" ? { harnessId } : {}),
    ...(typeof harnessName === "string" ? { harnessName } : {}),
    ...(typeof harness === "string" ? { harness } : {}),
    ...(typeof projectId === "string" ? { projectId } : {}),
    ...(capabilities === undefined
      ? {}
      : { capabilities: capabilities.map(({ ref, config }) => (config === undefined ? { ref } : { ref, config })) }),
    ...(body.tool_policies === undefined ? {} : { toolPolicies: body.tool_policies }),
    ...(body.initial_files === undefined ? {} : { initialFiles: body.initial_files.map(initialFileOf) }),
  };
}

function initialFileOf({
  is_readonly: isReadonly,
  ...file
}: NonNullable<CreateBody["initial_files"]>[number]): InitialFile {
  return { ...file, isReadonly };
}

/** What making and changing a session say in the same words. */
type SettingsBody = Omit<z.output<ReturnType<typeof editSessionBody>>, "project_id">;
type SettingsCommand = Omit<EditSessionCommand, "projectId">;

function editCommandOf(body: SettingsBody): SettingsCommand {
  const { title, tags, model_id, system_prompt, max_iterations, locale, when_busy } = body;
  const { tools, tool_policies, allowed_tools, network_access, hints } = body;
  return {
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(model_id === undefined ? {} : { modelId: model_id }),
    ...(system_prompt === undefined ? {} : { systemPrompt: system_prompt }),
    ...(max_iterations === undefined ? {} : { maxIterations: max_iterations }),
    ...(locale === undefined ? {} : { locale }),
    ...(when_busy === undefined ? {} : { whenBusy: when_busy }),
    ...(network_access === undefined ? {} : { networkAccess: network_access }),
    ...(hints === undefined ? {} : { hints }),
    ...workCommandOf(body),
    ...(tools === undefined ? {} : { tools: clientToolsOf(tools) }),
    ...(tool_policies === undefined ? {} : { toolPolicies: tool_policies }),
    ...(allowed_tools === undefined ? {} : { allowedTools: allowed_tools }),
  };
}

function workCommandOf(body: SettingsBody): SettingsCommand {
  const { task_id, role, issue_id, deep_work_id, branch_name, auto_commit, model_code, initial_prompt, data } = body;
  return {
    ...(task_id === undefined ? {} : { taskId: task_id }),
    ...(role === undefined ? {} : { role }),
    ...(issue_id === undefined ? {} : { issueId: issue_id }),
    ...(deep_work_id === undefined ? {} : { deepWorkId: deep_work_id }),
    ...(branch_name === undefined ? {} : { branchName: branch_name }),
    ...(auto_commit === undefined ? {} : { autoCommit: auto_commit }),
    ...(model_code === undefined ? {} : { modelCode: model_code }),
    ...(initial_prompt === undefined ? {} : { initialPrompt: initial_prompt }),
    ...(data === undefined ? {} : { data }),
  };
}

function getRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}",
      id: "getSession",
      group: "sessions",
      summary: "Get a session",
      params: sessionPath,
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    async (request) =>
      answerSession(deps, request, await deps.uses.getSession(request.principal, request.params.session_id)),
  );
}

function editRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "patch",
      path: "/sessions/{session_id}",
      id: "editSession",
      group: "sessions",
      summary: "Change title, tags or settings of a session",
      params: sessionPath,
      body: { kind: "json", schema: editSessionBody(deps.limits) },
      responses: { 200: { description: "The session", schema: session, headers: warningHeader } },
      refusals: ["not_found", "has_checkout", "turn_running"],
    },
    async ({ principal, origin, params, body }) => {
      const { project_id: projectId } = body;
      const command = { ...editCommandOf(body), ...(projectId === undefined ? {} : { projectId }) };
      const edited = await deps.uses.editSession(principal, params.session_id, command);
      return answerSession(deps, { principal, origin, headers: warningOf(body.tools) }, edited);
    },
  );
}
