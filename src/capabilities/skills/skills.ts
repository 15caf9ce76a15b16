/**
 * The capabilities `skill:<name>`, as they are at one moment. However many a session has, its model gets one list of them
 * and one tool.
 */
import { z } from "zod";

import type { SkillLine, Skills } from "../../core/ports/skills.ts";
import type { CapabilitySource, OwnCapability, Tool } from "../../core/ports/tools.ts";
import { defineCapability } from "../define-capability.ts";
import { makeActivateSkill } from "./activate-skill.ts";
import type { OpenSkill } from "./activate-skill.ts";

const PREFIX = "skill:";
const config = z.strictObject({});

interface Said {
  readonly prompt?: string;
  readonly tools: readonly Tool[];
}

export function makeSkillCapabilities(skills: Skills): CapabilitySource {
  return {
    async open(workspaceId, refs) {
      const mine = refs.filter(
        (each) => nameOfRef(each.ref) !== undefined && config.safeParse(each.config ?? {}).success,
      );
      const found = await Promise.all(
        mine.map(async ({ ref }) => ({ ref, skill: await skills.find(workspaceId, nameOfRef(ref) ?? "") })),
      );
      const there = found.flatMap(({ ref, skill }) => (skill === undefined ? [] : [{ ref, skill }]));
      // One may be named twice, by its name and by its id.
      const all = [...new Map(there.map(({ skill }) => [skill.id, skill])).values()];
      const said = sayOf(all, (id) => skills.open(workspaceId, id));
      return there.map(({ ref, skill }, index) => capabilityOf(ref, skill, index === 0 ? said : { tools: [] }));
    },
    async describe(workspaceId, ref) {
      const name = nameOfRef(ref);
      const found = name === undefined ? undefined : await skills.find(workspaceId, name);
      if (found === undefined) return undefined;
      return capabilityOf(
        ref,
        found,
        sayOf([found], (id) => skills.open(workspaceId, id)),
      );
    },
    async list(workspaceId) {
      const all = await skills.list(workspaceId);
      const open: OpenSkill = (id) => skills.open(workspaceId, id);
      return all.map((skill) => capabilityOf(`${PREFIX}${skill.name}`, skill, sayOf([skill], open)));
    },
  };
}

/** The name or id of a skill, if this names one. */
function nameOfRef(ref: string): string | undefined {
  return ref.startsWith(PREFIX) ? ref.slice(PREFIX.length) : undefined;
}

function sayOf(skills: readonly SkillLine[], open: OpenSkill): Said {
  const lines = skills.map(({ name, description }) => `- ${name}: ${description.trim().replaceAll(/\s+/g, " ")}`);
  const prompt =
    "Skills are instructions for kinds of work. When your work is of a kind below, call activate_skill with its name " +
    `before you begin, and follow what it gives you.\n${lines.join("\n")}`;
  return { prompt, tools: [makeActivateSkill(skills, open)] };
}

function capabilityOf(id: string, { name, description }: SkillLine, { prompt, tools }: Said): OwnCapability {
  const capability = defineCapability({
    id,
    name,
    description,
    risk: "medium",
    features: ["file_system"],
    ...(prompt === undefined ? {} : { prompt }),
    config,
    tools: () => tools,
  });
  return { ...capability, kind: "skill" };
}
