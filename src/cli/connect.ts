/**
 * Which server a command talks to, and with which key.
 *
 *   --url, SERAI_URL          that server
 *   else server.json          the one that holds the data folder of this place
 *
 *   --key, SERAI_API_KEY      that key
 *   else admin.key            only for the server that wrote it: a key is never sent to an address it is not for
 */
import { join } from "node:path";
import { resolve } from "node:path";
import { Serai } from "../client/serai.ts";
import { findDataFolder, LOCAL_SERVER_FILE, readAdminKey, readLocalServer } from "../main/config.ts";
import { CommandFault } from "./faults.ts";
import type { Shell } from "./shell.ts";

export interface ConnectionFlags {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
}

export interface Connection {
  readonly url: string;
  readonly key: string | null;
  readonly dataFolder: string;
}

type Place = Pick<Shell, "environment" | "cwd">;

export function dataFolderOf({ data }: ConnectionFlags, { environment, cwd }: Place): string {
  return data === undefined ? findDataFolder(environment, cwd) : resolve(cwd, data);
}

/** Null: nothing says where a server is. */
export function findConnection(flags: ConnectionFlags, place: Place): Connection | null {
  const dataFolder = dataFolderOf(flags, place);
  const local = readLocalServer(dataFolder);
  const localUrl = local === undefined ? null : reachable(local.url);
  const url = flags.url ?? textOf(place.environment["SERAI_URL"]) ?? localUrl;
  if (url === null) return null;
  const isLocal = localUrl !== null && isSameServer(url, localUrl);
  const given = flags.key ?? textOf(place.environment["SERAI_API_KEY"]);
  return { url, key: given ?? (isLocal ? (readAdminKey(dataFolder) ?? null) : null), dataFolder };
}

export function connect(flags: ConnectionFlags, place: Place): Serai {
  const found = findConnection(flags, place);
  if (found !== null) {
    return new Serai({ baseUrl: found.url, ...(found.key === null ? {} : { apiKey: found.key }) });
  }
  const file = join(dataFolderOf(flags, place), LOCAL_SERVER_FILE);
  throw new CommandFault(
    `No server is running here (there is no ${file}); start one with: serai serve\nOr name one with --url or SERAI_URL`,
  );
}

/** A server that listens everywhere is met at home. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

function isSameServer(one: string, other: string): boolean {
  return URL.canParse(one) && new URL(one).origin === new URL(other).origin;
}

function textOf(text: string | undefined): string | null {
  return text === undefined || text.trim() === "" ? null : text.trim();
}
