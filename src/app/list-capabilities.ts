/** What agents and sessions of a workspace can be given: what comes with the program, then what is the workspace's own. */
import type { Capability, CapabilitySource, OwnCapability } from "../core/ports/tools.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Reader } from "./records/resource.ts";

export type ListedCapability = Capability & Partial<Pick<OwnCapability, "kind">>;

export interface CapabilityReads {
  list(reader: Reader, search: string): Promise<readonly ListedCapability[]>;
  get(reader: Reader, id: string): Promise<Outcome<ListedCapability>>;
}

export interface CapabilityReadsDeps {
  readonly capabilities: readonly Capability[];
  readonly ownCapabilities: Pick<CapabilitySource, "describe" | "list">;
}

export function makeCapabilityReads({ capabilities, ownCapabilities }: CapabilityReadsDeps): CapabilityReads {
  return {
    async list({ workspaceId }, search) {
      const all: readonly ListedCapability[] = [...capabilities, ...(await ownCapabilities.list(workspaceId))];
      return all.filter((each) => isFound(each, search.toLowerCase()));
    },
    async get({ workspaceId }, id) {
      const known = capabilities.find((each) => each.id === id);
      const found: ListedCapability | undefined = known ?? (await ownCapabilities.describe(workspaceId, id));
      return found === undefined ? refuse({ code: "not_found", kind: "capability", id }) : accept(found);
    },
  };
}

function isFound({ id, name, description }: Capability, search: string): boolean {
  return `${id} ${name} ${description}`.toLowerCase().includes(search);
}
