/**
 * One question to GitHub's REST API and its answer, whatever it is: with the token, within a deadline, to its end.
 *
 * Invariant: the token goes to the API's own origin only; redirects (a repository that was renamed or moved) are followed
 * there and nowhere else. An answer is read as far as one can be and no further. What it means is not known here.
 */
import type { TrackerOutcome, TrackerRefusal } from "../core/ports/tracker.ts";

export interface GithubOptions {
  /** `https://api.github.com`, or a GitHub of one's own. */
  readonly baseUrl: string;
  /** Null: as a stranger, who may read public repositories sixty times an hour. */
  readonly token: string | null;
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
  readonly timeoutMs?: number;
}

export interface Question {
  /** Below the base: `/repos/…`. */
  readonly path: string;
  readonly etag: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Null where it is longer than an issue can be. */
  readonly text: string | null;
}

const TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 3;
const MAX_BYTES = 4 * 1024 * 1024;

/** Throws when the caller has gone; what GitHub or the way to it does is a refusal. */
export async function askGithub(options: GithubOptions, question: Question): Promise<TrackerOutcome<Answered>> {
  const { timeoutMs = TIMEOUT_MS, token, baseUrl } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = question.signal === undefined ? deadline : AbortSignal.any([deadline, question.signal]);
  const headers = {
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "Serai",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(question.etag === undefined ? {} : { "if-none-match": question.etag }),
  };
  let url = new URL(`${baseUrl.replace(/\/+$/, "")}${question.path}`);
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
      if (next.origin !== origin) return unusable(`it sent us on to ${next.origin}`);
      url = next;
    }
  } catch (error) {
    if (question.signal?.aborted === true) throw error;
    if (deadline.aborted) return { ok: false, refusal: { kind: "timed_out", afterMs: timeoutMs } };
    return unusable(`it could not be reached (${wordOf(error)})`);
  }
  return unusable(`it sent us on more than ${MAX_REDIRECTS} times`);
}

function unusable(reason: string): { readonly ok: false; readonly refusal: TrackerRefusal } {
  return { ok: false, refusal: { kind: "unusable", reason } };
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
