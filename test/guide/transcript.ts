/**
 * What was asked and answered, as text that a person can read and a diff can point at.
 *
 * Invariant: two transcripts are the same only if the bytes on the wire were, but for what no two runs share: ids (by
 * order of appearance), keys, times, cursors, addresses, and numbers of milliseconds (0). A JSON body stands indented if and only if
 * its bytes are what `JSON.stringify` makes of it, so the indented form says the same.
 */
import type { CurlCommand } from "./curl-command.ts";
import type { WireAnswer } from "./wire.ts";

/** Those that the guide's clients read; the rest is the business of the connection. */
const SHOWN_HEADERS = [
  "content-type",
  "content-disposition",
  "cache-control",
  "x-accel-buffering",
  "location",
  "etag",
  "accept-ranges",
  "link",
  "retry-after",
  "warning",
  "allow",
  "www-authenticate",
];

export interface Section {
  readonly lines: string[];
}

export class Transcript {
  readonly #sections: Section[] = [];

  asked(command: CurlCommand): void {
    const { pathname, search } = new URL(command.url);
    const headers = command.headers.map(([name, value]) => `> ${name}: ${value}`);
    this.#sections.push({ lines: [`> ${command.method} ${pathname}${search}`, ...headers, ...bodyLines(command)] });
  }

  /** What follows the head goes into the section that is given back. */
  answered({ status, headers }: Pick<WireAnswer, "status" | "headers">): Section {
    const shown = SHOWN_HEADERS.flatMap((name) => (headers.has(name) ? [`< ${name}: ${headers.get(name)}`] : []));
    const section = { lines: [`< ${status}`, ...shown] };
    this.#sections.push(section);
    return section;
  }

  text({ url, key, folder }: { readonly url: string; readonly key: string; readonly folder: string }): string {
    const whole = this.#sections.map(({ lines }) => lines.join("\n")).join("\n\n");
    const shown = whole.replaceAll(url, "<url>").replaceAll(key, "YOUR_API_KEY").replaceAll(folder, "<folder>");
    return `${normalise(shown)}\n`;
  }
}

function bodyLines({ body }: CurlCommand): readonly string[] {
  if (body === null) return [];
  if (body.kind === "text") return ["", body.text];
  if (body.kind === "file") return ["", `(the bytes of ${body.file})`];
  return ["", ...body.fields.map(([name, value]) => `(form) ${name}=${value}`)];
}

export function shownBody(text: string): readonly string[] {
  if (text === "") return [];
  return ["", indented(text) ?? text];
}

function indented(text: string): string | null {
  if (!/^[[{]/.test(text)) return null;
  const value: unknown = JSON.parse(text);
  return JSON.stringify(value) === text ? JSON.stringify(value, null, 2) : null;
}

const ID = /\b([a-z]{3,6})_[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** The end of the session's id. */
const BRANCH_TAIL = /\b(serai\/[a-z0-9-]+)-[0-9a-f]{6}\b/g;
/** Holds a time and an id. */
const CURSOR = /\bcursor=[\w-]{60,}/g;
const MILLISECONDS = /("[a-z_]*_ms":\s?)\d+(?:\.\d+)?|^(retry: )\d+$/gm;

function normalise(text: string): string {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const nameOf = (id: string, kind = "uuid") => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(id, `<${kind} ${count}>`);
    return `<${kind} ${count}>`;
  };
  return text
    .replaceAll(ID, nameOf)
    .replaceAll(TIME, "<time>")
    .replaceAll(BRANCH_TAIL, "$1-<tail>")
    .replaceAll(CURSOR, "cursor=<cursor>")
    .replaceAll(MILLISECONDS, (_, field?: string, retry?: string) => `${field ?? retry ?? ""}0`);
}
