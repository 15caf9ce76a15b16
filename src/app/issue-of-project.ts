/**
 * The issue that a session is to work on, from its project's tracker: the one that the project names, else GitHub where its
 * repository is there. What a tracker cannot do becomes a "no" that the caller can act on.
 */
import { resolve } from "node:path";
import type { Issue, Tracker, TrackerRefusal, TrackerSource } from "../core/ports/tracker.ts";
import type { ProjectBody } from "../core/records/project.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome, Refusal } from "../core/refusal.ts";

export type ReadProjectIssue = (
  project: Pick<ProjectBody, "tracker" | "path" | "url">,
  issueId: string,
) => Promise<Outcome<Issue>>;

export function makeReadProjectIssue(tracker: Tracker): ReadProjectIssue {
  return async (project, issueId) => {
    const source = sourceOf(project);
    if (source === null) {
      const reason =
        "cannot be looked up: the project has no tracker; set one, or say in the prompt what is to be done";
      return refuse({ code: "invalid_input", path: "/issue_id", reason });
    }
    const read = await tracker.readIssue(source, issueId);
    return read.ok ? accept(read.value) : refuse(refusalOf(read.refusal, source));
  };
}

const GITHUB_URL = /^(?:https:\/\/|ssh:\/\/git@|git@)github\.com[/:](?<repository>[\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/i;

function sourceOf({ tracker, path, url }: Pick<ProjectBody, "tracker" | "path" | "url">): TrackerSource | null {
  if (tracker?.kind === "folder") return { kind: "folder", path: resolve(path ?? "/", tracker.path) };
  const repository = tracker?.repository ?? GITHUB_URL.exec(url ?? "")?.groups?.["repository"];
  return repository === undefined ? null : { kind: "github", repository };
}

const nameOf = (source: TrackerSource) => (source.kind === "folder" ? source.path : source.repository);

function refusalOf(refusal: TrackerRefusal, source: TrackerSource): Refusal {
  switch (refusal.kind) {
    case "issue_missing":
      return { code: "not_found", kind: "issue", id: refusal.id };
    case "tracker_missing":
      return { code: "invalid_input", path: "/issue_id", reason: `cannot be looked up: ${refusal.reason}` };
    case "timed_out":
      return { code: "timed_out", what: `the tracker ${nameOf(source)}`, afterMs: refusal.afterMs };
    case "rate_limited": {
      const until = refusal.retryAt === null ? "for a while" : `until ${refusal.retryAt}`;
      return { code: "provider_failed", name: nameOf(source), reason: `it answers nothing more ${until} (rate limit)` };
    }
    case "unusable":
      return { code: "provider_failed", name: nameOf(source), reason: refusal.reason };
  }
}
