/**
 * The imports of a source file, as the module system sees them, and those that only the type checker sees.
 *
 * Invariant: the types are stripped as Node strips them and what is left is read by a lexer of the language, so re-exports,
 * side-effect imports and `import()` are all found, and nothing in a comment or a string is. Type imports are what
 * the same lexer, which knows TypeScript, finds besides in the text as written, and `import()` in types.
 */

import { isBuiltin, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path/posix";

import { init, parse } from "es-module-lexer";

export type Edge = {
  readonly from: string;
  /** A path below `src/`, or a package's name, or `node:…`. */
  readonly to: string;
  readonly kind: "file" | "package" | "computed";
  readonly isTypeOnly: boolean;
};

/** Path below `src/` → text. */
export type Sources = ReadonlyMap<string, string>;

export async function edgesOf(sources: Sources): Promise<readonly Edge[]> {
  await init();
  return [...sources].filter(([path]) => path.endsWith(".ts")).flatMap(([path, text]) => edgesOfFile(path, text));
}

function edgesOfFile(path: string, text: string): readonly Edge[] {
  const code = stripTypeScriptTypes(text);
  const atRunTime = [...importsOf(code), ...urlsOf(code)].map((specifier) => toEdge(path, specifier, false));
  const all = [...importsOf(text), ...inlineTypesOf(text)].map((specifier) => toEdge(path, specifier, true));
  // The first of a target stays: what is imported at run time is not type-only, however else it is imported.
  return [...Map.groupBy([...atRunTime, ...all], (edge) => edge.to).values()].flatMap((edges) => edges.slice(0, 1));
}

const COMPUTED = "import(…)";

function importsOf(code: string): readonly string[] {
  const [imports] = parse(code);
  // `import.meta` has a specifier of null; a dynamic import has none when its argument is not a plain text.
  return imports.filter((found) => found.type !== "import-meta").map((found) => found.specifier ?? COMPUTED);
}

/** Files that a worker runs or that are read as assets: `new URL("./writer.ts", import.meta.url)`, also with a choice of two. */
function urlsOf(code: string): readonly string[] {
  const urls = [...code.matchAll(/new URL\(([^;]*?),\s*import\.meta\.url\s*,?\s*\)/g)];
  return urls.flatMap(([, argument = ""]) =>
    [...argument.matchAll(/["'`](\.{1,2}\/[^"'`]*)["'`]/g)].map(([, path = ""]) => path),
  );
}

/** `import("./a.ts").A` inside a type. Comments and strings are tokens too, so that what is in them is passed over. */
function inlineTypesOf(text: string): readonly string[] {
  const tokens = text.matchAll(
    /\bimport\(\s*["']([^"']+)["']\s*\)|\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
  );
  return [...tokens].flatMap(([, specifier]) => specifier ?? []);
}

function toEdge(from: string, specifier: string, isTypeOnly: boolean): Edge {
  if (specifier === COMPUTED) return { from, to: COMPUTED, kind: "computed", isTypeOnly };
  if (specifier.startsWith(".")) {
    return { from, to: join(dirname(from), specifier).replace(/\.js$/, ".ts"), kind: "file", isTypeOnly };
  }
  return { from, to: packageOf(specifier), kind: "package", isTypeOnly };
}

function packageOf(specifier: string): string {
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
