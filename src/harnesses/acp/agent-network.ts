/**
 * What an agent may reach where its session has network rules (C6): its own namespace has no network, and what goes out
 * does so by name, through this process. Serai's own tools are found as ever.
 */
import { join } from "node:path";
import { allowsHost, ruleOfAddress } from "../../core/network-rules.ts";
import type { SpawnedInput } from "../../core/ports/harness.ts";
import { openFencedNetwork } from "../../lib/fenced-network/fenced-network.ts";
import type { FencedNetwork } from "../../lib/fenced-network/fenced-network.ts";
import { AgentFault } from "./agent-fault.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

const NOT_HELD =
  "The session has network rules, and a program can be held to them in a sandbox only. Take the rules away, or let " +
  "agents be isolated. There is no sandbox";

export interface NetworkWish {
  readonly spawned: Pick<SpawnedInput, "mcpServers" | "networkRules" | "stateFolder">;
  /** Nothing: there is a sandbox. */
  readonly whyOpen: string | null;
  readonly onRefused: (hostname: string, reason: string) => void;
}

/** Nothing where no rule takes anything away. Errors: `AgentFault`. */
export async function openAgentNetwork({ spawned, whyOpen, onRefused }: NetworkWish): Promise<FencedNetwork | null> {
  const { networkRules, mcpServers, stateFolder } = spawned;
  if (networkRules === undefined) return null;
  if (whyOpen !== null) throw new AgentFault("agent_not_started", `${NOT_HELD}: ${whyOpen}`);
  const servers = mcpServers.map(({ url }) => new URL(url));
  const local = servers.filter(({ hostname }) => LOOPBACK.has(hostname));
  return openFencedNetwork({
    folder: join(stateFolder, "network"),
    isAllowed: (hostname) => allowsHost(networkRules, hostname),
    ruleOfAddress: (lead) => ruleOfAddress(networkRules, lead),
    own: servers.filter((url) => !local.includes(url)).map(({ host }) => host),
    ports: [...new Set(local.map(({ port }) => Number(port === "" ? 80 : port)))],
    onRefused,
  });
}
