/** MCP servers on the native wire. Values of headers and variables, and the key, go in and never come out. */
import { z } from "zod";
import { mcpTransportTypes } from "../../../core/records/mcp-server.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { nameField, recordFields } from "./agent.ts";

export const mcpServer = z
  .object({
    ...recordFields,
    transport_type: z.enum(mcpTransportTypes),
    description: z.string().nullable(),
    url: z.string().nullable(),
    command: z.string().nullable(),
    args: z.array(z.string()),
    api_key_set: z.boolean(),
    header_names: z.array(z.string()),
    env_names: z.array(z.string()),
    capability: z.string().meta({ description: "By this an agent or session is given its tools: `mcp:<name>`" }),
    status: z.enum(["active", "needs_key"]).meta({
      description: "needs_key: its values were sealed under another secret key, or only half changed; set them anew",
    }),
  })
  .meta({ id: "McpServer" });

export const mcpServerList = listEnvelope(mcpServer).meta({ id: "McpServerList" });

const values = z.record(z.string(), z.string().max(8_192));

const mcpServerFields = {
  description: z.string().max(10_240).nullish(),
  url: z.string().max(2_000).nullish().meta({
    description: "Of its streamable HTTP endpoint. Only owners may name a private address. It is shown to all",
  }),
  command: z.string().max(1_000).nullish().meta({ description: "The program to run; only owners may name one" }),
  args: z.array(z.string().max(4_096)).max(100).nullish().meta({ description: "Shown to all; secrets go in `env`" }),
  api_key: z.string().max(4_096).nullish().meta({ description: "Sent as `Authorization: Bearer …`" }),
  headers: values.nullish(),
  env: values.nullish().meta({ description: "Beside PATH the whole environment of the program" }),
} as const;

export const createMcpServerBody = z
  .object({ name: nameField, transport_type: z.enum(mcpTransportTypes).default("http"), ...mcpServerFields })
  .meta({ id: "CreateMcpServer" });

export const editMcpServerBody = z.object({ name: nameField.optional(), ...mcpServerFields }).meta({
  id: "EditMcpServer",
  description: "What is left out stays as it is; null clears; headers and variables are given as a whole",
});

export const mcpServerTest = z
  .object({
    ok: z.boolean(),
    tools: z.array(z.string()).meta({ description: "By the names that a model calls them" }),
    error: z.string().nullable(),
  })
  .meta({ id: "McpServerTest" });

export type McpServer = z.infer<typeof mcpServer>;
export type McpServerList = z.infer<typeof mcpServerList>;
export type CreateMcpServer = z.input<typeof createMcpServerBody>;
export type EditMcpServer = z.input<typeof editMcpServerBody>;
export type McpServerTest = z.infer<typeof mcpServerTest>;
