/**
 * Files that an agent asks us to read or write for it. Only within its checkout, and nothing of git's own; a link that
 * leads out is out. Some ask without having been told that they may.
 */
import { mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { RequestError } from "@agentclientprotocol/sdk";
import { isOrder, sayOrder } from "../../core/project-work/orders.ts";
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
  const place = async (operation: FileOperation, params: JsonObject): Promise<string> => {
    const path = textOf(params["path"]) ?? "";
    const found = path === "" || path.includes("\0") ? null : await realPlace(folder, path);
    if (found === null) throw refuse(operation, path, "The file is outside of the session's checkout");
    const inside = relative(await realpath(folder), found);
    // We are in no sandbox, and would write what the agent's own keeps it from.
    if (operation === "write" && isOrder(inside.split(sep))) throw refuse(operation, path, sayOrder(inside));
    return found;
  };
  return {
    async read(params) {
      const path = await place("read", params);
      const size = await sizeOf(path);
      if (size === null) throw RequestError.resourceNotFound(textOf(params["path"]));
      if (size > MAX_READ_BYTES) throw refuse("read", path, `The file is longer than ${MAX_READ_BYTES} bytes`);
      return { content: linesOf(await readFile(path, "utf8"), params) };
    },
    async write(params) {
      const path = await place("write", params);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, textOf(params["content"]) ?? "");
      return {};
    },
  };
}

function linesOf(text: string, { line, limit }: JsonObject): string {
  if (typeof line !== "number" && typeof limit !== "number") return text;
  const from = typeof line === "number" ? Math.max(0, line - 1) : 0;
  const lines = text.split("\n");
  return lines.slice(from, typeof limit === "number" ? from + limit : lines.length).join("\n");
}

/** Where the path really is, or nothing when that is not in the folder. */
async function realPlace(folder: string, path: string): Promise<string | null> {
  const root = await realpath(folder);
  const real = await realWay(resolve(root, path));
  const inside = relative(root, real);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null;
  return inside.split(sep)[0]?.toLowerCase() === ".git" ? null : real;
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

async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}
