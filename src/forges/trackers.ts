/** The trackers that a project can name, as one: each kind of source is read by its own. */
import type { Tracker } from "../core/ports/tracker.ts";
import { readFolderIssue } from "./folder-tracker.ts";
import { makeGithubTracker } from "./github-tracker.ts";
import type { GithubTrackerOptions } from "./github-tracker.ts";

export function makeTrackers(options: GithubTrackerOptions): Tracker {
  const readGithubIssue = makeGithubTracker(options);
  return {
    readIssue: (source, id, signal) =>
      source.kind === "folder" ? readFolderIssue(source.path, id) : readGithubIssue(source.repository, id, signal),
  };
}
