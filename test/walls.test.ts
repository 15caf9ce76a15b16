/** Holds the walls of the house in `src/`, and shows on small wrong houses that the checker can fail. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { describe, expect, it } from "vitest";

import { violationsOf } from "./walls/check.ts";
import type { Sources } from "./walls/edges.ts";
import { OPTIONAL_PACKAGES, PACKAGES } from "./walls/rooms.ts";

const root = join(import.meta.dirname, "..");

function readSources(): Sources {
  const folder = join(root, "src");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path, "utf8")]));
}

describe("the house", () => {
  it("holds every wall: rooms, packages, pure core, circles, sizes and names", async () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(10);
    expect(await violationsOf(sources)).toEqual([]);
  });

  it("has a row for every package the program depends on, and no row for one it does not", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const dependencies = [...Object.keys(manifest.dependencies), ...OPTIONAL_PACKAGES];
    const rows = Object.keys(PACKAGES).filter((name) => !name.startsWith("node:"));
    const isCovered = (dependency: string) =>
      rows.some((row) => row === dependency || (row.endsWith("/*") && dependency.startsWith(row.slice(0, -1))));
    expect(dependencies.filter((dependency) => !isCovered(dependency))).toEqual([]);
    const isUsed = (row: string) =>
      dependencies.some(
        (dependency) => dependency === row || (row.endsWith("/*") && dependency.startsWith(row.slice(0, -1))),
      );
    expect(rows.filter((row) => !isUsed(row))).toEqual([]);
  });
});

/** [what is wrong, the house, what the checker says] */
const WRONG_HOUSES: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    "a room that imports one it may not",
    { "app/a.ts": `import { b } from "../store/b.ts";\nb();`, "store/b.ts": "export const b = () => {};" },
    "app/a.ts imports store/b.ts, which its room may not",
  ],
  [
    "a dynamic import",
    { "core/a.ts": `export const load = () => import("../lib/b.ts");`, "lib/b.ts": "export {};" },
    "core/a.ts imports lib/b.ts, which its room may not",
  ],
  [
    "an import for its side effect",
    { "lib/a.ts": `import "../core/b.ts";`, "core/b.ts": "export {};" },
    "lib/a.ts imports core/b.ts, which its room may not",
  ],
  [
    "a re-export",
    { "core/a.ts": `export * from "../lib/b.ts";`, "lib/b.ts": "export const b = 1;" },
    "core/a.ts imports lib/b.ts, which its room may not",
  ],
  [
    "a worker",
    {
      "app/a.ts": `export const w = () => new Worker(new URL(import.meta.url.endsWith(".ts") ? "../store/b.ts" : "../store/b.js", import.meta.url));`,
      "store/b.ts": "export {};",
    },
    "app/a.ts imports store/b.ts, which its room may not",
  ],
  [
    "a type import",
    {
      "harnesses/a.ts": `import type { B } from "../store/b.ts";\nexport type A = B;`,
      "store/b.ts": "export type B = 1;",
    },
    "harnesses/a.ts imports types of store/b.ts, which its room may not",
  ],
  [
    "a type import inside a type",
    { "core/a.ts": `export type A = import("../lib/b.ts").B;`, "lib/b.ts": "export type B = 1;" },
    "core/a.ts imports types of lib/b.ts, which its room may not",
  ],
  [
    "a re-export of types",
    { "core/a.ts": `export type { B } from "../lib/b.ts";`, "lib/b.ts": "export type B = 1;" },
    "core/a.ts imports types of lib/b.ts, which its room may not",
  ],
  [
    "values through a wall that lets types pass",
    {
      "client/a.ts": `export { b } from "../doors/native/schema/b.ts";`,
      "doors/native/schema/b.ts": "export const b = 1;",
    },
    "client/a.ts imports doors/native/schema/b.ts, which its room may not",
  ],
  [
    "types from outside the part that lets them pass",
    { "client/a.ts": `export type { B } from "../doors/native/b.ts";`, "doors/native/b.ts": "export type B = 1;" },
    "client/a.ts imports types of doors/native/b.ts, which its room may not",
  ],
  [
    "a door that imports another door",
    { "doors/viben/a.ts": `export { b } from "../native/b.ts";`, "doors/native/b.ts": "export const b = 1;" },
    "doors/viben/a.ts imports doors/native/b.ts, which its room may not",
  ],
  [
    "a command that imports the server",
    { "cli/list.ts": `export { b } from "../main/boot.ts";`, "main/boot.ts": "export const b = 1;" },
    "cli/list.ts imports main/boot.ts, which its room may not",
  ],
  ["a folder that is no room", { "services/a.ts": "export {};" }, "services/a.ts is in no known room"],
  ["a file in no room", { "a.ts": "export {};" }, "a.ts is in no known room"],
  ["a file between the doors", { "doors/a.ts": "export {};" }, "doors/a.ts is in no known room"],
  [
    "a package in the wrong room",
    { "app/a.ts": `import { z } from "zod";\nexport const a = z;` },
    "app/a.ts imports package zod, which its room may not",
  ],
  [
    "a package of a family in the wrong part of a room",
    { "harnesses/acp/a.ts": `export const load = () => import("@ai-sdk/openai");` },
    "harnesses/acp/a.ts imports package @ai-sdk/openai, which its room may not",
  ],
  [
    "the types of a package in the wrong room",
    { "app/a.ts": `import type { ZodType } from "zod/v4/core";\nexport type A = ZodType;` },
    "app/a.ts imports package zod, which its room may not",
  ],
  [
    "an unknown package",
    { "lib/a.ts": `import "left-pad";` },
    "lib/a.ts imports package left-pad, which is in no row of the table",
  ],
  [
    "SQLite outside its store",
    { "main/a.ts": `import { DatabaseSync } from "node:sqlite";\nnew DatabaseSync(":memory:");` },
    "main/a.ts imports package node:sqlite, which its room may not",
  ],
  [
    "a platform module in the core",
    { "core/a.ts": `import { hash } from "crypto";\nexport const a = hash;` },
    "core/a.ts imports node:crypto, and its room is pure",
  ],
  ["a clock in the core", { "core/a.ts": "export const now = () => new Date();" }, "core/a.ts reads the clock"],
  [
    "chance in the core",
    { "core/a.ts": "export const a = () => crypto.randomUUID();" },
    "core/a.ts draws a random value",
  ],
  ["a timer in the core", { "core/a.ts": "export const a = () => setTimeout(() => {}, 1);" }, "core/a.ts sets a timer"],
  [
    "state of a module",
    { "lib/a.ts": "let count = 0;\nexport const a = () => ++count;" },
    "lib/a.ts keeps state in the module",
  ],
  [
    "a decision by an error's text",
    { "lib/a.ts": `export const a = (error: Error) => error.message.includes("busy");` },
    "lib/a.ts decides by the text of an error",
  ],
  [
    "an object that Node 22 lacks",
    { "lib/a.ts": "export const a = (): void => {\n  const stack = new DisposableStack();\n  stack.dispose();\n};" },
    "lib/a.ts uses what Node 22 lacks",
  ],
  [
    "a computed import",
    { "main/a.ts": "export const a = (name: string) => import(name);" },
    "main/a.ts imports a module whose name is computed",
  ],
  [
    "an import of nothing",
    { "lib/a.ts": `export * from "./b.ts";` },
    "lib/a.ts imports lib/b.ts, which does not exist",
  ],
  [
    "a circle",
    {
      "lib/a.ts": `export { b } from "./b.ts";`,
      "lib/b.ts": `import { c } from "./c.ts";\nexport const b = () => c;`,
      "lib/c.ts": `import type { b } from "./a.ts";\nexport const c = (): typeof b | undefined => undefined;`,
    },
    "lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts is a circle",
  ],
  ["a long file", { "lib/a.ts": "export {};\n".repeat(301) }, "lib/a.ts has 301 lines, 300 is the wall"],
  ["an empty name", { "lib/string-utils.ts": "export {};" }, "lib/string-utils.ts has a name that says nothing"],
  ["a name in capitals", { "lib/myFile.ts": "export {};" }, "lib/myFile.ts is not in kebab-case"],
];

