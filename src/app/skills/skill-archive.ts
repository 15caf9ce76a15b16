/**
 * A skill out of a ZIP archive, as people pack folders: SKILL.md at the top, or in the one folder that holds everything.
 *
 * Invariant: no entry is taken under another place than its own name says; every name is judged before any is cut.
 */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { readZip } from "../../lib/zip.ts";
import type { ZipEntry, ZipOutcome } from "../../lib/zip.ts";
import { checkSkillPath, fileFault, invalidSkill, tooLarge } from "./plan-skill.ts";
import type { SkillDraft, SkillLimits } from "./plan-skill.ts";
import { SKILL_FILE } from "./read-skill-file.ts";

/** Text packs to a tenth or twentieth; what packs to less than this is made to be large. */
const MAX_RATIO = 200;
/** What systems leave in archives by themselves. */
const LEFT_BEHIND = /^__MACOSX\/|(?:^|\/)(?:\.DS_Store|Thumbs\.db)$/;

export async function readSkillArchive(
  content: AsyncIterable<Uint8Array>,
  limits: SkillLimits,
): Promise<Outcome<SkillDraft>> {
  const archive = await collect(content, limits);
  if (!archive.ok) return archive;
  const { skillFiles: entries, skillBytes: bytes } = limits;
  const read = await readZip(archive.value, { entries, bytes, ratio: MAX_RATIO });
  return read.kind === "read" ? draftOf(read.entries) : refuseArchive(read, limits);
}

/** Its directory stands at its end, so an archive cannot be read as it comes; it may be as large as what is in it. */
async function collect(content: AsyncIterable<Uint8Array>, { skillBytes }: SkillLimits): Promise<Outcome<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > skillBytes) return tooLarge("the archive", skillBytes, "skillBytes");
    chunks.push(chunk);
  }
  return accept(Buffer.concat(chunks));
}

function refuseArchive(read: Exclude<ZipOutcome, { kind: "read" }>, { skillFiles, skillBytes }: SkillLimits) {
  if (read.kind === "too_large") {
    return read.limit === "entries"
      ? tooLarge("number of files of the skill", skillFiles, "skillFiles")
      : tooLarge("content of the skill", skillBytes, "skillBytes");
  }
  const { path, detail } = read;
  if (path !== "") return invalidSkill([fileFault(path, detail)]);
  return refuse({ code: "unsupported_content", what: "the file", reason: detail });
}

function draftOf(all: readonly ZipEntry[]): Outcome<SkillDraft> {
  const entries = all.filter(({ path }) => !LEFT_BEHIND.test(path));
  const faults = entries.flatMap(({ path }) => {
    const checked = checkSkillPath(path);
    return "fault" in checked ? [fileFault(path, checked.fault)] : [];
  });
  if (faults.length > 0) return invalidSkill(faults);
  const found = entries.filter(({ path }) => path === SKILL_FILE || /^[^/]+\/SKILL\.md$/.test(path));
  const main = found.find(({ path }) => path === SKILL_FILE) ?? found[0];
  if (main === undefined) return invalidSkill([fileFault(SKILL_FILE, "is missing at the top of the archive")]);
  const folder = main.path.slice(0, -SKILL_FILE.length);
  const outside = entries.find(({ path }) => !path.startsWith(folder));
  if (outside !== undefined)
    return invalidSkill([fileFault(outside.path, `is outside of the skill's folder ${folder}`)]);
  const skillMd = decode(main.bytes);
  if (skillMd === undefined) return invalidSkill([fileFault(main.path, "is no text in UTF-8")]);
  const others = entries.filter((entry) => entry !== main);
  return accept({ skillMd, files: others.map(({ path, bytes }) => ({ path: path.slice(folder.length), bytes })) });
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
