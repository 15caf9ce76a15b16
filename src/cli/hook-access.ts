/**
 * The server that hooks are to ask, and a key of their own for it: a member's, so that what an agent's machine holds opens
 * no more than it must. It is minted with the key of the command line, once for each server.
 */
import { homedir, hostname } from "node:os";
import { SeraiConnectionError, SeraiError } from "../client/errors.ts";
import { Serai } from "../client/serai.ts";
import { repositoryRootOf } from "../install/git.ts";
import type { ServerAccess } from "../install/hook-commands.ts";
import type { NotedKey } from "../install/ledger.ts";
import { hooksFolderOf } from "../install/places.ts";
import type { Place } from "../install/places.ts";
import { hostIdOf, readServer } from "../install/scripts.ts";
import { readServerUrl, serverNameOf } from "../install/server-file.ts";
import type { Outcome } from "../install/text-edits.ts";
import { findConnection } from "./connect.ts";
import type { ConnectionFlags } from "./connect.ts";
import { CommandFault } from "./faults.ts";
import type { Shell } from "./shell.ts";

export interface ServerFlags extends ConnectionFlags {
  readonly server?: string;
}

export interface HookAccess {
  readonly server: ServerAccess;
  /** Of a key that was minted now. */
  readonly keyId: string | null;
  /** What the workspace wants of its hooks (R9); nothing: the server could not be asked. */
  readonly isStrict: boolean | null;
}

export function placeOf({ environment, cwd }: Pick<Shell, "environment" | "cwd">): Place {
  return {
    environment,
    home: environment["HOME"] ?? homedir(),
    projectRoot: repositoryRootOf(cwd) ?? cwd,
    platform: process.platform,
  };
}

export async function openAccess(flags: ServerFlags, shell: Shell): Promise<HookAccess> {
  const named = flags.server ?? flags.url;
  const connection = findConnection({ ...flags, ...(named === undefined ? {} : { url: named }) }, shell);
  if (connection === null) {
    throw new CommandFault("No server is running here; start one with: serai serve\nOr name one with --server");
  }
  const url = accepted(readServerUrl(connection.url));
  const name = serverNameOf(url);
  const folder = hooksFolderOf(placeOf(shell));
  const kept = readServer(folder, name);
  const hostId = kept?.hostId ?? hostIdOf(folder);
  if (kept !== null && kept.url === url && (await stillOpens(url, kept.key))) {
    return { server: { name, url, key: kept.key, hostId }, keyId: null, isStrict: await isStrictAt(url, kept.key) };
  }
  const serai = new Serai({ baseUrl: url, ...(connection.key === null ? {} : { apiKey: connection.key }) });
  const made = await mintKey(serai, connection.key);
  return { server: { name, url, key: made.key, hostId }, keyId: made.id, isStrict: await isStrictAt(url, made.key) };
}

/** Only owners mint keys: the hooks of everybody else ask with the key that their person has. */
async function mintKey(
  serai: Serai,
  own: string | null,
): Promise<{ readonly key: string; readonly id: string | null }> {
  try {
    return await serai.keys.create({ name: `hooks on ${hostname()}`, role: "member" });
  } catch (error) {
    if (own === null || !(error instanceof SeraiError) || error.status !== 403) throw error;
    return { key: own, id: null };
  }
}

async function isStrictAt(url: string, key: string): Promise<boolean | null> {
  try {
    return (await new Serai({ baseUrl: url, apiKey: key }).workspace()).strictHooks;
  } catch (error) {
    if (error instanceof SeraiConnectionError) return null;
    throw error;
  }
}

/** A server that is away for the moment has not taken its key back. */
async function stillOpens(url: string, key: string): Promise<boolean> {
  try {
    await new Serai({ baseUrl: url, apiKey: key }).me();
    return true;
  } catch (error) {
    if (error instanceof SeraiConnectionError) return true;
    if (error instanceof SeraiError && error.status === 401) return false;
    throw error;
  }
}

/** What became of each, in words. */
export async function revokeKeys(
  keys: readonly NotedKey[],
  flags: ServerFlags,
  shell: Shell,
): Promise<readonly string[]> {
  return Promise.all(keys.map((key) => revokeKey(key, flags, shell)));
}

async function revokeKey({ id, url }: NotedKey, flags: ServerFlags, shell: Shell): Promise<string> {
  const connection = findConnection({ ...flags, url }, shell);
  try {
    await new Serai({ baseUrl: url, ...(connection?.key ? { apiKey: connection.key } : {}) }).keys.revoke(id);
    return `The key of the hooks (${id}) is revoked`;
  } catch (error) {
    if (error instanceof SeraiError && error.status === 404) return `The key of the hooks (${id}) was gone already`;
    if (!(error instanceof SeraiError) && !(error instanceof SeraiConnectionError)) throw error;
    return `The key of the hooks could not be revoked (${error.message}); do it with: serai keys revoke ${id} --url ${url}`;
  }
}

export function accepted<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new CommandFault(outcome.reason);
}
