/** Agents beside their records: as files, as copies, and as what a turn of them would be given. */
import type { AgentPreview } from "../../app/preview-agent.ts";
import type { ToolDefinition } from "../../core/ports/tools.ts";
import { httpProblem } from "../../http/problems.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeAgent } from "./encode-record.ts";
import { agentPath } from "./record-params.ts";
import { etagOf, versionHeaders } from "./record-version.ts";
import { agent, agentPreview, copyAgentBody, previewAgentBody } from "./schema/agent.ts";
import { clientToolsOf } from "./schema/tool.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "agents" | "agentFiles" | "previewAgent">;

const group = "agents";
const made = { description: "The new agent", schema: agent, headers: versionHeaders } as const;
const MARKDOWN = "text/markdown";

export function agentFileRoutes(uses: Uses): readonly Route[] {
  return [importRoute(uses), exportRoute(uses), copyRoute(uses), previewRoute(uses), previewOneRoute(uses)];
}

function importRoute({ agentFiles }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/agents/import",
      id: "importAgent",
      group,
      summary: "Make an agent of a file: YAML between two lines of ---, its system prompt below",
      description: "`harness` and `model` are names. To change an agent that is there, PUT it by its name.",
      body: { kind: "any", description: "Markdown with front matter" },
      responses: { 201: made },
      refusals: ["already_exists", "not_found", "too_large"],
      problems: ["unsupported_media_type", "malformed_json"],
    },
    async ({ principal, body }) => {
      if (body.isJson) return { kind: "problem", problem: notMarkdown(body.contentType) };
      const text = await body.text();
      if (!text.ok) return { kind: "problem", problem: text.problem };
      return answer(await agentFiles.take(principal, text.value), (taken) =>
        json(201, encodeAgent(taken), { ...etagOf(taken), Location: `/api/v1/agents/${taken.id}` }),
      );
    },
  );
}

function notMarkdown(contentType: string) {
  const detail = `The body must be ${MARKDOWN} with front matter, and "${contentType}" was sent`;
  return httpProblem("unsupported_media_type", detail);
}

function exportRoute({ agentFiles }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/agents/{agent_id}/export",
      id: "exportAgent",
      group,
      summary: "The agent as a file that can be imported",
      params: agentPath,
      responses: { 200: { description: "Markdown with front matter", content: MARKDOWN } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => {
      const file = await agentFiles.format(principal, params.agent_id);
      if (!file.ok) return refused(file.refusal);
      const { name, text } = file.value;
      const headers = {
        "Content-Type": `${MARKDOWN}; charset=utf-8`,
        "Content-Disposition": `attachment; filename="${name}"`,
      };
      return { kind: "raw", status: 200, body: text, headers };
    },
  );
}

function copyRoute({ agents }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/agents/{agent_id}/copy",
      id: "copyAgent",
      group,
      summary: "Make another agent like this one",
      params: agentPath,
      body: { kind: "json", schema: copyAgentBody, isOptional: true },
      responses: { 201: made },
      refusals: ["not_found", "already_exists", "too_large"],
    },
    async ({ principal, params, body }) => {
      const name = body?.name === undefined ? {} : { name: body.name };
      return answer(await agents.copy(principal, { id: params.agent_id, ...name }), (copy) =>
        json(201, encodeAgent(copy), { ...etagOf(copy), Location: `/api/v1/agents/${copy.id}` }),
      );
    },
  );
}

const shown = { description: "Instructions and tools", schema: agentPreview } as const;

function previewRoute({ previewAgent }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/agents/preview",
      id: "previewAgent",
      group,
      summary: "What a turn of such an agent would be given",
      access: "read",
      body: { kind: "json", schema: previewAgentBody },
      responses: { 200: shown },
      refusals: ["not_found", "too_large"],
    },
    async ({ principal, body: { tools, ...body } }) => {
      const told = tools === undefined ? body : { ...body, tools: clientToolsOf(tools) };
      return answer(await previewAgent.ofBody(principal, told), (preview) => json(200, encodePreview(preview)));
    },
  );
}

function previewOneRoute({ previewAgent }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/agents/{agent_id}/preview",
      id: "previewOneAgent",
      group,
      summary: "What a turn of the agent would be given",
      access: "read",
      params: agentPath,
      responses: { 200: shown },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await previewAgent.byId(principal, params.agent_id), (preview) => json(200, encodePreview(preview))),
  );
}

function encodePreview({ systemPrompt, tools }: AgentPreview) {
  return { system_prompt: systemPrompt, tools: tools.map(encodeTool) };
}

function encodeTool({ name, description, parameters, policy = "auto" }: ToolDefinition) {
  return { name, description, parameters: { ...parameters }, policy };
}
