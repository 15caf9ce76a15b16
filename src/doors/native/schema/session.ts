/**
 * Sessions on the native wire: the fields of the guide, and what our own doors know beside them. Nullable fields are
 * always present. Texts that a server may be configured to keep shorter take their limits from it.
 */
import { z } from "zod";
import { usage } from "../../../core/events/content.ts";
import type { Limits } from "../../../core/limits.ts";
import { capabilityRef } from "../../../core/records/bodies.ts";
import { harnessNames, needNames } from "../../../core/session.ts";
import { editToolPolicies, toolEntries, toolFields } from "./tool.ts";
import { listEnvelope } from "../../../http/paging.ts";

export const nativeStatus = z.enum(["idle", "active", "completed", "failed", "killed"]).meta({ id: "SessionStatus" });
export const whenBusy = z.enum(["refuse", "queue", "steer"]).meta({
  id: "WhenBusy",
  description: "What becomes of a message to a session with a running turn: 400, the queue, or the running turn itself",
});

export const session = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    agent_id: z.string().nullable(),
    harness_id: z.string().nullable(),
    harness: z.enum(harnessNames),
    title: z.string().nullable(),
    tags: z.array(z.string()),
    model_id: z.string().nullable(),
    capabilities: z.array(capabilityRef),
    system_prompt: z.string().nullable(),
    max_iterations: z.int().nullable(),
    locale: z.string().nullable(),
    when_busy: whenBusy,
    ...toolFields,
    allowed_tools: z.array(z.string()).describe("Tools that a person has allowed for the rest of the session"),
    origin: z.string(),
    status: nativeStatus,
    activity: z.enum(["active", "ready", "idle", "waiting_input", "blocked", "exited"]),
    needs: z.array(z.enum(needNames)),
    hold: z.enum(["person", "budget"]).nullable(),
    stop_reason: z.string().nullable(),
    turn_id: z.string().nullable(),
    turn_count: z.int(),
    message_count: z.int(),
    queued_count: z.int(),
    usage: usage.nullable(),
    preview: z.string().nullable(),
    output_preview: z.string().nullable(),
    last_event_seq: z.int(),
    last_active_at: z.iso.datetime(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    self_url: z.string(),
  })
  .meta({ id: "Session" });

export const sessionList = listEnvelope(session).meta({ id: "SessionList" });

/** What both making and changing a session may say. */
function settingsBody(limits: Limits) {
  return {
    title: z.string().max(limits.titleLength).nullish(),
    tags: z.array(z.string().min(1).max(limits.tagLength)).max(limits.tags).optional(),
    model_id: z.string().max(200).nullish(),
    system_prompt: z.string().max(limits.systemPromptBytes).nullish(),
    max_iterations: z.int().min(1).max(limits.iterations).nullish(),
    locale: z.string().max(64).nullish(),
    when_busy: whenBusy.optional(),
    tools: toolEntries.optional(),
  };
}

export function createSessionBody(limits: Limits) {
  return z
    .object({
      agent_id: z.string().max(200).nullish(),
      harness_id: z.string().max(200).nullish(),
      ...settingsBody(limits),
      capabilities: z.array(capabilityRef).max(limits.capabilities).optional(),
      tool_policies: toolFields.tool_policies.optional(),
    })
    .meta({ id: "CreateSession", description: "Give agent_id, harness_id, or both" });
}

export function editSessionBody(limits: Limits) {
  return z
    .object({
      ...settingsBody(limits),
      tool_policies: editToolPolicies.optional(),
      allowed_tools: z.array(z.string().max(200)).max(limits.toolPolicies).optional(),
    })
    .meta({ id: "EditSession", description: "What is left out stays as it is; null clears" });
}

export const endSessionBody = z.object({ reason: z.string().max(1_000).optional() }).meta({ id: "EndSession" });

export type Session = z.infer<typeof session>;
export type SessionList = z.infer<typeof sessionList>;
export type CreateSession = z.input<ReturnType<typeof createSessionBody>>;
export type EditSession = z.input<ReturnType<typeof editSessionBody>>;
