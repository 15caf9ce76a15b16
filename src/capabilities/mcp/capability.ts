/** The capability `mcp:<server>`, as it is at one moment: its tools are those that the server lists. */
import { z } from "zod";

import type { McpTarget } from "../../core/ports/mcp.ts";
import type { OwnCapability, Tool } from "../../core/ports/tools.ts";
import type { CapabilityRef } from "../../core/session.ts";
import { defineCapability } from "../define-capability.ts";

const PREFIX = "mcp:";

const config = z.strictObject({
  tools: z
    .array(z.string().max(200))
    .max(200)
    .optional()
    .meta({ description: "The server's own names of the tools to be had; all if left out" }),
});

export interface OpenedServer {
  readonly ref: string;
  readonly target: McpTarget;
  readonly config: CapabilityRef["config"];
  toolsOf(only: readonly string[] | undefined): Promise<readonly Tool[]>;
}

/** The name or id of a server, if this names one. */
export function nameOfRef(ref: string): string | undefined {
  return ref.startsWith(PREFIX) ? ref.slice(PREFIX.length) : undefined;
}

export function refOf(name: string): string {
  return `${PREFIX}${name}`;
}

export async function mcpCapability({ ref, target, config: given, toolsOf }: OpenedServer): Promise<OwnCapability> {
  const parsed = config.safeParse(given ?? {});
  const tools = parsed.success ? await toolsOf(parsed.data.tools) : [];
  return describeMcp({ ...target, id: ref }, tools);
}

/** Without its tools it says what a configuration may hold. */
export function describeMcp(
  { id, name, description }: { readonly id: string; readonly name: string; readonly description: string },
  tools: readonly Tool[] = [],
): OwnCapability {
  const capability = defineCapability({
    id,
    name,
    description: description === "" ? `The tools of the MCP server ${name}` : description,
    risk: "high",
    features: [],
    config,
    tools: () => tools,
  });
  return { ...capability, kind: "mcp" };
}
