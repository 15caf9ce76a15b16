/** Finds lines in a session's text files; what `grep_files` does for an agent, for everybody else. */
import type { BlobHash, Blobs, FileRow } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionId } from "../core/ids.ts";
import type { Grep, GrepMatch, GrepSource } from "../lib/grep/grep.ts";
import { selectByGlob } from "../lib/grep/select-by-glob.ts";
import type { FileReader } from "./session-files.ts";
import { readOwnSession } from "./read-session.ts";

export interface GrepInput {
  readonly sessionId: SessionId;
  readonly pattern: string;
  readonly pathPattern?: string;
  readonly signal?: AbortSignal;
}

export interface GrepAnswer {
  /** By path, then line. */
  readonly matches: readonly GrepMatch[];
  readonly searchedFiles: number;
  /** There is more to find than is here. */
  readonly isPartial: boolean;
}

export interface GrepDeps {
  readonly store: Pick<Store, "readSession" | "listFiles">;
  readonly blobs: Pick<Blobs, "read"> & { readonly fileOf?: (hash: BlobHash) => string };
  readonly grep: Grep;
}

const MAX_MATCHES = 1_000;
const DEADLINE_MS = 10_000;

export async function grepSessionFiles(
  deps: GrepDeps,
  reader: FileReader,
  { sessionId, pattern, pathPattern, signal }: GrepInput,
): Promise<Outcome<GrepAnswer>> {
  const session = await readOwnSession(deps.store, reader, sessionId);
  if (!session.ok) return session;
  const all = await deps.store.listFiles(sessionId, "/", { isRecursive: true });
  const selection =
    pathPattern === undefined
      ? ({ kind: "selected", items: all } as const)
      : await selectByGlob(all, pathPattern, signal);
  if (selection.kind === "refused") return badPattern("/path_pattern", selection.detail);
  const outcome = await deps.grep.search({
    pattern,
    sources: selection.items.flatMap((row) => sourceOf(deps.blobs, row)),
    maxMatches: MAX_MATCHES,
    deadlineMs: DEADLINE_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  if (outcome.kind === "refused") return badPattern("/pattern", outcome.detail);
  const { matches, searchedFiles, stopped } = outcome;
  return accept({ matches, searchedFiles, isPartial: stopped !== null });
}

function sourceOf(blobs: GrepDeps["blobs"], { path, hash, sizeBytes }: FileRow): readonly GrepSource[] {
  if (hash === null || sizeBytes === 0) return [];
  if (blobs.fileOf !== undefined) return [{ name: path, file: blobs.fileOf(hash) }];
  return [{ name: path, chunks: () => blobs.read(hash, { start: 0, end: sizeBytes }) }];
}

function badPattern(path: string, reason: string) {
  return refuse({ code: "invalid_input", path, reason });
}
