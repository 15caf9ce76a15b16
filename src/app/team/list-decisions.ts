/** Lists of decisions: newest first, or best first where words are looked for. */
import type { TextMatch } from "../../core/ports/records.ts";
import type { DecisionBody, DecisionType } from "../../core/records/team.ts";
import { fileTerms, repositoryPath } from "../../core/team/decision.ts";
import { listRecords } from "../records/list-records.ts";
import type { RecordListQuery } from "../records/list-records.ts";
import type { Reader, Resource } from "../records/resource.ts";
import { describeDecisions } from "./describe-decisions.ts";
import type { Decision, DescribeDecisionsDeps } from "./describe-decisions.ts";

export interface DecisionQuery {
  readonly match?: TextMatch;
  /** About this file, a directory above it, or what is below it. */
  readonly file?: string;
  readonly tag?: string;
  readonly type?: DecisionType;
  readonly sessionId?: string;
  readonly madeBy?: string;
  /** Whose files were edited much since, and which nothing has taken the place of; false: all others. */
  readonly isStale?: boolean;
  readonly offset?: number;
  readonly limit: number;
}

export interface DecisionPage {
  readonly items: readonly Decision[];
  readonly total: number;
}

const PAGE = 200;

export async function listDecisions(
  deps: DescribeDecisionsDeps,
  reader: Reader,
  query: DecisionQuery,
): Promise<DecisionPage> {
  const { offset = 0, limit, isStale } = query;
  const filter = filterOf(query);
  if (isStale === undefined) {
    const { items, total } = await listRecords(deps.kinds.decision, reader, { ...filter, offset, limit });
    return { items: await describeDecisions(deps, reader, items), total };
  }
  const fitting: Decision[] = [];
  for await (const page of pagesOf(deps, reader, filter)) {
    const described = await describeDecisions(deps, reader, page);
    fitting.push(...described.filter((one) => (one.isStale && one.supersededBy === null) === isStale));
  }
  return { items: fitting.slice(offset, offset + limit), total: fitting.length };
}

function filterOf({ match, file, tag, type, sessionId, madeBy }: DecisionQuery): Omit<RecordListQuery, "limit"> {
  const terms = [
    ...(file === undefined ? [] : [fileTerms(repositoryPath(file))]),
    ...(tag === undefined ? [] : [[`tag:${tag.toLowerCase()}`]]),
    ...(type === undefined ? [] : [[`type:${type}`]]),
    ...(sessionId === undefined ? [] : [[`session:${sessionId}`]]),
    ...(madeBy === undefined ? [] : [[`by:${madeBy}`]]),
  ];
  return { ...(match === undefined ? {} : { match }), ...(terms.length === 0 ? {} : { terms }) };
}

/** Nothing is stored of staleness, so all that the rest of the query finds is looked at. */
async function* pagesOf(
  { kinds }: DescribeDecisionsDeps,
  reader: Reader,
  filter: Omit<RecordListQuery, "limit">,
): AsyncGenerator<readonly Resource<DecisionBody>[], undefined> {
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = await listRecords(kinds.decision, reader, { ...filter, offset, limit: PAGE });
    yield items;
    if (offset + PAGE >= total) return;
  }
}
