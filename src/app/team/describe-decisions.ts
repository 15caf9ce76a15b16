/** What is said of decisions beside what is stored: who took their place, how much was edited since, who made them. */
import type { RecordStore } from "../../core/ports/records.ts";
import type { FileEdits, TeamReads } from "../../core/ports/team.ts";
import type { DecisionBody } from "../../core/records/team.ts";
import { editsSince, isStale, supersededTerm } from "../../core/team/decision.ts";
import type { Kinds } from "../records/kinds.ts";
import { listRecords } from "../records/list-records.ts";
import type { Reader, Resource } from "../records/resource.ts";
import { readUserNames } from "./user-names.ts";

export interface Decision extends Resource<DecisionBody> {
  /** The newest that says it takes its place. */
  readonly supersededBy: string | null;
  /** Of its files by agents, since it was recorded or last said to hold; nothing where nobody counts. */
  readonly editsSince: number | null;
  readonly isStale: boolean;
  readonly madeByName: string | null;
}

export interface DescribeDecisionsDeps {
  readonly kinds: Pick<Kinds, "decision" | "user">;
  readonly store: RecordStore & Pick<TeamReads, "readEdits">;
}

const MOST_SUPERSEDERS = 1_000;

export async function describeDecisions(
  deps: DescribeDecisionsDeps,
  reader: Reader,
  decisions: readonly Resource<DecisionBody>[],
): Promise<readonly Decision[]> {
  if (decisions.length === 0) return [];
  const supersededBy = await readSuperseders(deps, reader, decisions);
  const edits = await readEditsOf(deps, reader, decisions);
  const names = await readUserNames(
    deps,
    reader,
    decisions.map(({ body }) => body.made_by),
  );
  return decisions.map((decision) => {
    const since = editsSince(decision.body, edits.get(decision.body.repository ?? "") ?? new Map());
    const madeByName = names.get(decision.body.made_by) ?? null;
    const by = supersededBy.get(decision.id) ?? null;
    return { ...decision, supersededBy: by, editsSince: since, isStale: isStale(since), madeByName };
  });
}

async function readSuperseders(
  { kinds }: DescribeDecisionsDeps,
  reader: Reader,
  decisions: readonly Resource<DecisionBody>[],
): Promise<ReadonlyMap<string, string>> {
  const terms = [decisions.map(({ id }) => supersededTerm(id))];
  const { items } = await listRecords(kinds.decision, reader, { terms, limit: MOST_SUPERSEDERS });
  // Newest first, and the last one set wins.
  return new Map(items.toReversed().map(({ id, body }) => [body.supersedes ?? "", id]));
}

async function readEditsOf(
  { store }: DescribeDecisionsDeps,
  { workspaceId }: Reader,
  decisions: readonly Resource<DecisionBody>[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, FileEdits>>> {
  const byRepository = Map.groupBy(decisions, ({ body }) => body.repository ?? "");
  byRepository.delete("");
  const read = async ([repository, those]: readonly [string, readonly Resource<DecisionBody>[]]) => {
    const keys = [...new Set(those.flatMap(({ body }) => Object.keys(body.edits)))];
    return [repository, await store.readEdits(workspaceId, repository, keys)] as const;
  };
  return new Map(await Promise.all([...byRepository].map(read)));
}

/** How often each file has been edited by agents until now; nothing is counted of directories. */
export async function countEdits(
  { store }: DescribeDecisionsDeps,
  { workspaceId }: Reader,
  { repository, keys }: { readonly repository: string | null; readonly keys: readonly string[] },
): Promise<Readonly<Record<string, number>>> {
  if (repository === null) return {};
  const files = keys.filter((key) => !key.endsWith("/"));
  const edits = await store.readEdits(workspaceId, repository, files);
  return Object.fromEntries(files.map((key) => [key, edits.get(key)?.edits ?? 0]));
}
