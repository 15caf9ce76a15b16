/**
 * The store on SQLite: one file in a data folder, held by one process. Reads have a read-only connection on the main
 * thread, and never await while a statement is open; writes go to the writer thread (A10).
 *
 *   openSqliteStore ─▶ folder lock ─▶ migrations ─▶ writer thread ─▶ read-only connection
 */
import type { DatabaseSync } from "node:sqlite";
import { openBudgetReads } from "./budgets.ts";
import { Worker } from "node:worker_threads";
import type { NodeId, SessionId } from "../../core/ids.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import { defaultLimits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { SessionWrite, SessionWrites, Store, WriteResult } from "../../core/ports/store.ts";
import type { TeamResult } from "../../core/ports/team.ts";
import { threadEnvironment } from "../../lib/threads/thread-environment.ts";
import { encodeWrite } from "./encode-write.ts";
import { openFeedReads } from "./feed.ts";
import { openFileReads } from "./files.ts";
import { openFolderLock } from "./folder-lock.ts";
import type { FolderLock } from "./folder-lock.ts";
import type { Committed, WriterData } from "./jobs.ts";
import { openKeyReads } from "./keys.ts";
import { openLogReads } from "./log.ts";
import { openReader, prepareDatabase } from "./open-database.ts";
import { openOutboxReads } from "./outbox.ts";
import { makePace } from "./paced-reads.ts";
import { headOf, openPulseReads } from "./pulse.ts";
import { openQueueReads } from "./queue.ts";
import { openRecordReads } from "./records.ts";
import { openSessionLists } from "./session-list.ts";
import { openSessionReads } from "./sessions.ts";
import { isoOf } from "./statement.ts";
import { anchorClock } from "./store-clock.ts";
import { openTeamReads } from "./team-reads.ts";
import { WriteChannel } from "./write-channel.ts";

export interface SqliteStoreOptions {
  /** Made if it is not there. Holds `serai.db` and the lock. */
  readonly folder: string;
  readonly clock: Clock;
  /** Given to every adapter; this one needs it not: the folder lock proves every owner but the asking node dead. */
  readonly node?: NodeId;
  /**
   * The disk has failed to write or to sync: the store reads on and writes no more, and the process should end.
   * Contract: called at most once.
   */
  readonly onFault?: (error: Error) => void;
  readonly filesLimitBytes?: number;
}

/** Another process has the folder. */
export class FolderInUse extends Error {
  override readonly name = "FolderInUse";
}

/** Errors: `FolderInUse`, `DataTooNew`; anything else is a fault. Disposing commits what was sent and frees the folder. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const now = anchorClock(options.clock);
  const lock = lockFolder(options.folder, now());
  try {
    const file = prepareDatabase(options.folder, now());
    const channel = openChannel(file, now, options);
    await channel.opened();
    return makeStore({ channel, lock, now, db: await openReads(file, channel), options });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function lockFolder(folder: string, nowMs: number): FolderLock {
  const outcome = openFolderLock(folder, new Date(nowMs));
  if (outcome.kind === "locked") return outcome.lock;
  const { holder } = outcome;
  const who = holder === undefined ? "Another process" : `Process ${holder.pid} (since ${holder.since})`;
  throw new FolderInUse(`${who} has the data folder "${folder}": stop it, or choose another folder`);
}

function openChannel(file: string, now: () => number, { onFault }: SqliteStoreOptions): WriteChannel {
  const data: WriterData = { file };
  // The writer lies beside this file, as source or as built.
  const url = new URL(import.meta.url.endsWith(".ts") ? "./writer.ts" : "./writer.js", import.meta.url);
  const worker = new Worker(url, { workerData: data, env: threadEnvironment(), name: "serai store writer" });
  return new WriteChannel({ worker, now, onFault: (error) => onFault?.(error) });
}

async function openReads(file: string, channel: WriteChannel): Promise<DatabaseSync> {
  try {
    return openReader(file);
  } catch (error) {
    await channel.close();
    throw error;
  }
}

interface Parts {
  readonly channel: WriteChannel;
  readonly lock: FolderLock;
  readonly now: () => number;
  readonly db: DatabaseSync;
  readonly options: SqliteStoreOptions;
}

function makeStore({ channel, lock, now, db, options }: Parts): Store {
  const closed = once(async () => {
    await channel.close();
    db.close();
    lock[Symbol.dispose]();
  });
  return {
    isAlone: true,
    ...readsOf(db, now),
    ...sessionWrites(channel, options.filesLimitBytes ?? defaultLimits.sessionFilesBytes),
    writeRecord: (write) => channel.send<"record">(["record", write]),
    createKey: (key) => channel.send<"create_key">(["create_key", key]),
    revokeKey: (id, workspaceId) => channel.send<"revoke_key">(["revoke_key", id, workspaceId]),
    touchKey: async (id) => void (await channel.send<"touch_key">(["touch_key", id])),
    renewNode: async (node, lifeMs) => void (await channel.send<"renew_node">(["renew_node", node, lifeMs])),
    takeTimer: (timer) => channel.send<"take_timer">(["take_timer", timer]),
    dropOutbox: async (places) => void (await channel.send<"drop_outbox">(["drop_outbox", places])),
    holdBudget: (wish) => channel.send<"hold_budget">(["hold_budget", wish]),
    endHold: async (spending) => void (await channel.send<"free_budget">(["free_budget", spending])),
    purgeSlice: (id, rows) => channel.send<"purge_slice">(["purge_slice", id, rows]),
    [Symbol.asyncDispose]: closed,
  };
}

/** The pace is that of the thread itself: a test that holds its clock still must not stop the event loop. */
function readsOf(db: DatabaseSync, now: () => number) {
  const pace = makePace(() => performance.now());
  return {
    ...pace(openSessionReads(db)),
    ...pace(openSessionLists(db)),
    ...pace(openLogReads(db)),
    ...pace(openFeedReads(db)),
    ...pace(openQueueReads(db)),
    ...pace(openFileReads(db)),
    ...pace(openRecordReads(db)),
    ...pace(openKeyReads(db)),
    ...pace(openPulseReads(db, now)),
    ...pace(openOutboxReads(db)),
    ...pace(openTeamReads(db, now)),
    ...pace(openBudgetReads(db)),
  };
}

function sessionWrites(channel: WriteChannel, filesLimitBytes: number): SessionWrites {
  return {
    async write(write): Promise<WriteResult> {
      const answer = await channel.send<"session">(encodeWrite(write, { filesLimitBytes }));
      return "kind" in answer ? answer : committed(write, answer);
    },
  };
}

function committed({ sessionId, events }: SessionWrite, answer: Committed): WriteResult {
  const [seq, epoch, takes, owner, deletedAt, firstSeq, ts, teamJson] = answer;
  const head = headOf({ id: sessionId, seq, epoch, takes, owner, deleted_at: deletedAt });
  const time = isoOf(ts);
  const lines = events.map((event, index) => lineOf(event, firstSeq + index, time));
  // Written by the writer thread of this program.
  const team = teamJson === undefined ? {} : { team: JSON.parse(teamJson) as TeamResult };
  return { kind: "committed", head, lines, ...team };

  function lineOf(
    { id, type, contextJson, dataJson }: SessionWrite["events"][number],
    at: number,
    text: string,
  ): LogLine {
    return { id, type, contextJson, dataJson, sessionId: sessionId satisfies SessionId, seq: at, ts: text };
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
