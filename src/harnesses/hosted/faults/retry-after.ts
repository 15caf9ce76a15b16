/**
 * How long a provider asks to be left alone: `Retry-After` and what vendors say in its place. Pure; the wall clock is
 * passed in for the dates.
 */
import type { VendorError } from "./vendor-error.ts";
import { fieldsOf } from "./vendor-error.ts";

/** Headers that name the end of a window, each with the one that says how much of the window is left. */
const windows = [
  ["anthropic-ratelimit-requests-reset", "anthropic-ratelimit-requests-remaining"],
  ["anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-input-tokens-remaining"],
  ["anthropic-ratelimit-output-tokens-reset", "anthropic-ratelimit-output-tokens-remaining"],
  ["anthropic-ratelimit-tokens-reset", "anthropic-ratelimit-tokens-remaining"],
  ["x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"],
  ["x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"],
  ["x-ratelimit-reset", "x-ratelimit-remaining"],
] as const;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1m30s`, `250ms`, `37s`, `1.5s`. */
function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(count) * (UNITS_MS[unit] ?? 0);
  }
  return total;
}

/** A plain number is a moment in seconds or milliseconds since 1970 when it is large enough for one, else seconds. */
function parseNumber(value: number, nowMs: number): number {
  if (value > 1e12) return value - nowMs;
  return value > 1e9 ? value * 1_000 - nowMs : value * 1_000;
}

/** Milliseconds from now, or nothing if the text is no time. */
export function parseWait(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Math.max(0, parseNumber(Number(trimmed), nowMs));
  const duration = parseDuration(trimmed);
  if (duration !== undefined) return duration;
  // The date parser takes nearly anything for a year; HTTP and RFC 3339 dates have a month's name or dashes and a T.
  const date = /^[A-Z][a-z]{2}|^\d{4}-\d{2}-\d{2}T/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function fromRetryHeaders(headers: VendorError["headers"], nowMs: number): number | undefined {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const plain = headers["retry-after"];
  return plain === undefined ? undefined : parseWait(plain, nowMs);
}

/** The latest end of the windows that are used up. */
function fromWindows(headers: VendorError["headers"], nowMs: number): number | undefined {
  const waits = windows.flatMap(([reset, remaining]) => {
    const isUsedUp = Number(headers[remaining] ?? Number.NaN) === 0;
    const wait = isUsedUp ? parseWait(headers[reset] ?? "", nowMs) : undefined;
    return wait === undefined ? [] : [wait];
  });
  const unified = headers["anthropic-ratelimit-unified-status"] === "rejected";
  const wait = unified ? parseWait(headers["anthropic-ratelimit-unified-reset"] ?? "", nowMs) : undefined;
  if (wait !== undefined) waits.push(wait);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function asWait(value: unknown, nowMs: number): number | undefined {
  return typeof value === "string" || typeof value === "number" ? parseWait(String(value), nowMs) : undefined;
}

/** Gemini: a `RetryInfo` detail. ChatGPT accounts: `resets_at`, `resets_in_seconds`. OpenRouter: headers in metadata. */
function fromBody(body: unknown, nowMs: number): number | undefined {
  const outer = fieldsOf(Array.isArray(body) ? body[0] : body);
  const error = fieldsOf(outer.error ?? outer);
  const details = Array.isArray(error.details) ? error.details.map(fieldsOf) : [];
  const passedOn = fieldsOf(fieldsOf(error.metadata).headers);
  const candidates = [
    error.resets_in_seconds,
    error.resets_at,
    ...details.map((detail) => detail.retryDelay),
    passedOn["Retry-After"],
    passedOn["X-RateLimit-Reset"],
  ];
  for (const candidate of candidates) {
    const wait = asWait(candidate, nowMs);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

export function readRetryAfter({ headers, body }: VendorError, nowMs: number): number | undefined {
  return fromRetryHeaders(headers, nowMs) ?? fromBody(body, nowMs) ?? fromWindows(headers, nowMs);
}
