/**
 * Conventions: how a team wants things done, and where. Those that are a must are told to every agent as it begins. They
 * are words and not a gate: nothing is denied because of one.
 */
import type { ConventionBody, ConventionTier } from "../../core/records/team.ts";
import { conventionTiers } from "../../core/records/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { repositoryPath } from "../../core/team/decision.ts";
import { compileGlob } from "../../lib/glob.ts";
import type { Principal } from "../principal.ts";
import { createRecord } from "../records/create-record.ts";
import type { Kinds } from "../records/kinds.ts";
import { listRecords } from "../records/list-records.ts";
import type { KindDeps, Reader, Resource } from "../records/resource.ts";
import { makeResources } from "../records/resources.ts";
import type { Resources } from "../records/resources.ts";

export type Convention = Resource<ConventionBody>;

export type WriteConvention = Partial<Pick<ConventionBody, "rationale" | "tier" | "globs" | "areas">> & {
  readonly title: string;
};

export interface Conventions extends Pick<Resources<ConventionBody>, "get" | "list" | "update" | "remove"> {
  create(principal: Principal, command: WriteConvention): Promise<Outcome<Convention>>;
  /** What holds for these files, musts first; without paths: what holds everywhere. */
  conventionsFor(reader: Reader, paths: readonly string[]): Promise<readonly Convention[]>;
  listOfTier(reader: Reader, tier: ConventionTier, limit: number): Promise<readonly Convention[]>;
}

/** More than anybody reads; the newest count. */
const MOST = 1_000;

export function makeConventions({ convention }: Pick<Kinds, "convention">): Conventions {
  const kind: KindDeps<ConventionBody> = { ...convention, kind: { ...convention.kind, admit: admitGlobs } };
  const { get, list, update, remove } = makeResources(kind);
  return {
    get,
    list,
    update,
    remove,
    create: (principal, command) => createRecord(kind, principal, { body: { ...command, made_by: principal.userId } }),
    async conventionsFor(reader, paths) {
      const { items } = await listRecords(kind, reader, { limit: MOST });
      const wanted = paths.map(repositoryPath);
      return items.filter(({ body }) => isAbout(body.globs, wanted)).toSorted(byTier);
    },
    async listOfTier(reader, tier, limit) {
      return (await listRecords(kind, reader, { terms: [[`tier:${tier}`]], limit })).items;
    },
  };
}

function byTier(one: Convention, other: Convention): number {
  return conventionTiers.indexOf(one.body.tier) - conventionTiers.indexOf(other.body.tier);
}

/** A stored glob that this program cannot read is about nothing. */
function isAbout(globs: readonly string[], paths: readonly string[]): boolean {
  if (globs.length === 0) return true;
  return globs.some((source) => {
    const compiled = compileGlob(source, { anyDepth: true });
    return compiled.kind === "compiled" && paths.some((path) => compiled.glob.matches(path));
  });
}

async function admitGlobs(body: ConventionBody): Promise<Outcome<ConventionBody>> {
  for (const [index, source] of body.globs.entries()) {
    const compiled = compileGlob(source, { anyDepth: true });
    if (compiled.kind === "refused") {
      return refuse({ code: "invalid_input", path: `/globs/${index}`, reason: `is no glob: ${compiled.detail}` });
    }
  }
  return accept(body);
}
