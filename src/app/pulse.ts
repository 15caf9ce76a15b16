/**
 * The pulse: one per node, never per session (A3, P6). Each beat it renews the node, asks which sessions it runs or
 * shows have moved, fires due timers, and takes turns and queues without a live owner into free slots. A ring that got
 * lost therefore costs at most one beat. Between beats it takes what is known to be owed.
 *
 * A beat that fails is reported and the next one tries again; nothing here keeps state between beats.
 */
import type { NodeId, SessionId } from "../core/ids.ts";
import type { DueTimer, PulseStore } from "../core/ports/store.ts";
import type { FindOrphans } from "./find-orphans.ts";
import { TIMERS_AT_ONCE } from "./fire-timer.ts";
import type { Slot, Runners } from "./runners.ts";
import type { TakeTurn } from "./take-turn.ts";

export interface PulseDeps {
  readonly store: PulseStore;
  readonly node: NodeId;
  readonly runners: Pick<Runners, "freeSlots" | "reserve" | "nudge" | "places" | "isRunning">;
  readonly takeTurn: TakeTurn;
  /** Asked once, at the start: turns that wait and whose owner is gone. */
  readonly findOrphans?: FindOrphans;
  /** Sessions that are followed on this node, with how far. */
  readonly followed: () => ReadonlyMap<SessionId, { readonly seq: number; readonly epoch: number }>;
  readonly onGrown: (sessionId: SessionId) => void;
  /** Contract: removes the timer with the commit that it leads to, so that a crash in between loses nothing. */
  readonly fireTimer: (timer: DueTimer) => Promise<void>;
  /** Frees what is past its deadline; it counts for nothing before. */
  readonly sweep?: () => Promise<void>;
  /** What another session has to be told, and was not yet: as after a crash. */
  readonly onBeat?: () => void;
  readonly onFault: (fault: unknown) => void;
}

export const NODE_LIFE_MS = 15_000;
const BUSY_BEAT_MS = 1_000;
const CALM_BEAT_MS = 5_000;

export class Pulse implements AsyncDisposable {
  readonly #deps: PulseDeps;
  #timer: NodeJS.Timeout | null = null;
  #beating: Promise<void> | null = null;
  #looking: Promise<void> | null = null;
  /** Not taken yet; null: not asked for yet. */
  #orphans: SessionId[] | null = null;
  #isAgain = false;
  #isWished = false;
  #isCalm = false;
  #isClosed = false;

  constructor(deps: PulseDeps) {
    this.#deps = deps;
  }

  /** Beats now, and from now on by itself. */
  start(): void {
    if (this.#isClosed || this.#beating !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isCalm = false;
    this.#beating = this.#beat().finally(() => {
      this.#beating = null;
      const { runners, followed } = this.#deps;
      const isBusy = runners.places().size > 0 || followed().size > 0;
      this.#schedule(isBusy ? BUSY_BEAT_MS : CALM_BEAT_MS);
    });
  }

  /** One whole beat, to its end. */
  async beat(): Promise<void> {
    await this.#beating;
    this.start();
    await this.#beating;
  }

  /**
   * Takes turns that are owed, or once more right after the look that is under way. Wished for at every control and at the
   * end of every turn, so it asks one question and writes nothing; the rest of a beat waits for its time. All wishes of
   * one turn of the event loop are one look, after what they came from was answered.
   */
  soon(): void {
    if (this.#isWished || this.#isClosed) return;
    this.#isWished = true;
    setImmediate(() => {
      this.#isWished = false;
      this.#lookNow();
    });
  }

  #lookNow(): void {
    if (this.#isClosed) return;
    if (this.#isCalm) this.#schedule(BUSY_BEAT_MS);
    if (this.#looking !== null) this.#isAgain = true;
    else this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#beating;
    while (this.#looking !== null) await this.#looking;
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#isCalm = afterMs === CALM_BEAT_MS;
    this.#timer = setTimeout(() => this.start(), afterMs);
    this.#timer.unref();
  }

  /** One at a time, so that no turn is taken twice. */
  #look(): void {
    this.#looking = this.#takeOwnerless()
      .catch(this.#deps.onFault)
      .finally(() => {
        this.#looking = null;
        if (!this.#isAgain) return;
        this.#isAgain = false;
        this.#lookNow();
      });
  }

  async #beat(): Promise<void> {
    const { store, node } = this.#deps;
    const { sweep = async () => undefined } = this.#deps;
    const steps = [() => store.renewNode(node, NODE_LIFE_MS), () => this.#findMoved(), () => this.#fireTimers(), sweep];
    for (const step of steps) await step().catch(this.#deps.onFault);
    this.#deps.onBeat?.();
    this.#lookNow();
    while (this.#looking !== null) await this.#looking;
  }

  async #findMoved(): Promise<void> {
    const { store, runners, followed, onGrown } = this.#deps;
    const known = new Map([...followed(), ...runners.places()]);
    if (known.size === 0) return;
    for (const head of await store.findMoved(known)) {
      runners.nudge(head.sessionId);
      onGrown(head.sessionId);
    }
  }

  async #fireTimers(): Promise<void> {
    const { store, fireTimer } = this.#deps;
    for (const timer of await store.dueTimers(TIMERS_AT_ONCE)) {
      await fireTimer(timer).catch(this.#deps.onFault);
    }
  }

  async #takeOwnerless(): Promise<void> {
    const { store, node, runners, takeTurn } = this.#deps;
    if (runners.freeSlots === 0) return;
    this.#orphans ??= [...((await this.#deps.findOrphans?.()) ?? [])];
    const owed = await store.findOwnerless(node, runners.freeSlots);
    const orphans = this.#orphans.splice(0, Math.max(0, runners.freeSlots - owed.length));
    // One that was answered meanwhile is owed like any other.
    const slots = [...new Set([...owed, ...orphans])].map((id) => ({ id, slot: runners.reserve() }));
    const taken = slots.filter((each): each is { id: SessionId; slot: Slot } => each.slot !== null);
    await Promise.all(taken.map(({ id, slot }) => takeTurn(id, slot).catch(this.#deps.onFault)));
  }
}
