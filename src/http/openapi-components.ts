/**
 * Named schemas of an OpenAPI document. A schema that reads differently as input than as output (by a default, say)
 * becomes two components, `Name` and `NameInput`; what stands on such a schema follows it. Names are settled once all
 * schemas are known, so references are marked first and written out last.
 */
import { z } from "zod";

export type Json = { readonly [key: string]: unknown };
export type Direction = "input" | "output";

const REF = "#/$defs/";
const mark = (direction: Direction) => `#/${direction}/`;
const COMPONENTS = "#/components/schemas/";

export class Components {
  readonly #found: Record<Direction, Map<string, Json>> = { input: new Map(), output: new Map() };

  /** The schema as JSON Schema, its references still marked with their direction. */
  of(schema: z.ZodType, direction: Direction): Json {
    // Both come from zod as plain JSON.
    const made = z.toJSONSchema(schema, { io: direction, unrepresentable: "any" }) as Json;
    const { $schema: _, $defs, ...root } = made;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      this.#found[direction].set(name, markRefs(definition, direction) as Json);
    }
    return markRefs(root, direction) as Json;
  }

  /** The document with its components, every reference written out. */
  settle(document: Json): Json {
    const split = this.#splitNames();
    const schemas: Record<string, unknown> = {};
    for (const [name, definition] of this.#found.output) schemas[name] = settleRefs(definition, split);
    for (const [name, definition] of this.#found.input) {
      schemas[split.has(name) ? `${name}Input` : name] = settleRefs(definition, split);
    }
    const settled = settleRefs(document, split) as Json;
    const sorted = Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { ...settled, components: { ...(settled["components"] as Json | undefined), schemas: sorted } };
  }

  #splitNames(): ReadonlySet<string> {
    const { input, output } = this.#found;
    const split = new Set<string>();
    const none = new Set<string>();
    for (const [name, definition] of input) {
      const other = output.get(name);
      if (other === undefined) continue;
      const isSame = JSON.stringify(settleRefs(definition, none)) === JSON.stringify(settleRefs(other, none));
      if (!isSame) split.add(name);
    }
    for (let before = -1; before !== split.size;) {
      before = split.size;
      for (const [name, definition] of input) {
        const text = JSON.stringify(definition);
        const stands = [...split].some((on) => text.includes(`"${mark("input")}${on}"`));
        if (stands && output.has(name)) split.add(name);
      }
    }
    return split;
  }
}

function mapRefs(value: unknown, change: (ref: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapRefs(item, change));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (key === "$ref" && typeof item === "string") return [[key, change(item)]];
    // Clients are promised new optional fields, so the published document closes no object.
    if (key === "additionalProperties" && item === false) return [];
    if (key === "id" && isSchemaId(value)) return [];
    // Every whole number is bounded by what a double can hold; saying so hides the bounds that matter.
    if (item === Number.MAX_SAFE_INTEGER || item === Number.MIN_SAFE_INTEGER) return [];
    return [[key, mapRefs(item, change)]];
  });
  return Object.fromEntries(entries);
}

/** zod leaves the `id` of a schema's metadata in it; a property named `id` is an object, not a text. */
function isSchemaId(value: object): boolean {
  return "id" in value && typeof value.id === "string" && ("type" in value || "anyOf" in value || "oneOf" in value);
}

function markRefs(value: unknown, direction: Direction): unknown {
  return mapRefs(value, (ref) => (ref.startsWith(REF) ? mark(direction) + ref.slice(REF.length) : ref));
}

function settleRefs(value: unknown, split: ReadonlySet<string>): unknown {
  return mapRefs(value, (ref) => {
    const input = mark("input");
    if (ref.startsWith(input)) {
      const name = ref.slice(input.length);
      return COMPONENTS + (split.has(name) ? `${name}Input` : name);
    }
    const output = mark("output");
    return ref.startsWith(output) ? COMPONENTS + ref.slice(output.length) : ref;
  });
}
