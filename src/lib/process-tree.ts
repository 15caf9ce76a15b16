/**
 * Ends a process and everything that it has started, tools in groups of their own and orphans included.
 *
 * A process belongs to the tree when it is the root, is in the root's session or group, carries the root's mark in its
 * environment, or is the child of one that belongs. What was seen once stays known by its number and its start, so a
 * child whose parent ended between two looks is still found. What cleans its environment, leaves the session and loses
 * its parent before it was ever seen cannot be found; only a process namespace (`sandbox.ts`) holds that.
 *
 * Never signals a number that was given to another process meanwhile, the process it runs in, or the first one.
 */
import { sleep } from "./deadline.ts";
import { readProcessTable } from "./process-table.ts";
import type { ProcessMark, ProcessRow, ProcessTable } from "./process-table.ts";

export interface TreeRoot {
  /** Nothing: only what carries the mark. */
  readonly pid: number | null;
  readonly mark: ProcessMark | null;
}

export interface EndTreeOptions {
  /** Only what began at this time or later, in the table's own measure; the root is spared then. */
  readonly sinceStart?: number;
  /** After this it gives up and says what is left. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
const LOOK_AGAIN_MS = 10;

/** The processes of one tree over time. */
export class ProcessTree {
  readonly #root: TreeRoot;
  readonly #known = new Map<number, number>();

  constructor(root: TreeRoot) {
    this.#root = root;
  }

  /** Those that live now. */
  async members(): Promise<readonly ProcessRow[]> {
    const table = await readProcessTable();
    const seeds = await Promise.all(
      table.rows.map(async (row) => this.#isSeed(row, table) || (await this.#isMarked(row, table))),
    );
    const members = new Map(table.rows.filter((_, index) => seeds[index]).map((row) => [row.pid, row]));
    addChildren(members, table.rows);
    for (const spared of [0, 1, process.pid]) members.delete(spared);
    for (const row of members.values()) this.#known.set(row.pid, row.startedAt);
    return [...members.values()];
  }

  /** Ends them; says which are left, which is none unless one of them cannot be ended. */
  async end({ sinceStart, deadlineMs = DEADLINE_MS }: EndTreeOptions = {}): Promise<readonly number[]> {
    const until = performance.now() + deadlineMs;
    for (;;) {
      const all = await this.members();
      const left = sinceStart === undefined ? all : all.filter((row) => this.#isLater(row, sinceStart));
      if (left.length === 0 || performance.now() > until) return left.map(({ pid }) => pid);
      for (const { pid } of left) signal(pid);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  #isLater({ pid, startedAt }: ProcessRow, sinceStart: number): boolean {
    return pid !== this.#root.pid && startedAt >= sinceStart;
  }

  #isSeed(row: ProcessRow, { rows }: ProcessTable): boolean {
    const known = this.#known.get(row.pid);
    if (known !== undefined) return known === row.startedAt;
    const { pid } = this.#root;
    if (pid === null) return false;
    if (row.pid === pid) return !this.#known.has(pid);
    if (row.session !== pid && row.group !== pid) return false;
    // A number in use as group or session is given to nobody else, unless all of them were gone in between.
    const leader = rows.find((each) => each.pid === pid);
    const rootStart = this.#known.get(pid);
    return leader === undefined || rootStart === undefined || leader.startedAt === rootStart;
  }

  async #isMarked(row: ProcessRow, table: ProcessTable): Promise<boolean> {
    const { mark } = this.#root;
    return mark !== null && row.pid !== process.pid && (await table.hasMark(row.pid, mark));
  }
}

/** Ends everything that carries the mark, from whatever start of this program it is left. */
export async function endMarked(mark: ProcessMark): Promise<readonly number[]> {
  return new ProcessTree({ pid: null, mark }).end();
}

function addChildren(members: Map<number, ProcessRow>, rows: readonly ProcessRow[]): void {
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const waiting = [...members.keys()].filter((pid) => pid > 1);
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (members.has(child.pid)) continue;
      members.set(child.pid, child);
      waiting.push(child.pid);
    }
  }
}

/** One that is gone needs no signal; one that is another user's cannot be sent one, and is said to be left. */
function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw cause;
  }
}
