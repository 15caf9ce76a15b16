/**
 * Searches the lines of many files for a pattern, off the event loop and in linear time.
 *
 *   sources ──▶ batches ──▶ thread (at most two, started on first use, ended when idle) ──▶ matches
 *
 * Invariant: a search ends by its deadline, whatever the pattern: the thread looks at the clock between pieces, and if it
 * is deep in one it is ended. Batches wait for each other, so neither side runs ahead. Never knows what the files are.
 */
import { abortReason, withDeadline } from "../deadline.ts";
import type { GrepThread } from "./grep-thread.ts";
import type { Ask, GrepMatch, Piece, Reply, StopReason } from "./messages.ts";
import { ThreadPool } from "./thread-pool.ts";

export type { GrepMatch } from "./messages.ts";

/** A file to search: where it is on this machine, or its bytes. */
export type GrepSource =
  | { readonly name: string; readonly file: string }
  | { readonly name: string; readonly chunks: () => AsyncIterable<Uint8Array> };

export type GrepQuery = {
  /** RE2 syntax, held against single lines. */
  readonly pattern: string;
  readonly sources: Iterable<GrepSource> | AsyncIterable<GrepSource>;
  readonly maxMatches: number;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
};

export type GrepOutcome =
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "searched";
      readonly matches: readonly GrepMatch[];
      readonly searchedFiles: number;
      readonly binaryFiles: number;
      /** Why not everything was searched: there are more matches, or there was no more time. */
      readonly stopped: StopReason | null;
    };

export interface Grep extends AsyncDisposable {
  /** Contract: rejects only for a fault (a source that fails, a thread that dies) or with the reason of an abort. */
  search(query: GrepQuery): Promise<GrepOutcome>;
}

/** What the thread gets above its own deadline before it is ended. */
const GRACE_MS = 250;
const BATCH_FILES = 512;
const BATCH_BYTES = 256 * 1024;

export type GrepOptions = { readonly maxThreads?: number; readonly idleMs?: number };

export function openGrep({ maxThreads = 2, idleMs = 30_000 }: GrepOptions = {}): Grep {
  const pool = new ThreadPool(maxThreads, idleMs);
  return {
    async search(query) {
      const thread = await pool.take();
      try {
        return await searchOn(thread, query);
      } finally {
        pool.giveBack(thread);
      }
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

async function searchOn(thread: GrepThread, query: GrepQuery): Promise<GrepOutcome> {
  const until = performance.now() + query.deadlineMs;
  const found = { matches: [] as GrepMatch[], searchedFiles: 0, binaryFiles: 0 };
  const begun = await ask(thread, { kind: "begin", pattern: query.pattern, maxMatches: query.maxMatches }, query);
  if (begun.kind === "refused") return begun;
  for await (const pieces of batchesOf(query.sources)) {
    const budgetMs = Math.max(0, until - performance.now());
    const reply = await ask(thread, { kind: "scan", pieces, budgetMs }, { ...query, deadlineMs: budgetMs });
    if (reply.kind !== "scanned") return { kind: "searched", ...found, stopped: "deadline" };
    found.matches.push(...reply.matches);
    found.searchedFiles += reply.searchedFiles;
    found.binaryFiles += reply.binaryFiles;
    if (reply.stopped !== null) return { kind: "searched", ...found, stopped: reply.stopped };
  }
  return { kind: "searched", ...found, stopped: null };
}

type Overdue = { readonly kind: "overdue" };

/** The reply, or that the thread had to be ended because it did not come in time. */
async function ask(
  thread: GrepThread,
  message: Ask,
  { signal, deadlineMs }: Pick<GrepQuery, "signal" | "deadlineMs">,
): Promise<Reply | Overdue> {
  if (signal?.aborted) throw abortReason(signal);
  const deadline = withDeadline(signal, deadlineMs + GRACE_MS);
  const over = Promise.withResolvers<Overdue>();
  const onAbort = () => {
    if (signal?.aborted) over.reject(abortReason(signal));
    else over.resolve({ kind: "overdue" });
  };
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  const reply = thread.ask(message);
  try {
    return await Promise.race([reply, over.promise]);
  } finally {
    deadline[Symbol.dispose]();
    if (deadline.signal.aborted) await Promise.all([thread.end(), reply.catch(() => undefined)]);
  }
}

async function* batchesOf(sources: GrepQuery["sources"]): AsyncGenerator<readonly Piece[], undefined> {
  let batch: Piece[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(sources)) {
    batch.push(piece);
    bytes += "bytes" in piece ? piece.bytes.length : 0;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function* piecesOf(sources: GrepQuery["sources"]): AsyncGenerator<Piece, undefined> {
  for await (const source of sources) {
    if ("file" in source) {
      yield { name: source.name, file: source.file };
      continue;
    }
    for await (const bytes of source.chunks()) yield { name: source.name, bytes: compact(bytes), isLast: false };
    yield { name: source.name, bytes: new Uint8Array(0), isLast: true };
  }
}

/** A view is cloned with all the memory it looks at; a small file may be a small view of a large chunk. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength < bytes.buffer.byteLength ? bytes.slice() : bytes;
}
