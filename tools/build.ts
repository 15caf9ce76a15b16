/**
 * Builds the package: `src` → `dist` as JavaScript with typings, and the files beside the code as they are.
 *
 * The compiler rewrites the `.ts` of relative imports, and of nothing else. A file that is named otherwise, which is what
 * a worker needs, is therefore named both ways in the source, so that it runs from `src` and from `dist` alike:
 *
 *     new URL(import.meta.url.endsWith(".ts") ? "./writer.ts" : "./writer.js", import.meta.url)
 *
 * Invariant: a build that went through contains no reference to a `.ts` file without that choice.
 */

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");
const target = join(root, "dist");

rmSync(target, { recursive: true, force: true });
compile();
copyAssets();
checkWorkers();
console.log(`Built ${filesBelow(target).length} files in ${relative(process.cwd(), target) || "."}`);

function compile(): void {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const { status, error } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("Compiler refused the sources", { cause: error });
}

function copyAssets(): void {
  cpSync(source, target, { recursive: true, filter: (path) => ![".ts", ".tsx"].includes(extname(path)) });
  // The documentation page's script; the package behind it would bring a hundred others.
  const script = createRequire(import.meta.url).resolve("rapidoc/dist/rapidoc-min.js");
  cpSync(script, join(target, "http", "rapidoc-min.js"));
}

function checkWorkers(): void {
  const wrong = filesBelow(target)
    .filter((path) => path.endsWith(".js"))
    .filter((path) => /new URL\(\s*["'`][^"'`]*\.ts["'`]/.test(readFileSync(path, "utf8")));
  if (wrong.length > 0) throw new Error(`Build would look for sources: ${wrong.join(", ")}`);
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
