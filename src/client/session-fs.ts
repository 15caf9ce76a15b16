/** Files of a session: their bytes as they are, streamed both ways. */
import type {
  FileInfo as WireFileInfo,
  FileList as WireFileList,
  FileStat as WireFileStat,
  FileVersions as WireFileVersions,
  GrepResult as WireGrepResult,
} from "../doors/native/schema/file.ts";
import { SeraiConnectionError } from "./errors.ts";
import type { FileInfo, FileList, FileStat, FileVersions, GrepResult } from "./shapes.ts";
import { sessionPath } from "./sessions.ts";
import type { Body, Call, Transport } from "./transport.ts";
import { fromWire } from "./wire-case.ts";

export type FileContent = Exclude<Body, FormData>;

export interface ReadOptions {
  readonly version?: number;
  readonly signal?: AbortSignal;
}

export interface SessionFs {
  /** Makes a file. One that is there already is a `SeraiError` with code `already_exists`. */
  upload(sessionId: string, path: string, content: FileContent): Promise<FileInfo>;
  /** Makes a file, or a new version of the one that is there. */
  write(sessionId: string, path: string, content: FileContent): Promise<FileInfo>;
  /** The file as text. */
  read(sessionId: string, path: string, options?: ReadOptions): Promise<string>;
  readBytes(sessionId: string, path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  readStream(sessionId: string, path: string, options?: ReadOptions): Promise<ReadableStream<Uint8Array>>;
  list(sessionId: string, options?: { readonly path?: string; readonly recursive?: boolean }): Promise<FileList>;
  stat(sessionId: string, path: string): Promise<FileStat>;
  versions(sessionId: string, path: string): Promise<FileVersions>;
  delete(sessionId: string, path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  move(sessionId: string, from: string, to: string): Promise<FileInfo>;
  copy(sessionId: string, from: string, to: string): Promise<FileInfo>;
  makeDirectory(sessionId: string, path: string): Promise<FileInfo>;
  /** Lines that fit a regular expression, in the files whose path fits the pattern. */
  grep(sessionId: string, pattern: string, pathPattern?: string): Promise<GrepResult>;
  /** Makes an earlier version, or what was deleted, the newest. */
  restore(sessionId: string, path: string, version: number): Promise<FileInfo>;
}

/** `..` would be taken out of the address before it is sent, and then name something else than a file. */
function filePath(sessionId: string, path: string): string {
  const segments = path.split("/").filter((segment, at) => at > 0 || segment !== "");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw new TypeError(`A path of a session file has no "." or "..": "${path}"`);
  }
  return sessionPath(sessionId, `/fs/${segments.map((segment) => encodeURIComponent(segment)).join("/")}`);
}

const BYTES = "application/octet-stream";
const ANY_BYTES = { accept: BYTES } as const;

export function makeSessionFs(transport: Transport): SessionFs {
  return { ...makeContents(transport), ...makePlaces(transport) };
}

type Contents = Pick<SessionFs, "upload" | "write" | "read" | "readBytes" | "readStream">;

function makeContents(transport: Transport): Contents {
  const open = async (sessionId: string, path: string, { version, signal }: ReadOptions = {}) => {
    const at = filePath(sessionId, path);
    const response = await transport.ask({ method: "GET", path: at, query: { version }, headers: ANY_BYTES, signal });
    if (isContent(response)) return response;
    await response.body?.cancel();
    throw new TypeError(`"${path}" is a directory`);
  };
  return {
    upload: (sessionId, path, content) => put(transport, { method: "POST", path: filePath(sessionId, path), content }),
    write: async (sessionId, path, content) => {
      const at = filePath(sessionId, path);
      return put(transport, { method: (await exists(transport, at)) ? "PUT" : "POST", path: at, content });
    },
    read: async (sessionId, path, options) => whole(path, (await open(sessionId, path, options)).text()),
    readBytes: async (sessionId, path, options) =>
      new Uint8Array(await whole(path, (await open(sessionId, path, options)).arrayBuffer())),
    readStream: async (sessionId, path, options) =>
      (await open(sessionId, path, options)).body ?? new Blob([]).stream(),
  };
}

/** Contents have a version, lists of a directory have none. */
function isContent({ headers }: Response): boolean {
  return headers.has("etag") || headers.get("content-type")?.startsWith("application/json") !== true;
}

function makePlaces({ json, empty }: Transport): Omit<SessionFs, keyof Contents> {
  const ask = (sessionId: string, verb: string, body: unknown): Call => ({
    method: "POST",
    path: sessionPath(sessionId, `/fs/_/${verb}`),
    json: body,
  });
  return {
    list: async (sessionId, { path = "/", recursive } = {}) => {
      const folder = path.replace(/^\/+|\/+$/g, "");
      const at = folder === "" ? sessionPath(sessionId, "/fs") : filePath(sessionId, folder);
      return json<WireFileList>({ method: "GET", path: at, query: { recursive } });
    },
    stat: (sessionId, path) => json<WireFileStat>(ask(sessionId, "stat", { path })),
    versions: (sessionId, path) => json<WireFileVersions>(ask(sessionId, "versions", { path })),
    delete: (sessionId, path, { recursive } = {}) =>
      empty({ method: "DELETE", path: filePath(sessionId, path), query: { recursive } }),
    move: (sessionId, from, to) => json<WireFileInfo>(ask(sessionId, "move", { srcPath: from, dstPath: to })),
    copy: (sessionId, from, to) => json<WireFileInfo>(ask(sessionId, "copy", { srcPath: from, dstPath: to })),
    grep: (sessionId, pattern, pathPattern) => json<WireGrepResult>(ask(sessionId, "grep", { pattern, pathPattern })),
    restore: (sessionId, path, version) => json<WireFileInfo>(ask(sessionId, "restore", { path, version })),
    makeDirectory: (sessionId, path) =>
      json<WireFileInfo>({ method: "POST", path: filePath(sessionId, path), json: { isDirectory: true } }),
  };
}

interface Put {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly content: FileContent;
}

/** Without a deadline: a large file over a slow line takes its time. */
async function put(transport: Transport, { method, path, content }: Put): Promise<FileInfo> {
  const headers = { "content-type": BYTES };
  const response = await transport.ask({ method, path, query: { raw: true }, headers, body: content });
  return fromWire<WireFileInfo>(JSON.parse(await whole(path, response.text())));
}

async function exists(transport: Transport, path: string): Promise<boolean> {
  const response = await transport.send({ method: "GET", path, headers: { ...ANY_BYTES, range: "bytes=0-0" } });
  await response.body?.cancel();
  return response.status !== 404;
}

async function whole<T>(path: string, content: Promise<T>): Promise<T> {
  try {
    return await content;
  } catch (cause) {
    throw new SeraiConnectionError(`The transfer of "${path}" broke off`, { cause });
  }
}
