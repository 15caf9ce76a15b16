/**
 * Files that an agent asks us to read or write for it. Only within its checkout, and nothing of git's own; a link that
 * leads out is out. What was found is opened without following links, so one that the agent puts there meanwhile leads
 * nowhere: we are in no sandbox. Some ask without having been told that they may.
 */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { RequestError } from "@agentclientprotocol/sdk";
import { isOrder, sayOrder } from "../../core/project-work/orders.ts";
import { readBytes, readEntry } from "../../lib/tree-files/read-entry.ts";
import { replaceFile } from "../../lib/tree-files/replace-file.ts";
import type { JsonObject } from "./json-read.ts";
import { textOf } from "./json-read.ts";

export type FileOperation = "read" | "write";

export interface FilesOptions {
  readonly folder: string;
  /** Contract: never throws. */
  readonly onRefused: (operation: FileOperation, path: string, why: string) => void;
}

const MAX_READ_BYTES = 8 * 1024 * 1024;

export interface ClientFiles {
  /** Errors: throw `RequestError`, which is what the agent is answered. */
  read(params: JsonObject): Promise<{ content: string }>;
  write(params: JsonObject): Promise<Record<string, never>>;
}

export function makeClientFiles({ folder, onRefused }: FilesOptions): ClientFiles {
  const refuse = (operation: FileOperation, path: string, why: string): RequestError => {
    onRefused(operation, path, why);
    return new RequestError(-32602, why, { path });
  };
  const place = async (operation: FileOperation, params: JsonObject): Promise<FilePlace> => {
    const path = textOf(params["path"]) ?? "";
    const found = path === "" || path.includes("\0") ? null : await realPlace(folder, path);
    if (found === null) throw refuse(operation, path, "The file is outside of the session's checkout");
    const inside = found.segments.join("/");
    // What its own sandbox keeps it from, we would write.
    if (operation === "write" && isOrder(found.segments)) throw refuse(operation, path, sayOrder(inside));
    return found;
  };
  return {
    async read(params) {
      const { root, segments } = await place("read", params);
      const entry = await readEntry(root, segments);
      if (entry?.kind !== "file") throw RequestError.resourceNotFound(textOf(params["path"]));
      if (entry.sizeBytes > MAX_READ_BYTES) {
        throw refuse("read", textOf(params["path"]) ?? "", `The file is longer than ${MAX_READ_BYTES} bytes`);
      }
      const parts: Uint8Array[] = [];
      for await (const part of readBytes(root, segments, { start: 0, end: MAX_READ_BYTES })) parts.push(part);
      return { content: linesOf(Buffer.concat(parts).toString("utf8"), params) };
    },
    async write(params) {
      const { root, segments } = await place("write", params);
      const path = segments.join("/");
      const temporaryName = `.serai-${createHash("sha256").update(path).digest("hex").slice(0, 16)}.tmp`;
      await replaceFile(root, segments, { content: Buffer.from(textOf(params["content"]) ?? ""), temporaryName });
      return {};
    },
  };
}

interface FilePlace {
  /** Absolute, without links. */
  readonly root: string;
  readonly segments: readonly string[];
}

function linesOf(text: string, { line, limit }: JsonObject): string {
  if (typeof line !== "number" && typeof limit !== "number") return text;
  const from = typeof line === "number" ? Math.max(0, line - 1) : 0;
  const lines = text.split("\n");
  return lines.slice(from, typeof limit === "number" ? from + limit : lines.length).join("\n");
}

/** Where the path really is, or nothing when that is not in the folder. */
async function realPlace(folder: string, path: string): Promise<FilePlace | null> {
  const root = await realpath(folder);
  const real = await realWay(resolve(root, path));
  const inside = relative(root, real);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null;
  const segments = inside.split(sep);
  return segments[0]?.toLowerCase() === ".git" ? null : { root, segments };
}

/** Of a file that is not there yet: the real place of the nearest folder that is. */
async function realWay(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path)
      return resolve(await realWay(dirname(path)), relative(dirname(path), path));
    if (code === "ENOTDIR" || code === "ELOOP" || code === "EACCES") return sep;
    throw cause;
  }
}
