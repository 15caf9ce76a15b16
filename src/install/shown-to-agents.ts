/**
 * What an agent in a sandbox is shown of this machine's files in which hooks keep a key of their user: the same files with
 * the agent's own key in its place, so its hooks and the guard of its commits go on working, as itself.
 *
 * Invariant: reads only. No key that is kept for hooks is in what is shown; of servers other than the agent's own not even
 * the agent's key is.
 */
import { existsSync, readdirSync } from "node:fs";
import { findFile } from "./disk.ts";
import { readLedger } from "./ledger.ts";
import { hooksFolderOf, targetOf } from "./places.ts";
import type { HooksFolder, Place } from "./places.ts";
import { readServerFile, serverFileText } from "./server-file.ts";
import type { ServerFile } from "./server-file.ts";

export interface ShownFile {
  /** Where it is once every link is followed. */
  readonly path: string;
  readonly text: string;
}

export interface OwnAccess {
  /** Nothing: the agent has none. */
  readonly key: string | null;
  /** Whether this address is the agent's server's. */
  readonly isOwn: (url: string) => boolean;
}

/** Stands where a key was that is not to be had. */
const NO_KEY = "srk_not-shown-to-agents";

/** Of the folder of servers only what is given here may be seen; the other files are seen as they are. */
export function shownToAgents(place: Place, own: OwnAccess): readonly ShownFile[] {
  const folder = hooksFolderOf(place);
  const kept = readServers(folder);
  const keyFor = ({ url }: ServerFile) => (own.isOwn(url) ? own.key : null);
  const servers = kept.flatMap(({ path, file }) => {
    const key = keyFor(file);
    return key === null ? [] : [{ path, text: serverFileText({ ...file, key }) }];
  });
  const swaps = kept.map(({ file }) => [file.key, keyFor(file) ?? NO_KEY] as const);
  return [...servers, ...settingsOf(folder, place).flatMap((path) => swapped(path, place, swaps))];
}

function readServers(folder: HooksFolder): readonly { readonly path: string; readonly file: ServerFile }[] {
  if (!existsSync(folder.serversFolder)) return [];
  const names = readdirSync(folder.serversFolder).filter((name) => name.endsWith(".curl"));
  return names.flatMap((name) => {
    const found = findFile(folder.serverFile(name.slice(0, -".curl".length)), folder.path);
    const file = found.ok && found.value.text !== null ? readServerFile(found.value.text) : null;
    return found.ok && file !== null ? [{ path: found.value.path, file }] : [];
  });
}

/** Files of agents that may hold a key: those that were noted, and the one of users, also where the note is lost. */
function settingsOf(folder: HooksFolder, place: Place): readonly string[] {
  const noted = readLedger(folder).files.map(({ path }) => path);
  return [...new Set([...noted, targetOf("claude-code", "user", place).path])];
}

function swapped(path: string, { home }: Place, swaps: readonly (readonly [string, string])[]): readonly ShownFile[] {
  const found = findFile(path, home);
  if (!found.ok || found.value.text === null) return [];
  const { text } = found.value;
  const shown = swaps.reduce((all, [key, other]) => all.replaceAll(key, other), text);
  return shown === text ? [] : [{ path: found.value.path, text: shown }];
}
