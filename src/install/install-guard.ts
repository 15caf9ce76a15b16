/**
 * Puts the guard before a repository's commits and takes it away again.
 *
 * Invariant: it is installed where git (or husky) will run it, worktrees included, and what ran before still runs. Taking
 * it away restores the bytes and the mode.
 */
import { chmodSync, existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { sha256Hex } from "../lib/sha256.ts";
import { changeFile, undoFile } from "./change-file.ts";
import type { FileChange, FileReport } from "./change-file.ts";
import { findFile, isBelow, moveFile, removeFile, writeText } from "./disk.ts";
import { gitPathOf, isTracked, repositoryRootOf } from "./git.ts";
import { chainText, guardLine, hasGuard, isShellHook, modeOf, withGuard, withoutGuard } from "./guard-hook.ts";
import type { GuardSite } from "./guard-hook.ts";
import type { ServerAccess } from "./hook-commands.ts";
import { leave } from "./install-hooks.ts";
import type { HooksReport, Removal } from "./install-hooks.ts";
import { noteOf, readLedger, withKey, withNote, withoutNote, writeLedger } from "./ledger.ts";
import type { FileNote, Ledger } from "./ledger.ts";
import { hooksFolderOf } from "./places.ts";
import type { Place } from "./places.ts";
import { putScripts, putServer } from "./scripts.ts";
import { refuse } from "./text-edits.ts";
import type { Outcome } from "./text-edits.ts";

export interface GuardInstallation {
  readonly mode: "warn" | "block";
  readonly isStrict: boolean;
  readonly server: ServerAccess;
  readonly keyId: string | null;
}

interface GuardPlace {
  readonly path: string;
  readonly base: string;
  /** It reaches others with the repository. */
  readonly isShared: boolean;
}

const EXECUTABLE = 0o755;
const MOVED = ".before-serai";

/** Null outside of a repository. */
export function guardPlaceOf(cwd: string): GuardPlace | null {
  const root = repositoryRootOf(cwd);
  const folder = root === null ? null : gitPathOf(root, ["--git-path", "hooks"]);
  const common = root === null ? null : gitPathOf(root, ["--git-common-dir"]);
  if (root === null || folder === null || common === null) return null;
  // Husky writes what git runs anew at every `npm install`; the hooks of its user are one folder up.
  const isHusky = basename(folder) === "_" && existsSync(join(folder, "h"));
  const path = join(isHusky ? dirname(folder) : folder, "pre-commit");
  const isShared = isHusky || (!isBelow(path, common) && (isTracked(root, path) || isBelow(path, root)));
  return { path, base: dirname(path), isShared };
}

export function installGuard(wanted: GuardInstallation, place: Place, cwd: string): Outcome<HooksReport> {
  const at = guardPlaceOf(cwd);
  if (at === null) return refuse(`${cwd} is in no git repository`);
  const folder = hooksFolderOf(place);
  putScripts(folder);
  putServer(folder, wanted.server.name, wanted.server);
  const ledger = withKey(readLedger(folder), wanted.server, wanted.keyId);
  const site: GuardSite = { ...wanted, folder: at.isShared ? null : folder.path, server: wanted.server.name };
  const done = putGuard(ledger, at, guardLine(site));
  if (!done.ok) return done;
  writeLedger(folder, done.value.ledger);
  const notes = at.isShared
    ? [`${at.path} belongs to the repository: whoever has Serai installed is guarded by it, others commit as before`]
    : [];
  return { ok: true, value: { files: [done.value.report], notes } };
}

function putGuard(ledger: Ledger, at: GuardPlace, line: string): ReturnType<typeof changeFile> {
  const found = findFile(at.path, at.base);
  if (!found.ok) return found;
  const { path, text } = found.value;
  const note = noteOf(ledger, path);
  const chained = note?.moved ?? null;
  if (note !== undefined && chained !== null && text !== null) return rewriteChain(ledger, note, { path, text, line });
  const isOurs = note !== undefined || hasGuard(text ?? "");
  if (text !== null && !isOurs && (!isShellHook(text) || !isExecutable(path, at))) {
    return chainGuard(ledger, { path, text, line, isRun: isExecutable(path, at) });
  }
  return changeFile(ledger, {
    ...changeOf(at),
    isDone: (current) => current.includes(`${line}\n`),
    change: (current) => ({ ok: true, value: withGuard(current, line) }),
  });
}

/** Husky reads its hooks and asks no permission bit. */
function isExecutable(path: string, { isShared }: GuardPlace): boolean {
  return isShared || process.platform === "win32" || (statSync(path).mode & 0o111) !== 0;
}

interface Chain {
  readonly path: string;
  readonly text: string;
  readonly line: string;
  readonly isRun: boolean;
}

function chainGuard(ledger: Ledger, { path, line, isRun }: Chain): ReturnType<typeof changeFile> {
  const moved = `${path}${MOVED}`;
  if (existsSync(moved)) return refuse(`${moved} is there already, where the hook that was there before would be put`);
  moveFile(path, moved);
  const text = chainText(line, basename(moved), isRun);
  writeText({ path, text, before: null, mode: EXECUTABLE });
  const note = { path, existed: true, sha256: sha256Hex(text), undo: [], folders: [], moved };
  const report: FileReport = { path, action: "written", notes: [`What was there before is now ${moved}`] };
  return { ok: true, value: { ledger: withNote(ledger, note), report } };
}

/** Another mode, say: what was moved aside stays there. */
function rewriteChain(
  ledger: Ledger,
  note: FileNote,
  { path, text, line }: Omit<Chain, "isRun">,
): ReturnType<typeof changeFile> {
  const fresh = chainText(line, basename(note.moved ?? ""), text.includes("\nexec "));
  if (fresh === text) return { ok: true, value: { ledger, report: { path, action: "unchanged", notes: [] } } };
  writeText({ path, text: fresh, before: text });
  const kept = withNote(ledger, { ...note, sha256: sha256Hex(fresh) });
  return { ok: true, value: { ledger: kept, report: { path, action: "written", notes: [] } } };
}

function changeOf(at: GuardPlace): Pick<FileChange, "path" | "base" | "mode" | "clean"> {
  return {
    path: at.path,
    base: at.base,
    mode: EXECUTABLE,
    clean: (text) => {
      const left = withoutGuard(text);
      return { ok: true, value: left.trim() === "#!/bin/sh" ? "" : left };
    },
  };
}

export function uninstallGuard(place: Place, cwd: string): Outcome<Removal> {
  const at = guardPlaceOf(cwd);
  if (at === null) return refuse(`${cwd} is in no git repository`);
  const ledger = readLedger(hooksFolderOf(place));
  const note = noteOf(ledger, at.path);
  if (note?.moved !== null && note?.moved !== undefined && existsSync(note.moved)) {
    const { mode } = statSync(note.moved);
    removeFile(at.path);
    moveFile(note.moved, at.path);
    chmodSync(at.path, mode);
    const report: FileReport = { path: at.path, action: "restored", notes: [] };
    return { ok: true, value: { files: [report], keys: leave(place, withoutNote(ledger, at.path)) } };
  }
  const undone = undoFile(ledger, changeOf(at));
  if (!undone.ok) return undone;
  return { ok: true, value: { files: [undone.value.report], keys: leave(place, undone.value.ledger) } };
}

export interface GuardStatus {
  readonly path: string;
  readonly mode: "warn" | "block" | null;
}

export function readGuardStatus(cwd: string): GuardStatus | null {
  const at = guardPlaceOf(cwd);
  if (at === null) return null;
  const found = findFile(at.path, at.base);
  return { path: at.path, mode: found.ok && found.value.text !== null ? modeOf(found.value.text) : null };
}
