/**
 * Markdown with YAML before it, between two lines of `---`.
 *
 * Invariant: what is parsed is what JSON can say, without a key twice, aliases, or types of YAML's own; formatting it
 * and parsing it again gives it back. What a YAML parser takes long over is refused before it sees it: its work grows
 * with the square of the nesting, and 32 KiB of the worst take it a third of a second. The parser is loaded by the first
 * who needs it: two megabytes that most servers never do.
 */
import type { Document } from "yaml";
import { parseStrictJson } from "./json.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type FrontMatter =
  | { readonly kind: "parsed"; readonly fields: JsonObject; readonly text: string }
  /** A sentence without its end, for people. */
  | { readonly kind: "refused"; readonly detail: string };

const MAX_YAML_CHARACTERS = 32 * 1024;
const MAX_NESTING = 32;
const WHOLE = /^\uFEFF?---[ \t]*\r?\n(?<yaml>[\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n(?<text>[\s\S]*))?$/;

export async function parseFrontMatter(whole: string): Promise<FrontMatter> {
  const found = WHOLE.exec(whole)?.groups;
  if (found === undefined) return refused('does not begin with YAML between two lines of "---"');
  const { yaml = "", text = "" } = found;
  if (yaml.length > MAX_YAML_CHARACTERS) return refused(`has more than ${MAX_YAML_CHARACTERS} characters of YAML`);
  if (nestingOf(yaml) > MAX_NESTING) return refused("is nested too deeply");
  const fields = await parseFields(yaml);
  return "detail" in fields ? fields : { kind: "parsed", fields: fields.value, text: text.replace(/^\r?\n/, "") };
}

function refused(detail: string) {
  return { kind: "refused", detail } as const;
}

type Fields = { readonly value: JsonObject } | Extract<FrontMatter, { kind: "refused" }>;

async function parseFields(yaml: string): Promise<Fields> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(yaml, { version: "1.2", schema: "core", uniqueKeys: true, logLevel: "silent" });
  const [error] = [...document.errors, ...document.warnings];
  // The first line says what and where; below it the parser shows the place.
  if (error !== undefined) return refused(`is no valid YAML: ${error.message.split("\n", 1)[0]?.replace(/:$/, "")}`);
  const parsed = parseStrictJson(jsonOf(document) ?? "");
  if (parsed.kind === "refused") return refused("has an alias, a key or a value that cannot be taken");
  return isObject(parsed.value) ? { value: parsed.value } : refused("has no fields in its YAML");
}

/** Nothing: it has aliases, which can make much of little. */
function jsonOf(document: Document.Parsed): string | undefined {
  try {
    return JSON.stringify(document.toJS({ maxAliasCount: 0 }));
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** At least as much as there is; brackets in texts count too. */
function nestingOf(yaml: string): number {
  let open = 0;
  let deepest = 0;
  for (const character of yaml) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, ++open);
    else if (character === "]" || character === "}") open = Math.max(0, open - 1);
  }
  const byLine = yaml.split("\n").map((line) => {
    const indicators = /^(?:[-?:\s])*/.exec(line)?.[0] ?? "";
    // Two spaces, or an indicator and a space, for each level.
    return Math.ceil(indicators.length / 2);
  });
  const keys = yaml.match(/(?:^|[\s[{,])\?(?=\s)/gm)?.length ?? 0;
  return Math.max(deepest, keys, ...byLine);
}

/** Contract: `fields` is plain JSON. */
export async function formatFrontMatter(fields: Readonly<Record<string, unknown>>, text: string): Promise<string> {
  const { stringify } = await import("yaml");
  const yaml = stringify(fields, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false });
  return `---\n${yaml}---\n\n${text}`;
}
