/**
 * Fetches what an agent asks for, without ever reaching a place that is not public.
 *
 *   URL ──▶ scheme, host rules ──▶ resolve ──▶ every address public? ──▶ dial one of exactly these ──▶ answer
 *    ▲                                                                                              │
 *    └────────────── redirect: all of it anew, at most five times ◀─────────────────────────────────┘
 *
 * Invariant: no connection to an address that was not checked (none is kept for a later request either); no proxy of the
 * environment in between; no header but a User-Agent and what HTTP needs, unless the caller gave it. One time limit over
 * all, one size limit after decompression.
 */
import { abortReason, withDeadline } from "../deadline.ts";
import { refusalOfFailure } from "./failures.ts";
import { headersFor, nextRequest } from "./hop.ts";
import type { Hop } from "./hop.ts";
import { refuseFetch } from "./outcome.ts";
import type { FetchOutcome, FetchRequest } from "./outcome.ts";
import { parseTarget, pinnedTo, reachOf } from "./reach.ts";
import type { LookupAddresses, Reach, ReachRules } from "./reach.ts";
import { ACCEPTED_ENCODINGS, readBody } from "./read-body.ts";

export type { Fetched, FetchOutcome, FetchRequest } from "./outcome.ts";
export type { LookupAddresses } from "./reach.ts";

/** Contract: rejects only for a fault, or with the reason of an abort. */
export type SafeFetch = (request: FetchRequest) => Promise<FetchOutcome>;

export type SafeFetchOptions = {
  readonly lookup: LookupAddresses;
  readonly userAgent: string;
  /** Private places that an admin opens, by `host` or `host:port`. */
  readonly allowPrivate?: readonly string[];
};

const MAX_REDIRECTS = 5;
const MAX_HEADER_BYTES = 32 * 1024;

export function makeSafeFetch({ lookup, userAgent, allowPrivate = [] }: SafeFetchOptions): SafeFetch {
  return async (request) => {
    const { signal, timeoutMs, isAllowed } = request;
    if (signal?.aborted === true) throw abortReason(signal);
    using deadline = withDeadline(signal, timeoutMs);
    const rules: ReachRules = { lookup, allowPrivate, isAllowed };
    return await follow(request, { rules, userAgent, signal: deadline.signal });
  };
}

type Way = { readonly rules: ReachRules; readonly userAgent: string; readonly signal: AbortSignal };

async function follow(request: FetchRequest, way: Way): Promise<FetchOutcome> {
  const { maxRedirects = MAX_REDIRECTS } = request;
  const first = parseTarget(request.url);
  if ("kind" in first) return first;
  const headers = { "user-agent": way.userAgent, ...headersFor(request.headers ?? {}) };
  let hop: Hop = { url: first, method: (request.method ?? "GET").toUpperCase(), headers, body: request.body ?? null };
  for (let redirects = 0; ; redirects++) {
    const answer = await attempt(hop, request, way);
    const next = answer.kind === "fetched" && maxRedirects > 0 ? nextRequest(hop, answer) : null;
    if (next === null) return answer;
    if ("kind" in next) return next;
    if (redirects === maxRedirects)
      return refuseFetch(
        "too_many_redirects",
        `${request.url} leads on and on, ${maxRedirects} redirects were followed`,
      );
    hop = next;
  }
}

/** One request, with everything that can go wrong on the way told from what is our own fault. */
async function attempt(hop: Hop, request: FetchRequest, way: Way): Promise<FetchOutcome> {
  const { signal } = way;
  try {
    const reach = await unlessAborted(reachOf(hop.url, way.rules), signal);
    return "kind" in reach ? reach : await dial(reach, hop, { signal, maxBytes: request.maxBytes });
  } catch (cause) {
    if (request.signal?.aborted === true) throw abortReason(request.signal);
    if (signal.aborted)
      return refuseFetch("timed_out", `${hop.url.host} did not answer in full within ${request.timeoutMs / 1000} s`);
    return refusalOfFailure(cause, hop.url.host);
  }
}

type Bounds = { readonly signal: AbortSignal; readonly maxBytes: number };

async function dial({ url, addresses }: Reach, hop: Hop, { signal, maxBytes }: Bounds): Promise<FetchOutcome> {
  // Loaded by the first who fetches: it takes longer than everything else that a server loads at its start.
  const { Agent, request } = await import("undici");
  const agent = new Agent({ connect: { lookup: pinnedTo(addresses) }, maxHeaderSize: MAX_HEADER_BYTES });
  try {
    const { statusCode, statusText, headers, body } = await request(url, {
      dispatcher: agent,
      method: hop.method as "GET", // Any token is a method; the typings list the known ones.
      headers: { "accept-encoding": ACCEPTED_ENCODINGS, ...hop.headers },
      body: hop.body,
      signal,
    });
    const flat = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    );
    const isBodiless = hop.method === "HEAD" || statusCode === 204 || statusCode === 304;
    const encoding = isBodiless ? undefined : flat["content-encoding"];
    const read = await readBody({ stream: body, encoding, maxBytes });
    if ("kind" in read) return read;
    const { "content-encoding": _, "content-length": __, ...kept } = flat;
    return {
      kind: "fetched",
      url: url.href,
      status: statusCode,
      statusText,
      headers: kept,
      body: read.bytes,
      isCut: read.isCut,
    };
  } finally {
    await agent.destroy();
  }
}

/** A resolver does not listen to signals. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(abortReason(signal));
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
