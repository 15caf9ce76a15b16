/**
 * A session in small: a head, a log, a queue, and one runner that may lag behind or die. It carries out plans the way
 * a store does (refused unless the epoch is the one they were made at) and knows nothing of what a plan should say.
 */
import { foldDrafts } from "../../../src/core/decide/fold-drafts.ts";
import type { DecideInput, Plan } from "../../../src/core/decide/plan.ts";
import type { Message } from "../../../src/core/events/content.ts";
import type { EventDraft } from "../../../src/core/events/envelope.ts";
import type { EndInput } from "../../../src/core/decide/end-turn.ts";
import type { MintId, NodeId, SessionId } from "../../../src/core/ids.ts";
import { initialState } from "../../../src/core/state.ts";
import type { SessionState, TurnState } from "../../../src/core/state.ts";
import { makeClock, makeMint, messageOf } from "../../store/suite/setting.ts";

export type BusyState = SessionState & { readonly turn: TurnState };

/** What a runner believes: it is told nothing, it finds out when a commit of its is refused. */
export interface RunnerView {
  readonly node: NodeId;
  readonly epoch: number;
  readonly state: SessionState;
}

export class SessionModel {
  readonly clock = makeClock();
  readonly mint: MintId = makeMint(this.clock);
  readonly sessionId: SessionId = this.mint("session");
  readonly log: EventDraft[] = [];
  /** Everything that a sender was told had been taken, by what it was told. */
  readonly taken = new Map<string, "started" | "queued" | "steered" | "resumed">();
  state: SessionState = initialState;
  queue: readonly Message[] = [];
  epoch = 1;
  takes = 0;
  owner: NodeId | null = null;
  runner: RunnerView | null = null;
  refused = 0;

  message(): Message {
    return messageOf(this.mint, "words");
  }

  deciding(runner: NodeId | null = null): DecideInput {
    return { mint: this.mint, runner, agentId: null };
  }

  ending(runner: NodeId | null = null): EndInput {
    return { ...this.deciding(runner), nowMs: this.clock.now(), next: this.queue[0] ?? null };
  }

  /** False when the session has moved on since; then nothing has changed. */
  commit(plan: Plan, epoch = this.epoch): boolean {
    if (epoch !== this.epoch) {
      this.refused++;
      return false;
    }
    this.state = foldDrafts(this.state, plan.events, this.clock.now());
    this.log.push(...plan.events);
    this.queue = changeQueue(this.queue, plan);
    if (plan.raises) this.epoch++;
    if (plan.owner !== undefined) this.owner = plan.owner;
    if (plan.takes !== undefined) this.takes = plan.takes === "reset" ? 0 : this.takes + 1;
    return true;
  }

  /** A runner sets to work on what the last commit gave to its node. */
  startRunner(node: NodeId): void {
    if (this.owner === node && this.state.turn !== null) this.runner = this.viewOf(node);
  }

  viewOf(node: NodeId): RunnerView {
    return { node, epoch: this.epoch, state: this.state };
  }
}

function changeQueue(queue: readonly Message[], { queue: changes = [] }: Plan): readonly Message[] {
  return changes.reduce<readonly Message[]>((after, change) => {
    if (change.kind === "add") return [...after, change.message];
    if (change.kind === "remove") return after.filter(({ id }) => !change.messageIds.includes(id));
    return after.map((message) => (message.id === change.message.id ? change.message : message));
  }, queue);
}
