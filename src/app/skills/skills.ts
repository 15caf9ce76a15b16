/** What may be done with skills, opened once by `main`. A change gives SKILL.md, the files beside it, or both. */
import type { SkillBody } from "../../core/records/skill.ts";
import { accept } from "../../core/refusal.ts";
import type { DocumentFault, Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { createRecord } from "../records/create-record.ts";
import { getRecord } from "../records/get-record.ts";
import { listRecords } from "../records/list-records.ts";
import type { RecordListQuery, RecordPage } from "../records/list-records.ts";
import { removeRecord } from "../records/remove-record.ts";
import type { Reader, Writer } from "../records/resource.ts";
import { updateRecord } from "../records/update-record.ts";
import { fileFault, planSkill } from "./plan-skill.ts";
import type { DraftFile, PlannedFile, SkillDraft } from "./plan-skill.ts";
import { readSkillArchive } from "./skill-archive.ts";
import { readKept, skillsIn } from "./skill-kind.ts";
import type { KeptFile, Skill, SkillDeps } from "./skill-kind.ts";

export interface ChangeSkill {
  readonly id: string;
  readonly skillMd?: string;
  /** In place of those that are there, SKILL.md excepted. */
  readonly files?: readonly DraftFile[];
  readonly version?: number;
}

export interface SkillContent {
  readonly skill: Skill;
  readonly skillMd: string;
  readonly files: readonly PlannedFile[];
}

export interface SkillRecords {
  list(reader: Reader, query: RecordListQuery): Promise<RecordPage<SkillBody>>;
  get(reader: Reader, id: string): Promise<Outcome<Skill>>;
  content(reader: Reader, id: string): Promise<Outcome<SkillContent>>;
  create(writer: Writer, draft: SkillDraft): Promise<Outcome<Skill>>;
  /** Out of a ZIP archive. */
  upload(writer: Writer, archive: AsyncIterable<Uint8Array>): Promise<Outcome<Skill>>;
  /** What making it would say of it; a name that is taken is no fault of it. */
  validate(draft: SkillDraft): Promise<readonly DocumentFault[]>;
  update(writer: Writer, change: ChangeSkill): Promise<Outcome<Skill>>;
  remove(writer: Writer, id: string): Promise<Outcome<Skill>>;
}

export function makeSkills(deps: SkillDeps): SkillRecords {
  const kind = skillsIn(deps);
  return {
    list: (reader, query) => listRecords(kind, reader, query),
    get: (reader, id) => getRecord(kind, reader, id),
    content: (reader, id) => readContent(deps, reader, id),
    create: (writer, draft) => create(deps, writer, draft),
    async upload(writer, archive) {
      const role = requireRole(writer, "member");
      if (!role.ok) return role;
      const draft = await readSkillArchive(archive, deps.limits);
      return draft.ok ? create(deps, writer, draft.value) : draft;
    },
    validate: async (draft) => faultsOf(await planSkill(draft, deps.limits)),
    update: (writer, change) => update(deps, writer, change),
    remove: (writer, id) => removeRecord(kind, writer, id),
  };
}

function faultsOf(planned: Outcome<unknown>): readonly DocumentFault[] {
  if (planned.ok) return [];
  const { refusal } = planned;
  if (refusal.code === "invalid_document") return refusal.faults;
  const why = refusal.code === "too_large" ? `is too large: ${refusal.what} may be ${refusal.limit}` : refusal.code;
  return [fileFault("", why)];
}

async function readContent(deps: SkillDeps, reader: Reader, id: string): Promise<Outcome<SkillContent>> {
  const found = await getRecord(skillsIn(deps), reader, id);
  if (!found.ok) return found;
  const files: PlannedFile[] = [];
  for (const file of found.value.body.files) files.push({ path: file.path, bytes: await readKept(deps, file) });
  const [main, ...others] = files;
  return accept({ skill: found.value, skillMd: Buffer.from(main?.bytes ?? []).toString("utf8"), files: others });
}

async function create(deps: SkillDeps, writer: Writer, draft: SkillDraft): Promise<Outcome<Skill>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const planned = await planSkill(draft, deps.limits);
  if (!planned.ok) return planned;
  const { name, body, files } = planned.value;
  return createRecord(skillsIn(deps), writer, { name, body: { ...body, files: await keep(deps, files) } });
}

async function update(deps: SkillDeps, writer: Writer, change: ChangeSkill): Promise<Outcome<Skill>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const before = await getRecord(skillsIn(deps), writer, change.id);
  if (!before.ok) return before;
  const [main, ...others] = before.value.body.files;
  const skillMd = change.skillMd ?? (main === undefined ? "" : (await readKept(deps, main)).toString("utf8"));
  const planned = await planSkill({ skillMd, files: change.files ?? [] }, deps.limits);
  if (!planned.ok) return planned;
  const { name, body, files } = planned.value;
  const kept = [...(await keep(deps, files)), ...(change.files === undefined ? others : [])];
  // What was planned holds only for what it was planned from.
  const version = change.version ?? before.value.version;
  return updateRecord(skillsIn(deps), writer, { id: before.value.id, name, body: { ...body, files: kept }, version });
}

/** The bytes are durable when this is done; no record names them yet. */
async function keep({ blobs }: SkillDeps, files: readonly PlannedFile[]): Promise<readonly KeptFile[]> {
  const kept: KeptFile[] = [];
  for (const { path, bytes } of files) {
    const { hash, sizeBytes } = await blobs.put(chunk(bytes), bytes.byteLength);
    kept.push({ path, hash, size_bytes: sizeBytes });
  }
  return kept;
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
