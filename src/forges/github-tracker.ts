/**
 * Issues of a repository on GitHub, over its REST API. An issue that was read is asked for again by its ETag, which costs
 * nothing of the hourly allowance; while GitHub says that the allowance is used up it is not asked at all.
 *
 * Invariant: whatever the answer is, it is an issue or a refusal. What is remembered is bounded, in number and in size.
 * To GitHub a pull request is an issue, and so it is here.
 */
import type { Issue, TrackerOutcome, TrackerRefusal } from "../core/ports/tracker.ts";
import { askGithub } from "./github-api.ts";
import type { Answered, GithubOptions } from "./github-api.ts";

export interface GithubTrackerOptions extends GithubOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type ReadGithubIssue = (repository: string, id: string, signal?: AbortSignal) => Promise<TrackerOutcome<Issue>>;

const REMEMBERED = 200;
/** Of one answer, so a dozen megabytes in all; an issue that is longer is simply read again. */
const MAX_REMEMBERED_CHARACTERS = 64 * 1024;
/** No name is a step in a path. */
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/;
const NUMBER = /^#?(?<number>[1-9]\d{0,9})$/;

interface Kept {
  readonly etag: string;
  readonly issue: Issue;
}

export function makeGithubTracker(options: GithubTrackerOptions): ReadGithubIssue {
  const kept = new Map<string, Kept>();
  let limitedUntil = 0;
  return async (repository, id, signal) => {
    const number = NUMBER.exec(id.trim())?.groups?.["number"];
    if (number === undefined) return refuse({ kind: "issue_missing", id: id.slice(0, 80) });
    if (!REPOSITORY.test(repository)) return refuse(noRepository(repository));
    if (options.now() < limitedUntil) return refuse(limited(limitedUntil));
    const path = `/repos/${repository}/issues/${number}`;
    const before = kept.get(path);
    const asked = await askGithub(options, { path, etag: before?.etag, signal });
    if (!asked.ok) return asked;
    const answered = asked.value;
    if (answered.status === 304 && before !== undefined) return { ok: true, value: before.issue };
    const until = limitOf(answered, options.now());
    if (until !== null) {
      limitedUntil = until;
      return refuse(limited(until));
    }
    const read = readAnswer(answered, { repository, number });
    if (read.ok) remember(kept, { path, answered, issue: read.value });
    return read;
  };
}

function refuse(refusal: TrackerRefusal): { readonly ok: false; readonly refusal: TrackerRefusal } {
  return { ok: false, refusal };
}

function noRepository(repository: string): TrackerRefusal {
  return { kind: "tracker_missing", reason: `there is no repository "${repository.slice(0, 200)}" that can be read` };
}

function limited(untilMs: number): TrackerRefusal {
  return { kind: "rate_limited", retryAt: new Date(untilMs).toISOString() };
}

interface Found {
  readonly path: string;
  readonly answered: Answered;
  readonly issue: Issue;
}

function remember(kept: Map<string, Kept>, { path, answered, issue }: Found): void {
  const etag = answered.headers.get("etag");
  kept.delete(path);
  if (etag === null || (answered.text ?? "").length > MAX_REMEMBERED_CHARACTERS) return;
  kept.set(path, { etag, issue });
  for (const oldest of kept.keys()) {
    if (kept.size <= REMEMBERED) return;
    kept.delete(oldest);
  }
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Until when: allowances are of an hour, so whoever says that it lasts longer, or is over, has another clock. */
function limitOf(answered: Answered, nowMs: number): number | null {
  const until = saidLimit(answered, nowMs);
  return until === null ? null : Math.min(Math.max(until, nowMs + SECOND_MS), nowMs + HOUR_MS);
}

/** Primary limits say when they end, secondary ones how long to wait; a minute where they say neither, as GitHub asks. */
function saidLimit({ status, headers, text }: Answered, nowMs: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = numberIn(headers.get("retry-after"));
  if (retryAfter !== null) return nowMs + retryAfter * SECOND_MS;
  const reset = numberIn(headers.get("x-ratelimit-reset"));
  if (headers.get("x-ratelimit-remaining") === "0" && reset !== null) return reset * SECOND_MS;
  return status === 429 || isLimitByItsPage(text) ? nowMs + MINUTE_MS : null;
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/** A 403 can be a limit that says so in its text alone; the page that it names is the part that is not prose. */
function isLimitByItsPage(text: string | null): boolean {
  const body = parsed(text);
  const page = isObject(body) ? body["documentation_url"] : undefined;
  return typeof page === "string" && /rate-limit/.test(page);
}

function readAnswer(
  { status, text }: Answered,
  { repository, number }: { readonly repository: string; readonly number: string },
): TrackerOutcome<Issue> {
  if (status === 404 || status === 410) return refuse({ kind: "issue_missing", id: number });
  if (status === 401) return refuse({ kind: "tracker_missing", reason: "GitHub wants a token, or another one" });
  if (status === 403) return refuse(noRepository(repository));
  if (status !== 200) return refuse({ kind: "unusable", reason: `it answered with status ${status}` });
  const issue = issueOf(parsed(text));
  return issue === null
    ? refuse({ kind: "unusable", reason: "it answered with something that is no issue" })
    : { ok: true, value: issue };
}

/** Null where it is no JSON. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function issueOf(found: unknown): Issue | null {
  if (!isObject(found)) return null;
  const { number, title, body, html_url: url, labels } = found;
  if (!Number.isSafeInteger(number) || typeof title !== "string") return null;
  return {
    id: String(number),
    title,
    body: typeof body === "string" ? body : "",
    state: stateOf(found),
    url: typeof url === "string" ? url : null,
    labels: Array.isArray(labels) ? labels.flatMap(labelOf) : [],
  };
}

/** A duplicate is nobody's work either. */
function stateOf({ state, state_reason: reason }: Readonly<Record<string, unknown>>): Issue["state"] {
  if (state !== "closed") return "open";
  return reason === "not_planned" || reason === "duplicate" ? "cancelled" : "closed";
}

/** Labels are objects, and were texts. */
function labelOf(label: unknown): readonly string[] {
  if (typeof label === "string") return [label];
  return isObject(label) && typeof label["name"] === "string" ? [label["name"]] : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
