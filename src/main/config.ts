/**
 * Where a server's data is and how it is found: settings from flags and environment, the data folder, and the small
 * file in it by which the command line finds a server that is running on this machine.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readDoors } from "./door-settings.ts";
import type { DoorOptions, DoorSettings } from "./door-settings.ts";
import { readSite } from "./site-settings.ts";
import type { SiteOptions, SiteSettings } from "./site-settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** As given on the command line; what is absent comes from the environment, then from the default. */
export interface ServeOptions extends SiteOptions, DoorOptions {
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly database?: string;
  readonly bell?: string;
  readonly log?: string;
}

export interface ServeSettings extends SiteSettings, DoorSettings {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly logLevel: string;
  readonly adminKey: string | null;
  readonly secretKey: string | null;
  readonly secretKeyFile: string | null;
}

export const DEFAULT_PORT = 7080;
export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host.startsWith("127.");
}

/** The sentence says what is wrong with the settings and what to give instead. */
export type ReadSettings =
  | { readonly ok: true; readonly settings: ServeSettings }
  | { readonly ok: false; readonly reason: string };

export function readSettings(options: ServeOptions, environment: Environment, cwd: string): ReadSettings {
  const port = options.port ?? numberOf(environment.SERAI_PORT) ?? DEFAULT_PORT;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return { ok: false, reason: `The port must be a whole number from 0 to 65535 (0: any free one), not "${port}"` };
  }
  const logLevel = options.log ?? environment.SERAI_LOG ?? "warn";
  if (!LOG_LEVELS.some((level) => level === logLevel)) {
    return { ok: false, reason: `SERAI_LOG must be one of ${LOG_LEVELS.join(", ")}, not "${logLevel}"` };
  }
  const unsupported = unsupportedOf(options, environment);
  if (unsupported !== null) return { ok: false, reason: unsupported };
  const site = readSite(options, environment);
  if (!site.ok) return site;
  const doors = readDoors(options, environment);
  if (!doors.ok) return doors;
  const data = options.data ?? environment.SERAI_DATA;
  return {
    ok: true,
    settings: {
      ...site.site,
      ...doors.doors,
      host: options.host ?? environment.SERAI_HOST ?? "127.0.0.1",
      port,
      dataFolder: data === undefined ? defaultDataFolder(environment, cwd) : resolve(cwd, data),
      logLevel,
      adminKey: textOf(environment.SERAI_ADMIN_KEY),
      secretKey: textOf(environment.SERAI_SECRET_KEY),
      secretKeyFile: textOf(environment.SERAI_SECRET_KEY_FILE),
    },
  };
}

/** Said plainly rather than ignored: a server that quietly kept its data elsewhere would be worse. */
function unsupportedOf(options: ServeOptions, environment: Environment): string | null {
  const database = options.database ?? textOf(environment.SERAI_DATABASE_URL);
  if (database !== null) {
    return "This version keeps its data in the data folder (SQLite); leave --database and SERAI_DATABASE_URL out";
  }
  if (options.bell !== undefined && options.bell !== "local") {
    return "This version runs on one machine and has the bell local; leave --bell out";
  }
  return null;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text.trim() === "" ? undefined : Number(text);
}

function textOf(text: string | undefined): string | null {
  return text === undefined || text.trim() === "" ? null : text.trim();
}

/** A project's own folder is made by `serve` where it is called; elsewhere a person's own folder is found. */
function defaultDataFolder(environment: Environment, cwd: string): string {
  return existsSync(join(cwd, ".serai")) || existsSync(join(cwd, "package.json")) || existsSync(join(cwd, ".git"))
    ? join(cwd, ".serai")
    : personalFolder(environment);
}

function personalFolder(environment: Environment): string {
  const base = textOf(environment.XDG_DATA_HOME) ?? join(textOf(environment.HOME) ?? homedir(), ".local", "share");
  return join(base, "serai");
}

/** The data folder that a command on this machine means; it need not exist. */
export function findDataFolder(environment: Environment, cwd: string): string {
  const given = textOf(environment.SERAI_DATA);
  if (given !== null) return resolve(cwd, given);
  const here = join(cwd, ".serai");
  return existsSync(here) ? here : personalFolder(environment);
}

export interface LocalServer {
  readonly url: string;
  readonly pid: number;
}

export const LOCAL_SERVER_FILE = "server.json";
export const ADMIN_KEY_FILE = "admin.key";

/** What the server that holds this folder wrote about itself; it may have stopped since. */
export function readLocalServer(folder: string): LocalServer | undefined {
  const text = readIfThere(join(folder, LOCAL_SERVER_FILE));
  if (text === undefined) return undefined;
  const found: unknown = JSON.parse(text);
  if (typeof found !== "object" || found === null || !("url" in found) || !("pid" in found)) return undefined;
  return typeof found.url === "string" && typeof found.pid === "number"
    ? { url: found.url, pid: found.pid }
    : undefined;
}

export function readAdminKey(folder: string): string | undefined {
  return readIfThere(join(folder, ADMIN_KEY_FILE))?.trim();
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
