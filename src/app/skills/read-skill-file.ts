/** SKILL.md taken apart: what it says of itself, and its instructions. All that is wrong with it is told at once. */
import type { DocumentFault } from "../../core/refusal.ts";
import { skillFields } from "../../core/records/skill.ts";
import type { SkillFields } from "../../core/records/skill.ts";
import { parseFrontMatter } from "../../lib/front-matter.ts";

export const SKILL_FILE = "SKILL.md";

export type ReadSkillFile =
  | { readonly kind: "read"; readonly fields: SkillFields; readonly text: string }
  | { readonly kind: "invalid"; readonly faults: readonly DocumentFault[] };

export async function readSkillFile(whole: string): Promise<ReadSkillFile> {
  const parsed = await parseFrontMatter(whole);
  if (parsed.kind === "refused") {
    return { kind: "invalid", faults: [{ file: SKILL_FILE, path: "", line: null, message: parsed.detail }] };
  }
  const fields = skillFields.safeParse(parsed.fields);
  if (fields.success) return { kind: "read", fields: fields.data, text: parsed.text };
  const faults = fields.error.issues.map(({ path, message }) => faultAt(whole, path.map(String), message));
  return { kind: "invalid", faults };
}

function faultAt(whole: string, path: readonly string[], message: string): DocumentFault {
  const pointer = path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const line = whole.split("\n").findIndex((text) => text.startsWith(`${path[0]}:`));
  return { file: SKILL_FILE, path: pointer, line: line === -1 ? null : line + 1, message: lowerFirst(message) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