describe("the checker", () => {
  it.each(WRONG_HOUSES)("finds %s", async (_, house, violation) => {
    expect(await violationsOf(new Map(Object.entries(house)))).toEqual([violation]);
  });

  it("has nothing to say about a house that is in order", async () => {
    const house = {
      "core/events/a.ts": `import { z } from "zod";\nexport const a = z.string();`,
      "lib/b.ts": `import { join } from "node:path";\nexport const b = join("a", "b"); // import "../core/a.ts" and Date.now()`,
      "app/c.ts": `import type { d } from "./d.ts";\nimport { b } from "../lib/b.ts";\nexport const c = (): typeof d | string => b;`,
      "app/d.ts": `export const d = 'import("../store/e.ts")';`,
      "http/f.ts": `import type { c } from "../app/c.ts";\nexport type F = typeof c;`,
      "doors/native/schema/g.ts": `export type G = 1;`,
      "client/h.ts": `import type { G } from "../doors/native/schema/g.ts";\nexport type H = G;`,
      "cli/serve.ts": `import { boot } from "../main/boot.ts";\nexport { boot };`,
      "cli/list.ts": `import { config } from "../main/config.ts";\nexport { config };`,
      "main/boot.ts": `import { a } from "../core/events/a.ts";\nexport const boot = a;`,
      "main/config.ts": "export const config = 1;",
      "store/sqlite/i.ts": `export const w = () => new URL("./j.ts", import.meta.url);`,
      "store/sqlite/j.ts": `import { DatabaseSync } from "node:sqlite";\nnew DatabaseSync(":memory:");`,
    };
    expect(await violationsOf(new Map(Object.entries(house)))).toEqual([]);
  });
});
