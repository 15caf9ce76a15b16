/**
 * A file out: its bytes as they are, all or a range, or as JSON for those who ask for it; a directory is always JSON.
 * What agents wrote is never run by a browser that looks at it here.
 */
import type { FileRow } from "../../core/ports/files.ts";
import { bytesReply } from "../../http/byte-reply.ts";
import { json, refused } from "../../http/route.ts";
import type { RouteRequest } from "../../http/route.ts";
import { encodeContent, encodeFile, mediaTypeOf } from "./encode-file.ts";
import type { FileUseCases } from "./use-cases.ts";

export interface FileTarget {
  readonly sessionId: Parameters<FileUseCases["statFile"]>[1]["sessionId"];
  readonly path: string;
  readonly isRecursive: boolean;
  readonly version: number | undefined;
  /** More than this is not put into a JSON document. */
  readonly maxJsonBytes: number;
}

type Asking = Pick<RouteRequest, "principal" | "header">;

/** Scripts, forms and plugins off, no origin of its own: a stored page cannot act for whoever opens it. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export async function readFileReply(uses: FileUseCases, asking: Asking, target: FileTarget) {
  const { sessionId, path, version } = target;
  const found = await uses.statFile(asking.principal, { sessionId, path });
  if (!found.ok && (version === undefined || found.refusal.code !== "not_found")) return refused(found.refusal);
  if (found.ok && found.value.isDirectory) return listReply(uses, asking, target);
  const wantsJson = prefersJson(asking.header("accept"));
  return wantsJson ? jsonReply(uses, asking, target) : rawReply(uses, asking, target);
}

export async function listReply(uses: FileUseCases, { principal }: Asking, target: Omit<FileTarget, "maxJsonBytes">) {
  const listed = await uses.listFiles(principal, target);
  if (!listed.ok) return refused(listed.refusal);
  const data = listed.value.map((row) => encodeFile(target.sessionId, row));
  return json(200, { data, total: data.length });
}

/** `application/json` is named, and bytes are not named before it. */
function prefersJson(accept: string | undefined): boolean {
  const first = accept?.split(",").map((part) => part.split(";", 1)[0]?.trim().toLowerCase())[0];
  return first === "application/json";
}

function readInput({ sessionId, path, version }: FileTarget) {
  return { sessionId, path, ...(version === undefined ? {} : { version }) };
}

async function jsonReply(uses: FileUseCases, { principal }: Asking, target: FileTarget) {
  const opened = await uses.readFile(principal, readInput(target));
  if (!opened.ok) return refused(opened.refusal);
  const { file, content } = opened.value;
  if (file.sizeBytes > target.maxJsonBytes) {
    const what = `"${file.path}" as JSON (ask for application/octet-stream instead)`;
    return refused({ code: "too_large", what, limit: target.maxJsonBytes, setting: "fileBodyBytes" });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return json(200, encodeContent(target.sessionId, file, Buffer.concat(chunks)));
}

async function rawReply(uses: FileUseCases, { principal, header }: Asking, target: FileTarget) {
  const opened = await uses.readFile(principal, readInput(target));
  if (!opened.ok) return refused(opened.refusal);
  const { file, read } = opened.value;
  return bytesReply(
    { name: file.path, sizeBytes: file.sizeBytes, etag: etagOf(file), headers: headersOf(file), read },
    header,
  );
}

function headersOf(file: FileRow) {
  return {
    "Content-Type": mediaTypeOf(file.path),
    "Content-Security-Policy": SANDBOX,
    "Cache-Control": "private, no-cache",
  };
}

/** Versions of a path are never used twice, so this names a content for ever. */
export function etagOf({ version }: Pick<FileRow, "version">): string {
  return `"v${version}"`;
}
