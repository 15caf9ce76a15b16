/** Skills on the native wire: a folder with a SKILL.md, as JSON or as a ZIP archive. */
import { z } from "zod";
import { listEnvelope } from "../../../http/paging.ts";
import { recordFields } from "./agent.ts";

const fileFields = { path: z.string(), size_bytes: z.int() } as const;

export const skill = z
  .object({
    ...recordFields,
    description: z.string(),
    license: z.string().nullable(),
    compatibility: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    allowed_tools: z
      .array(z.string())
      .meta({ description: "As the skill says; what may be called is decided elsewhere" }),
    files: z.array(z.object(fileFields)).meta({ description: "SKILL.md is the first" }),
    capability: z.string().meta({ description: "By this an agent or session is given it: `skill:<name>`" }),
  })
  .meta({ id: "Skill" });

export const skillList = listEnvelope(skill).meta({ id: "SkillList" });

const draftFile = z
  .object({
    path: z.string().max(4_096).meta({ description: "Relative to SKILL.md" }),
    content: z.string(),
    encoding: z.enum(["text", "base64"]).default("text"),
  })
  .meta({ id: "SkillFileDraft" });

const skillMd = z
  .string()
  .meta({ description: "SKILL.md as a whole: YAML with `name` and `description`, then the text" });
const files = z.array(draftFile).max(10_000);

export const createSkillBody = z.object({ skill_md: skillMd, files: files.default([]) }).meta({ id: "CreateSkill" });

export const editSkillBody = z.object({ skill_md: skillMd.optional(), files: files.optional() }).meta({
  id: "EditSkill",
  description: "What is left out stays as it is; `files` are all that there are beside SKILL.md",
});

export const uploadSkillForm = z
  .object({ file: z.string().meta({ format: "binary", description: "A ZIP archive with SKILL.md at its top" }) })
  .meta({ id: "UploadSkill" });

export const skillFault = z
  .object({
    file: z.string(),
    path: z.string().meta({ description: "JSON pointer in the YAML of SKILL.md; empty for the file itself" }),
    line: z.int().nullable(),
    message: z.string(),
  })
  .meta({ id: "SkillFault" });

export const skillValidity = z
  .object({ valid: z.boolean(), errors: z.array(skillFault) })
  .meta({ id: "SkillValidity" });

export const skillContent = z
  .object({
    skill_md: z.string(),
    files: z.array(z.object({ ...fileFields, content: z.string(), encoding: z.enum(["text", "base64"]) })),
  })
  .meta({ id: "SkillContent" });

export type Skill = z.infer<typeof skill>;
export type SkillList = z.infer<typeof skillList>;
export type CreateSkill = z.input<typeof createSkillBody>;
export type EditSkill = z.input<typeof editSkillBody>;
export type SkillValidity = z.infer<typeof skillValidity>;
export type SkillContent = z.infer<typeof skillContent>;
