/**
 * One write of one session, inside the open transaction of its group (P2, A9). What could refuse it is asked first;
 * the fence is the one conditional update of `head`; after that nothing refuses. Runs in the writer thread only.
 *
 *   used key, told before? ─▶ file bases, reservations ─▶ UPDATE head … WHERE epoch ─▶ events, facts, queue, …, files
 *      │                        │                           │ no row
 *   duplicate               conflict, held               stale, absent
 *
 * Each of these is instead the commit that an earlier attempt of the same write made, if there is one (A8).
 */
import type { DatabaseSync } from "node:sqlite";
import { openBudgetWrites } from "./budgets.ts";
import type { BudgetWrites } from "./budgets.ts";
import type { TypeCodes } from "./event-types.ts";
import { openFeedWrites } from "./feed.ts";
import type { FeedWrites } from "./feed.ts";
import { openFileWrites } from "./files.ts";
import type { FileWrites } from "./files.ts";
import { Heads } from "./heads.ts";
import type { HeadValues } from "./heads.ts";
import type { EventStrings, SessionAnswer, SessionJob, SessionRest } from "./jobs.ts";
import { openEventWrites } from "./log.ts";
import type { EventWrites } from "./log.ts";
import { openMaking } from "./making.ts";
import type { Making } from "./making.ts";
import { openOutboxWrites } from "./outbox.ts";
import type { OutboxWrites } from "./outbox.ts";
import { openQueueWrites } from "./queue.ts";
import type { QueueWrites } from "./queue.ts";
import { openRecordWrites } from "./records.ts";
import { openSessionFacts } from "./session-facts.ts";
import type { SessionFacts } from "./session-facts.ts";
import { TeamPart } from "./team-part.ts";
import type { DecidedTeam } from "./team-part.ts";

/** A write that has passed its fence. */
interface Taken {
  readonly number: number;
  readonly head: HeadValues;
  readonly events: EventStrings;
  readonly rest: SessionRest | undefined;
  readonly nowMs: number;
  readonly team: DecidedTeam | undefined;
}

export class SessionWriter {
  readonly #heads: Heads;
  readonly #log: EventWrites;
  readonly #queue: QueueWrites;
  readonly #files: FileWrites;
  readonly #facts: SessionFacts;
  readonly #feed: FeedWrites;
  readonly #records: ReturnType<typeof openRecordWrites>;
  readonly #making: Making;
  readonly #outbox: OutboxWrites;
  readonly #team: TeamPart;
  readonly #budgets: BudgetWrites;

  constructor(db: DatabaseSync, types: TypeCodes) {
    this.#heads = new Heads(db);
    this.#log = openEventWrites(db, types);
    this.#queue = openQueueWrites(db);
    this.#files = openFileWrites(db);
    this.#facts = openSessionFacts(db);
    this.#feed = openFeedWrites(db, types);
    this.#records = openRecordWrites(db);
    this.#outbox = openOutboxWrites(db);
    this.#team = new TeamPart(db);
    this.#budgets = openBudgetWrites(db);
    this.#making = openMaking(db, { heads: this.#heads, facts: this.#facts });
  }

  write(job: SessionJob, nowMs: number): SessionAnswer {
    const [, sessionId, epoch, , , , events, rest] = job;
    if (rest?.create !== undefined) return this.#make(job, nowMs);
    const number = this.#heads.numberOf(sessionId);
    if (number === undefined) return { kind: "absent" };
    const refused = rest === undefined ? undefined : this.#refuse(number, job, rest);
    if (refused !== undefined) return refused;
    const team = rest?.teamJson === undefined ? undefined : this.#decideTeam(number, job, nowMs);
    if (team !== undefined && !("changes" in team)) return team;
    const head =
      epoch === null ? this.#heads.grow(number, events.length / 4, nowMs) : this.#heads.advance(number, job, nowMs);
    if (head === undefined) return this.#refuseHead(number, job);
    return this.#commit({ number, head, events, rest, nowMs, team });
  }

  /** After a broken constraint: the commit that an earlier attempt of this write made, if that is why (A8). */
  findOwn(job: SessionJob): SessionAnswer | undefined {
    const number = this.#heads.numberOf(job[1]);
    const firstId = job[6][0];
    if (number === undefined || firstId === undefined) return undefined;
    const first = this.#log.findOwn(number, firstId);
    if (first === undefined) return undefined;
    const place = this.#heads.committed(number, { firstSeq: first.seq, ts: first.ts });
    const team = this.#team.again(job);
    return team === undefined ? place : [...place, JSON.stringify(team)];
  }

