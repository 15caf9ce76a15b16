/** Calls the native door for tests: JSON in, JSON out, every answer held against the document. */
import { openCheckedFetch } from "../../http/checked-fetch.ts";
import type { CheckedFetch } from "../../http/checked-fetch.ts";
import type { ProblemBody } from "../../../src/doors/native/problem.ts";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import { agentId, keys } from "./open-native.ts";
import type { Native } from "./open-native.ts";

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface NativeClient {
  readonly fetch: CheckedFetch;
  /** `T` is what the test expects; the document is what holds the answer to it. */
  call<T = ProblemBody>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  get<T = ProblemBody>(path: string, headers?: Record<string, string>): Promise<Answer<T>>;
  post<T = ProblemBody>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** A session of the one agent. */
  session(body?: Record<string, unknown>): Promise<Session>;
}

export async function openClient({ app }: Pick<Native, "app">, key: string = keys.owner): Promise<NativeClient> {
  const fetch = await openCheckedFetch(app, { headers: { authorization: `Bearer ${key}` } });
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>> => {
    const all = new Headers(headers);
    if (body !== undefined) all.set("content-type", "application/json");
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`/api/v1${path}`, { method, headers: all, ...init });
    const text = await response.text();
    const parsed: unknown = text === "" ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed as T };
  };
  return {
    fetch,
    call,
    get: (path, headers) => call("GET", path, undefined, headers),
    post: (path, body, headers) => call("POST", path, body, headers),
    async session(body = {}) {
      const made = await call<Session>("POST", "/sessions", { agent_id: agentId, ...body });
      if (made.status !== 201) throw new Error(`No session: ${JSON.stringify(made.body)}`);
      return made.body;
    },
  };
}

export function text(words: string) {
  return { message: { content: [{ type: "text", text: words }] } };
}
