/**
 * Sessions on the native wire: the fields of the guide, and what our own doors know beside them. Nullable fields are
 * always present. Texts that a server may be configured to keep shorter take their limits from it.
 */
import { z } from "zod";
import { usage } from "../../../core/events/content.ts";
import type { Limits } from "../../../core/limits.ts";
import { capabilityRef, networkAccess } from "../../../core/records/bodies.ts";
import { harnessNames, isolations, needNames } from "../../../core/session.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { canonicalLocale } from "../../../lib/locale.ts";
import { checkout, delivery } from "./delivery.ts";
import { editToolPolicies, toolEntries, toolFields } from "./tool.ts";

export const nativeStatus = z.enum(["idle", "active", "completed", "failed", "killed"]).meta({ id: "SessionStatus" });
export const whenBusy = z.enum(["refuse", "queue", "steer"]).meta({
  id: "WhenBusy",
  description: "What becomes of a message to a session with a running turn: 400, the queue, or the running turn itself",
});

const MAX_NAME = 255;

/** Facts that not every door shows; all of them are the session's. */
const workFields = {
  role: z.string().max(MAX_NAME).nullable(),
  issue_id: z.string().max(MAX_NAME).nullable().describe("Of the project's tracker"),
  deep_work_id: z.string().max(MAX_NAME).nullable(),
  branch_name: z.string().min(1).max(MAX_NAME).nullable().describe("As wished; null: made from the title"),
  auto_commit: z.boolean().describe("Commit the checkout after each turn that changed it"),
  model_code: z.string().max(200).nullable().describe("The vendor's name of a model, for a spawned agent"),
  initial_prompt: z.string().max(262_144).nullable(),
  data: z.record(z.string(), z.unknown()).describe("Of the client; a patch is merged (RFC 7396)"),
};

const editWorkFields = z
  .object(workFields)
  .partial()
  .extend({ task_id: z.string().max(MAX_NAME).nullish() }).shape;

export const session = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    agent_id: z.string().nullable(),
    harness_id: z.string().nullable(),
    harness: z.enum(harnessNames),
    parent_session_id: z.string().nullable().describe("The session that started this one"),
    root_session_id: z.string().nullable().describe("The one above all of its parents; null for one without a parent"),
    title: z.string().nullable(),
    tags: z.array(z.string()),
    model_id: z.string().nullable(),
    project_id: z.string().nullable(),
    task_id: z.string().nullable(),
    ...workFields,
    capabilities: z.array(capabilityRef),
    system_prompt: z.string().nullable(),
    max_iterations: z.int().nullable(),
    locale: z.string().nullable(),
    when_busy: whenBusy,
    ...toolFields,
    allowed_tools: z.array(z.string()).describe("Tools that a person has allowed for the rest of the session"),
    network_access: networkAccess.nullable(),
    hints: z.record(z.string(), z.unknown()).nullable(),
    initial_files: z
      .array(z.object({ path: z.string(), is_readonly: z.boolean() }))
      .describe("What the session was born with; its files are under /fs"),
    forked_from_session_id: z.string().nullable(),
    forked_from_seq: z.int().nullable(),
    features: z.array(z.string()).describe("What its capabilities light up in a user interface"),
    is_pinned: z.boolean().describe("By the user who asks"),
    origin: z.string(),
    status: nativeStatus,
    activity: z.enum(["active", "ready", "idle", "waiting_input", "blocked", "exited"]),
    needs: z.array(z.enum(needNames)),
    child_needs: z.array(z.enum(needNames)).describe("What sessions below this one, which has no parent, wait for"),
    hold: z.enum(["person", "budget"]).nullable(),
    stop_reason: z.string().nullable(),
    turn_id: z.string().nullable(),
    turn_count: z.int(),
    message_count: z.int(),
    queued_count: z.int(),
    checkout: checkout.nullable().describe("Its own working tree of the project's repository"),
    delivery: delivery.nullable(),
    isolation: z
      .enum(isolations)
      .nullable()
      .describe("How its agent's program was held when it last started; null: none was started here"),
    usage: usage.nullable(),
    preview: z.string().nullable(),
    output_preview: z.string().nullable(),
    last_event_seq: z.int(),
    last_active_at: z.iso.datetime(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    deleted_at: z.iso.datetime().nullable().describe("Only in the list of the trash"),
    self_url: z.string(),
    view_url: z.string(),
  })
  .meta({ id: "Session" });

export const sessionList = listEnvelope(session)
  .extend({ sessions: z.array(session).describe("The same as data") })
  .meta({ id: "SessionList" });

