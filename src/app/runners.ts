/**
 * The turns that this node carries out: at most as many as it has slots (A11), never one session twice. A turn that only
 * waits, in line (W4), for another session or for a person, takes up no slot. A turn that is alive here is never taken
 * over by this node (A4).
 *
 * A runner that dies of a fault gives its session up, so that the pulse takes it like any turn without an owner.
 */
import type { SessionId } from "../core/ids.ts";
import { runTurns } from "./run-turn.ts";
import type { RunDeps } from "./run-turn.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnLogDeps, TurnPlace } from "./turn-log.ts";

export interface RunnersDeps {
  readonly run: Omit<RunDeps, "watch">;
  readonly log: TurnLogDeps;
  readonly slots: number;
  /** A slot became free. */
  readonly onFree: () => void;
}

/** A place kept for a turn that is about to be committed as ours. */
export interface Slot {
  start(place: TurnPlace): void;
  /** Without effect after `start`. */
  release(): void;
}

interface Runner {
  readonly log: TurnLog;
  readonly abort: AbortController;
  readonly nudged: Set<() => void>;
  done: Promise<void>;
}

const GIVE_UP_PAUSE_MS = 1_000;

export class Runners implements AsyncDisposable {
  readonly #deps: RunnersDeps;
  readonly #running = new Map<SessionId, Runner>();
  #reserved = 0;
  #isClosed = false;

  constructor(deps: RunnersDeps) {
    this.#deps = deps;
  }

  get freeSlots(): number {
    if (this.#isClosed) return 0;
    const free = this.#deps.slots - this.#running.size - this.#reserved;
    return free > 0 ? free : Math.max(0, free + this.#idleCount());
  }

  /** Turns that only wait: they would keep those from running that they wait for. Counted when it looks full. */
  #idleCount(): number {
    const idle = this.#deps.run.gate.idle();
    return [...this.#running].filter(([id, { log }]) => idle.has(id) || log.state.turn?.phase === "waiting").length;
  }

  get size(): number {
    return this.#running.size;
  }

  /** A runner whose turn has ended may still be stopping its harness; it is not in the way of the next turn. */
  isRunning(sessionId: SessionId): boolean {
    const runner = this.#running.get(sessionId);
    return runner !== undefined && runner.log.standing !== "lost";
  }

  reserve(): Slot | null {
    if (this.freeSlots === 0) return null;
    this.#reserved++;
    let isOpen = true;
    const close = () => {
      if (isOpen) this.#reserved--;
      isOpen = false;
    };
    return {
      start: (place) => {
        if (!isOpen) return;
        close();
        this.#start(place);
      },
      release: close,
    };
  }

  /** Something that a runner must know of may have been committed. */
  nudge(sessionId: SessionId): void {
    for (const onNudge of this.#running.get(sessionId)?.nudged ?? []) onNudge();
  }

  /** What the runners believe of their sessions, for the pulse to compare. */
  places(): ReadonlyMap<SessionId, { readonly seq: number; readonly epoch: number }> {
    return new Map([...this.#running].map(([id, { log }]) => [id, { seq: log.seq, epoch: log.epoch }]));
  }

  /** Stops all work at once; the turns stay as committed and are taken up by the next node. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const runners = [...this.#running.values()];
    for (const { abort } of runners) abort.abort(new Error("The server is shutting down"));
    await Promise.all(runners.map(({ done }) => done));
  }

  #start(place: TurnPlace): void {
    const runner: Runner = {
      log: new TurnLog(this.#deps.log, place),
      abort: new AbortController(),
      nudged: new Set(),
      done: Promise.resolve(),
    };
    this.#running.set(place.sessionId, runner);
    runner.done = this.#run(runner).finally(() => {
      if (this.#running.get(place.sessionId) === runner) this.#running.delete(place.sessionId);
      this.#deps.onFree();
    });
  }

  async #run(runner: Runner): Promise<void> {
    const { run } = this.#deps;
    const watch = (_: SessionId, onNudge: () => void) => {
      runner.nudged.add(onNudge);
      return () => runner.nudged.delete(onNudge);
    };
    try {
      await runTurns({ ...run, watch }, runner.log, runner.abort.signal);
    } catch (fault) {
      run.onFault(fault);
      await this.#giveUp(runner).catch(run.onFault);
    }
  }

  /** Counts as a take, so that a turn that kills its runner again and again is sealed (A11). */
  async #giveUp({ log, abort }: Runner): Promise<void> {
    await this.#deps.run.pause(GIVE_UP_PAUSE_MS, abort.signal);
    await log.commitTail(() => ({ events: [], raises: true, owner: null, takes: "count" }));
  }
}
