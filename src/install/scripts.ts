/**
 * What hooks run, put into the folder of the hooks: the same text on every machine, with nothing of this one in it.
 *
 * Invariant: the script that is there is this version's. The host's id is drawn once and stays.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { findFile, isBelow, removeEmptyFolders, writeText } from "./disk.ts";
import type { HooksFolder } from "./places.ts";
import { readServerFile, serverFileText } from "./server-file.ts";
import type { ServerFile } from "./server-file.ts";

export function readAsset(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
}

export function putScripts(folder: HooksFolder): void {
  putText(folder, folder.script, readAsset("hook.sh"));
  putText(folder, folder.powerShell, readAsset("hook.ps1"));
  putText(folder, folder.guard, readAsset("guard.sh"));
  // The script only ever appends to it, and leaves it alone where it is not there.
  if (textOf(folder, folder.log) === null) putText(folder, folder.log, "");
}

export function hostIdOf(folder: HooksFolder): string {
  const found = textOf(folder, folder.hostId)?.trim() ?? "";
  if (/^[\w-]{8,64}$/.test(found)) return found;
  const made = `hst_${randomUUID().replaceAll("-", "")}`;
  putText(folder, folder.hostId, `${made}\n`);
  return made;
}

export function putServer(folder: HooksFolder, name: string, server: ServerFile): void {
  putText(folder, folder.serverFile(name), serverFileText(server));
}

export function readServer(folder: HooksFolder, name: string): ServerFile | null {
  const text = textOf(folder, folder.serverFile(name));
  return text === null ? null : readServerFile(text);
}

/** Whether what would run is what this version would put there. */
export function isCurrent(folder: HooksFolder): boolean {
  return textOf(folder, folder.script) === readAsset("hook.sh");
}

/** With the last of what used it. */
export function removeScripts(folder: HooksFolder): void {
  const made = textOf(folder, folder.madeFolders);
  rmSync(folder.path, { recursive: true, force: true });
  removeEmptyFolders((made ?? "").split("\n").filter((line) => line !== ""));
}

export function textOf({ path: base }: HooksFolder, path: string): string | null {
  const found = findFile(path, base);
  if (!found.ok) throw new Error(`Cannot read a file of the hooks: ${found.reason}`);
  return found.value.text;
}

function putText(folder: HooksFolder, path: string, text: string): void {
  const before = textOf(folder, path);
  if (before === text) return;
  const made = writeText({ path, text, before }).filter((place) => !isBelow(place, folder.path));
  // The very first file: what has to be made for it is to go again with the last.
  if (made.length > 0) writeText({ path: folder.madeFolders, text: `${made.join("\n")}\n`, before: null });
}