/** BCP 47; `uk_UA` is read as `uk-UA`. */
export const locale = z
  .string()
  .max(64)
  .transform((text, issues) => {
    const known = canonicalLocale(text);
    if (known !== undefined) return known;
    issues.addIssue({ code: "custom", message: "must be a language tag such as en or pt-BR" });
    return z.NEVER;
  })
  .pipe(z.string());

const MAX_HINT_CHARACTERS = 64 * 1024;

const hints = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= MAX_HINT_CHARACTERS, "has more than 64 KiB");

const data = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= MAX_HINT_CHARACTERS, "has more than 64 KiB");

const initialFile = z
  .object({
    path: z.string().max(4_096),
    content: z.string(),
    encoding: z.enum(["text", "base64"]).default("text"),
    is_readonly: z.boolean().default(false),
  })
  .refine(({ content, encoding }) => encoding === "text" || z.base64().safeParse(content).success, {
    error: "must be base64",
    path: ["content"],
  })
  .meta({ id: "InitialFile" });

/** What both making and changing a session may say. */
function settingsBody(limits: Limits) {
  return {
    title: z.string().max(limits.titleLength).nullish(),
    tags: z.array(z.string().min(1).max(limits.tagLength)).max(limits.tags).optional(),
    model_id: z.string().max(200).nullish(),
    system_prompt: z.string().max(limits.systemPromptBytes).nullish(),
    max_iterations: z.int().min(1).max(limits.iterations).nullish(),
    locale: locale.nullish(),
    when_busy: whenBusy.optional(),
    tools: toolEntries.optional(),
    network_access: networkAccess.nullish(),
    hints: hints.nullish(),
    ...editWorkFields,
    data: data.optional(),
  };
}

export function createSessionBody(limits: Limits) {
  return z
    .object({
      agent_id: z.string().max(200).nullish(),
      harness_id: z.string().max(200).nullish(),
      harness_name: z.string().max(2_048).nullish().describe("Instead of harness_id"),
      harness: z.enum(harnessNames).nullish().describe("What carries out its turns; a program needs no harness_id"),
      project_id: z.string().max(200).nullish().describe("Id or slug; its defaults are used for what is left out"),
      ...settingsBody(limits),
      capabilities: z.array(capabilityRef).max(limits.capabilities).optional(),
      tool_policies: toolFields.tool_policies.optional(),
      initial_files: z.array(initialFile).optional(),
    })
    .meta({
      id: "CreateSession",
      description: "Give agent_id, harness_id, harness, or a project_id that names one of them",
    });
}

export function editSessionBody(limits: Limits) {
  return z
    .object({
      ...settingsBody(limits),
      project_id: z
        .string()
        .max(200)
        .nullish()
        .describe("Id or slug, in a session without a checkout; its defaults are not taken over"),
      tool_policies: editToolPolicies.optional(),
      allowed_tools: z.array(z.string().max(200)).max(limits.toolPolicies).optional(),
    })
    .meta({ id: "EditSession", description: "What is left out stays as it is; null clears" });
}

export const endSessionBody = z.object({ reason: z.string().max(1_000).optional() }).meta({ id: "EndSession" });

export function forkBody(limits: Limits) {
  const { title, tags, model_id, system_prompt, locale: language } = settingsBody(limits);
  return z
    .object({
      title,
      tags,
      model_id,
      system_prompt,
      locale: language,
      agent_id: z.string().max(200).nullish(),
      up_to_message_id: z.string().max(200).nullish().describe("The fork ends with this message's turn"),
    })
    .meta({ id: "ForkSession", description: "What is left out is as in the session that is forked" });
}

export const chatBody = z.object({ locale: locale.nullish() }).meta({ id: "OpenChat" });

const count = z.int();

export const sessionStats = z
  .object({
    total: count,
    total_capped: z.boolean().describe("There are at least that many; counting stops at 10,000 for each number"),
    active: count.describe("With those that wait"),
    idle: count.describe("With those that are started or paused"),
    completed: count,
    failed: count,
    killed: count,
    started: count.describe("Idle, and no turn yet"),
    paused: count,
    waiting_for_tool_results: count,
    waiting_for_approval: count,
  })
  .meta({ id: "SessionStats" });

export type Session = z.infer<typeof session>;
export type SessionList = z.infer<typeof sessionList>;
export type CreateSession = z.input<ReturnType<typeof createSessionBody>>;
export type EditSession = z.input<ReturnType<typeof editSessionBody>>;
export type ForkSession = z.input<ReturnType<typeof forkBody>>;
export type SessionStats = z.infer<typeof sessionStats>;
