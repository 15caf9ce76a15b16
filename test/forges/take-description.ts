/**
 * Takes what the tests need out of GitHub's own OpenAPI description: the operations that we call, word for word, with all
 * that they refer to. To follow a new version set it below, run this, and read the diff:
 *
 *     node test/forges/take-description.ts
 *
 * The package is no dependency: it is 400 MB on the disk, and this is seventy kilobytes of it.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject } from "./description.ts";
import type { Json } from "./description.ts";

const PACKAGE = "@octokit/openapi@23.0.2";
const INTEGRITY = "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==";
const DOCUMENT = "package/generated/api.github.com.json";
const OPERATIONS: readonly string[] = ["issues/get"];
/** What any operation can answer, though few declare it. */
const RESPONSES: readonly string[] = ["requires_authentication", "forbidden", "internal_error", "service_unavailable"];

const target = join(import.meta.dirname, "..", "fixtures", "github", "description.json");
const folder = mkdtempSync(join(tmpdir(), "serai-github-description-"));
try {
  const { document, license } = fetchPackage();
  const { openapi, info, servers } = document;
  const taken = { package: PACKAGE, integrity: INTEGRITY, file: DOCUMENT, operations: OPERATIONS, license };
  const picked = pick(document);
  writeFileSync(target, `${JSON.stringify({ openapi, info, "x-taken-from": taken, servers, ...picked }, null, 1)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fetchPackage(): { readonly document: Json; readonly license: string } {
  const packed = execFileSync("npm", ["pack", PACKAGE, "--json", "--pack-destination", folder], { cwd: folder });
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  const archive = join(folder, filename);
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: its hash is ${found}`);
  execFileSync("tar", ["-xzf", archive, "-C", folder, DOCUMENT, "package/LICENSE"]);
  const document: unknown = JSON.parse(readFileSync(join(folder, DOCUMENT), "utf8"));
  if (!isObject(document)) throw new Error(`${DOCUMENT} is no description`);
  return { document, license: readFileSync(join(folder, "package", "LICENSE"), "utf8") };
}

function pick(document: Json): Json {
  const paths: Record<string, Json> = {};
  for (const [path, methods] of entriesOf(document["paths"])) {
    const wanted = entriesOf(methods).filter(([, each]) => isObject(each) && isWanted(each["operationId"]));
    if (wanted.length > 0) paths[path] = Object.fromEntries(wanted);
  }
  const names = new Set(RESPONSES.map((name) => `#/components/responses/${name}`));
  addReferences(paths, { document, names });
  for (const name of names) addReferences(lookUp(document, name), { document, names });
  const components: Record<string, Record<string, unknown>> = {};
  for (const name of [...names].toSorted()) {
    const [, , kind = "", key = ""] = name.split("/");
    (components[kind] ??= {})[key] = lookUp(document, name);
  }
  return { paths, components };
}

function isWanted(id: unknown): boolean {
  return typeof id === "string" && OPERATIONS.includes(id);
}

function addReferences(value: unknown, into: { readonly document: Json; readonly names: Set<string> }): void {
  if (Array.isArray(value)) return value.forEach((each) => addReferences(each, into));
  for (const [key, each] of entriesOf(value)) {
    if (key !== "$ref" || typeof each !== "string") addReferences(each, into);
    else into.names.add(each);
  }
}

function lookUp(document: Json, name: string): unknown {
  const found = name
    .slice("#/".length)
    .split("/")
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), document);
  if (found === undefined) throw new Error(`${DOCUMENT} has no "${name}"`);
  return found;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}
