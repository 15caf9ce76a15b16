/** Agents, and the harnesses and capabilities they are made of. */
import type {
  Agent as WireAgent,
  AgentList as WireAgentList,
  Harness as WireHarness,
  HarnessList as WireHarnessList,
} from "../doors/native/schema/agent.ts";
import type {
  Capability as WireCapability,
  CapabilityList as WireCapabilityList,
} from "../doors/native/schema/capability.ts";
import type {
  Agent,
  AgentList,
  Capability,
  CapabilityList,
  CreateAgent,
  EditAgent,
  Harness,
  HarnessList,
  PageQuery,
  ReplaceAgent,
} from "./shapes.ts";
import type { Transport } from "./transport.ts";

export type ListArchivable = PageQuery & { readonly includeArchived?: boolean };

export interface Agents {
  list(query?: ListArchivable): Promise<AgentList>;
  get(agentId: string): Promise<Agent>;
  create(agent: CreateAgent): Promise<Agent>;
  update(agentId: string, change: EditAgent): Promise<Agent>;
  /** Makes the agent of this name or id, or replaces what it is. */
  apply(nameOrId: string, agent: ReplaceAgent): Promise<Agent>;
  /** Archives it: sessions that have it keep it. */
  delete(agentId: string): Promise<void>;
}

export function makeAgents({ json, empty }: Transport): Agents {
  const at = (id: string) => `/agents/${encodeURIComponent(id)}`;
  return {
    list: (query) => json<WireAgentList>({ method: "GET", path: "/agents", query: { ...query } }),
    get: (agentId) => json<WireAgent>({ method: "GET", path: at(agentId) }),
    create: (agent) => json<WireAgent>({ method: "POST", path: "/agents", json: agent }),
    update: (agentId, change) => json<WireAgent>({ method: "PATCH", path: at(agentId), json: change }),
    apply: (nameOrId, agent) => json<WireAgent>({ method: "PUT", path: at(nameOrId), json: agent }),
    delete: (agentId) => empty({ method: "DELETE", path: at(agentId) }),
  };
}

export interface Harnesses {
  list(query?: ListArchivable): Promise<HarnessList>;
  get(harnessId: string): Promise<Harness>;
}

export function makeHarnesses({ json }: Transport): Harnesses {
  return {
    list: (query) => json<WireHarnessList>({ method: "GET", path: "/harnesses", query: { ...query } }),
    get: (id) => json<WireHarness>({ method: "GET", path: `/harnesses/${encodeURIComponent(id)}` }),
  };
}

export interface Capabilities {
  list(query?: PageQuery): Promise<CapabilityList>;
  get(capabilityId: string): Promise<Capability>;
}

export function makeCapabilities({ json }: Transport): Capabilities {
  return {
    list: (query) => json<WireCapabilityList>({ method: "GET", path: "/capabilities", query: { ...query } }),
    get: (id) => json<WireCapability>({ method: "GET", path: `/capabilities/${encodeURIComponent(id)}` }),
  };
}
