/** The version of this package, from the file that names it; two folders up from the source and from the build alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function readVersion(): string {
  const found: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8"));
  const version = typeof found === "object" && found !== null && "version" in found ? found.version : undefined;
  if (typeof version !== "string") throw new Error("Cannot find the version of this package");
  return version;
}
