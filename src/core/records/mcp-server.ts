/** The body of an MCP server's record. Values of headers and variables, and the API key, are sealed in another record. */
import { z } from "zod";

export const mcpTransportTypes = ["http", "stdio"] as const;

export const mcpServerBody = z.object({
  transport_type: z.enum(mcpTransportTypes),
  description: z.string().nullish(),
  url: z.string().nullish(),
  /** An owner gave the URL. */
  is_private_allowed: z.boolean().default(false),
  command: z.string().nullish(),
  args: z.array(z.string()).default([]),
  has_api_key: z.boolean().default(false),
  header_names: z.array(z.string()).default([]),
  env_names: z.array(z.string()).default([]),
  /** Which sealed values are meant; others are not used, so that none ever meets a place it was not given for. */
  seal: z.string().nullish(),
});

export type McpServerBody = z.infer<typeof mcpServerBody>;
