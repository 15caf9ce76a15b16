/**
 * What a command of which nobody can say beforehand what it writes has written: the tree is looked at before and after
 * (R6). Only on the agent's own machine, and only in memory: after a restart a command is not looked at.
 */
import type { Told } from "./told.ts";

export interface Looked {
  /** When it was looked at before. */
  readonly sinceMs: number;
  /** Relative to the root; none where nobody looked before. */
  readonly paths: readonly string[];
}

export interface TreeWatch {
  /** Contract: takes a second at most; a tree that cannot be looked at is left out. */
  before(told: Told): Promise<void>;
  after(told: Told): Promise<Looked>;
}

export interface TreeWatchDeps<Snapshot> {
  readonly snapshot: (root: string) => Promise<Snapshot | null>;
  readonly changed: (before: Snapshot, after: Snapshot) => readonly string[];
  /** As the store's clock has it. */
  readonly now: () => number;
}

/** Commands that never end must not be remembered for ever. */
const MOST_REMEMBERED = 1_000;

export function makeTreeWatch<Snapshot>({ snapshot, changed, now }: TreeWatchDeps<Snapshot>): TreeWatch {
  const looks = new Map<string, { readonly look: Snapshot; readonly sinceMs: number }>();
  const keyOf = ({ watched, event }: Told) => `${watched.session.id}/${event.toolUseId ?? "last"}`;
  return {
    async before(told) {
      const { localRoot } = told.place;
      const sinceMs = now();
      const look = localRoot === null ? null : await snapshot(localRoot);
      if (look === null) return;
      looks.set(keyOf(told), { look, sinceMs });
      for (const oldest of looks.keys()) if (looks.size > MOST_REMEMBERED) looks.delete(oldest);
    },
    async after(told) {
      const before = looks.get(keyOf(told));
      looks.delete(keyOf(told));
      const { localRoot } = told.place;
      const after = before === undefined || localRoot === null ? null : await snapshot(localRoot);
      if (before === undefined || after === null) return { sinceMs: now(), paths: [] };
      return { sinceMs: before.sinceMs, paths: changed(before.look, after) };
    },
  };
}
