/** What a failed connection means, by the code of its error. What has no code is a fault of ours and thrown on. */
import { refuseFetch } from "./outcome.ts";
import type { FetchRefusal, FetchRefusalCode } from "./outcome.ts";

type Meaning = readonly [code: FetchRefusalCode, words: (host: string) => string];

const closed: Meaning = ["unreachable", (host) => `${host} closed the connection before it had answered`];
const noAnswer: Meaning = ["timed_out", (host) => `${host} did not answer in time`];
const noWay: Meaning = ["unreachable", (host) => `There is no way to ${host} from here`];
const selfSigned = certificate("is signed by nobody but itself");
const unknownSigner = certificate("is signed by somebody who is not trusted");

const MEANINGS: Readonly<Record<string, Meaning>> = {
  UND_ERR_INVALID_ARG: [
    "invalid_request",
    (host) => `The request to ${host} has a method or a header that cannot be sent`,
  ],
  ECONNREFUSED: ["unreachable", (host) => `${host} does not take connections`],
  ECONNRESET: closed,
  EPIPE: closed,
  UND_ERR_SOCKET: closed,
  ETIMEDOUT: noAnswer,
  UND_ERR_CONNECT_TIMEOUT: noAnswer,
  UND_ERR_HEADERS_TIMEOUT: noAnswer,
  UND_ERR_BODY_TIMEOUT: noAnswer,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  EADDRNOTAVAIL: noWay,
  CERT_HAS_EXPIRED: certificate("has expired"),
  CERT_NOT_YET_VALID: certificate("is not valid yet"),
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: unknownSigner,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownSigner,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate("is for another host"),
  UND_ERR_HEADERS_OVERFLOW: ["broken_answer", (host) => `${host} sends more headers than are taken`],
};

/** Families of codes: of TLS, of the HTTP parser, of decompression, of the HTTP library. */
const FAMILIES: readonly (readonly [start: string, meaning: Meaning])[] = [
  ["ERR_SSL_", ["unreachable", (host) => `${host} and this server find no common way to encrypt`]],
  ["ERR_TLS_", ["unreachable", (host) => `${host} and this server find no common way to encrypt`]],
  ["HPE_", ["broken_answer", (host) => `What ${host} sends is not HTTP`]],
  ["Z_", ["broken_answer", (host) => `What ${host} sends is not compressed as it says`]],
  ["ERR_BROTLI", ["broken_answer", (host) => `What ${host} sends is not compressed as it says`]],
  ["ERR__ERROR_FORMAT", ["broken_answer", (host) => `What ${host} sends is not compressed as it says`]],
  ["UND_ERR_", closed],
];

export function refusalOfFailure(cause: unknown, host: string): FetchRefusal {
  const code = codeOf(cause);
  if (code === undefined) throw new Error(`Cannot fetch from "${host}"`, { cause });
  const meaning = MEANINGS[code] ?? FAMILIES.find(([start]) => code.startsWith(start))?.[1];
  if (meaning === undefined) return refuseFetch("unreachable", `The connection to ${host} failed (${code})`);
  return refuseFetch(meaning[0], meaning[1](host));
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ("code" in cause && typeof cause.code === "string") return cause.code;
  // The HTTP library's parser, for what its state machine has no code for.
  if (cause.name === "HTTPParserError") return "HPE_UNKNOWN";
  return cause instanceof AggregateError ? codeOf(cause.errors[0]) : codeOf(cause.cause);
}

function certificate(words: string): Meaning {
  return ["untrusted_certificate", (host) => `The certificate of ${host} ${words}, so it is not trusted`];
}
