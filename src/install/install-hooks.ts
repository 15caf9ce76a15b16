/**
 * Puts an agent's hooks in and takes them out again.
 *
 * Invariant: what a hook needs (script, key) is there before the first hook is, and stays until the last one is gone. A
 * key gets into no file that git has or would take.
 */
import { dirname } from "node:path";
import { changeFile, undoFile } from "./change-file.ts";
import type { FileChange, FileReport } from "./change-file.ts";
import { isReadableByOthers } from "./disk.ts";
import { excludeFileOf, isIgnored, isTracked, repositoryRootOf } from "./git.ts";
import { entriesOf } from "./hook-commands.ts";
import type { ServerAccess } from "./hook-commands.ts";
import { fileOf } from "./ides.ts";
import type { HookFile, Ide, PluginFile, Scope } from "./ides.ts";
import { readLedger, withKey, writeLedger } from "./ledger.ts";
import type { Ledger, NotedKey } from "./ledger.ts";
import { hasExactly, mergeHooks, removeHooks } from "./merge-hooks.ts";
import { hooksFolderOf, targetOf } from "./places.ts";
import type { Place, Target } from "./places.ts";
import { isOurPlugin, pluginText } from "./plugin-text.ts";
import { putScripts, putServer, removeScripts } from "./scripts.ts";
import { draftOf, edit, refuse } from "./text-edits.ts";
import type { Outcome } from "./text-edits.ts";

export interface HookInstallation {
  readonly ide: Ide;
  readonly scope: Scope;
  readonly isStrict: boolean;
  readonly usesHttp: boolean;
  readonly server: ServerAccess;
  /** Of the key, so that it can be revoked with the last hook; null when it is not known. */
  readonly keyId: string | null;
}

export interface HooksReport {
  readonly files: readonly FileReport[];
  readonly notes: readonly string[];
}

const SHARED_MODE = 0o644;
const PRIVATE_MODE = 0o600;

export function installHooks(wanted: HookInstallation, place: Place): Outcome<HooksReport> {
  const target = targetOf(wanted.ide, wanted.scope, place);
  const file = fileOf(wanted.ide);
  const holdsKey = wanted.ide === "claude-code" && wanted.usesHttp;
  if (holdsKey && isTracked(dirname(target.path), target.path)) return refuse(trackedReason(target.path));
  const folder = hooksFolderOf(place);
  putScripts(folder);
  putServer(folder, wanted.server.name, wanted.server);
  const ledger = withKey(readLedger(folder), wanted.server, wanted.keyId);
  const changed = changeFile(ledger, changeOf(file, { target, wanted, place }));
  if (!changed.ok) return changed;
  const kept = holdsKey ? keepOut(changed.value.ledger, target) : null;
  if (kept !== null && !kept.ok) return kept;
  writeLedger(folder, kept?.value.ledger ?? changed.value.ledger);
  const { report } = changed.value;
  const open =
    holdsKey && isReadableByOthers(report.path)
      ? [
          `Others on this machine can read ${report.path}, and now the key in it; close it with: chmod 600 ${report.path}`,
        ]
      : [];
  return {
    ok: true,
    value: {
      files: [report, ...(kept === null ? [] : [kept.value.report])],
      notes: [...open, ...linkNotes(wanted, report), ...file.notes],
    },
  };
}

function linkNotes({ ide, scope }: HookInstallation, { notes }: FileReport): readonly string[] {
  const isRefused = ide === "cursor" && scope === "project" && notes.length > 0;
  return isRefused ? ["Cursor reads no hooks of a project through a link; put the file itself there"] : [];
}

export interface Removal {
  readonly files: readonly FileReport[];
  /** Nothing uses them any more. */
  readonly keys: readonly NotedKey[];
}

