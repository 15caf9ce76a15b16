/**
 * The version of an installed program, without starting it: of the package that says the program is its own. Programs
 * that were installed another way have none that could be read.
 */
import { readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { objectOf, textOf } from "./json-read.ts";

/** A package's programs are mostly in `dist/` or `bin/`, seldom deeper. */
const MOST_LEVELS = 5;

export async function versionOf(program: string): Promise<string | null> {
  if (!isAbsolute(program)) return null;
  const path = await realPathOf(program);
  if (path === null) return null;
  let folder = dirname(path);
  for (let level = 0; level < MOST_LEVELS; level++) {
    const found = await readPackage(join(folder, "package.json"));
    if (found !== null) return hasProgram(found["bin"], { folder, path }) ? (textOf(found["version"]) ?? null) : null;
    if (dirname(folder) === folder) return null;
    folder = dirname(folder);
  }
  return null;
}

function hasProgram(bin: unknown, { folder, path }: { readonly folder: string; readonly path: string }): boolean {
  const paths = typeof bin === "string" ? [bin] : Object.values(objectOf(bin));
  return paths.some((each) => typeof each === "string" && join(folder, each) === path);
}

async function readPackage(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    return objectOf(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    // What cannot be read, or is no JSON, says nothing of a version; nothing else is asked of it.
    if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code !== undefined) return null;
    throw cause;
  }
}

async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== undefined) return null;
    throw cause;
  }
}
