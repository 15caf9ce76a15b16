/**
 * A skill as somebody gives it, checked as a whole: its SKILL.md, the paths of its files, their number and size.
 *
 * Invariant: what comes out can be written below `/skills/<name>/` of any session, each path once, and nothing outside.
 */
import type { Limits } from "../../core/limits.ts";
import type { SkillBody, SkillFields } from "../../core/records/skill.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { DocumentFault, Outcome } from "../../core/refusal.ts";
import { ancestorsOf, parseVirtualPath } from "../../lib/virtual-path.ts";
import type { VirtualPath } from "../../lib/virtual-path.ts";
import { readSkillFile, SKILL_FILE } from "./read-skill-file.ts";

export interface SkillDraft {
  readonly skillMd: string;
  readonly files: readonly DraftFile[];
}

export interface DraftFile {
  readonly path: string;
  /** Undefined: what was sent is not base64. */
  readonly bytes: Uint8Array | undefined;
}

export interface PlannedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface PlannedSkill {
  readonly name: string;
  readonly body: Omit<SkillBody, "files">;
  /** SKILL.md is the first. */
  readonly files: readonly PlannedFile[];
}

export type SkillLimits = Pick<Limits, "skillFiles" | "skillBytes" | "skillTextBytes">;

/** As long as the longest name allows. */
const ROOT = `/skills/${"x".repeat(64)}`;

export async function planSkill({ skillMd, files }: SkillDraft, limits: SkillLimits): Promise<Outcome<PlannedSkill>> {
  const text = Buffer.from(skillMd);
  const tooLarge = checkSize(text, files, limits);
  if (!tooLarge.ok) return tooLarge;
  const read = await readSkillFile(skillMd);
  const planned = planFiles(files);
  const faults = [...(read.kind === "invalid" ? read.faults : []), ...planned.faults];
  if (read.kind === "invalid" || faults.length > 0) return invalidSkill(faults);
  const { name } = read.fields;
  return accept({ name, body: bodyOf(read.fields), files: [{ path: SKILL_FILE, bytes: text }, ...planned.files] });
}

export function invalidSkill(faults: readonly DocumentFault[]) {
  return refuse({ code: "invalid_document", what: "the skill", faults });
}

export function fileFault(file: string, message: string): DocumentFault {
  return { file, path: "", line: null, message };
}

function checkSize(text: Uint8Array, files: readonly DraftFile[], limits: SkillLimits): Outcome<null> {
  const { skillFiles, skillBytes, skillTextBytes } = limits;
  if (text.byteLength > skillTextBytes) return tooLarge(SKILL_FILE, skillTextBytes, "skillTextBytes");
  if (files.length + 1 > skillFiles) return tooLarge("number of files of the skill", skillFiles, "skillFiles");
  const sizeBytes = files.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), text.byteLength);
  return sizeBytes > skillBytes ? tooLarge("content of the skill", skillBytes, "skillBytes") : accept(null);
}

export function tooLarge(what: string, limit: number, setting: keyof SkillLimits) {
  return refuse({ code: "too_large", what, limit, setting });
}

/** The path as it is kept, or what is wrong with it. */
export function checkSkillPath(
  given: string,
): { readonly path: string; readonly folders: readonly string[] } | { readonly fault: string } {
  if (given.startsWith("/")) return { fault: "is an absolute path; paths are relative to SKILL.md" };
  if (given === "" || given.endsWith("/")) return { fault: "must name a file" };
  const parsed = parseVirtualPath(`${ROOT}/${given}`);
  if (parsed.kind === "refused") return { fault: `cannot be a path: ${parsed.detail.replace(/^Path /, "it ")}` };
  const folders = ancestorsOf(parsed.path).filter((folder) => folder.startsWith(`${ROOT}/`));
  return { path: inside(parsed.path), folders: folders.map(inside) };
}

function inside(path: VirtualPath): string {
  return path.slice(ROOT.length + 1);
}

function planFiles(files: readonly DraftFile[]): {
  readonly files: readonly PlannedFile[];
  readonly faults: readonly DocumentFault[];
} {
  const planned = new Map<string, Uint8Array>();
  const folders = new Set<string>();
  const faults: DocumentFault[] = [];
  for (const { path: given, bytes } of files) {
    const checked = checkSkillPath(given);
    if ("fault" in checked) faults.push(fileFault(given, checked.fault));
    else if (checked.path === SKILL_FILE) faults.push(fileFault(given, "is given as skill_md"));
    else if (planned.has(checked.path)) faults.push(fileFault(given, "is given twice"));
    else if (bytes === undefined) faults.push(fileFault(given, "is not base64"));
    else {
      planned.set(checked.path, bytes);
      for (const folder of checked.folders) folders.add(folder);
    }
  }
  for (const folder of folders) {
    if (planned.has(folder)) faults.push(fileFault(folder, "is a file and a folder"));
  }
  if (folders.has(SKILL_FILE)) faults.push(fileFault(SKILL_FILE, "is a file and a folder"));
  return { files: Array.from(planned, ([path, bytes]) => ({ path, bytes })), faults };
}

function bodyOf(fields: SkillFields): Omit<SkillBody, "files"> {
  return {
    description: fields.description,
    license: fields.license ?? null,
    compatibility: fields.compatibility ?? null,
    metadata: fields.metadata ?? {},
    allowed_tools: fields["allowed-tools"] ?? [],
  };
}
