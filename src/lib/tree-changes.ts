/**
 * What changed in a working tree between two moments, as git and the file system see it: for a command of which nobody
 * can say beforehand what it writes. Ignored files are not looked at.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { runGit, STATUS } from "./git.ts";

/** A path that git calls changed, with a stamp that another write changes. */
export type TreeSnapshot = ReadonlyMap<string, string>;

const LONGEST_MS = 1_000;
/** In a tree with more changed files nobody is told of a single one. */
const MOST_FILES = 5_000;
const FILES_AT_ONCE = 32;

/** Nothing: it is no working tree, too large to look at within a second, or has too many changes. */
export async function snapshotTree(root: string): Promise<TreeSnapshot | null> {
  const result = await runGit({ folder: root, args: STATUS, timeoutMs: LONGEST_MS }).catch(() => null);
  if (result === null || result.code !== 0) return null;
  const entries = result.stdout.split("\0").filter((entry) => entry !== "");
  if (entries.length > MOST_FILES) return null;
  const stamps = new Map<string, string>();
  for (let from = 0; from < entries.length; from += FILES_AT_ONCE) {
    const slice = entries.slice(from, from + FILES_AT_ONCE);
    await Promise.all(slice.map(async (entry) => void stamps.set(...(await stampOf(root, entry)))));
  }
  return stamps;
}

async function stampOf(root: string, entry: string): Promise<readonly [path: string, stamp: string]> {
  const path = entry.slice(3);
  const state = await lstat(join(root, path), { bigint: true }).catch(() => null);
  return [path, state === null ? "gone" : `${entry.slice(0, 2)} ${state.size} ${state.mtimeNs} ${state.ino}`];
}

/** Relative to the root, slashes. */
export function changedBetween(before: TreeSnapshot, after: TreeSnapshot): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}
