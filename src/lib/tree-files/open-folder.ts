/**
 * A folder below a root, opened without following a link on the way, and held open: whatever is renamed or replaced
 * meanwhile, what is done in it is done in that folder.
 *
 *   Linux       each segment is opened from the one above it (`/proc/self/fd/<n>/<name>`), with O_NOFOLLOW
 *   elsewhere   there is no such name for an open folder: the real path is compared before and after
 *
 * Contract: throws what the system says (ENOENT, ENOTDIR, ELOOP …); a link on the way is ENOTDIR or ELOOP.
 */
import { constants } from "node:fs";
import { mkdir, open, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const HAS_NAMES_FOR_HANDLES = process.platform === "linux";

export interface OpenFolder {
  /** The path of something in it, for as long as the folder is open. */
  at(name: string): string;
  /** Makes what was done in it outlast a power cut. */
  sync(): Promise<void>;
}

export interface FolderPlace {
  /** Absolute, no link in it. */
  readonly root: string;
  readonly segments: readonly string[];
  /** Makes those that are missing. */
  readonly make?: boolean;
}

export async function inFolder<T>(place: FolderPlace, work: (folder: OpenFolder) => Promise<T>): Promise<T> {
  const handle = HAS_NAMES_FOR_HANDLES ? await walk(place) : await openWhole(place);
  const path = join(place.root, ...place.segments);
  try {
    const done = await work({
      at: (name) => (HAS_NAMES_FOR_HANDLES ? `${nameOf(handle)}/${name}` : join(path, name)),
      sync: () => handle.sync(),
    });
    if (!HAS_NAMES_FOR_HANDLES) await sameOrThrow(path);
    return done;
  } finally {
    await handle.close();
  }
}

async function walk({ root, segments, make = false }: FolderPlace): Promise<FileHandle> {
  let folder = await open(root, FOLDER);
  for (const segment of segments) {
    const above = folder;
    try {
      const path = `${nameOf(above)}/${segment}`;
      if (make) await makeOne(path);
      folder = await open(path, FOLDER);
    } finally {
      await above.close();
    }
  }
  return folder;
}

function nameOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

async function openWhole({ root, segments, make = false }: FolderPlace): Promise<FileHandle> {
  for (let depth = 1; make && depth <= segments.length; depth++) {
    await sameOrThrow(join(root, ...segments.slice(0, depth - 1)));
    await makeOne(join(root, ...segments.slice(0, depth)));
  }
  const path = join(root, ...segments);
  await sameOrThrow(path);
  return open(path, FOLDER);
}

async function makeOne(path: string): Promise<void> {
  await mkdir(path).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  });
}

async function sameOrThrow(path: string): Promise<void> {
  if ((await realpath(path)) === path) return;
  throw Object.assign(new Error(`There is a link on the way to "${path}"`), { code: "ELOOP" });
}
