/**
 * Reading of JSON that is not ours: what is of another type than expected is as good as absent.
 *
 * Invariant: never throws; text that comes out is well formed and holds no NUL, so that every store takes it.
 */
import { shapeOfText } from "../../../lib/json-text.ts";
import { toWellFormedText } from "../../../lib/well-formed.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Some IDEs put JSON into a text. */
export function fieldsWithin(value: unknown): Fields | undefined {
  return fieldsOf(typeof value === "string" ? parsedOf(value) : value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value of 32 MiB of brackets takes a gigabyte; what an editor sends is long texts in few fields. */
const BOUNDS = { depth: 1_000, keys: 20_000, commas: 200_000 } as const;

/** Nothing for what is no JSON, or more of it than any editor sends. Otherwise as lenient as the native parser is. */
export function parsedOf(text: string): unknown {
  const { depth, keys, commas } = shapeOfText(text);
  if (depth > BOUNDS.depth || keys > BOUNDS.keys || commas > BOUNDS.commas) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The first of these names whose value is a text with something in it. */
export function textIn(fields: Fields | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields?.[name];
    if (typeof value === "string" && value !== "") return cleanText(value);
  }
  return undefined;
}

export function cleanText(text: string): string {
  return toWellFormedText(text).replaceAll("\0", "\uFFFD");
}

/** A path as it can stand in a file system; a NUL or 4 KiB cannot. */
export function isPath(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 4_096 && !value.includes("\0");
}
