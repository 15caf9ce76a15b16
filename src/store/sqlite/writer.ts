/**
 * The writer thread: the only place that writes to the database (A10). It takes what has arrived, commits it as one
 * group, answers, and only then tidies up; what arrives while a commit is in flight is the next group. It keeps the
 * order in which writes were posted and has no clock: the time comes with each post.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { makeCheckpoints } from "./checkpoint.ts";
import { openTypeCodes } from "./event-types.ts";
import { faultKind } from "./faults.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Answer, FromWriter, Handlers, Job, Post, Reply, ToWriter, WriterData } from "./jobs.ts";
import { openBudgetWrites } from "./budgets.ts";
import { openKeyWrites } from "./keys.ts";
import { WRITER_SETTINGS } from "./open-database.ts";
import { openOutboxDrop } from "./outbox.ts";
import { openPulseWrites } from "./pulse.ts";
import { openPurge } from "./purge.ts";
import { openRecordWrites } from "./records.ts";
import { SessionWriter } from "./session-writes.ts";

/** Bounds how long the first write of a group waits for the last, and what a transaction holds in memory. */
const MOST_JOBS = 512;

if (parentPort === null) throw new Error("The writer runs in a thread of its own");
serve(parentPort, workerData as WriterData);

function serve(port: MessagePort, { file }: WriterData): void {
  const db = new DatabaseSync(file);
  db.exec(WRITER_SETTINGS);
  const groups = openGroups(db, file);
  const checkpoints = makeCheckpoints(db);
  const answer = (message: FromWriter) => port.postMessage(message);
  port.on("message", (first: ToWriter) => {
    const messages = [first, ...waiting(port)];
    for (const group of groupsOf(messages.filter((message) => message !== "close"))) {
      answer(groups.run(group));
      const fault = tidy(() => checkpoints.afterRows(rowsOf(group.jobs)), file);
      if (fault === undefined) continue;
      groups.stop(fault);
      answer({ answers: [], failures: [], fault });
    }
    if (!messages.includes("close")) return;
    tidy(() => checkpoints.last(), file);
    db.close();
    answer("closed");
    port.close();
  });
  answer("open");
}

function openGroups(db: DatabaseSync, file: string): GroupCommit {
  const types = openTypeCodes(db);
  const sessions = new SessionWriter(db, types);
  const records = openRecordWrites(db);
  const budgets = openBudgetWrites(db);
  const handlers: Handlers = {
    ...openKeyWrites(db),
    ...openPulseWrites(db),
    session: (job, nowMs) => sessions.write(job, nowMs),
    record: ([, write], nowMs) => records(write, nowMs),
    drop_outbox: openOutboxDrop(db),
    hold_budget: ([, wish]) => budgets.hold(wish),
    free_budget: ([, sessionId]) => {
      budgets.free(sessionId);
      return null;
    },
    purge_slice: openPurge(db),
  };
  return new GroupCommit({
    db,
    file,
    // The handler of a job's own first member; TypeScript cannot follow that through the index.
    carryOut: (job, nowMs) => (handlers[job[0]] as (job: Job, nowMs: number) => Answer)(job, nowMs),
    findOwn: (job) => (job[0] === "session" ? sessions.findOwn(job) : undefined),
    forget() {
      types.forget();
      sessions.forget();
    },
  });
}

function waiting(port: MessagePort): readonly ToWriter[] {
  const messages: ToWriter[] = [];
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return messages;
    messages.push(received.message as ToWriter);
  }
}

/** Posts in one group are written at the time of the last of them. */
function groupsOf(posts: readonly Post[]): readonly Post[] {
  const nowMs = posts.at(-1)?.nowMs ?? 0;
  const jobs = posts.length === 1 ? (posts[0]?.jobs ?? []) : posts.flatMap((post) => post.jobs);
  if (jobs.length <= MOST_JOBS) return jobs.length === 0 ? [] : [{ nowMs, jobs }];
  const count = Math.ceil(jobs.length / MOST_JOBS);
  return Array.from({ length: count }, (_, n) => ({ nowMs, jobs: jobs.slice(n * MOST_JOBS, (n + 1) * MOST_JOBS) }));
}

function rowsOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, job) => sum + (job[0] === "session" ? 1 + job[6].length / 4 : 1), 0);
}

/** A full disk only means that the log stays long for now; a broken one ends the writing. */
function tidy(work: () => void, file: string): Reply["fault"] {
  try {
    work();
    return undefined;
  } catch (error) {
    return faultKind(error, file) === "unknown" && error instanceof Error ? error.message : undefined;
  }
}
