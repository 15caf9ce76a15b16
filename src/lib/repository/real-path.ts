/**
 * Where a path really leads, also one that is not there yet: links are followed as far as there is something, and what is
 * missing is added as it was written (R1). A link that leads nowhere is followed too, since writing to it makes its end.
 *
 * Contract: never rejects for what a path is like; what cannot be followed (a circle, no permission) stays as written.
 */
import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

const MAX_LINKS = 40;

export async function realPathOf(path: string): Promise<string> {
  return path.includes("\0") ? path : follow(resolve(path), { left: MAX_LINKS });
}

async function follow(path: string, links: { left: number }): Promise<string> {
  const real = await unlessMissing(() => realpath(path));
  if (real !== undefined) return real;
  const parent = dirname(path);
  if (parent === path) return path;
  const here = join(await follow(parent, links), basename(path));
  const target = links.left > 0 ? await unlessMissing(() => readlink(here)) : undefined;
  if (target === undefined) return here;
  links.left--;
  return follow(resolve(dirname(here), target), links);
}

/** Not there, no directory, no link, a circle, not for us, or too long to be there. */
const MISSING: ReadonlySet<string> = new Set([
  ...["ENOENT", "ENOTDIR", "EINVAL", "ELOOP", "EACCES", "EPERM", "ENAMETOOLONG", "UNKNOWN"],
]);

export async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (MISSING.has(code)) return undefined;
    throw error;
  }
}
