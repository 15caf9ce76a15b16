/**
 * One turn of a session whose agent is a program: asks the agent, and makes items of all it says until it is done.
 *
 *   acquire ─▶ prompt ─▶ (hear, commit, answer questions)… ─▶ answered ─▶ unread messages? ─▶ prompt …
 *                                                                └──────▶ the turn ends
 *
 * An agent's failure is an item. When the signal aborts, the agent is told to stop behind this run's back, and the next
 * run of the session waits for that.
 */
import type { TurnEnd } from "../../core/decide/end-turn.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { HarnessItem, SpawnedInput, TurnInput } from "../../core/ports/harness.ts";
import type { Message } from "../../core/events/content.ts";
import { AgentFault } from "./agent-fault.ts";
import type { AgentPool } from "./agent-pool.ts";
import { exitFacts } from "./agent-pool.ts";
import type { AgentSession } from "./agent-session.ts";
import { agentRow } from "./agents-table.ts";
import { Conversing } from "./conversing.ts";
import { endOf, failureItem, generationFact } from "./turn-end.ts";
import type { AcpOptions, AcpTimes } from "./options.ts";
import { buildPrompt, ungiven } from "./prompt.ts";
import { TurnScribe } from "./turn-scribe.ts";

export interface RunRoom {
  readonly options: AcpOptions;
  readonly times: AcpTimes;
  readonly pool: AgentPool;
}

type Items = AsyncGenerator<HarnessItem, void>;

export async function* runAcpTurn(room: RunRoom, input: TurnInput, signal: AbortSignal): Items {
  const { spawned } = input;
  if (spawned === undefined)
    throw new Error("A turn of an agent that is a program came without what it is started with");
  let agent: AgentSession | null = null;
  try {
    for (;;) {
      const acquired = await room.pool.acquire(input.sessionId, spawned, signal);
      agent = acquired.agent;
      if (signal.aborted) return;
      if (acquired.facts.length > 0) yield { kind: "facts", facts: acquired.facts, next: { kind: "goes_on" } };
      const run = new Run(room, { input, spawned, agent, signal, isKept: acquired.facts.length === 0 });
      yield* run.items();
      if (!run.isUnheard) return;
    }
  } catch (cause) {
    if (!(cause instanceof AgentFault)) throw cause;
    if (signal.aborted) return;
    const place = { input, spawned, agent };
    const scribe = scribeOf(room, place);
    scribe.closeLost();
    yield await failure(scribe, place, cause);
  } finally {
    room.pool.release(input.sessionId, agent === null ? undefined : settle(agent, input));
  }
}

/** What was cut short has been paid for as far as it came. Never rejects. */
async function settle(agent: AgentSession, { usedLate }: TurnInput): Promise<void> {
  const usage = await agent.settle();
  if (usage !== null) await usedLate?.(usage);
}

interface Place {
  readonly input: TurnInput;
  readonly spawned: SpawnedInput;
  readonly agent: AgentSession | null;
}

function scribeOf({ options }: RunRoom, { input, spawned, agent }: Place): TurnScribe {
  return new TurnScribe({
    input,
    folder: spawned.folder,
    model: agent?.model ?? spawned.model ?? spawned.harness,
    usedIds: usedIds(input),
    nowMs: () => options.clock.monotonic(),
  });
}

function usedIds({ view }: TurnInput): Set<string> {
  const parts = view().conversation.entries.flatMap((entry) => (entry.kind === "agent" ? entry.message.content : []));
  return new Set(parts.flatMap((part) => (part.type === "tool_call" ? [part.id] : [])));
}

/** What was open is closed, the agent's end is said, and the turn fails with a sentence. */
async function failure(scribe: TurnScribe, { agent, input, spawned }: Place, fault: AgentFault): Promise<HarnessItem> {
  // One that has stopped making sense is not asked again.
  if (agent !== null && fault.code !== "agent_error" && fault.code !== "agent_auth") await agent.end(fault.message, 0);
  const before = agent === null ? [] : exitFacts(agent);
  return failureItem({ scribe, input, model: agent?.model ?? spawned.harness, before }, fault);
}

