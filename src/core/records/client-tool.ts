/**
 * Tools that the session's client carries out, and what policies say about all tools: the schemas for both, as they are
 * stored and shown. Whether names clash with other tools is the use case's to say.
 */
import { z } from "zod";

/** What every vendor takes as the name of a tool; `mcp_` is for tools of MCP servers. */
const toolName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -")
  .refine((name) => !name.startsWith("mcp_"), 'must not begin with "mcp_", which names tools of MCP servers');

const MAX_SCHEMA_LENGTH = 32 * 1024;

const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine(({ type }) => type === undefined || type === "object", 'must be the schema of an object: type "object"')
  .refine(
    (schema) => JSON.stringify(schema).length <= MAX_SCHEMA_LENGTH,
    `is longer than ${MAX_SCHEMA_LENGTH} characters`,
  );

export const clientTool = z
  .object({
    type: z.literal("client_side"),
    name: toolName,
    description: z.string().max(10_240),
    parameters: jsonSchema.default({ type: "object", properties: {} }),
    display_name: z.string().max(200).optional(),
    hints: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: "ClientTool",
    description: "A tool that the client carries out: the turn waits for its results (POST …/tool-results)",
  });

export const toolPolicy = z.enum(["auto", "approve"]).meta({
  id: "ToolPolicy",
  description: "auto: calls run at once; approve: a person is asked first",
});

/** By name of the tool, or a glob such as `mcp_github__*`. */
export const toolPolicies = z.record(z.string().min(1).max(200), toolPolicy);

export type ClientTool = z.infer<typeof clientTool>;
export type ToolPolicies = Readonly<z.infer<typeof toolPolicies>>;
