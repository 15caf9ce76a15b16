/** Decisions, conventions and briefings on the native wire. */
import { z } from "zod";
import { conventionTiers, decisionTypes } from "../../../core/records/team.ts";
import { STALE_AFTER_EDITS } from "../../../core/team/decision.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { recordFields } from "./agent.ts";

const { name: _, ...fields } = recordFields;

const title = z.string().regex(/\S/, "must have a letter or a digit").max(200);
const rationale = z.string().max(10_000);
const files = z.array(z.string().min(1).max(500)).max(100);
const tags = z.array(z.string().min(1).max(100)).max(25);

export const decision = z
  .object({
    ...fields,
    title: z.string(),
    rationale: z.string(),
    type: z.enum(decisionTypes),
    files: z.array(z.string()).describe("Relative to the top of the repository; a directory ends in a slash"),
    tags: z.array(z.string()),
    made_by: z.string().describe("The id of a user"),
    made_by_name: z.string().nullable(),
    session_id: z.string().nullable().describe("Whose agent decided"),
    supersedes: z.string().nullable(),
    superseded_by: z.string().nullable().describe("The newest decision that says it takes this one's place"),
    edits_since: z
      .int()
      .nullable()
      .describe("Edits of its files by agents since it was recorded or reaffirmed; null where nobody counts them"),
    is_stale: z.boolean().describe(`Its files were edited ${STALE_AFTER_EDITS} times or more since`),
    reaffirmed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Decision" });

export const decisionList = listEnvelope(decision).meta({ id: "DecisionList" });

export const recordDecisionBody = z
  .object({
    title,
    rationale: rationale.optional(),
    type: z.enum(decisionTypes).optional(),
    files: files.optional(),
    tags: tags.optional(),
    supersedes: z.string().max(100).nullish(),
    session_id: z.string().max(100).nullish().describe("Its log tells of the decision"),
  })
  .meta({ id: "RecordDecision" });

export const editDecisionBody = z
  .object({
    title: title.optional(),
    rationale: rationale.optional(),
    type: z.enum(decisionTypes).optional(),
    files: files.optional(),
    tags: tags.optional(),
  })
  .meta({ id: "EditDecision", description: "What is left out stays as it is" });

export const searchDecisionsBody = z
  .object({
    query: z.string().max(1_000).describe("Any of its words may be found, the best first"),
    limit: z.int().min(1).max(100).optional(),
  })
  .meta({ id: "SearchDecisions" });

export const foundDecisions = z.object({ data: z.array(decision) }).meta({ id: "FoundDecisions" });

export const convention = z
  .object({
    ...fields,
    title: z.string(),
    rationale: z.string(),
    tier: z.enum(conventionTiers),
    globs: z.array(z.string()),
    areas: z.array(z.string()),
    made_by: z.string(),
  })
  .meta({ id: "Convention" });

export const conventionList = listEnvelope(convention).meta({ id: "ConventionList" });

const conventionFields = {
  rationale: rationale.optional(),
  tier: z.enum(conventionTiers).optional().describe("`must` is told to every agent as it begins; should, if left out"),
  globs: z.array(z.string().min(1).max(500)).max(50).optional().describe("Which files it is about; none: all"),
  areas: tags.optional(),
} as const;

export const createConventionBody = z.object({ title, ...conventionFields }).meta({ id: "CreateConvention" });
export const editConventionBody = z
  .object({ title: title.optional(), ...conventionFields })
  .meta({ id: "EditConvention", description: "What is left out stays as it is" });

export const briefing = z.object({ text: z.string() }).meta({ id: "Briefing" });

export type Decision = z.infer<typeof decision>;
export type DecisionList = z.infer<typeof decisionList>;
export type RecordDecision = z.input<typeof recordDecisionBody>;
export type EditDecision = z.input<typeof editDecisionBody>;
export type Convention = z.infer<typeof convention>;
export type ConventionList = z.infer<typeof conventionList>;
export type CreateConvention = z.input<typeof createConventionBody>;
export type EditConvention = z.input<typeof editConventionBody>;
export type Briefing = z.infer<typeof briefing>;