interface Running extends Place {
  readonly agent: AgentSession;
  readonly signal: AbortSignal;
  /** Its program has worked on an earlier turn. */
  readonly isKept: boolean;
}

function errorOf(end: TurnEnd): { readonly code: string; readonly text: string } | undefined {
  return end.kind === "failed" ? { code: end.errorCode, text: end.error } : undefined;
}

class Run {
  readonly #room: RunRoom;
  readonly #running: Running;
  readonly #scribe: TurnScribe;
  #hasHeard = false;
  /** The program was gone before it could hear the prompt; another one may. */
  isUnheard = false;

  constructor(room: RunRoom, running: Running) {
    this.#room = room;
    this.#running = running;
    this.#scribe = scribeOf(room, running);
  }

  async *items(): Items {
    this.#scribe.closeLost();
    yield* this.#scribe.take();
    try {
      yield* this.#prompts();
    } catch (cause) {
      if (!(cause instanceof AgentFault)) throw cause;
      const { signal, isKept } = this.#running;
      if (signal.aborted) return;
      this.isUnheard = isKept && !this.#hasHeard && cause.code === "agent_exited";
      if (!this.isUnheard) yield await failure(this.#scribe, this.#running, cause);
    }
  }

  async *#prompts(): Items {
    const { input, agent, signal } = this.#running;
    for (;;) {
      const messages = this.#next();
      // From here on they count as read; what comes later is for another prompt.
      this.#scribe.begin();
      yield* this.#scribe.take();
      const callsBefore = this.#scribe.callCount;
      const conversing = new Conversing({ ...this.#running, scribe: this.#scribe, times: this.#room.times });
      try {
        yield* conversing.ask(await this.#blocks(messages));
      } finally {
        this.#hasHeard ||= conversing.hasHeard;
      }
      const { answer } = conversing;
      if (signal.aborted || answer === null) return;
      const end = endOf(answer, {
        text: this.#scribe.textSoFar,
        hasCalls: this.#scribe.callCount > callsBefore,
        hasFailed: conversing.hasFailed,
        row: agentRow(this.#running.spawned.harness),
      });
      const usage = agent.tellUsage();
      const generation: Fact = generationFact({
        input,
        model: agent.model,
        usage,
        ...end,
        text: this.#scribe.textSoFar,
      });
      if (end.fallback !== null) this.#scribe.text(end.fallback);
      const isMore = ungiven(input.view(), agent.given).length > 0 && end.end.kind === "completed";
      this.#scribe.finish([generation], usage, errorOf(end.end));
      if (isMore) yield* this.#scribe.take();
      else return yield* this.#last(end.end);
    }
  }

  /** What the agent is given now. None: it had everything, and was interrupted. */
  #next(): readonly Message[] {
    const { input, agent } = this.#running;
    const view = input.view();
    const all = ungiven(view, agent.given);
    const unread = this.#scribe.isAnswering ? Math.min(view.turn.unreadCount, all.length) : 0;
    return all.slice(0, all.length - unread);
  }

  /** The last facts and the end are one commit. */
  *#last(end: TurnEnd): Generator<HarnessItem, void> {
    const items = this.#scribe.take();
    for (const item of items.slice(0, -1)) yield item;
    const last = items.at(-1);
    const facts = last?.kind === "facts" ? last.facts : [];
    if (last?.kind === "hint") yield last;
    yield { kind: "facts", facts, next: { kind: "ends", end } };
  }

  async #blocks(messages: readonly Message[]) {
    const { input, agent } = this.#running;
    const { given, canSeeImages, started } = agent;
    const place = { input, given, canSeeImages, remembers: started.resumed, isFirst: given.size === 0 };
    const blocks = await buildPrompt(place, messages);
    for (const { id } of messages) given.add(id);
    return blocks;
  }
}
