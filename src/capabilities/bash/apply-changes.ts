/**
 * Brings what a command changed into the session's files.
 *
 * Invariant: a file that was moved or copied keeps the content that it had before the command, whatever else became of
 * its old place; so all of these are held first.
 */
import { setImmediate } from "node:timers/promises";

import type { FileContent, FileOutcome, HeldContent, SessionFiles } from "../../core/ports/tools.ts";
import type { ShellChange } from "../../lib/shell/shell.ts";

const BETWEEN_PAUSES = 50;

/** Gives a sentence for each change that could not be made; the others are made. */
export async function applyChanges(files: SessionFiles, changes: readonly ShellChange[]): Promise<readonly string[]> {
  const held = new Map<string, HeldContent>();
  for (const change of changes) {
    if (change.kind !== "copy" || held.has(change.from)) continue;
    const content = await files.hold(change.from);
    if (content !== undefined) held.set(change.from, content);
  }
  const failures: string[] = [];
  for (const [index, change] of changes.entries()) {
    // Files that are only renamed cost no I/O, and thousands of them would hold up everybody else.
    if (index % BETWEEN_PAUSES === 0) await setImmediate();
    const outcome = await apply(files, change, held);
    if (!outcome.ok) failures.push(`${change.path}: ${outcome.reason}`);
  }
  return failures;
}

async function apply(
  files: SessionFiles,
  change: ShellChange,
  held: ReadonlyMap<string, HeldContent>,
): Promise<FileOutcome> {
  const { path } = change;
  if (change.kind === "remove") return files.remove(path, true);
  if (change.kind === "make_directory") return files.makeDirectory(path);
  const content: FileContent | undefined = change.kind === "write" ? change.bytes : held.get(change.from);
  return content === undefined ? { ok: false, reason: "What was to be copied is gone" } : files.write(path, content);
}
