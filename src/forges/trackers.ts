/**
 * The trackers that a project can name, as one: each kind of source is read by its own.
 *
 * Invariant: an issue's texts are such as every store and every program can hold, its address is one of the web, and its lists
 * and its title are short.
 */
import type { Issue, Tracker, TrackerOutcome } from "../core/ports/tracker.ts";
import { readFolderIssue } from "./folder-tracker.ts";
import { makeGithubTracker } from "./github-tracker.ts";
import type { GithubTrackerOptions } from "./github-tracker.ts";

const MAX_TITLE = 500;
const MAX_LABELS = 100;
const ADDRESS = /^https?:\/\/\S{1,2000}$/;

export function makeTrackers(options: GithubTrackerOptions): Tracker {
  const readGithubIssue = makeGithubTracker(options);
  return {
    readIssue: async (source, id, signal) =>
      plain(
        source.kind === "folder"
          ? await readFolderIssue(source.path, id)
          : await readGithubIssue(source.repository, id, signal),
      ),
  };
}

function plain(read: TrackerOutcome<Issue>): TrackerOutcome<Issue> {
  if (!read.ok) return read;
  const { title, body, labels, url, ...rest } = read.value;
  const short = (text: string) => plainText(text.slice(0, MAX_TITLE));
  return {
    ok: true,
    value: {
      ...rest,
      title: short(title),
      body: plainText(body),
      url: url !== null && ADDRESS.test(url) ? plainText(url) : null,
      labels: labels.slice(0, MAX_LABELS).map(short),
    },
  };
}

/** Halves of characters and NULs are what is left of a file that is no text, or somebody's trick. */
function plainText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
