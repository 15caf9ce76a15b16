/** The bytes of a session's file, as a stream: all or a range, as they are or as they were at a version. */
import type { BlobHash, Blobs, FileRow } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { badPath, fileNotFound, findPlace } from "./session-files.ts";
import type { FilePlace, FileReader, FoundPlace } from "./session-files.ts";

export interface ReadFileInput extends FilePlace {
  /** Bytes from `start` (inclusive) to `end` (exclusive); what lies past the end of the file is left out. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly version?: number;
}

export interface OpenedFile {
  readonly file: FileRow;
  /** Contract: nothing is opened before it is iterated; leaving the loop closes what was opened. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Another part of the very same content, whatever the path holds by then. */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
}

interface ReadDeps {
  readonly store: Pick<Store, "readSession" | "readFile" | "fileVersions">;
  readonly blobs: Pick<Blobs, "read">;
}

export async function readSessionFile(
  { store, blobs }: ReadDeps,
  reader: FileReader,
  input: ReadFileInput,
): Promise<Outcome<OpenedFile>> {
  const place = await findPlace(store, reader, input);
  if (!place.ok) return place;
  const found = await findContent(store, place.value, input.version);
  if (!found.ok) return found;
  const { file, hash } = found.value;
  const { sizeBytes } = file;
  const read: OpenedFile["read"] = ({ start, end }) => blobs.read(hash, { start, end: Math.min(end, sizeBytes) });
  return accept({ file, read, content: read(input.range ?? { start: 0, end: sizeBytes }) });
}

async function findContent(
  store: ReadDeps["store"],
  { sessionId, path }: FoundPlace,
  version: number | undefined,
): Promise<Outcome<{ readonly file: FileRow; readonly hash: BlobHash }>> {
  if (version !== undefined) return findVersion(store, { sessionId, path }, version);
  const file = await store.readFile(sessionId, path);
  if (path === "/" || file?.isDirectory === true) return badPath(`"${path}" is a directory, it has no content`);
  return file === undefined || file.hash === null ? fileNotFound(path) : accept({ file, hash: file.hash });
}

async function findVersion(
  store: ReadDeps["store"],
  { sessionId, path }: Pick<FoundPlace, "sessionId" | "path">,
  version: number,
): Promise<Outcome<{ readonly file: FileRow; readonly hash: BlobHash }>> {
  const versions = await store.fileVersions(sessionId, path);
  const found = versions.find((one) => one.version === version);
  if (found === undefined || found.hash === null) return fileNotFound(`${path} version ${version}`);
  const { hash, sizeBytes, createdAt } = found;
  const times = { createdAt, updatedAt: createdAt };
  return accept({ hash, file: { path, isDirectory: false, isReadonly: true, hash, sizeBytes, version, ...times } });
}
