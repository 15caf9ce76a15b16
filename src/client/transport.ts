/**
 * One request, one answer: address, key, JSON, and what is thrown when it goes wrong. Knows no route and repeats
 * nothing; whoever wants to repeat a request sends an `Idempotency-Key` with it.
 */
import { errorOf, SeraiConnectionError, SeraiError } from "./errors.ts";
import { fromWire, toWire, wireKey } from "./wire-case.ts";
import type { Camel } from "./wire-case.ts";

export interface TransportOptions {
  /** Such as `http://127.0.0.1:7080`. In a browser `""` is the page's own server. */
  readonly baseUrl: string;
  /** Absent in a browser that is signed in by cookie. */
  readonly apiKey?: string | undefined;
  readonly fetch?: typeof fetch;
  /** For answers that are JSON; files and streams take what they take. */
  readonly timeoutMs?: number;
}

export type QueryValue = string | number | boolean | Date | readonly string[] | undefined;

export type Body = string | Uint8Array<ArrayBuffer> | Blob | FormData | ReadableStream<Uint8Array>;

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of the API: `/sessions`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON under the names of the wire. */
  readonly json?: unknown;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Instead of the client's own, for what is meant to take long. */
  readonly timeoutMs?: number | undefined;
}

export interface Transport {
  readonly baseUrl: string;
  /** Contract: answers whatever the status; throws only when there is no answer. */
  send(call: Call): Promise<Response>;
  /** Throws a `SeraiError` for every status that is no success. */
  ask(call: Call): Promise<Response>;
  json<Wire>(call: Call): Promise<Camel<Wire>>;
  empty(call: Call): Promise<void>;
}

const TIMEOUT_MS = 100_000;

/** The API is found at `/api/v1` unless the address names a version itself. */
function rootOf(baseUrl: string): string {
  const bare = baseUrl.replace(/\/+$/, "");
  return /\/v\d+$/.test(bare) ? bare : `${bare}/api/v1`;
}

function queryOf(query: Call["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const text of textsOf(value)) search.append(wireKey(name), text);
  }
  return search.size === 0 ? "" : `?${search.toString()}`;
}

function textsOf(value: QueryValue): readonly string[] {
  if (value === undefined) return [];
  if (value instanceof Date) return [value.toISOString()];
  return typeof value === "object" ? value : [String(value)];
}

function headersOf(call: Call, apiKey: string | undefined): Record<string, string> {
  const given = Object.entries(call.headers ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(call.json === undefined ? {} : { "content-type": "application/json" }),
    ...Object.fromEntries(given),
  };
}

/** `duplex` is asked for by the standard for a body that is a stream, and missing in the typings. */
function initOf(call: Call, apiKey: string | undefined): RequestInit & { duplex?: "half" } {
  const body = call.json === undefined ? call.body : JSON.stringify(toWire(call.json));
  return {
    method: call.method,
    headers: headersOf(call, apiKey),
    ...(body === undefined ? {} : { body }),
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
}

export function makeTransport({ baseUrl, apiKey, fetch: given, timeoutMs = TIMEOUT_MS }: TransportOptions): Transport {
  const root = rootOf(baseUrl);
  // Taken at the call, so that a page which replaces its `fetch` later is served by the new one.
  const fetchNow: typeof fetch = given ?? ((input, init) => globalThis.fetch(input, init));

  async function send(call: Call): Promise<Response> {
    try {
      return await fetchNow(`${root}${call.path}${queryOf(call.query)}`, initOf(call, apiKey));
    } catch (cause) {
      if (call.signal?.aborted === true) throw call.signal.reason;
      throw new SeraiConnectionError(`Cannot reach ${baseUrl === "" ? "the server" : baseUrl}`, { cause });
    }
  }

  async function ask(call: Call): Promise<Response> {
    const response = await send(call);
    if (!response.ok) throw await errorOf(response, `${call.method} ${call.path}`);
    return response;
  }

  async function json<Wire>(call: Call): Promise<Camel<Wire>> {
    const text = await within(call.timeoutMs ?? timeoutMs, call, async (signal) =>
      (await ask({ ...call, signal })).text(),
    );
    try {
      return fromWire<Wire>(JSON.parse(text));
    } catch (cause) {
      throw new SeraiConnectionError(`The answer to ${call.method} ${call.path} is no JSON`, { cause });
    }
  }

  return {
    baseUrl,
    send,
    ask,
    json,
    async empty(call) {
      await within(timeoutMs, call, async (signal) => (await ask({ ...call, signal })).body?.cancel());
    },
  };
}

/** Ends a call that takes too long, and tells a caller's own abort from a connection that was lost. */
async function within<T>(timeoutMs: number, call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
  try {
    return await work(signal);
  } catch (cause) {
    const isTold = cause instanceof SeraiError || cause instanceof SeraiConnectionError;
    if (isTold || call.signal?.aborted === true) throw cause;
    const what = deadline.aborted ? `did not come within ${timeoutMs} ms` : "broke off";
    throw new SeraiConnectionError(`The answer to ${call.method} ${call.path} ${what}`, { cause });
  }
}
