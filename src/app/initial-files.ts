/**
 * The files that a session is born with: checked as a whole, put into blobs, and then part of the commit that makes the
 * session, so nobody ever sees the session without them.
 */
import type { Fact } from "../core/events/envelope.ts";
import type { Limits } from "../core/limits.ts";
import type { Blobs, FileChange } from "../core/ports/files.ts";
import { StorageFull } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { ancestorsOf, parseVirtualPath } from "../lib/virtual-path.ts";
import type { VirtualPath } from "../lib/virtual-path.ts";

export interface InitialFile {
  readonly path: string;
  readonly content: string;
  readonly encoding: "text" | "base64";
  readonly isReadonly: boolean;
}

export interface PlannedFile {
  readonly path: VirtualPath;
  readonly bytes: Uint8Array;
  readonly isReadonly: boolean;
}

type FileLimits = Pick<Limits, "initialFiles" | "initialFilesBytes" | "fileBytes" | "sessionFilesBytes">;

export function planInitialFiles(files: readonly InitialFile[], limits: FileLimits): Outcome<readonly PlannedFile[]> {
  if (files.length > limits.initialFiles) {
    const limit = limits.initialFiles;
    return refuse({ code: "too_large", what: "number of initial files", limit, setting: "initialFiles" });
  }
  const planned = new Map<VirtualPath, PlannedFile>();
  const folders = new Map<VirtualPath, number>();
  let roomBytes = Math.min(limits.initialFilesBytes, limits.sessionFilesBytes);
  for (const [index, file] of files.entries()) {
    const one = planFile(file, index);
    if (!one.ok) return one;
    const { path, bytes } = one.value;
    if (planned.has(path)) return refusePath(index, `"${path}" is given twice`);
    if (folders.has(path)) return refusePath(index, `"${path}" is a directory of another file here`);
    planned.set(path, one.value);
    for (const folder of foldersOf(path)) folders.set(folder, index);
    roomBytes -= bytes.byteLength;
    if (roomBytes < 0 || bytes.byteLength > limits.fileBytes) return tooLarge(limits);
  }
  for (const [folder, index] of folders) {
    if (planned.has(folder)) return refusePath(index, `"${folder}" is a file here, so nothing can be below it`);
  }
  return accept([...planned.values()]);
}

function tooLarge({ initialFilesBytes, fileBytes, sessionFilesBytes }: FileLimits) {
  const limits = Object.entries({ initialFilesBytes, fileBytes, sessionFilesBytes });
  const [setting, limit] = limits.reduce((least, one) => (one[1] < least[1] ? one : least));
  return refuse({ code: "too_large", what: "content of the initial files", limit, setting });
}

function planFile({ path, content, encoding, isReadonly }: InitialFile, index: number): Outcome<PlannedFile> {
  const parsed = parseVirtualPath(path, { isAgent: true });
  if (parsed.kind === "refused") return refusePath(index, parsed.detail);
  if (parsed.path === "/") return refusePath(index, "must name a file");
  const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
  return accept({ path: parsed.path, bytes, isReadonly });
}

function refusePath(index: number, reason: string) {
  return refuse({ code: "invalid_input", path: `/initial_files/${index}/path`, reason });
}

/** From the top down, without the root, which is always there. */
function foldersOf(path: VirtualPath): readonly VirtualPath[] {
  return ancestorsOf(path).slice(1);
}

/** Bytes that are durable when this is done, and the rows that name them; parents before children. */
export async function storeInitialFiles(
  blobs: Pick<Blobs, "put">,
  files: readonly PlannedFile[],
): Promise<Outcome<readonly FileChange[]>> {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  try {
    const puts = files.map(async ({ path, bytes, isReadonly }): Promise<FileChange> => {
      const { hash, sizeBytes } = await blobs.put(chunk(bytes), bytes.byteLength);
      return { kind: "put", path, hash, sizeBytes, isReadonly, base: "absent" };
    });
    const made = [...folders].map((path): FileChange => ({ kind: "make_directory", path, base: "absent" }));
    return accept([...made, ...(await Promise.all(puts))]);
  } catch (cause) {
    if (cause instanceof StorageFull) return refuse({ code: "storage_full" });
    throw cause;
  }
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export function initialFacts(files: readonly PlannedFile[]): readonly Fact[] {
  return files.map(({ path, bytes }) => ({
    type: "file.written",
    data: { path, operation: "write", size_bytes: bytes.byteLength, created: true, version: 1 },
  }));
}
