/**
 * Issues as Markdown files in a folder: `42.md`, or `42-add-input-validation.md`. The title is the front matter's, else the
 * first heading, else the file's name.
 *
 * Invariant: an id names a file of that folder and no other; links are not followed out of it. Nothing is waited for: what
 * is no file is not read, and of a long one only the beginning is.
 */
import { constants } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Issue, TrackerOutcome } from "../core/ports/tracker.ts";
import { parseFrontMatter } from "../lib/front-matter.ts";
import type { JsonObject } from "../lib/json.ts";

const ID = /^[\w#][\w.-]{0,199}$/;
const MAX_BYTES = 256 * 1024;

export async function readFolderIssue(folder: string, wanted: string): Promise<TrackerOutcome<Issue>> {
  const id = wanted.replace(/^#/, "");
  const missing = { ok: false, refusal: { kind: "issue_missing", id: wanted.slice(0, 80) } } as const;
  if (!ID.test(id)) return missing;
  const names = await listFolder(folder);
  if (names === null) {
    return {
      ok: false,
      refusal: { kind: "tracker_missing", reason: `there is no folder "${folder}" that can be read` },
    };
  }
  const name = fileOf(names, id);
  const text = name === undefined ? null : await readInside(folder, name);
  return text === null ? missing : { ok: true, value: await issueOf({ id, text, name: name ?? "" }) };
}

async function listFolder(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "EPERM"].some((code) => isCode(error, code))) return null;
    throw new Error(`Cannot read the tracker's folder "${folder}"`, { cause: error });
  }
}

/** The exact name first: `4.md` is no `42-…`, and `42.md` goes before `42-old.md`. */
function fileOf(names: readonly string[], id: string): string | undefined {
  const markdown = names.filter((name) => /\.(?:md|markdown)$/i.test(name)).toSorted();
  const bare = (name: string) => name.replace(/\.[^.]+$/, "");
  return (
    markdown.find((name) => name === id || bare(name) === id) ??
    markdown.find((name) => /^[-_ ]/.test(bare(name).slice(id.length)) && bare(name).startsWith(id))
  );
}

/** Also a link that leads nowhere, a folder that is called like a file, and a file of somebody else's, are no issue. */
async function readInside(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(folder, name);
  } catch (error) {
    if (["ENOENT", "EISDIR", "ELOOP", "EACCES", "EPERM", "ENXIO"].some((code) => isCode(error, code))) return null;
    throw new Error(`Cannot read the issue "${name}" in "${folder}"`, { cause: error });
  }
}

async function readFile(folder: string, name: string): Promise<string | null> {
  const path = await realpath(join(folder, name));
  if (dirname(path) !== (await realpath(folder))) return null;
  // A pipe would let us wait for whoever writes into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return null;
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_BYTES), position: 0 });
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

interface IssueFile {
  readonly id: string;
  readonly text: string;
  readonly name: string;
}

async function issueOf({ id, text, name }: IssueFile): Promise<Issue> {
  const parsed = await parseFrontMatter(text);
  const fields: JsonObject = parsed.kind === "parsed" ? parsed.fields : {};
  const body = parsed.kind === "parsed" ? parsed.text : text;
  const heading = /^#[ \t]+(?<title>\S[^\n]{0,499})$/m.exec(body)?.groups?.["title"];
  const title = textOf(fields["title"]) ?? heading?.trim() ?? basename(name).replace(/\.[^.]+$/, "");
  const labels = Array.isArray(fields["labels"]) ? fields["labels"].flatMap((label) => textOf(label) ?? []) : [];
  return { id, title, body, state: stateOf(fields), url: textOf(fields["url"]), labels };
}

function stateOf(fields: JsonObject): Issue["state"] {
  const word = (textOf(fields["state"]) ?? textOf(fields["status"]) ?? "open").toLowerCase();
  if (["cancelled", "canceled", "wontfix", "not_planned", "duplicate"].includes(word)) return "cancelled";
  return ["closed", "done", "completed"].includes(word) ? "closed" : "open";
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
