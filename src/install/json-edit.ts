/**
 * Puts members and items into the text of a JSON file with comments, and takes them out again.
 *
 * Invariant: every character that was there before is there afterwards, in its order; a file's own indentation, line ends
 * and byte order mark are kept. Broken JSON is refused with the line and the column, and never mended.
 */
import { createScanner, findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";
import type { JSONPath, Node, ParseError } from "jsonc-parser";
import { applyEdits, draftOf, edit, refuse } from "./text-edits.ts";
import type { Draft, Outcome } from "./text-edits.ts";

/** An empty text is an empty object. */
export function readJsonObject(text: string): Outcome<Node | null> {
  const faults: ParseError[] = [];
  const root = parseTree(withoutMark(text), faults, { allowTrailingComma: true, allowEmptyContent: true });
  const [fault] = faults;
  if (fault !== undefined) {
    return refuse(`it is no JSON: ${wordsOf(fault)} at ${placeOf(text, fault.offset)}; mend it, then try again`);
  }
  if (root === undefined) return { ok: true, value: null };
  if (root.type !== "object") return refuse(`it holds a JSON ${root.type} where an object belongs`);
  return { ok: true, value: root };
}

/** The member's value; null when it is not there. */
export function memberOf(text: string, parent: Node, name: string): Outcome<Node | null> {
  const found = (parent.children ?? []).filter(({ children }) => children?.[0]?.value === name);
  const [first, second] = found;
  if (second !== undefined) {
    return refuse(`"${name}" is in it twice, again at ${placeOf(text, second.offset)}; take one of them out`);
  }
  return { ok: true, value: first?.children?.[1] ?? null };
}

export function valueOf(node: Node): unknown {
  return getNodeValue(node) as unknown; // The typings of the parser say `any`.
}

export function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** Puts a member (`name`) or an item (no name) at the end of an object or array. */
export function insertInto(
  draft: Draft,
  parent: Node,
  added: { readonly name?: string; readonly value: unknown },
): Draft {
  const { text } = draft;
  const { eol, unit } = styleOf(text);
  const closing = parent.offset + parent.length - 1;
  const last = parent.children?.at(-1);
  const lastEnd = last === undefined ? parent.offset + 1 : last.offset + last.length;
  const { end, hasComma } = trailOf(text, lastEnd, closing);
  const inner = indentOf(text, parent) + unit;
  const written = JSON.stringify(added.value, null, unit).replaceAll("\n", eol + inner);
  const entry = added.name === undefined ? written : `${JSON.stringify(added.name)}: ${written}`;
  const isClosingOnOwnLine = /[\r\n]/.test(text.slice(end, closing));
  const tail = isClosingOnOwnLine ? "" : eol + indentOf(text, parent);
  const inserted = edit(draft, { offset: end, length: 0, content: eol + inner + entry + tail });
  // The comma second, and before it in the text: the other way round its place would have moved.
  if (last === undefined || hasComma) return inserted;
  return edit(inserted, { offset: lastEnd, length: 0, content: "," });
}

/** Gives an empty text the object that everything else is put into. */
export function ensureObject(text: string): Draft {
  const read = readJsonObject(text);
  if (!read.ok || read.value !== null) return draftOf(text);
  const gap = text === "" || /[\r\n\uFEFF]$/.test(text) ? "" : "\n";
  return edit(draftOf(text), { offset: text.length, length: 0, content: `${gap}{}\n` });
}

/** Takes a member or an item out with its comma, and leaves every comment. */
export function removeAt(text: string, path: JSONPath): string {
  const root = parseTree(withoutMark(text), [], { allowTrailingComma: true });
  const node = root === undefined ? undefined : findNodeAtLocation(root, path);
  const entry = node?.parent?.type === "property" ? node.parent : node;
  const siblings = entry?.parent?.children;
  if (entry?.parent === undefined || siblings === undefined) return text;
  const end = entry.offset + entry.length;
  const at = siblings.indexOf(entry);
  const before = siblings[at - 1];
  const closing = entry.parent.offset + entry.parent.length - 1;
  const own = commaIn(text, end, siblings[at + 1]?.offset ?? closing);
  const comma = own ?? (before === undefined ? null : commaIn(text, before.offset + before.length, entry.offset));
  const start = text.slice(0, entry.offset).trimEnd().length;
  const gap = text.slice(start, entry.offset);
  // What follows must not come to stand behind a comment that ends with its line.
  const kept = /[\r\n]/.test(gap) && !/^[ \t,]*[\r\n]/.test(text.slice(end)) ? gap : "";
  const cuts = [{ offset: start, length: end - start, content: kept }];
  if (comma !== null) cuts.push({ offset: comma, length: 1, content: "" });
  return applyEdits(
    text,
    cuts.toSorted((one, other) => other.offset - one.offset),
  );
}

/** Where it stands, past comments. */
function commaIn(text: string, from: number, to: number): number | null {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  const token: number = scanner.scan();
  return token === COMMA && scanner.getTokenOffset() < to ? scanner.getTokenOffset() : null;
}

/** Of what stands between the last entry and the closing bracket: where comments end, and whether a comma is there. */
function trailOf(text: string, from: number, closing: number): { readonly end: number; readonly hasComma: boolean } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let end = from;
  let hasComma = false;
  while (scanner.getPosition() < closing) {
    const token: number = scanner.scan();
    hasComma ||= token === COMMA;
    if (token === COMMA || token === LINE_COMMENT || token === BLOCK_COMMENT) end = scanner.getPosition();
  }
  return { end, hasComma };
}

// Of the parser's `SyntaxKind`, which is no value at run time for a compiler that sees one file at a time.
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;

/** Of the line in which the bracket opens. */
function indentOf(text: string, { offset }: Node): string {
  const start = Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

function styleOf(text: string): { readonly eol: string; readonly unit: string } {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
  const indent = /[\r\n]([ \t]+)["[{\]}]/.exec(text)?.[1] ?? "  ";
  // More than eight spaces is no step but the depth of whatever comes first.
  return { eol, unit: indent.startsWith("\t") ? "\t" : indent.slice(0, 8) };
}

/** Of the same length, so that every place stays where it is. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
}

function wordsOf({ error }: ParseError): string {
  const name = printParseErrorCode(error);
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
