/** What the team knows: the briefing, and its decisions. */
import { decisionTypes } from "../../../core/records/team.ts";
import { MOST_DECISIONS } from "../../../core/team/tool-words.ts";
import type { Briefs } from "../brief.ts";
import type { Decisions } from "../decisions.ts";
import type { Decision } from "../describe-decisions.ts";
import { refusedWith, said } from "./team-tool.ts";
import type { RunTeamTool, TeamCaller, ToolInput } from "./team-tool.ts";

export interface KnowledgeToolsDeps {
  readonly briefs: Pick<Briefs, "brief">;
  readonly decisions: Pick<Decisions, "record" | "list">;
}

export function makeKnowledgeTools(deps: KnowledgeToolsDeps) {
  return { brief: makeBrief(deps), record_decision: makeRecord(deps), search_decisions: makeSearch(deps) };
}

function makeBrief({ briefs }: KnowledgeToolsDeps): RunTeamTool {
  return async ({ principal, knownSessionId }) => {
    const options = knownSessionId === null ? {} : { sessionId: knownSessionId, withMessages: true };
    const brief = await briefs.brief(principal, options);
    return brief.ok ? said(brief.value) : refusedWith(brief.refusal);
  };
}

function makeRecord({ decisions }: KnowledgeToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const recorded = await decisions.record(caller.principal, commandOf(caller, input));
    return recorded.ok
      ? said(`Recorded as ${recorded.value.id}: ${recorded.value.body.title}`)
      : refusedWith(recorded.refusal);
  };
}

function commandOf({ knownSessionId }: TeamCaller, input: ToolInput) {
  const type = input.oneOf("type", decisionTypes);
  const [rationale, supersedes] = [input.optionalText("rationale"), input.optionalText("supersedes")];
  return {
    title: input.text("title"),
    files: input.texts("files"),
    tags: input.texts("tags"),
    ...(knownSessionId === null ? {} : { sessionId: knownSessionId }),
    ...(rationale === undefined ? {} : { rationale }),
    ...(type === undefined ? {} : { type }),
    ...(supersedes === undefined ? {} : { supersedes }),
  };
}

function makeSearch({ decisions }: KnowledgeToolsDeps): RunTeamTool {
  return async ({ principal }, input) => {
    const [query, file, tag] = [input.optionalText("query"), input.optionalText("file"), input.optionalText("tag")];
    const found = await decisions.list(principal, {
      limit: input.integer("limit", { least: 1, most: MOST_DECISIONS, absent: 10 }),
      ...(query === undefined || query.trim() === "" ? {} : { match: { text: query, needs: "any" as const } }),
      ...(file === undefined ? {} : { file }),
      ...(tag === undefined ? {} : { tag }),
    });
    if (found.items.length === 0) return said("No decision fits.");
    return said(found.items.map(shownDecision).join("\n"));
  };
}

function shownDecision({ id, body, isStale, supersededBy, madeByName }: Decision): string {
  const by = madeByName === null ? "" : ` (${madeByName})`;
  const state = supersededBy === null ? (isStale ? " [may be out of date]" : "") : ` [superseded by ${supersededBy}]`;
  const why =
    body.rationale === undefined || body.rationale === null || body.rationale === "" ? "" : ` — ${body.rationale}`;
  return `- ${body.title}${why}${by}${state} ${id}`;
}
