/** All routes of plain resources and keys. */
import type { Limits } from "../../core/limits.ts";
import type { Route } from "../../http/route.ts";
import { agentFileRoutes } from "./agent-files.ts";
import { agentRoutes } from "./agents.ts";
import { authRoutes } from "./auth.ts";
import { capabilityRoutes } from "./capabilities.ts";
import { harnessRoutes } from "./harnesses.ts";
import { keyRoutes } from "./keys.ts";
import { mcpServerRoutes } from "./mcp-servers.ts";
import { modelRoutes } from "./models.ts";
import { organizationRoutes } from "./organizations.ts";
import { projectRoutes } from "./projects.ts";
import { providerRoutes } from "./providers.ts";
import { skillRoutes } from "./skills.ts";
import type { RecordUseCases } from "./use-cases-records.ts";
import { workspaceRoutes } from "./workspaces.ts";

export interface RecordRouteDeps {
  readonly uses: RecordUseCases;
  readonly limits: Limits;
  readonly now: () => number;
}

export function recordRoutes({ uses, limits, now }: RecordRouteDeps): readonly Route[] {
  return [
    ...agentRoutes(uses),
    ...agentFileRoutes(uses),
    ...harnessRoutes(uses),
    ...providerRoutes(uses),
    ...modelRoutes(uses),
    ...capabilityRoutes(uses),
    ...mcpServerRoutes(uses),
    ...projectRoutes(uses),
    ...skillRoutes({ uses, limits }),
    ...keyRoutes({ uses, now }),
    ...workspaceRoutes(uses),
    ...organizationRoutes(uses),
    ...authRoutes({ uses, now }),
  ];
}
