/** Session files on the wire: entries, contents as text or base64, and the kinds of content by name. */
import { createHash } from "node:crypto";
import type { GrepAnswer } from "../../app/grep-session-files.ts";
import type { FileRow, FileVersion } from "../../core/ports/files.ts";
import type { FileInfo, FileStat, FileVersions, GrepResult, SessionFile } from "./schema/file.ts";

/** The reference names entries by UUIDs; ours follow from session and path, so they need no room (RFC 9562 §5.8). */
function entryId(sessionId: string, path: string): string {
  const hex = createHash("sha256").update(`${sessionId}\n${path}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function encodeFileStat(row: FileRow): FileStat {
  return {
    path: row.path,
    name: row.path.slice(row.path.lastIndexOf("/") + 1),
    is_directory: row.isDirectory,
    is_readonly: row.isReadonly,
    size_bytes: row.sizeBytes,
    version: row.version,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}

export function encodeFile(sessionId: string, row: FileRow): FileInfo {
  return { id: entryId(sessionId, row.path), session_id: sessionId, ...encodeFileStat(row) };
}

/** How many bytes at the beginning decide whether a content is text. */
const SNIFF_BYTES = 8 * 1024;

/** As text if it is text, exactly; else as base64. */
export function encodeContent(sessionId: string, row: FileRow, bytes: Uint8Array | null): SessionFile {
  const entry = encodeFile(sessionId, row);
  if (bytes === null) return { ...entry, content: null, encoding: "text" };
  const text = bytes.subarray(0, SNIFF_BYTES).includes(0) ? null : decodeExactly(bytes);
  if (text !== null) return { ...entry, content: text, encoding: "text" };
  return { ...entry, content: Buffer.from(bytes).toString("base64"), encoding: "base64" };
}

function decodeExactly(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

export function encodeVersions(versions: readonly FileVersion[]): FileVersions {
  const data = versions.map((each) => ({
    path: each.path,
    version: each.version,
    seq: each.seq,
    turn_id: each.turnId,
    size_bytes: each.sizeBytes,
    is_deleted: each.hash === null && !each.isDirectory,
    created_at: each.createdAt,
  }));
  return { data, total: data.length };
}

/** Matches come by path and line; the wire has them by file. */
export function encodeGrep({ matches, searchedFiles, isPartial }: GrepAnswer): GrepResult {
  const byPath = Map.groupBy(matches, ({ name }) => name);
  const data = [...byPath].map(([path, lines]) => ({
    path,
    matches: lines.map(({ lineNumber, text }) => ({ path, line_number: lineNumber, line: text })),
  }));
  return { data, total: matches.length, searched_files: searchedFiles, is_partial: isPartial };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  gif: "image/gif",
  htm: "text/html; charset=utf-8",
  html: "text/html; charset=utf-8",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  jsonl: "application/x-ndjson",
  md: "text/markdown; charset=utf-8",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webp: "image/webp",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
};

export function mediaTypeOf(path: string): string {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return (Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension] : undefined) ?? "application/octet-stream";
}
