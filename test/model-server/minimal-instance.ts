// A minimal value for a JSON schema, for side calls that ask for structured output and would otherwise retry for ever.
// Invariant: terminates on every schema (recursion stops at MAX_DEPTH). Not a validator: patterns and formats are met
// only where a constant does.
import type { JsonSchema } from "./exchange.ts";

type SchemaObject = Exclude<JsonSchema, boolean>;

const MAX_DEPTH = 24;

const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  email: "a@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function isObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asSchemas(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "boolean" || isObject(each)) : [];
}

function asNumber(value: unknown): number | undefined {
  // Gemini's own schema dialect writes int64 limits as strings.
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function resolveReference(reference: string, root: JsonSchema): JsonSchema {
  let at: unknown = root;
  for (const step of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) ? at[name] : undefined;
  }
  return isObject(at) ? at : true;
}

function typeOf(schema: SchemaObject): string {
  const named = Array.isArray(schema["type"]) ? schema["type"].find((each) => each !== "null") : schema["type"];
  if (typeof named === "string") return named.toLowerCase();
  if ("properties" in schema || "required" in schema) return "object";
  return "items" in schema || "prefixItems" in schema ? "array" : "string";
}

function merged(schema: SchemaObject, root: JsonSchema): SchemaObject {
  let properties: Record<string, unknown> = {};
  const required = new Set<unknown>();
  let rest: Record<string, unknown> = {};
  const { allOf, ...own } = schema;
  for (const part of [own, ...asSchemas(allOf)]) {
    if (!isObject(part)) continue;
    const target = typeof part["$ref"] === "string" ? resolveReference(part["$ref"], root) : part;
    const resolved = isObject(target) ? target : {};
    rest = { ...rest, ...resolved };
    if (isObject(resolved["properties"])) properties = { ...properties, ...resolved["properties"] };
    for (const name of Array.isArray(resolved["required"]) ? resolved["required"] : []) required.add(name);
  }
  return { ...rest, properties, required: [...required] };
}

function makeNumber(schema: SchemaObject, isWhole: boolean): number {
  const over = asNumber(schema["exclusiveMinimum"]);
  const under = asNumber(schema["exclusiveMaximum"]);
  const step = asNumber(schema["multipleOf"]) ?? (isWhole ? 1 : 0);
  const least = asNumber(schema["minimum"]) ?? (over === undefined ? undefined : over + (step || 0.5));
  const most = asNumber(schema["maximum"]) ?? (under === undefined ? undefined : under - (step || 0.5));
  const value = Math.min(Math.max(0, least ?? 0), most ?? Infinity);
  return step === 0 ? value : (value === least ? Math.ceil(value / step) : Math.floor(value / step)) * step;
}

function makeObject(schema: SchemaObject, root: JsonSchema, depth: number): Record<string, unknown> {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const made: Record<string, unknown> = {};
  for (const name of required) {
    if (typeof name !== "string") continue;
    const property = properties[name];
    made[name] = make(isObject(property) ? property : true, root, depth + 1);
  }
  return made;
}

function makeArray(schema: SchemaObject, root: JsonSchema, depth: number): unknown[] {
  const first = asSchemas(schema["prefixItems"]);
  const items = isObject(schema["items"]) ? schema["items"] : true;
  const length = Math.max(asNumber(schema["minItems"]) ?? 0, first.length);
  return Array.from({ length }, (_, at) => make(first[at] ?? items, root, depth + 1));
}

function makeString(schema: SchemaObject): string {
  const formatted = FORMATS[String(schema["format"])];
  return formatted ?? "x".repeat(Math.max(1, asNumber(schema["minLength"]) ?? 1));
}

function make(given: JsonSchema, root: JsonSchema, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (!isObject(given)) return "x";
  if (typeof given["$ref"] === "string") return make(resolveReference(given["$ref"], root), root, depth + 1);
  if ("const" in given) return given["const"];
  if (Array.isArray(given["enum"]) && given["enum"].length > 0) return given["enum"][0];
  const choices = [...asSchemas(given["anyOf"]), ...asSchemas(given["oneOf"])];
  const choice = choices.find((each) => isObject(each) && each["type"] !== "null") ?? choices[0];
  if (choice !== undefined) return make(choice, root, depth + 1);
  const schema = "allOf" in given ? merged(given, root) : given;
  switch (typeOf(schema)) {
    case "object":
      return makeObject(schema, root, depth);
    case "array":
      return makeArray(schema, root, depth);
    case "integer":
      return makeNumber(schema, true);
    case "number":
      return makeNumber(schema, false);
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return makeString(schema);
  }
}

/** The smallest value we can find that the schema accepts. */
export function minimalInstance(schema: JsonSchema): unknown {
  return make(schema, schema, 0);
}
