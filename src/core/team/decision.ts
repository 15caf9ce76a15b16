/**
 * What is to be said of a decision: by what it is found, what its session's log tells of it, and whether the code has
 * moved on under it. Staleness is computed from how often agents have edited its files since; it is never stored.
 */
import type { Fact } from "../events/envelope.ts";
import type { FullText } from "../ports/records.ts";
import type { FileEdits } from "../ports/team.ts";
import type { ConventionBody, DecisionBody } from "../records/team.ts";

/** Edits of its files, all together, from which on somebody should look whether a decision still holds. */
export const STALE_AFTER_EDITS = 10;

export function fullTextOfDecision({ title, rationale, ...body }: DecisionBody): FullText {
  const supersedes = body.supersedes ?? null;
  const sessionId = body.session_id ?? null;
  return {
    title,
    text: [rationale, ...body.tags, ...body.files].join("\n"),
    terms: [
      `type:${body.type}`,
      `by:${body.made_by}`,
      ...body.tags.map((tag) => `tag:${tag.toLowerCase()}`),
      ...body.files.map((file) => `file:${file}`),
      // A decision about a file is found by every directory above it.
      ...new Set(body.files.flatMap(directoriesAbove).map((directory) => `below:${directory}`)),
      ...(supersedes === null ? [] : [supersededTerm(supersedes)]),
      ...(sessionId === null ? [] : [`session:${sessionId}`]),
    ],
  };
}

export function fullTextOfConvention({ title, rationale, tier, areas, globs }: ConventionBody): FullText {
  return { title, text: [rationale, ...areas, ...globs].join("\n"), terms: [`tier:${tier}`] };
}

/** Has it what supersedes this decision. */
export function supersededTerm(id: string): string {
  return `supersedes:${id}`;
}

/** What is about a path: the path itself, a directory that it lies in, or, if it is one, anything below it. */
export function fileTerms(path: string): readonly string[] {
  const own = [`file:${path}`, ...directoriesAbove(path).map((directory) => `file:${directory}`)];
  return path.endsWith("/") ? [...own, `below:${path}`] : own;
}

function directoriesAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, path.endsWith("/") ? -2 : -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`);
}

/** As paths of a repository are written: slashes, NFC, without ".", ".." or a slash at the beginning. */
export function repositoryPath(text: string): string {
  const parts: string[] = [];
  for (const part of text.normalize("NFC").replaceAll("\\", "/").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const path = parts.join("/");
  return /[\\/]$/.test(text) && path !== "" ? `${path}/` : path;
}

/** Edits of a decision's files since it was recorded or last said to hold; nothing where nobody counts them. */
export function editsSince({ edits, repository }: DecisionBody, now: ReadonlyMap<string, FileEdits>): number | null {
  if ((repository ?? null) === null) return null;
  const since = Object.entries(edits).map(([key, then]) => Math.max(0, (now.get(key)?.edits ?? 0) - then));
  return since.reduce((sum, count) => sum + count, 0);
}

export function isStale(edits: number | null): boolean {
  return edits !== null && edits >= STALE_AFTER_EDITS;
}

/** Of the event: what does not fit into one is read from the decision itself. */
const TOLD_RATIONALE = 2_000;
const TOLD_FILES = 20;

export function decisionFact(id: string, { title, rationale, type, files, tags, supersedes }: DecisionBody): Fact {
  return {
    type: "decision.recorded",
    data: {
      decision_id: id,
      title,
      decision_type: type,
      ...(rationale === "" ? {} : { rationale: rationale.slice(0, TOLD_RATIONALE).toWellFormed() }),
      ...(files.length === 0 ? {} : { files: files.slice(0, TOLD_FILES) }),
      ...(tags.length === 0 ? {} : { tags }),
      ...((supersedes ?? null) === null ? {} : { supersedes: supersedes ?? "" }),
    },
  };
}
