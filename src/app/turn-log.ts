/**
 * A runner's hold on its session's log: the fold and the conversation as committed, the epoch it owns, and the one way
 * to commit. All commits and looks go one after the other.
 *
 * A refused commit reads the tail (A1): still the owner and not cancelled, the same plan is made again at the new
 * epoch; cancelled or no longer the owner, the runner is told and stops. A runner that is not the owner writes nothing.
 */
import { conversationTypes, emptyConversation, extendConversation } from "../core/conversation.ts";
import type { Conversation } from "../core/conversation.ts";
import type { Plan } from "../core/decide/plan.ts";
import { parseLine } from "../core/events/envelope.ts";
import type { LogLine } from "../core/events/envelope.ts";
import { foldEvents } from "../core/fold.ts";
import type { NodeId, SessionId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { FileChange } from "../core/ports/files.ts";
import { StorageFull } from "../core/ports/store.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { SessionState, TurnState } from "../core/state.ts";
import { planWrite } from "./commit.ts";
import type { CommitWrite } from "./commit.ts";
import { readLines } from "./read-session.ts";

export interface TurnLogDeps {
  readonly store: Pick<SessionReads, "readLog" | "readHead">;
  readonly commit: CommitWrite;
  readonly clock: Pick<Clock, "now">;
  readonly node: NodeId;
  /** Waits before a write that met a full disk is tried again. */
  readonly pause: (ms: number) => Promise<void>;
}

const FULL_DISK_PAUSE_MS = 1_000;

/** Where a runner begins: as its own commit, or the commit that made it owner, left things. */
export interface TurnPlace {
  readonly sessionId: SessionId;
  readonly epoch: number;
  readonly state: SessionState;
  readonly foldedSeq: number;
}

export type BusyState = SessionState & { readonly turn: TurnState };

export type StepPlan = Plan & { readonly files?: readonly FileChange[] };

export type StepOutcome =
  | { readonly kind: "committed" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "lost" }
  | { readonly kind: "file_conflict"; readonly path: string }
  | { readonly kind: "files_full" };

/** Why a look found that the work must stop. */
export type Standing = "owner" | "cancelled" | "lost";

export class TurnLog {
  readonly sessionId: SessionId;
  #deps: TurnLogDeps;
  #epoch: number;
  #state: SessionState;
  #seq: number;
  #conversation: Conversation = emptyConversation;
  #isLost = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: TurnLogDeps, place: TurnPlace) {
    this.sessionId = place.sessionId;
    this.#deps = deps;
    this.#epoch = place.epoch;
    this.#state = place.state;
    this.#seq = place.foldedSeq;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get seq(): number {
    return this.#seq;
  }

  get state(): SessionState {
    return this.#state;
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get standing(): Standing {
    if (this.#isLost || this.#state.turn === null) return "lost";
    return this.#state.turn.phase === "cancelling" ? "cancelled" : "owner";
  }

  /** Reads what the model has to see. Once, before the first run. */
  async loadConversation(): Promise<void> {
    const from = { sessionId: this.sessionId, after: 0, types: conversationTypes };
    for await (const lines of readLines(this.#deps.store, from)) {
      const known = lines.filter((line) => line.seq <= this.#seq);
      this.#conversation = extendConversation(this.#conversation, known.map(parseLine));
    }
  }

  /** Finds out whether a control event has come; the next commit would find out too, only later. */
  look(): Promise<Standing> {
    return this.#oneAtATime(async () => {
      const head = await this.#deps.store.readHead(this.sessionId);
      if (head === undefined || head.owner !== this.#deps.node) this.#isLost = true;
      else if (head.epoch !== this.#epoch) await this.#catchUp(head.epoch);
      return this.standing;
    });
  }

  /** Commits what `build` makes of the state as it is, again and again until it is in or the session is not ours. */
  commit(build: (state: BusyState) => StepPlan | Promise<StepPlan>): Promise<StepOutcome> {
    return this.#oneAtATime(async () => {
      for (;;) {
        const { turn } = this.#state;
        if (this.standing === "lost" || turn === null) return { kind: "lost" };
        if (this.standing === "cancelled") return { kind: "cancelled" };
        const outcome = await this.#attempt(await build({ ...this.#state, turn }));
        if (outcome !== null) return outcome;
      }
    });
  }

  /** As `commit`, for what is owed after a cancel; a second cancel changes nothing, losing the session does. */
  commitTail(build: (state: BusyState) => StepPlan | Promise<StepPlan>): Promise<StepOutcome> {
    return this.#oneAtATime(async () => {
      for (;;) {
        const { turn } = this.#state;
        if (this.standing === "lost" || turn === null) return { kind: "lost" };
        const outcome = await this.#attempt(await build({ ...this.#state, turn }));
        if (outcome !== null) return outcome;
      }
    });
  }

  async #attempt(plan: StepPlan): Promise<StepOutcome | null> {
    const { commit, clock, node } = this.#deps;
    const fold = { state: this.#state, foldedSeq: this.#seq };
    const place = { sessionId: this.sessionId, epoch: this.#epoch, ...fold, nowMs: clock.now() };
    const { after: _, ...write } = planWrite(plan, place);
    const result = await commit(plan.files === undefined ? write : { ...write, files: plan.files }).catch(spaceLater);
    switch (result.kind) {
      case "committed":
        this.#epoch = result.head.epoch;
        this.#apply(result.lines);
        return { kind: "committed" };
      case "stale":
        if (result.head.owner === node) await this.#catchUp(result.head.epoch);
        else this.#isLost = true;
        return null;
      case "full":
        await this.#deps.pause(FULL_DISK_PAUSE_MS);
        return null;
      case "file_conflict":
        return { kind: "file_conflict", path: result.path };
      case "files_full":
        return { kind: "files_full" };
      case "absent":
      case "duplicate":
        this.#isLost = true;
        return null;
      case "held":
      case "reservations_moved":
      case "hook_known":
      case "session_over":
        throw new Error(`A step of a turn takes no reservation, and was answered "${result.kind}"`);
    }
  }

  /** The head was read before the tail, so the tail holds every control event up to that epoch. */
  async #catchUp(epoch: number): Promise<void> {
    for await (const lines of readLines(this.#deps.store, { sessionId: this.sessionId, after: this.#seq })) {
      this.#apply(lines);
    }
    this.#epoch = epoch;
  }

  #apply(lines: readonly LogLine[]): void {
    const events = lines.map(parseLine);
    this.#state = foldEvents(this.#state, events);
    this.#conversation = extendConversation(this.#conversation, events);
    this.#seq = lines.at(-1)?.seq ?? this.#seq;
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next;
    return next;
  }
}

/** A turn waits for space rather than fail over it (P3); whoever cancels meanwhile meets the full disk first. */
function spaceLater(cause: unknown): { readonly kind: "full" } {
  if (cause instanceof StorageFull) return { kind: "full" };
  throw cause;
}
