/** Skills: plain records over blobs, of a workspace. A name is what SKILL.md says it is. */
import type { MintId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import type { BlobHash, BlobKeeping, Blobs } from "../../core/ports/files.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import { skillBody } from "../../core/records/skill.ts";
import type { SkillBody } from "../../core/records/skill.ts";
import type { KindDeps, KindDescription, Resource } from "../records/resource.ts";

export type Skill = Resource<SkillBody>;
export type KeptFile = SkillBody["files"][number];

export interface SkillDeps {
  readonly store: RecordStore;
  readonly blobs: Blobs & Pick<BlobKeeping, "renew">;
  readonly mint: MintId;
  readonly limits: Pick<Limits, "skillFiles" | "skillBytes" | "skillTextBytes">;
}

const skillKind: KindDescription<SkillBody> = {
  kind: "skill",
  idKind: "skill",
  refusalKind: "skill",
  schema: skillBody,
  removal: "delete",
};

export function skillsIn({ store, mint }: Pick<SkillDeps, "store" | "mint">): KindDeps<SkillBody> {
  return { store, mint, kind: skillKind };
}

/** Hashes in records came from the blob port. */
export function hashOf({ hash }: KeptFile): BlobHash {
  return hash as BlobHash;
}

export async function readKept({ blobs }: Pick<SkillDeps, "blobs">, file: KeptFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blobs.read(hashOf(file))) chunks.push(chunk);
  return Buffer.concat(chunks);
}
