/**
 * Settings of the doors: which stand on a port of their own (D2), who needs no key, and what Ennio's page has in its
 * configuration. Each entry is checked at the start, like those of the site.
 */
import { faultInOrigin, firstReason, listOf } from "./site-settings.ts";

export const doorNames = ["native", "viben", "agen", "ennio", "enagrams", "hooks", "mcp"] as const;
export type DoorName = (typeof doorNames)[number];

export interface DoorOptions {
  /** `ennio=3000`, repeatable. */
  readonly doors?: readonly string[];
  readonly open?: boolean;
  readonly ennioToken?: string;
  /** Repeatable. */
  readonly ennioCorsOrigins?: readonly string[];
}

export interface DoorSettings {
  readonly doorPorts: readonly { readonly door: DoorName; readonly port: number }[];
  /** Viben and Ennio ask no key of callers on this machine (ruling 14). */
  readonly isOpen: boolean;
  /** Taken as it is, beside the keys of the server. */
  readonly ennioToken: string | null;
  readonly ennioCorsOrigins: readonly string[];
  /** Where issues are read; without a token only public ones. */
  readonly github: { readonly apiUrl: string; readonly token: string | null };
}

export type ReadDoors =
  | { readonly ok: true; readonly doors: DoorSettings }
  | { readonly ok: false; readonly reason: string };

interface DoorEnvironment {
  readonly SERAI_DOORS?: string | undefined;
  readonly SERAI_OPEN?: string | undefined;
  readonly SERAI_ENNIO_API_TOKEN?: string | undefined;
  readonly SERAI_ENNIO_CORS_ORIGINS?: string | undefined;
  readonly GITHUB_API_URL?: string | undefined;
  readonly GITHUB_TOKEN?: string | undefined;
}

export function readDoors(options: DoorOptions, environment: DoorEnvironment): ReadDoors {
  const given = options.doors ?? listOf(environment.SERAI_DOORS);
  const ennioCorsOrigins = options.ennioCorsOrigins ?? listOf(environment.SERAI_ENNIO_CORS_ORIGINS);
  const reason = firstReason(given, faultInDoor) ?? faultInPorts(given) ?? firstReason(ennioCorsOrigins, faultInOrigin);
  if (reason !== null) return { ok: false, reason };
  const ennioToken = textOf(options.ennioToken ?? environment.SERAI_ENNIO_API_TOKEN);
  const isOpen = options.open ?? /^(?:1|true|yes)$/i.test(environment.SERAI_OPEN?.trim() ?? "");
  const doorPorts = given.flatMap((text) => doorOf(text) ?? []);
  const apiUrl = textOf(environment.GITHUB_API_URL) ?? "https://api.github.com";
  if (!/^https?:$/.test(URL.canParse(apiUrl) ? new URL(apiUrl).protocol : "")) {
    return { ok: false, reason: `GITHUB_API_URL is written like https://api.github.com, not "${apiUrl}"` };
  }
  const github = { apiUrl, token: textOf(environment.GITHUB_TOKEN) };
  return { ok: true, doors: { doorPorts, isOpen, ennioToken, ennioCorsOrigins, github } };
}

function textOf(text = ""): string | null {
  return text.trim() === "" ? null : text.trim();
}

const MAX_PORT = 65_535;

function doorOf(text: string): DoorSettings["doorPorts"][number] | undefined {
  const found = /^(?<name>[a-z]+)=(?<port>\d{1,5})$/.exec(text)?.groups;
  const door = doorNames.find((name) => name === found?.["name"]);
  const port = Number(found?.["port"]);
  return door === undefined || port > MAX_PORT ? undefined : { door, port };
}

function faultInDoor(text: string): string | null {
  if (doorOf(text) !== undefined) return null;
  return `A door of its own is written like ennio=3000, with one of ${doorNames.join(", ")}, not "${text}"`;
}

/** 0 is any that is free, and may be given twice. */
function faultInPorts(given: readonly string[]): string | null {
  const ports = given.flatMap((text) => doorOf(text)?.port ?? []).filter((port) => port !== 0);
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  return twice === undefined ? null : `Two doors cannot stand on the same port ${twice}`;
}
