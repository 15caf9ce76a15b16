/** Skills for the sessions of their workspace: found by name or id, opened as they are at that moment. */
import type { OpenedSkill, SkillLine, Skills } from "../../core/ports/skills.ts";
import { parseFrontMatter } from "../../lib/front-matter.ts";
import { findRecord, getRecord } from "../records/get-record.ts";
import { eachRecord } from "../records/list-records.ts";
import { hashOf, readKept, skillsIn } from "./skill-kind.ts";
import type { Skill, SkillDeps } from "./skill-kind.ts";

export function makeSkillPort(deps: SkillDeps): Skills {
  const kind = skillsIn(deps);
  return {
    async find(workspaceId, named) {
      const byName = await findRecord(kind, { workspaceId }, named);
      if (byName !== undefined) return lineOf(byName);
      const byId = await getRecord(kind, { workspaceId }, named);
      return byId.ok ? lineOf(byId.value) : undefined;
    },
    async list(workspaceId) {
      const lines: SkillLine[] = [];
      for await (const skill of eachRecord(kind, { workspaceId })) lines.push(lineOf(skill));
      return lines;
    },
    async open(workspaceId, id) {
      const found = await getRecord(kind, { workspaceId }, id);
      return found.ok ? open(deps, found.value) : undefined;
    },
  };
}

function lineOf({ id, name, body: { description } }: Skill): SkillLine {
  return { id, name, description };
}

async function open(deps: SkillDeps, { name, body: { files } }: Skill): Promise<OpenedSkill | undefined> {
  // Whoever names them next has a day for it, also when the skill is deleted meanwhile.
  const renewed = await Promise.all(files.map((file) => deps.blobs.renew(hashOf(file))));
  const [main] = files;
  if (main === undefined || renewed.includes(false)) return undefined;
  const parsed = await parseFrontMatter((await readKept(deps, main)).toString("utf8"));
  if (parsed.kind === "refused") throw new Error(`The stored SKILL.md of "${name}" ${parsed.detail}`);
  const held = files.map((file) => ({ path: file.path, hash: hashOf(file), sizeBytes: file.size_bytes }));
  return { name, text: parsed.text, files: held };
}
