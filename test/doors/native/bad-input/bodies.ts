/** Bodies made of a schema of the document: the smallest that fits it, and that one with one value put wrong. */
import type { Schema } from "./routes.ts";

export type Schemas = Readonly<Record<string, Schema>>;

export interface WrongBody {
  readonly what: string;
  /** JSON pointer of the value that was put wrong. */
  readonly pointer: string;
  readonly body: unknown;
}

function resolve(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? schema : (schemas[name] ?? {});
  const first = (target.anyOf ?? target.oneOf)?.[0];
  return first === undefined ? target : resolve(first, schemas);
}

/** The smallest value of the first of its variants. */
export function smallest(schema: Schema, schemas: Schemas): unknown {
  const at = resolve(schema, schemas);
  if (at.const !== undefined) return at.const;
  if (at.enum !== undefined) return at.enum[0];
  const type = typeof at.type === "string" ? at.type : at.type?.[0];
  if (type === "object") {
    const required = (at.required ?? []).map((name) => [name, smallest(at.properties?.[name] ?? {}, schemas)] as const);
    return Object.fromEntries(required);
  }
  if (type === "array") return Array.from({ length: at.minItems ?? 0 }, () => smallest(at.items ?? {}, schemas));
  if (type === "integer" || type === "number") return Math.max(at.minimum ?? 0, (at.exclusiveMinimum ?? -1) + 1);
  if (type === "boolean") return false;
  return at.format === "date-time" ? "2030-01-01T00:00:00Z" : "x".repeat(Math.max(at.minLength ?? 1, 1));
}

/** Every place of the schema, three levels down, with each value that may be wrong there. */
export function wrongBodies(schema: Schema, schemas: Schemas): readonly WrongBody[] {
  const roots = [null, [], "x", 5, true].map((body) => ({ what: "another type", pointer: "", body }));
  return [...roots, ...wrongIn(schema, schemas, 3)];
}

function wrongIn(schema: Schema, schemas: Schemas, depth: number): readonly WrongBody[] {
  const at = resolve(schema, schemas);
  if (depth === 0) return [];
  if (at.properties !== undefined) {
    const base = smallest(schema, schemas) as Record<string, unknown>; // The smallest value of an object is one.
    const missing = (at.required ?? []).map((name) => {
      const { [name]: _, ...body } = base;
      return { what: "left out", pointer: `/${name}`, body };
    });
    const wrong = Object.entries(at.properties).flatMap(([name, inner]) =>
      wrongAt(inner, schemas, depth).map((each) => ({
        ...each,
        pointer: `/${name}${each.pointer}`,
        body: { ...base, [name]: each.body },
      })),
    );
    return [...missing, ...wrong];
  }
  if (at.items === undefined) return [];
  const first = wrongAt(at.items, schemas, depth).map((each) => ({
    ...each,
    pointer: `/0${each.pointer}`,
    body: [each.body],
  }));
  const { maxItems } = at;
  if (maxItems === undefined) return first;
  const many = Array.from({ length: maxItems + 1 }, () => smallest(at.items ?? {}, schemas));
  return [...first, { what: "too many", pointer: "", body: many }];
}

function wrongAt(schema: Schema, schemas: Schemas, depth: number): readonly WrongBody[] {
  const { maxLength } = resolve(schema, schemas);
  const values: readonly (readonly [string, unknown])[] = [
    ["another type", {}],
    ["another type", []],
    ["another type", 5.5],
    ["another type", true],
    ["another type", "\u{1F4A5} nonsense"],
    ["another type", null],
    ["a number below", -1],
    ["a number above", Number.MAX_SAFE_INTEGER],
    ["nothing", ""],
    ...(maxLength === undefined ? [] : [["over-long", "x".repeat(maxLength + 1)] as const]),
  ];
  const here = values.map(([what, body]) => ({ what, pointer: "", body }));
  return [...here, ...wrongIn(schema, schemas, depth - 1)];
}

/** The smallest body with every path that may stand in it put to `path`, one at a time. */
export function bodiesWithPath(schema: Schema, schemas: Schemas, path: string): readonly BodyWithPath[] {
  // All bodies are objects.
  return pathsIn(schema, schemas, 2).map(({ pointer, put }) => ({ pointer, body: put(path) as BodyWithPath["body"] }));
}

interface BodyWithPath {
  readonly pointer: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface PathPlace {
  readonly pointer: string;
  readonly put: (path: string) => unknown;
}

function pathsIn(schema: Schema, schemas: Schemas, depth: number): readonly PathPlace[] {
  const at = resolve(schema, schemas);
  if (depth < 0) return [];
  if (at.items !== undefined) {
    return pathsIn(at.items, schemas, depth).map(({ pointer, put }) => ({
      pointer: `/0${pointer}`,
      put: (path) => [put(path)],
    }));
  }
  const base = at.properties === undefined ? {} : (smallest(schema, schemas) as object); // It has properties: an object.
  return Object.entries(at.properties ?? {}).flatMap(([name, inner]) => {
    const places = /(^|_)path$/.test(name)
      ? [{ pointer: "", put: (path: string): unknown => path }]
      : pathsIn(inner, schemas, depth - 1);
    return places.map(({ pointer, put }) => ({
      pointer: `/${name}${pointer}`,
      put: (path: string) => ({ ...base, [name]: put(path) }),
    }));
  });
}

/** Texts that are no JSON that the server takes, whatever the route. */
export const BROKEN_JSON: readonly (readonly [string, string])[] = [
  ["half an object", '{"title":'],
  ["a trailing comma", '{"title":"x",}'],
  ["two values", "{}{}"],
  ["a comment", '{"title":"x"} // x'],
  ["single quotes", "{'title':'x'}"],
  ["a duplicate key", '{"title":"a","title":"b"}'],
  ["a duplicate key in writing only", '{"title":"a","\\u0074itle":"b"}'],
  ["a __proto__ key", '{"__proto__":{"x":1}}'],
  ["a __proto__ key deep inside", '{"a":[{"b":{"__proto__":{"x":1}}}]}'],
  ["a constructor with a prototype", '{"constructor":{"prototype":{}}}'],
  ["a depth bomb of lists", `{"title":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["a depth bomb of objects", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
  ["a depth bomb without an end", "[".repeat(500_000)],
  ["NUL in a string", '{"title":"a\\u0000b"}'],
  ["NUL in a key", '{"a\\u0000b":1}'],
  ["half a surrogate pair", '{"title":"a\\ud800b"}'],
  ["half a surrogate pair in a key", '{"\\udc00":1}'],
  ["a number beyond numbers", '{"max_iterations":1e999}'],
  ["very many keys", JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, n])))],
  ["very many values", `[${"0,".repeat(200_000)}0]`],
  ["NaN", '{"max_iterations":NaN}'],
];
