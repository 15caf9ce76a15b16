/**
 * Gives the model a skill's instructions and puts its files where the session's tools find them. What is there already
 * and is the same is left alone, so activating twice changes nothing.
 */
import { z } from "zod";

import type { OpenedSkill, SkillLine } from "../../core/ports/skills.ts";
import type { SessionFiles, Tool } from "../../core/ports/tools.ts";
import { defineTool } from "../define-tool.ts";
import { writingHints } from "../session-file-system/hints.ts";
import { countOf, fail, say } from "../tool-results.ts";

export type OpenSkill = (id: string) => Promise<OpenedSkill | undefined>;

const NAMED_FILES = 50;

export function makeActivateSkill(skills: readonly SkillLine[], open: OpenSkill): Tool {
  return defineTool({
    name: "activate_skill",
    description:
      "Gives the instructions of one of the skills that are listed for you, and puts its files below /skills/<name>/ " +
      "among the session's files. Activate a skill before you begin with work that it is for.",
    input: z.object({ name: z.string().min(1).describe("The name of the skill, as it is listed") }),
    hints: writingHints,
    async run({ name }, { ports }) {
      const skill = skills.find((each) => each.name === name);
      const names = skills.map((each) => each.name).join(", ");
      if (skill === undefined) return fail(`There is no skill "${name}" here; there are ${names}`);
      const opened = await open(skill.id);
      if (opened === undefined) return fail(`The skill "${name}" was deleted; go on without it`);
      const folder = `/skills/${opened.name}`;
      const refusal = await place(ports.files, folder, opened);
      return refusal === undefined ? say(`${headOf(folder, opened)}\n\n${opened.text}`) : fail(refusal);
    },
  });
}

/** All or nothing: a call that fails changes no file. */
async function place(files: SessionFiles, folder: string, { files: kept }: OpenedSkill): Promise<string | undefined> {
  for (const { path, hash, sizeBytes } of kept) {
    const target = `${folder}/${path}`;
    if ((await files.hold(target))?.hash === hash) continue;
    const written = await files.write(target, { hash, sizeBytes });
    if (!written.ok) return `The files of the skill could not be written: ${written.reason}`;
  }
  return undefined;
}

function headOf(folder: string, { name, files }: OpenedSkill): string {
  const paths = files.map(({ path }) => path);
  const more = paths.length - NAMED_FILES;
  const named = [...paths.slice(0, NAMED_FILES), ...(more > 0 ? [`${countOf(more, "more file")}`] : [])].join(", ");
  return `[Skill "${name}" is active. Its files are in ${folder}/: ${named}. Paths in its instructions count from there.]`;
}
