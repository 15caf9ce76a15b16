/**
 * Keeps names in a folder from being given to anything by programs in a sandbox: what is there stays as it is, and what is
 * not there does not come to be. A mount needs something to lie on, so an absent name gets a placeholder on the disk for
 * as long as anybody holds it:
 *
 *   the sandbox sees   `{}`, read-only    (bind, cannot be removed, renamed over or unmounted)
 *   ───────────────────────────────────
 *   the disk has       a socket           (git never looks at one; nobody takes it for settings)
 *
 * Invariant: what was made is written down before, and taken away when the last hold of its folder is released, else by
 * `sweep` at the next start. Only what is still a placeholder is ever removed: a hard link of our one socket, an empty
 * folder, a file with our text.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeKeyedQueue } from "./keyed-queue.ts";
import { lookAt, makePlaceholder, openMould, removePlaceholder } from "./placeholders.ts";
import type { HeldLook, Mould, Seen } from "./placeholders.ts";

export type { HeldLook } from "./placeholders.ts";

export interface NameToHold {
  /** Absolute; not more than one folder above it may be absent. */
  readonly path: string;
  readonly look: HeldLook;
}

/** Where a mount has to be laid. */
export interface Cover {
  readonly path: string;
  readonly source: string;
}

export interface HeldTree {
  /** To be laid over read-only. */
  readonly covers: readonly Cover[];
  /** Folders on the way, to be laid over themselves: what holds a mount can be renamed, a mount cannot. */
  readonly pins: readonly string[];
  /** Links, which nothing can be laid over; what they are, programs in the sandbox can change. */
  readonly unheld: readonly string[];
  /** Nobody outside has taken away or replaced what the mounts lie on, which takes them off. */
  isWhole(): Promise<boolean>;
  /** Contract: call it once all programs in the sandbox have ended; a second call does nothing. */
  release(): Promise<void>;
}

interface Made {
  readonly path: string;
  /** Of a file that has one. */
  readonly text?: string;
}

interface Held {
  count: number;
  readonly made: Made[];
}

export class HeldNames {
  readonly #folder: string;
  readonly #queue = makeKeyedQueue();
  readonly #held = new Map<string, Held>();
  #mould: Promise<Mould> | undefined;
  #swept: Promise<void> | undefined;

  /** Nothing is made before the first hold. Placeholders are of the same file system, or they are folders. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  hold(root: string, names: readonly NameToHold[]): Promise<HeldTree> {
    return this.#queue.run(root, async () => {
      await this.sweep();
      const mould = await (this.#mould ??= openMould(this.#folder));
      const held = this.#held.get(root) ?? { count: 0, made: [] };
      held.count += 1;
      this.#held.set(root, held);
      try {
        return await this.#holdAll({ root, names, mould, held });
      } catch (cause) {
        await this.#letGo(root, mould);
        throw cause;
      }
    });
  }

  /** Takes away what an earlier start has left; once. Contract: no program of that start runs any more. */
  sweep(): Promise<void> {
    return (this.#swept ??= this.#sweep());
  }

  async #holdAll({ root, names, mould, held }: Holding): Promise<HeldTree> {
    const parents = [...new Set(names.map(({ path }) => dirname(path)).filter((path) => path !== root))];
    const plan = await planHold(parents, names);
    if (plan.missing.length > 0) {
      held.made.push(
        ...plan.missing.map(({ path, look }) => (typeof look === "object" ? { path, ...look } : { path })),
      );
      await this.#record(root, held);
      const make = ({ path, look }: NameToHold) => makePlaceholder(path, look, mould);
      const isAbove = ({ path }: NameToHold) => parents.includes(path);
      await Promise.all(plan.missing.filter(isAbove).map(make));
      await Promise.all(plan.missing.filter((each) => !isAbove(each)).map(make));
    }
    const looked = [...plan.pins, ...plan.held.map((each) => each.path), ...plan.unheld];
    const seen = new Map(await Promise.all(looked.map(async (path) => [path, await mustSee(path)] as const)));
    const covers = plan.held.map(({ path, look }) => ({ path, source: mould.sourceOf(path, seen.get(path), look) }));
    let isHeld = true;
    return {
      ...{ covers, pins: plan.pins, unheld: plan.unheld },
      isWhole: () => isAsSeen(seen),
      release: () =>
        this.#queue.run(root, async () => {
          if (isHeld) await this.#letGo(root, mould);
          isHeld = false;
        }),
    };
  }

  async #letGo(root: string, mould: Mould): Promise<void> {
    const held = this.#held.get(root);
    if (held === undefined) return;
    held.count -= 1;
    if (held.count > 0) return;
    this.#held.delete(root);
    if (held.made.length === 0) return;
    await removeAll(held.made, mould);
    await rm(this.#recordOf(root), { force: true });
  }

  async #sweep(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(".record"));
    if (names.length === 0) return;
    const mould = await (this.#mould ??= openMould(this.#folder));
    for (const name of names) {
      const path = join(this.#folder, name);
      await removeAll(parseRecord(await readFile(path, "utf8")), mould);
      await rm(path, { force: true });
    }
  }

  async #record(root: string, { made }: Held): Promise<void> {
    await writeFile(this.#recordOf(root), JSON.stringify(made), { flush: true });
  }

  #recordOf(root: string): string {
    return join(this.#folder, `${createHash("sha256").update(root).digest("hex").slice(0, 32)}.record`);
  }
}

