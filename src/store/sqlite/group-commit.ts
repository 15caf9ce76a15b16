/**
 * Many writes, one transaction, one fsync (P2, A9). All answers of a group, refusals too, are given after COMMIT: a
 * refusal may stand on a write of the same group. A group that throws is rolled back as a whole and each write is run
 * once more alone. No savepoints: a full disk takes the whole transaction with it whatever was saved.
 *
 * After a fault of the disk nothing more is written, and every job is answered "unknown" (A10).
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { faultKind, isConstraint } from "./faults.ts";
import type { Answer, Failure, Job, Post, Reply } from "./jobs.ts";

export interface GroupDeps {
  readonly db: DatabaseSync;
  /** Of the database; to tell a full disk from a broken one. */
  readonly file: string;
  /** Contract: runs inside an open transaction; throws for a fault. */
  readonly carryOut: (job: Job, nowMs: number) => Answer;
  /** After a broken constraint: the answer that an earlier attempt of the job got, if that is why (A8). */
  readonly findOwn: (job: Job) => Answer | undefined;
  /** What was learnt inside a transaction that was rolled back is forgotten. */
  readonly forget: () => void;
}

type Outcome = { readonly answer: Answer } | { readonly failure: Failure };

export class GroupCommit {
  readonly #deps: GroupDeps;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #fault: string | undefined;

  constructor(deps: GroupDeps) {
    this.#deps = deps;
    this.#begin = deps.db.prepare("BEGIN IMMEDIATE");
    this.#commit = deps.db.prepare("COMMIT");
  }

  /** The disk has failed outside a group: nothing more is written. */
  stop(fault: string): void {
    this.#fault ??= fault;
  }

  /** Contract: never throws. */
  run(post: Post): Reply {
    const { jobs, nowMs } = post;
    if (this.#fault !== undefined || jobs.length === 1) return this.#oneByOne(post);
    try {
      return { answers: this.#transact(() => jobs.map((job) => this.#deps.carryOut(job, nowMs))), failures: [] };
    } catch (error) {
      // Of a broken disk every write of the group is told "unknown"; of anything else each tries for itself.
      this.#failureOf(error, 0);
      return this.#oneByOne(post);
    }
  }

  #oneByOne({ jobs, nowMs }: Post): Reply {
    const outcomes = jobs.map((job, index) => this.#alone(job, { index, nowMs }));
    return {
      answers: outcomes.map((outcome) => ("answer" in outcome ? outcome.answer : null)),
      failures: outcomes.flatMap((outcome) => ("failure" in outcome ? [outcome.failure] : [])),
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    };
  }

  #alone(job: Job, { index, nowMs }: { readonly index: number; readonly nowMs: number }): Outcome {
    if (this.#fault !== undefined) return { failure: { index, kind: "unknown", message: this.#fault } };
    try {
      return { answer: this.#transact(() => this.#deps.carryOut(job, nowMs)) };
    } catch (error) {
      const own = isConstraint(error) ? this.#deps.findOwn(job) : undefined;
      return own === undefined ? { failure: this.#failureOf(error, index) } : { answer: own };
    }
  }

  /** Throws what SQLite throws; then nothing was kept, or it is a fault of the disk. */
  #transact<T>(work: () => T): T {
    const { db, forget } = this.#deps;
    try {
      this.#begin.run();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      forget();
      // After a full disk SQLite has often rolled back already; only this tells.
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }

  #failureOf(error: unknown, index: number): Failure {
    const kind = faultKind(error, this.#deps.file);
    const message = error instanceof Error ? error.message : String(error);
    if (kind === "unknown") this.#fault ??= message;
    return { index, kind, message };
  }
}
