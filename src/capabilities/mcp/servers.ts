/**
 * The MCP servers that a node talks to: one connection for each server of each workspace, opened by the first turn that
 * has its capability.
 *
 * Invariant: a server that was changed is another one; nothing goes over a connection that was made by older settings.
 * When this is closed, so is every connection, and every program has ended.
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { FindMcpServer, ListMcpServers, McpLine, McpTarget, Probed } from "../../core/ports/mcp.ts";
import type { CapabilitySource, OwnCapability } from "../../core/ports/tools.ts";
import type { CapabilityRef } from "../../core/session.ts";
import { describeMcp, mcpCapability, nameOfRef, refOf } from "./capability.ts";
import type { McpServer, McpServerDeps } from "./server.ts";

export interface McpServersDeps extends Omit<McpServerDeps, "limits"> {
  readonly find: FindMcpServer;
  readonly list: ListMcpServers;
  readonly limits?: Partial<McpServerDeps["limits"]>;
}

export interface McpServers extends CapabilitySource, AsyncDisposable {
  /** The tools of a server by the names that a model calls them, or why there are none. */
  probe(target: McpTarget): Promise<Probed>;
}

const usualLimits: McpServerDeps["limits"] = {
  connectMs: 10_000,
  callMs: 60_000,
  listMs: 5 * 60_000,
  idleMs: 5 * 60_000,
  downMs: 30_000,
};

export function openMcpServers(deps: McpServersDeps): McpServers {
  const servers = new Map<string, McpServer>();
  let isClosed = false;

  async function serverOf(target: McpTarget): Promise<McpServer> {
    // The client is large, and most servers have no use for it.
    const { McpServer } = await import("./server.ts");
    if (isClosed) throw new Error("The MCP servers are closed");
    const known = servers.get(target.id);
    if (known?.target.version === target.version) return known;
    known?.[Symbol.asyncDispose]().catch(deps.onFault);
    const made = new McpServer(target, { ...deps, limits: { ...usualLimits, ...deps.limits } });
    servers.set(target.id, made);
    return made;
  }

  async function openOne(workspaceId: WorkspaceId, { ref, config }: CapabilityRef): Promise<readonly OwnCapability[]> {
    const found = await deps.find(workspaceId, nameOfRef(ref) ?? "");
    if (found.kind === "absent") return [];
    if (found.kind === "needs_key") {
      deps.onFault(new Error(`The MCP server of "${ref}" is left out: its secrets were sealed under another key`));
      return [];
    }
    const server = await serverOf(found.target);
    return [await mcpCapability({ ref, target: found.target, config, toolsOf: (only) => server.tools(only) })];
  }

  return {
    async open(workspaceId, refs) {
      const mine = refs.filter(({ ref }) => nameOfRef(ref) !== undefined);
      return (await Promise.all(mine.map((ref) => openOne(workspaceId, ref)))).flat();
    },
    async describe(workspaceId, ref) {
      const found = await deps.find(workspaceId, nameOfRef(ref) ?? "");
      if (found.kind === "absent") return undefined;
      return found.kind === "found"
        ? shown(servers, ref, found.target)
        : describeMcp({ id: ref, name: ref, description: "" });
    },
    list: async (workspaceId) => (await deps.list(workspaceId)).map((line) => shown(servers, refOf(line.name), line)),
    probe: async (target) => (await serverOf(target)).probe(),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const all = [...servers.values()];
      servers.clear();
      await Promise.all(all.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** As it was last heard of. */
function shown(servers: ReadonlyMap<string, McpServer>, ref: string, { id, version, name, description }: McpLine) {
  const known = servers.get(id);
  const tools = known?.target.version === version ? known.knownTools() : [];
  return describeMcp({ id: ref, name, description }, tools);
}
