/** Projects on the native wire. Nullable fields are always present; in a PATCH null clears a field. */
import { z } from "zod";
import { networkAccess } from "../../../core/records/bodies.ts";
import { mergeStrategies, projectBody, projectBudget, projectFields, tracker } from "../../../core/records/project.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { harnessNames } from "../../../core/session.ts";
import { recordFields, recordStatus } from "./agent.ts";

const amounts = z.object({ usd: z.number(), tokens: z.int() }).meta({ id: "ProjectSpending" });

export const project = z
  .object({
    ...recordFields,
    status: recordStatus,
    archived_at: z.iso.datetime().nullable(),
    display_name: z.string().nullable(),
    path: z.string().nullable(),
    url: z.string().nullable(),
    default_branch: z.string().nullable(),
    default_agent_id: z.string().nullable(),
    default_harness: z.enum(harnessNames).nullable(),
    default_model_id: z.string().nullable(),
    rules: z.string(),
    setup: z.array(z.string()),
    setup_timeout_seconds: z.int(),
    copy_files: z.array(z.string()),
    max_sessions: z.int().nullable(),
    tracker: tracker.nullable(),
    merge_strategy: z.enum(mergeStrategies),
    budget: projectBudget.nullable(),
    network_access: networkAccess.nullable().describe("Beside the rules of agent and session"),
    spent: amounts.describe("Of the budget, by all of its sessions"),
  })
  .meta({ id: "Project" });

export const projectList = listEnvelope(project).meta({ id: "ProjectList" });

const name = z.string().max(2_048).describe("Its slug: lower-case letters, digits, single hyphens");

export const createProjectBody = projectBody
  .extend({ name })
  .meta({ id: "CreateProject", description: "Give path (a folder on the server's machine) or url" });

export const editProjectBody = z
  .object({ name: name.optional(), status: recordStatus.optional() })
  .extend(z.object(projectFields).partial().shape)
  .meta({ id: "EditProject", description: "A JSON Merge Patch: lists are replaced as a whole" });

export type Project = z.infer<typeof project>;
export type ProjectList = z.infer<typeof projectList>;
export type CreateProject = z.input<typeof createProjectBody>;
export type EditProject = z.input<typeof editProjectBody>;
