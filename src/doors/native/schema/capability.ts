/** Capabilities on the native wire. The list has its items twice, under both of the names that the guide has used. */
import { z } from "zod";
import { listEnvelope } from "../../../http/paging.ts";

export const capability = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    status: z.literal("available"),
    risk_level: z.enum(["low", "medium", "high"]),
    features: z.array(z.string()),
    dependencies: z.array(z.string()),
    is_mcp: z.boolean(),
    is_skill: z.boolean(),
    system_prompt: z.string().nullable(),
    config_schema: z.record(z.string(), z.unknown()).meta({ description: "JSON Schema of `config`" }),
    tool_definitions: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        parameters: z.record(z.string(), z.unknown()).meta({ description: "JSON Schema of the arguments" }),
      }),
    ),
  })
  .meta({ id: "Capability" });

export const capabilityList = listEnvelope(capability)
  .extend({ items: z.array(capability) })
  .meta({ id: "CapabilityList" });

export type Capability = z.infer<typeof capability>;
export type CapabilityList = z.infer<typeof capabilityList>;
