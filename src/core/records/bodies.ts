/**
 * The bodies of plain resources, as they are stored and shown: one schema per kind, the truth for both. Secrets are not
 * in here; a provider's key is a record of its own, encrypted.
 */
import { z } from "zod";
import { branchPolicies } from "../team/reservation.ts";
import { imageTypes } from "../image-types.ts";
import { parseNetworkPattern } from "../network-rules.ts";
import { providerTypes } from "../ports/model.ts";
import { clientTool, toolPolicies } from "./client-tool.ts";

export const capabilityRef = z
  .object({ ref: z.string().min(1), config: z.record(z.string(), z.unknown()).optional() })
  .meta({ id: "CapabilityRef" });

const hostPattern = z
  .string()
  .max(255)
  .transform((text, issues) => {
    const pattern = parseNetworkPattern(text);
    if (pattern !== undefined) return pattern;
    issues.addIssue({
      code: "custom",
      message:
        'must be a host such as example.com, or *.example.com, or "*", or a range of addresses such as 10.0.0.0/8',
    });
    return z.NEVER;
  })
  .pipe(z.string());

const hostPatterns = z.array(hostPattern).max(100).default([]);

export const networkAccess = z.object({ allowed: hostPatterns, blocked: hostPatterns }).meta({
  id: "NetworkAccess",
  description: "Hosts, and ranges of addresses, that tools may reach; an empty `allowed` allows all that are public",
});

export const agentBody = z.object({
  display_name: z.string().nullish(),
  description: z.string().nullish(),
  system_prompt: z.string(),
  default_model_id: z.string().nullish(),
  harness_id: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  capabilities: z.array(capabilityRef).default([]),
  max_iterations: z.number().int().positive().nullish(),
  network_access: networkAccess.nullish(),
  tools: z.array(clientTool).default([]),
  tool_policies: toolPolicies.default({}),
});

/** Calls of this tool are allowed for good, in this user's sessions with this agent. */
export const approvalRuleBody = z.object({ user_id: z.string(), agent_id: z.string(), tool: z.string() });

export const harnessBody = z.object({
  kind: z.string(),
  description: z.string().nullish(),
  system_prompt: z.string().default(""),
  capabilities: z.array(capabilityRef).default([]),
  default_model_id: z.string().nullish(),
  parent: z.string().nullish(),
  is_built_in: z.boolean().default(false),
});

export const providerBody = z.object({
  provider_type: z.enum(providerTypes),
  base_url: z.string().nullish(),
  /** Where the key comes from: our encrypted record, the server's environment, or nowhere. */
  key_source: z.enum(["stored", "environment", "none"]).default("none"),
  last_synced_at: z.string().nullish(),
});

/** What the vendor's list said of a model when it was last looked at. */
const discoveredModel = z.object({
  display_name: z.string(),
  context_tokens: z.number().int().positive().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
});

export const modelBody = z.object({
  provider_id: z.string(),
  /** The vendor's name for the model. */
  model_id: z.string(),
  display_name: z.string(),
  enabled: z.boolean().default(true),
  is_favorite: z.boolean().default(false),
  source: z.enum(["manual", "discovered"]).default("manual"),
  discovered: discoveredModel.nullish(),
  /** The vendor does not list it any more. */
  is_stale: z.boolean().default(false),
  context_tokens: z.number().int().positive().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  can_see_images: z.boolean().nullish(),
  price: z
    .object({
      input: z.number().nonnegative(),
      output: z.number().nonnegative(),
      cacheRead: z.number().nonnegative().optional(),
      cacheWrite: z.number().nonnegative().optional(),
    })
    .nullish(),
});

export const workspaceBody = z.object({
  display_name: z.string(),
  default_agent_id: z.string().nullish(),
  default_model_id: z.string().nullish(),
  default_project_id: z.string().nullish(),
  /** What a hold on another branch means to who works on his own (R4); nothing: each door's own default. */
  branch_policy: z.enum(branchPolicies).nullish(),
  /** Hooks that are installed for this server let nothing be written without its answer (R9). */
  strict_hooks: z.boolean().nullish(),
});

export const userBody = z.object({ display_name: z.string(), email: z.string().nullish() });

/** An uploaded picture. Its bytes, and those of its thumbnail, are blobs that only this record names. */
export const imageBody = z.object({
  filename: z.string(),
  content_type: z.enum(imageTypes),
  size_bytes: z.number().int().nonnegative(),
  hash: z.string(),
  session_id: z.string().nullish(),
  thumbnail: z.object({ hash: z.string(), size_bytes: z.number().int().nonnegative() }).nullish(),
});

export type ApprovalRuleBody = z.infer<typeof approvalRuleBody>;
/** The sessions that a user has pinned; the record's name is the user's id. */
export const pinsBody = z.object({ session_ids: z.array(z.string()) });

/** Which session is a user's global chat; the record's name is the user's id, so there is one (ruling 18). */
export const globalChatBody = z.object({ session_id: z.string() });

export type AgentBody = z.infer<typeof agentBody>;
export type HarnessBody = z.infer<typeof harnessBody>;
export type ProviderBody = z.infer<typeof providerBody>;
export type ModelBody = z.infer<typeof modelBody>;
export type WorkspaceBody = z.infer<typeof workspaceBody>;
export type UserBody = z.infer<typeof userBody>;
export type ImageBody = z.infer<typeof imageBody>;
