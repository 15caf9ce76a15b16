/** The MCP servers of a node, made of what the records say. Their client is loaded by the first turn that needs it. */
import { tmpdir } from "node:os";
import { openMcpServers } from "../capabilities/mcp/servers.ts";
import type { McpServers } from "../capabilities/mcp/servers.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { FindMcpServer, ListMcpServers } from "../core/ports/mcp.ts";
import type { LookupAddresses } from "../lib/fetch/safe-fetch.ts";

export interface McpDeps {
  readonly find: FindMcpServer;
  readonly list: ListMcpServers;
  readonly lookup: LookupAddresses;
  /** Where programs are found. */
  readonly path: string;
  readonly version: string;
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
}

export function openMcp({ find, list, lookup, path, version, clock, onFault }: McpDeps): McpServers {
  return openMcpServers({
    find,
    list,
    version,
    onFault,
    now: () => clock.monotonic(),
    async openTransport(target) {
      const { makeOpenTransport } = await import("../capabilities/mcp/open-transport.ts");
      return makeOpenTransport({ lookup, path, folder: tmpdir() })(target);
    },
  });
}