  /** Contract: called after every rollback. */
  forget(): void {
    this.#heads.forget();
    this.#team.forget();
  }

  #make(job: SessionJob, nowMs: number): SessionAnswer {
    const team = this.#team.decideNew(job, nowMs);
    const made = this.#making(job, nowMs, () => (team === undefined || "changes" in team ? undefined : team));
    if (made.kind === "refused") return this.findOwn(job) ?? made.answer;
    if (made.kind === "duplicate") return this.findOwn(job) ?? made;
    const decided = team !== undefined && "changes" in team ? team : undefined;
    return this.#commit({ ...made, events: job[6], rest: job[7], nowMs, team: decided });
  }

  /** The fence before the reservations, as before the files (A1). */
  #decideTeam(number: number, job: SessionJob, nowMs: number): SessionAnswer | DecidedTeam {
    if (!this.#heads.isOpenTo(number, job[2])) return this.#refuseHead(number, job);
    const decided = this.#team.decide(number, job, nowMs);
    return "changes" in decided ? decided : (this.findOwn(job) ?? decided);
  }

  /** Keys before any other rule (C3), the fence before the files (A1). */
  #refuse(number: number, job: SessionJob, { key, files, source }: SessionRest): SessionAnswer | undefined {
    const used = key === undefined ? undefined : this.#queue.usedKey(number, key.clientMessageId);
    if (used !== undefined) return this.findOwn(job) ?? { kind: "duplicate", ...used };
    if (source !== undefined && this.#outbox.isTold(number, source)) {
      return this.findOwn(job) ?? { kind: "duplicate", bodyHash: "", madeId: source };
    }
    if (files === undefined) return undefined;
    return this.#heads.isOpenTo(number, job[2]) ? this.#files.refuse(number, files) : this.#refuseHead(number, job);
  }

  #refuseHead(number: number, job: SessionJob): SessionAnswer {
    return this.findOwn(job) ?? this.#heads.refusal(number, job);
  }

  #commit(taken: Taken): SessionAnswer {
    const { number, head, events } = taken;
    const [seq, epoch, takes, ts, owner, deletedAt] = head;
    const before = seq - events.length / 4;
    this.#log.append({ number, firstSeq: before + 1, ts }, events);
    const { rest } = taken;
    if (rest !== undefined) this.#finish(taken, rest);
    const deleted = rest?.isDeleted === undefined ? deletedAt : this.#delete(taken, rest.isDeleted);
    const { team: decided } = taken;
    const team = decided === undefined ? undefined : this.#team.apply(decided);
    const place = [seq, epoch, takes, owner, deleted, before + 1, ts] as const;
    return team === undefined ? place : [...place, JSON.stringify(team)];
  }

  #finish({ number, head, events, nowMs }: Taken, rest: SessionRest): void {
    const [seq, , , ts] = head;
    const { create, queue, timers, key, files, outbox, source } = rest;
    const place = { number, before: seq - events.length / 4, seq, ts };
    if (create === undefined) this.#facts.change(place, rest);
    for (const index of rest.feed ?? []) {
      this.#feed.append({ number, seq: place.before + index + 1 }, events[index * 4 + 1] ?? "");
    }
    for (const record of rest.records ?? []) this.#records(record, nowMs);
    if (rest.spend !== undefined) this.#budgets.free(rest.spend);
    if (queue !== undefined) this.#queue.changeQueue(number, queue, ts);
    if (timers !== undefined) this.#queue.changeTimers(number, timers, nowMs);
    if (key !== undefined) this.#queue.insertKey(number, key);
    if (files !== undefined) this.#files.apply(place, files);
    if (outbox !== undefined) this.#outbox.put(outbox);
    if (source !== undefined) this.#outbox.tell(number, source);
  }

  #delete({ number, head }: Taken, isDeleted: boolean): number | null {
    const [, , , ts, , deletedAt] = head;
    if (isDeleted === (deletedAt !== null)) return deletedAt;
    this.#facts.setDeleted(number, isDeleted);
    return this.#heads.setDeleted(number, isDeleted ? ts : null);
  }
}
