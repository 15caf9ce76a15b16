/**
 * Issues of a repository on GitHub, over its REST API. An issue that was read is asked for again by its ETag, which costs
 * nothing of the hourly allowance; while GitHub says that the allowance is used up it is not asked at all.
 *
 * Invariant: the token goes to the API's own origin only; redirects (a repository that was renamed or moved) are
 * followed there and nowhere else. What is remembered is bounded.
 */
import type { Issue, TrackerOutcome, TrackerRefusal } from "../core/ports/tracker.ts";

export interface GithubTrackerOptions {
  /** `https://api.github.com`, or a GitHub of one's own. */
  readonly baseUrl: string;
  /** Null: as a stranger, who may read public repositories sixty times an hour. */
  readonly token: string | null;
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timeoutMs?: number;
}

export type ReadGithubIssue = (repository: string, id: string, signal?: AbortSignal) => Promise<TrackerOutcome<Issue>>;

const TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 3;
const REMEMBERED = 200;
const MAX_BYTES = 4 * 1024 * 1024;
const REPOSITORY = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;
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
    const asked = await ask(options, { path, etag: before?.etag, signal });
    if (!asked.ok) return asked;
    const response = asked.value;
    if (response.status === 304 && before !== undefined) return { ok: true, value: before.issue };
    const until = limitOf(response, options.now());
    if (until !== null) {
      limitedUntil = until;
      return refuse(limited(until));
    }
    const read = readAnswer(response, { repository, number });
    if (read.ok) remember(kept, path, { etag: response.headers.get("etag") ?? "", issue: read.value });
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

function remember(kept: Map<string, Kept>, path: string, found: Kept): void {
  if (found.etag === "") return;
  kept.delete(path);
  kept.set(path, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= REMEMBERED) return;
    kept.delete(oldest);
  }
}

interface Asked {
  readonly path: string;
  readonly etag: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Null where it is longer than an issue can be. */
  readonly text: string | null;
}

async function ask(options: GithubTrackerOptions, asked: Asked): Promise<TrackerOutcome<Answered>> {
  const { timeoutMs = TIMEOUT_MS, token, baseUrl } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = asked.signal === undefined ? deadline : AbortSignal.any([deadline, asked.signal]);
  const headers = {
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "Serai",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(asked.etag === undefined ? {} : { "if-none-match": asked.etag }),
  };
  let url = new URL(`${baseUrl.replace(/\/$/, "")}${asked.path}`);
  const { origin } = url;
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await options.fetch(url, { headers, redirect: "manual", signal });
      const next = redirectOf(response, url);
      if (next === null) {
        const { status, headers: answered } = response;
        return { ok: true, value: { status, headers: answered, text: await readText(response.body) } };
      }
      await response.body?.cancel();
      if (next.origin !== origin) return refuse({ kind: "unusable", reason: `it sent us on to ${next.origin}` });
      url = next;
    }
  } catch (error) {
    if (deadline.aborted) return refuse({ kind: "timed_out", afterMs: timeoutMs });
    if (asked.signal?.aborted === true) throw error;
    return refuse({ kind: "unusable", reason: `it could not be reached (${wordOf(error)})` });
  }
  return refuse({ kind: "unusable", reason: `it sent us on more than ${MAX_REDIRECTS} times` });
}

function redirectOf(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  const isRedirect = [301, 302, 307, 308].includes(response.status);
  return isRedirect && location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** The code of the cause, such as ECONNREFUSED: `fetch` itself says only that it failed. */
function wordOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "the connection failed";
}

/** Primary limits say when they end, secondary ones how long to wait; a minute where they say neither. */
function limitOf({ status, headers }: Answered, nowMs: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(retryAfter)) return nowMs + retryAfter * 1_000;
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (headers.get("x-ratelimit-remaining") === "0" && Number.isFinite(reset)) return reset * 1_000;
  return status === 429 ? nowMs + 60_000 : null;
}

function readAnswer(
  { status, text }: Answered,
  { repository, number }: { readonly repository: string; readonly number: string },
): TrackerOutcome<Issue> {
  if (status === 404 || status === 410) return refuse({ kind: "issue_missing", id: number });
  if (status === 401 || status === 403) return refuse(noRepository(repository));
  if (status !== 200) return refuse({ kind: "unusable", reason: `it answered with status ${status}` });
  const issue = text === null ? null : issueOf(parsed(text));
  return issue === null
    ? refuse({ kind: "unusable", reason: "it answered with something that is no issue" })
    : { ok: true, value: issue };
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function issueOf(found: unknown): Issue | null {
  if (!isObject(found)) return null;
  const { number, title, body, state, state_reason: reason, html_url: url, labels } = found;
  if (typeof number !== "number" || typeof title !== "string") return null;
  const isCancelled = state === "closed" && reason === "not_planned";
  return {
    id: String(number),
    title,
    body: typeof body === "string" ? body : "",
    state: isCancelled ? "cancelled" : state === "closed" ? "closed" : "open",
    url: typeof url === "string" && /^https?:\/\//.test(url) ? url : null,
    labels: Array.isArray(labels) ? labels.flatMap(labelOf) : [],
  };
}

/** Labels are objects, and were texts. */
function labelOf(label: unknown): readonly string[] {
  if (typeof label === "string") return [label];
  return isObject(label) && typeof label["name"] === "string" ? [label["name"]] : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
