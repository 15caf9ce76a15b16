/**
 * Settings that are lists: which names the server answers to, whose pages may use it, which limits are other than usual.
 * Each entry is checked at the start; one that could never match is told instead of being kept.
 */
import { defaultLimits } from "../core/limits.ts";
import type { Limits } from "../core/limits.ts";

export interface SiteOptions {
  /** `https://app.example.com`, repeatable. */
  readonly corsOrigins?: readonly string[];
  /** Names without scheme and port, repeatable. */
  readonly allowedHosts?: readonly string[];
  /** `fileBytes=300000000`, repeatable. */
  readonly limits?: readonly string[];
}

export interface SiteSettings {
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly limits: Partial<Limits>;
}

export type ReadSite =
  | { readonly ok: true; readonly site: SiteSettings }
  | { readonly ok: false; readonly reason: string };

interface SiteEnvironment {
  readonly SERAI_CORS_ORIGINS?: string | undefined;
  readonly SERAI_ALLOWED_HOSTS?: string | undefined;
  readonly SERAI_LIMITS?: string | undefined;
}

export function readSite(options: SiteOptions, environment: SiteEnvironment): ReadSite {
  const corsOrigins = options.corsOrigins ?? listOf(environment.SERAI_CORS_ORIGINS);
  const allowedHosts = options.allowedHosts ?? listOf(environment.SERAI_ALLOWED_HOSTS);
  const given = options.limits ?? listOf(environment.SERAI_LIMITS);
  const reason =
    firstReason(corsOrigins, faultInOrigin) ??
    firstReason(allowedHosts, faultInHost) ??
    firstReason(given, faultInLimit);
  if (reason !== null) return { ok: false, reason };
  return { ok: true, site: { corsOrigins, allowedHosts, limits: Object.fromEntries(given.map(pairOf)) } };
}

/** Entries stand between commas or spaces. */
export function listOf(text = ""): readonly string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}

export function firstReason(entries: readonly string[], fault: (entry: string) => string | null): string | null {
  return entries.map(fault).find((reason) => reason !== null) ?? null;
}

/** Also not `*`: keys travel in cookies, and any page on the web would be let in with them. */
export function faultInOrigin(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (isWeb && !text.includes("*") && url.origin === text.toLowerCase().replace(/\/$/, "")) return null;
  return `An origin that may use the server is written like https://app.example.com, not "${text}"`;
}

function faultInHost(text: string): string | null {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text)) return null;
  return `A name that the server answers to is written like serai.example.com, without scheme and port, not "${text}"`;
}

function faultInLimit(text: string): string | null {
  const [name, value] = pairOf(text);
  if (!Object.hasOwn(defaultLimits, name)) {
    return `There is no limit "${name}"; there are ${Object.keys(defaultLimits).join(", ")}`;
  }
  return Number.isSafeInteger(value) && value > 0
    ? null
    : `A limit is a whole number above 0: ${name}=…, not "${text}"`;
}

function pairOf(text: string): readonly [string, number] {
  const cut = text.indexOf("=");
  const value = text.slice(cut + 1).trim();
  return cut < 0 ? [text, Number.NaN] : [text.slice(0, cut).trim(), value === "" ? Number.NaN : Number(value)];
}
