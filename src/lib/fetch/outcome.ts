/** What comes of a fetch. A "no" of any kind, ours or the other side's, is an outcome and not an error. */

export type FetchRequest = {
  readonly url: string;
  /** GET if absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** Of the body, decompressed; what is more is not read. */
  readonly maxBytes: number;
  /** For everything: all redirects, and the body to its end. */
  readonly timeoutMs: number;
  /** 5 if absent; with 0 a redirect is an answer like any other. */
  readonly maxRedirects?: number;
  /** Besides the rule of private addresses; asked for each host on the way. */
  readonly isAllowed?: (hostname: string) => boolean;
  readonly signal?: AbortSignal;
};

export type FetchRefusalCode =
  | "invalid_request"
  | "host_not_allowed"
  | "private_address"
  | "unknown_host"
  | "too_many_redirects"
  | "unreachable"
  | "untrusted_certificate"
  | "broken_answer"
  | "timed_out";

export type FetchRefusal = {
  readonly kind: "refused";
  readonly code: FetchRefusalCode;
  /** A sentence without its end, for people and models. */
  readonly detail: string;
};

export type Fetched = {
  readonly kind: "fetched";
  /** After all redirects. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** There was more than `maxBytes`. */
  readonly isCut: boolean;
};

export type FetchOutcome = Fetched | FetchRefusal;

export function refuseFetch(code: FetchRefusalCode, detail: string): FetchRefusal {
  return { kind: "refused", code, detail };
}
