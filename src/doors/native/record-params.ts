/** Path parameters of plain resources and keys. */
import { z } from "zod";
import { idParam, textParam } from "../../http/input.ts";

export const agentPath = z.object({ agent_id: idParam("agent") });
/** PUT also takes a name, and then makes what is not there. */
export const agentOrNamePath = z.object({ agent_id: textParam(200) });
export const harnessPath = z.object({ harness_id: idParam("harness") });
export const providerPath = z.object({ provider_id: idParam("provider") });
export const modelPath = z.object({ model_id: idParam("model") });
export const mcpServerPath = z.object({ mcp_server_id: idParam("mcp_server") });
export const skillPath = z.object({ skill_id: idParam("skill") });
/** Also a slug. */
export const projectPath = z.object({ project_id: textParam(200) });
export const keyPath = z.object({ key_id: idParam("key") });
export const workspacePath = z.object({ workspace_id: idParam("workspace") });
export const capabilityPath = z.object({ capability_id: textParam(200) });
