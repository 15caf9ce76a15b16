/**
 * What every use case over a session's files does: find the place, make room for bytes, commit the change.
 *
 *   place ──▶ bytes into blobs (durable) ──▶ one un-fenced write: rows + `file.written` ──▶ the row as it is now
 *
 * Invariant: a row names only bytes that are durable; a change stands on the version that it was decided on, and where
 * the caller named none it is decided again when somebody was faster. Never holds a content in memory.
 */
import { draft } from "../core/decide/plan.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { EventData } from "../core/events/envelope.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import { BlobTooLarge } from "../core/ports/files.ts";
import type { BlobHash, Blobs, FileChange, FileRow } from "../core/ports/files.ts";
import { StorageFull } from "../core/ports/store.ts";
import type { Store } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { parentOf, parseVirtualPath } from "../lib/virtual-path.ts";
import type { VirtualPath } from "../lib/virtual-path.ts";
import type { CommitWrite } from "./commit.ts";
import type { Principal } from "./principal.ts";
import { notFound, readOwnSession } from "./read-session.ts";

export interface FileDeps {
  readonly store: Pick<Store, "readSession" | "readFile" | "listFiles" | "fileVersions" | "filesSize">;
  readonly commit: CommitWrite;
  readonly blobs: Blobs;
  readonly limits: Pick<Limits, "fileBytes" | "sessionFilesBytes">;
  readonly mint: MintId;
}

const PATH_FIELD = "/path";

export interface FilePlace {
  readonly sessionId: SessionId;
  readonly path: string;
  /** JSON pointer of the path in what the client sent; `/path` unless told. */
  readonly field?: string;
}

/** The workspace is all that file access depends on; roles are checked at the door. */
export type FileReader = Pick<Principal, "workspaceId">;

export interface FoundPlace {
  readonly sessionId: SessionId;
  readonly path: VirtualPath;
  readonly createdAt: string;
  readonly field: string;
}

export async function findPlace(
  store: Pick<Store, "readSession">,
  reader: FileReader,
  { sessionId, path, field = PATH_FIELD }: FilePlace,
): Promise<Outcome<FoundPlace>> {
  const parsed = parseVirtualPath(path);
  const session = await readOwnSession(store, reader, sessionId);
  if (!session.ok) return session;
  if (parsed.kind === "refused") return badPath(parsed.detail, field);
  return accept({ sessionId, path: parsed.path, createdAt: session.value.createdAt, field });
}

export function badPath(reason: string, field: string = PATH_FIELD) {
  return refuse({ code: "invalid_input", path: field, reason });
}

export function fileNotFound(path: string) {
  return refuse({ code: "not_found", kind: "file", id: path });
}

/** The root has no row: it is always there and never changes. */
export function rootRow(createdAt: string): FileRow {
  return {
    path: "/",
    isDirectory: true,
    isReadonly: false,
    hash: null,
    sizeBytes: 0,
    version: 0,
    createdAt,
    updatedAt: createdAt,
  };
}

/** The directories above a path that have to be made, from the top; a refusal if one of them is a file. */
export async function missingParents(
  store: Pick<Store, "readFile">,
  { sessionId, path, field }: Pick<FoundPlace, "sessionId" | "path"> & Partial<Pick<FoundPlace, "field">>,
): Promise<Outcome<readonly FileChange[]>> {
  const missing: FileChange[] = [];
  for (let parent = parentOf(path); parent !== undefined && parent !== "/"; parent = parentOf(parent)) {
    const row = await store.readFile(sessionId, parent);
    if (row?.isDirectory === true) break;
    if (row !== undefined) return badPath(`"${parent}" is a file, so nothing can be below it`, field);
    missing.unshift({ kind: "make_directory", path: parent, base: "absent" });
  }
  return accept(missing);
}

export interface NewContent {
  readonly sessionId: SessionId;
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** What the path holds now and will not hold afterwards. */
  readonly replacedBytes: number;
}

/** Puts bytes where a row may name them. Stops reading at the first byte that no limit has room for. */
export async function storeContent(
  { store, blobs, limits }: Pick<FileDeps, "blobs" | "limits"> & { readonly store: Pick<Store, "filesSize"> },
  { sessionId, path, content, replacedBytes }: NewContent,
): Promise<Outcome<{ readonly hash: BlobHash; readonly sizeBytes: number }>> {
  const room = Math.max(0, limits.sessionFilesBytes - (await store.filesSize(sessionId)) + replacedBytes);
  try {
    return accept(await blobs.put(content, Math.min(room, limits.fileBytes)));
  } catch (cause) {
    if (cause instanceof StorageFull) return refuse({ code: "storage_full" });
    if (!(cause instanceof BlobTooLarge)) throw cause;
    return room < limits.fileBytes ? filesFull(limits) : fileTooLarge(path, limits);
  }
}

function fileTooLarge(path: string, { fileBytes }: Pick<Limits, "fileBytes">) {
  return refuse({ code: "too_large", what: `File "${path}"`, limit: fileBytes, setting: "fileBytes" });
}

function filesFull({ sessionFilesBytes }: Pick<Limits, "sessionFilesBytes">) {
  const what = "The files of the session";
  return refuse({ code: "quota_exceeded", what, limit: sessionFilesBytes, setting: "sessionFilesBytes" });
}

export interface FilesWrite {
  readonly sessionId: SessionId;
  readonly changes: readonly FileChange[];
  readonly event: EventData<"file.written">;
}

/** One commit of a change and of what is said about it; a conflict means that somebody was faster. */
export async function commitFiles(
  { commit, mint, limits }: Pick<FileDeps, "commit" | "mint" | "limits">,
  { sessionId, changes, event }: FilesWrite,
): Promise<Outcome<"committed" | "conflict">> {
  const line = encodeDraft(draft(mint, {}, { type: "file.written", data: event }));
  try {
    const result = await commit({ sessionId, events: [line], files: changes });
    if (result.kind === "committed") return accept("committed");
    if (result.kind === "file_conflict") return accept("conflict");
    if (result.kind === "files_full") return filesFull(limits);
    if (result.kind === "absent") return notFound(sessionId);
    throw new Error(`A change of files without fence or key was answered "${result.kind}"`);
  } catch (cause) {
    if (cause instanceof StorageFull) return refuse({ code: "storage_full" });
    throw cause;
  }
}

const ATTEMPTS = 100;

/**
 * Decides and commits until nobody was faster in between. Every conflict means that somebody else's change went through,
 * so it ends unless a path is under constant fire.
 */
export async function decideFiles<T>(
  path: string,
  attempt: () => Promise<Outcome<T> | "conflict">,
): Promise<Outcome<T>> {
  for (let count = 0; count < ATTEMPTS; count++) {
    const outcome = await attempt();
    if (outcome !== "conflict") return outcome;
  }
  return refuse({ code: "version_conflict", kind: "file", name: path });
}

/** After a commit. Gone already means that somebody deleted it in the meantime. */
export async function rowNow(
  store: Pick<Store, "readFile">,
  { sessionId, path }: FilePlace,
): Promise<Outcome<FileRow>> {
  const row = await store.readFile(sessionId, path);
  return row === undefined ? fileNotFound(path) : accept(row);
}
