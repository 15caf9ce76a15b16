/** Agen's page as schemas: exactly its keys; `model` is left out where nobody knows it, as the page lets it be. */
import { z } from "zod";
import { mergeStrategies } from "../../core/records/project.ts";
import type { Limits } from "../../core/limits.ts";
import { branchName, messageText } from "../../http/dialect-input.ts";
import { plainText } from "../../http/input.ts";
import { agenWords } from "./statuses.ts";

const activities = ["active", "ready", "idle", "waiting_input", "blocked", "exited"] as const;

export const session = z
  .object({
    id: z.string(),
    title: z.string(),
    workspace_id: z.string(),
    user_id: z.string(),
    branch_name: z.string().nullable(),
    auto_commit: z.boolean(),
    status: z.enum(agenWords),
    origin: z.enum(["app", "api", "deep_work"]),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    sandbox_id: z.string().nullable(),
    model: z.string().optional(),
    agent_status: z.enum(activities),
    merged_at: z.iso.datetime().nullable(),
    deep_work_id: z.string().nullable(),
  })
  .meta({ id: "AgenSession" });

export const sessionList = z.object({ sessions: z.array(session) }).meta({ id: "AgenSessionList" });

export function createBody(limits: Limits) {
  return z
    .object({
      branch_name: branchName("must be given, as a text or null").nullable(),
      auto_commit: z.boolean().default(false),
      model: plainText(z.string().min(1).max(200)).optional().describe("The vendor's code of a model"),
      prompt: messageText(limits).nullish().describe("Begins the first turn"),
    })
    .meta({ id: "AgenCreateSession" });
}

export function messageBody(limits: Limits) {
  return z.object({ content: messageText(limits) }).meta({ id: "AgenSendMessage" });
}

export const sentMessage = z
  .object({
    id: z.string(),
    session_id: z.string(),
    content: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "AgenSentMessage" });

export const mergeBody = z
  .object({ strategy: z.enum(mergeStrategies).optional().describe("Of the project, unless given") })
  .meta({ id: "AgenMergeSession" });
