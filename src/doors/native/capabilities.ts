/** Capabilities: what an agent or session can be given. They come with the program, or are made of what a workspace has. */
import type { ListedCapability } from "../../app/list-capabilities.ts";
import { answer, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { cutPage, envelopeOf, recordQuery } from "./record-page.ts";
import { capabilityPath } from "./record-params.ts";
import { capability, capabilityList } from "./schema/capability.ts";
import type { Capability as WireCapability } from "./schema/capability.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "capabilities">;

const group = "capabilities";

export function capabilityRoutes(uses: Uses): readonly Route[] {
  return [listRoute(uses), getRoute(uses)];
}

function listRoute({ capabilities }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/capabilities",
      id: "listCapabilities",
      group,
      summary: "List capabilities with their tools",
      description: "The workspace's own are `mcp:<server>`, with the tools it listed last, and `skill:<name>`.",
      query: recordQuery,
      responses: { 200: { description: "A page of capabilities", schema: capabilityList } },
    },
    async ({ principal, query }) => {
      const found = await capabilities.list(principal, query.search ?? "");
      const page = envelopeOf(cutPage(found, query), query, encodeCapability);
      return json(200, { ...page, items: page.data });
    },
  );
}

function getRoute({ capabilities }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/capabilities/{capability_id}",
      id: "getCapability",
      group,
      summary: "Get a capability",
      params: capabilityPath,
      responses: { 200: { description: "The capability", schema: capability } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await capabilities.get(principal, params.capability_id), (found) => json(200, encodeCapability(found))),
  );
}

function encodeCapability(found: ListedCapability): WireCapability {
  const { id, name, description, risk, features, prompt, configSchema } = found;
  return {
    id,
    name,
    description,
    status: "available",
    risk_level: risk,
    features: [...features],
    dependencies: [],
    is_mcp: found.kind === "mcp",
    is_skill: found.kind === "skill",
    system_prompt: prompt ?? null,
    config_schema: configSchema,
    tool_definitions: found.tools({}).map(({ definition }) => ({
      name: definition.name,
      description: definition.description,
      parameters: definition.parameters,
    })),
  };
}