interface Holding {
  readonly root: string;
  readonly names: readonly NameToHold[];
  readonly mould: Mould;
  readonly held: Held;
}

interface HoldPlan {
  readonly pins: readonly string[];
  readonly held: readonly NameToHold[];
  readonly unheld: readonly string[];
  /** To be made, what is above before what is below. */
  readonly missing: readonly NameToHold[];
}

async function planHold(parents: readonly string[], names: readonly NameToHold[]): Promise<HoldPlan> {
  const [above, below] = await Promise.all([
    Promise.all(parents.map(async (path) => ({ path, seen: await lookAt(path) }))),
    Promise.all(names.map(async (name) => ({ name, seen: await lookAt(name.path) }))),
  ]);
  const links = above.filter(({ seen }) => seen?.kind === "link").map(({ path }) => path);
  // Below a file nothing can come to be, and the file is kept from being replaced.
  const closed = new Set(above.filter(({ seen }) => seen?.kind === "other").map(({ path }) => path));
  const open = below.filter(({ name }) => !links.includes(dirname(name.path)) && !closed.has(dirname(name.path)));
  const missing = above.filter(({ seen }) => seen === null).map(({ path }) => ({ path, look: "folder" as const }));
  return {
    pins: above.filter(({ seen }) => seen?.kind !== "link").map(({ path }) => path),
    held: open.filter(({ seen }) => seen?.kind !== "link").map(({ name }) => name),
    unheld: [...links, ...open.filter(({ seen }) => seen?.kind === "link").map(({ name }) => name.path)],
    missing: [...missing, ...open.filter(({ seen }) => seen === null).map(({ name }) => name)],
  };
}

async function mustSee(path: string): Promise<Seen> {
  const found = await lookAt(path);
  if (found === null) throw new Error(`Cannot hold "${path}": it has just been removed`);
  return found;
}

async function isAsSeen(seen: ReadonlyMap<string, Seen>): Promise<boolean> {
  const now = await Promise.all([...seen.keys()].map(lookAt));
  return [...seen.values()].every((before, index) => now[index]?.identity === before.identity);
}

/** What is below before what is above. */
async function removeAll(made: readonly Made[], mould: Mould): Promise<void> {
  for (const { path, text } of made.toReversed()) await removePlaceholder(path, text, mould);
}

/** Cut off by a crash, it was written before anything was made. */
function parseRecord(text: string): readonly Made[] {
  try {
    const made: unknown = JSON.parse(text);
    return Array.isArray(made) ? made.flatMap(madeOf) : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}

function madeOf(entry: unknown): readonly Made[] {
  if (typeof entry !== "object" || entry === null || !("path" in entry) || typeof entry.path !== "string") return [];
  const text = "text" in entry && typeof entry.text === "string" ? { text: entry.text } : {};
  return [{ path: entry.path, ...text }];
}
