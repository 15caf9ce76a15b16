/** Agents and harnesses on the native wire. Nullable fields are always present; in a PATCH null clears a field. */
import { z } from "zod";
import { capabilityRef, networkAccess } from "../../../core/records/bodies.ts";
import { harnessNames } from "../../../core/session.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { editToolPolicies, toolEntries, toolFields } from "./tool.ts";

export const recordStatus = z.enum(["active", "archived"]).meta({ id: "RecordStatus" });

/** What every plain resource has. */
export const recordFields = {
  id: z.string(),
  organization_id: z.string(),
  name: z.string(),
  /** Counts its changes; send it as `If-Match` to be told of a change that came between. */
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
} as const;

const archivable = { status: recordStatus, archived_at: z.iso.datetime().nullable() } as const;

export const agent = z
  .object({
    ...recordFields,
    ...archivable,
    display_name: z.string().nullable(),
    description: z.string().nullable(),
    system_prompt: z.string(),
    default_model_id: z.string().nullable(),
    harness_id: z.string().nullable(),
    tags: z.array(z.string()),
    capabilities: z.array(capabilityRef),
    max_iterations: z.int().nullable(),
    network_access: networkAccess.nullable(),
    ...toolFields,
  })
  .meta({ id: "Agent" });

export const agentList = listEnvelope(agent).meta({ id: "AgentList" });

export const nameField = z.string().max(2_048);
export const idField = z.string().max(200);
const descriptionField = z.string().max(10_240);

const agentFields = {
  display_name: z.string().max(2_048).nullish(),
  description: descriptionField.nullish(),
  default_model_id: idField.nullish(),
  harness_id: idField.nullish(),
  tags: z.array(z.string().min(1)).optional(),
  capabilities: z.array(capabilityRef).optional(),
  max_iterations: z.int().positive().nullish(),
  network_access: networkAccess.nullish(),
  tools: toolEntries.optional(),
} as const;

const policiesField = { tool_policies: toolFields.tool_policies.optional() } as const;

export const createAgentBody = z
  .object({ name: nameField, system_prompt: z.string(), ...agentFields, ...policiesField })
  .meta({ id: "CreateAgent" });

export const replaceAgentBody = z
  .object({ name: nameField.optional(), system_prompt: z.string(), ...agentFields, ...policiesField })
  .meta({ id: "ReplaceAgent", description: "What is left out is cleared" });

export const editAgentBody = z
  .object({
    name: nameField.optional(),
    system_prompt: z.string().optional(),
    ...agentFields,
    tool_policies: editToolPolicies.optional(),
    status: recordStatus.optional(),
  })
  .meta({ id: "EditAgent", description: "What is left out stays as it is; null clears" });

export const copyAgentBody = z.object({ name: nameField.optional() }).meta({ id: "CopyAgent" });

export const previewAgentBody = z
  .object({ system_prompt: z.string().default(""), ...agentFields, ...policiesField })
  .meta({ id: "PreviewAgent", description: "An agent that need not be there" });

export const agentPreview = z
  .object({
    system_prompt: z.string(),
    tools: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        parameters: z.record(z.string(), z.unknown()).meta({ description: "JSON Schema of the arguments" }),
        policy: z.enum(["auto", "approve", "client_side"]),
      }),
    ),
  })
  .meta({ id: "AgentPreview", description: "What a turn would be given" });

export const harness = z
  .object({
    ...recordFields,
    ...archivable,
    kind: z.string().meta({ description: `What carries out a turn: ${harnessNames.join(", ")}` }),
    description: z.string().nullable(),
    system_prompt: z.string(),
    capabilities: z.array(capabilityRef),
    default_model_id: z.string().nullable(),
    parent_harness_id: z.string().nullable(),
    is_built_in: z.boolean(),
  })
  .meta({ id: "Harness" });

export const harnessList = listEnvelope(harness).meta({ id: "HarnessList" });

const harnessFields = {
  description: descriptionField.nullish(),
  system_prompt: z.string().optional(),
  capabilities: z.array(capabilityRef).optional(),
  default_model_id: idField.nullish(),
  parent: idField.nullish().meta({ description: "The id or the name of the harness that this one builds on" }),
} as const;

export const createHarnessBody = z
  .object({ name: nameField, kind: z.enum(harnessNames).default("hosted"), ...harnessFields })
  .meta({ id: "CreateHarness" });

export const editHarnessBody = z
  .object({
    name: nameField.optional(),
    kind: z.enum(harnessNames).optional(),
    ...harnessFields,
    status: recordStatus.optional(),
  })
  .meta({ id: "EditHarness", description: "What is left out stays as it is; null clears" });

export type Agent = z.infer<typeof agent>;
export type AgentList = z.infer<typeof agentList>;
export type CreateAgent = z.input<typeof createAgentBody>;
export type ReplaceAgent = z.input<typeof replaceAgentBody>;
export type EditAgent = z.input<typeof editAgentBody>;
export type Harness = z.infer<typeof harness>;
export type HarnessList = z.infer<typeof harnessList>;
export type CreateHarness = z.input<typeof createHarnessBody>;
export type EditHarness = z.input<typeof editHarnessBody>;
