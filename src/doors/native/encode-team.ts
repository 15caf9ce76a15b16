/** Decisions and conventions in their native shapes. */
import type { Convention as ConventionRecord } from "../../app/team/conventions.ts";
import type { Decision as DecisionRecord } from "../../app/team/describe-decisions.ts";
import { recordOf } from "./encode-record.ts";
import type { Convention, Decision } from "./schema/team.ts";

export function encodeDecision(found: DecisionRecord): Decision {
  const { body } = found;
  const { name: _, ...record } = recordOf(found);
  return {
    ...record,
    title: body.title,
    rationale: body.rationale,
    type: body.type,
    files: body.files,
    tags: body.tags,
    made_by: body.made_by,
    made_by_name: found.madeByName,
    session_id: body.session_id ?? null,
    supersedes: body.supersedes ?? null,
    superseded_by: found.supersededBy,
    edits_since: found.editsSince,
    is_stale: found.isStale,
    reaffirmed_at: body.reaffirmed_at ?? null,
  };
}

export function encodeConvention(found: ConventionRecord): Convention {
  const { title, rationale, tier, globs, areas, made_by } = found.body;
  const { name: _, ...record } = recordOf(found);
  return { ...record, title, rationale, tier, globs, areas, made_by };
}