export function uninstallHooks(ide: Ide, scope: Scope, place: Place): Outcome<Removal> {
  const target = targetOf(ide, scope, place);
  const folder = hooksFolderOf(place);
  const undone = undoFile(readLedger(folder), { ...target, clean: cleanerOf(fileOf(ide)) });
  if (!undone.ok) return undone;
  const excluded = ide === "claude-code" ? letIn(undone.value.ledger, target) : null;
  if (excluded !== null && !excluded.ok) return excluded;
  const ledger = excluded?.value.ledger ?? undone.value.ledger;
  const files = [undone.value.report, ...(excluded === null ? [] : [excluded.value.report])];
  return { ok: true, value: { files, keys: leave(place, ledger) } };
}

/** Notes what is left; with nothing left, the scripts go, and the keys are nobody's. */
export function leave(place: Place, ledger: Ledger): readonly NotedKey[] {
  const folder = hooksFolderOf(place);
  if (ledger.files.length > 0) {
    writeLedger(folder, ledger);
    return [];
  }
  removeScripts(folder);
  return Object.values(ledger.keys);
}

interface Setting {
  readonly target: Target;
  readonly wanted: HookInstallation;
  readonly place: Place;
}

function changeOf(file: HookFile | PluginFile, { target, wanted, place }: Setting): FileChange {
  const { ide, server, isStrict, usesHttp } = wanted;
  const folder = target.isShared ? null : hooksFolderOf(place).path;
  const mode = target.isShared || file.kind === "plugin" || !usesHttp ? SHARED_MODE : PRIVATE_MODE;
  const shared = { path: target.path, base: target.base, mode, clean: cleanerOf(file) };
  if (file.kind === "plugin") {
    const text = pluginText(file.asset, { folder, server: server.name, isStrict });
    return {
      ...shared,
      isDone: (found) => found === text,
      change: () => ({ ok: true, value: edit(draftOf(""), { offset: 0, length: 0, content: text }) }),
    };
  }
  const entries = entriesOf(file, { ide, folder, server, isStrict, usesHttp, platform: place.platform });
  return {
    ...shared,
    isDone: (found) => hasExactly(found, entries),
    change: (text) => mergeHooks(text, file, entries),
  };
}

function cleanerOf(file: HookFile | PluginFile): (text: string) => Outcome<string> {
  if (file.kind === "hooks") return removeHooks;
  return (text) =>
    text === "" || isOurPlugin(text)
      ? { ok: true, value: "" }
      : refuse("it is not Serai's; move it away, or give it another name");
}

function trackedReason(path: string): string {
  return (
    `${path} is in git, and a key would be with it. Install with --command, which keeps the key out of it, ` +
    `or take the file out of git: git rm --cached ${path}`
  );
}

/** Claude keeps the file out of git only when it makes it itself. */
function keepOut(ledger: Ledger, target: Target): ReturnType<typeof changeFile> | null {
  const line = excludeLineOf(target);
  if (line === null || isIgnored(dirname(target.path), target.path)) return null;
  return changeFile(ledger, {
    ...line,
    mode: SHARED_MODE,
    isDone: (text) => text.split("\n").includes(line.text),
    clean: (text) => ({ ok: true, value: text }),
    change: (text) => {
      const gap = text === "" || text.endsWith("\n") ? "" : "\n";
      return {
        ok: true,
        value: edit(draftOf(text), { offset: text.length, length: 0, content: `${gap}${line.text}\n` }),
      };
    },
  });
}

function letIn(ledger: Ledger, target: Target): ReturnType<typeof undoFile> | null {
  const line = excludeLineOf(target);
  if (line === null || !ledger.files.some(({ path }) => path === line.path)) return null;
  return undoFile(ledger, {
    ...line,
    clean: (text) => ({
      ok: true,
      value: text
        .split("\n")
        .filter((found) => found !== line.text)
        .join("\n"),
    }),
  });
}

function excludeLineOf({
  path,
}: Target): { readonly path: string; readonly base: string; readonly text: string } | null {
  const root = repositoryRootOf(dirname(dirname(path)));
  const exclude = root === null ? null : excludeFileOf(root);
  if (root === null || exclude === null || !path.startsWith(`${root}/`)) return null;
  return { path: exclude, base: dirname(exclude), text: path.slice(root.length) };
}
