/** From skills to their native shapes, and from what clients send to what a skill is made of. */
import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import type { DraftFile, PlannedFile } from "../../app/skills/plan-skill.ts";
import type { SkillContent as Content } from "../../app/skills/skills.ts";
import type { Skill as SkillResource } from "../../app/skills/skill-kind.ts";
import { decodeBase64 } from "../../lib/base64.ts";
import { recordOf } from "./encode-record.ts";
import type { createSkillBody, Skill, SkillContent } from "./schema/skill.ts";

export function encodeSkill(found: SkillResource): Skill {
  const { body, name } = found;
  return {
    ...recordOf(found),
    description: body.description,
    license: body.license ?? null,
    compatibility: body.compatibility ?? null,
    metadata: body.metadata,
    allowed_tools: body.allowed_tools,
    files: body.files.map(({ path, size_bytes }) => ({ path, size_bytes })),
    capability: `skill:${name}`,
  };
}

export function encodeSkillContent({ skillMd, files }: Content): SkillContent {
  return { skill_md: skillMd, files: files.map(encodeFile) };
}

/** As text if it is text, exactly; else as base64. */
function encodeFile({ path, bytes }: PlannedFile): SkillContent["files"][number] {
  const content = Buffer.from(bytes);
  const encoding = isUtf8(content) ? ("text" as const) : ("base64" as const);
  return {
    path,
    size_bytes: content.byteLength,
    content: content.toString(encoding === "text" ? "utf8" : encoding),
    encoding,
  };
}

export function decodeFiles(files: z.output<typeof createSkillBody>["files"]): readonly DraftFile[] {
  return files.map(({ path, content, encoding }) => ({
    path,
    bytes: encoding === "text" ? Buffer.from(content) : decodeBase64(content),
  }));
}
