/**
 * JSON at the edges: a parser that refuses what later breaks a store or a merge, and a writer that never changes what it
 * was given.
 *
 * Invariant: what `parseStrictJson` accepts, every store can hold and `canonicalJson` writes.
 * A refusal is a value that names the place; only `canonicalJson` throws, because there a bad value is our own fault.
 *
 * The native parser does the work, between two cheap passes: before it, depth and number of keys from the text; after
 * it, the strings, keys and numbers of the value. Only a refusal pays for finding its place, in `json-place.ts`.
 */

import { faultInText, pointerStep, shapeOfText } from "./json-text.ts";
import type { JsonTextFault } from "./json-text.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };

export type JsonRefusalReason =
  | JsonTextFault["reason"]
  | "forbidden_key"
  | "nul_character"
  | "lone_surrogate"
  | "number_overflow"
  | "too_many_keys"
  | "too_many_values";

export type JsonRefusal = {
  readonly kind: "refused";
  readonly reason: JsonRefusalReason;
  /** JSON pointer (RFC 6901) of the value or member that is refused; "" is the whole text. */
  readonly path: string;
  /** Where in the text, in UTF-16 units; given when the text is at fault and not a value in it. */
  readonly position?: number;
};
export type StrictJson = { readonly kind: "parsed"; readonly value: JsonValue } | JsonRefusal;

export type StrictJsonOptions = {
  /** How many lists and objects may stand inside one another, 64 unless told; `[]` is one. */
  readonly maxDepth?: number;
  /** Of one object. One of 60,000 keys takes 80 ms to parse and check, as many in small objects take 10. */
  readonly maxKeys?: number;
  /** Members and items of all objects and lists together, but for the first of each. */
  readonly maxValues?: number;
};

/**
 * Refuses malformed text, nesting deeper than `maxDepth`, a key twice in one object, the keys `__proto__` and
 * `constructor` with a `prototype` in it, NUL and lone surrogates in strings and keys, numbers beyond a double.
 */
export function parseStrictJson(text: string, options: StrictJsonOptions = {}): StrictJson {
  const looked = lookAtJson(text, options);
  return looked.kind === "shaped" ? looked.parse() : looked;
}

export type LookedAt = { readonly kind: "shaped"; parse(): StrictJson } | JsonRefusal;

/**
 * The first half of `parseStrictJson`, for who wants to do something else before the second: of thirty megabytes each
 * may take as long as anybody should be kept waiting.
 */
export function lookAtJson(text: string, options: StrictJsonOptions = {}): LookedAt {
  const { maxDepth = 64, maxKeys = Infinity, maxValues = Infinity } = options;
  const { depth, widest, commas, keys } = shapeOfText(text, { depth: maxDepth, widest: maxKeys, commas: maxValues });
  if (depth > maxDepth) return refuseText(text, maxDepth);
  if (widest > maxKeys) return { kind: "refused", reason: "too_many_keys", path: "" };
  if (commas > maxValues) return { kind: "refused", reason: "too_many_values", path: "" };
  return { kind: "shaped", parse: () => parseShaped(text, { keys, maxDepth }) };
}

function parseShaped(
  text: string,
  { keys, maxDepth }: { readonly keys: number; readonly maxDepth: number },
): StrictJson {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue; // The native parser makes nothing else.
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuseText(text, maxDepth);
  }
  const count = { keys: 0 };
  const fault = faultIn(value, count);
  if (fault !== undefined) return { kind: "refused", ...fault };
  // Of a key given twice one member is left: the value has fewer keys than the text has colons.
  return count.keys === keys ? { kind: "parsed", value } : refuseText(text, maxDepth);
}

function refuseText(text: string, maxDepth: number): JsonRefusal {
  const fault = faultInText(text, maxDepth);
  if (fault === undefined) throw new Error("Cannot find the fault in a refused JSON text");
  return { kind: "refused", ...fault };
}

type ValueFault = Pick<JsonRefusal, "path" | "reason">;

/** The first fault below `value`. The path is put together on the way back, so that sound values pay nothing for it. */
function faultIn(value: JsonValue, count: { keys: number }): ValueFault | undefined {
  if (typeof value === "string") return faultInString(value);
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path: "", reason: "number_overflow" };
  if (value === null || typeof value === "boolean") return undefined;
  if (isJsonList(value)) return faultInList(value, count);
  return faultInObject(value, count);
}

function faultInList(list: readonly JsonValue[], count: { keys: number }): ValueFault | undefined {
  for (let index = 0; index < list.length; index++) {
    const fault = faultIn(list[index] as JsonValue, count); // In bounds; iterators were measured to cost a fifth.
    if (fault !== undefined) return below(String(index), fault);
  }
  return undefined;
}

function faultInObject(object: JsonObject, count: { keys: number }): ValueFault | undefined {
  for (const key in object) {
    count.keys++;
    const value = object[key] as JsonValue;
    const fault = faultInKey(key, value) ?? faultIn(value, count);
    if (fault !== undefined) return below(key, fault);
  }
  return undefined;
}

function faultInKey(key: string, value: JsonValue): ValueFault | undefined {
  const isForbidden =
    key === "__proto__" || (key === "constructor" && isJsonObject(value) && Object.hasOwn(value, "prototype"));
  return isForbidden ? { path: "", reason: "forbidden_key" } : faultInString(key);
}

function faultInString(text: string): ValueFault | undefined {
  if (text.includes("\0")) return { path: "", reason: "nul_character" };
  return text.isWellFormed() ? undefined : { path: "", reason: "lone_surrogate" };
}

function below(step: string, fault: ValueFault): ValueFault {
  return { ...fault, path: pointerStep(step) + fault.path };
}

/** `Array.isArray` alone does not narrow a readonly list out of the union. */
export function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The one text of a value: members in the order given, no spaces, as `JSON.stringify` writes it.
 *
 * Errors: throws for what JSON would drop or change without a word (undefined, functions, symbols, NaN, infinities, class
 * instances, `toJSON`) or no store would take (lone surrogates); the message names the place.
 */
export function canonicalJson(value: unknown): string {
  const fault = loss(value);
  if (fault !== undefined) throw new TypeError(`Cannot write "${fault.path}" as JSON: ${fault.what}`);
  return JSON.stringify(value);
}

type Loss = { readonly path: string; readonly what: string };

function loss(value: unknown): Loss | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return value.isWellFormed() ? undefined : { path: "", what: "lone surrogate" };
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path: "", what: String(value) };
  if (typeof value !== "object") return { path: "", what: typeof value };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype) {
    return { path: "", what: "not a plain object" };
  }
  return lossInside(value);
}

function lossInside(value: object): Loss | undefined {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const inner = loss(value[index]); // By index, because iteration methods would pass over the holes of a sparse list.
      if (inner !== undefined) return { ...inner, path: pointerStep(String(index)) + inner.path };
    }
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    const inner = key.isWellFormed() ? loss(item) : { path: "", what: "lone surrogate in the key" };
    if (inner !== undefined) return { ...inner, path: pointerStep(key) + inner.path };
  }
  return undefined;
}
