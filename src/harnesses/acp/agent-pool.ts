/**
 * The agents' programs of this node, one for each session: started by the first turn, kept between turns, ended with the
 * session, with this object, or after a while without work. Work on one session's program goes one after the other: a
 * turn waits until the cancel of the one before has stopped the agent.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { SpawnedInput } from "../../core/ports/harness.ts";
import { AgentFault } from "./agent-fault.ts";
import type { AgentSession } from "./agent-session.ts";
import type { AcpOptions } from "./options.ts";

export interface PoolDeps {
  readonly open: (sessionId: string, spawned: SpawnedInput, signal: AbortSignal) => Promise<AgentSession>;
  readonly idleMs: number;
  readonly onIdleExit: AcpOptions["onIdleExit"];
  readonly warn: (fault: unknown) => void;
}

export interface Acquired {
  readonly agent: AgentSession;
  /** What has become of the session's program since its last turn. */
  readonly facts: readonly Fact[];
}

interface Entry {
  agent: AgentSession | null;
  /** What the program was started for; another answer needs another program. */
  wanted: string;
  settled: Promise<void>;
  idle: NodeJS.Timeout | undefined;
  isBusy: boolean;
  /** Settles when no program is being started. */
  opening: Promise<void>;
  readonly closing: AbortController;
}

export class AgentPool implements AsyncDisposable {
  readonly #deps: PoolDeps;
  readonly #entries = new Map<string, Entry>();
  #isClosed = false;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return [...this.#entries.values()].filter(({ agent }) => agent?.isUsable === true).length;
  }

  /** Errors: `AgentFault`. Contract: `release` follows, whatever comes of it. */
  async acquire(sessionId: string, spawned: SpawnedInput, signal: AbortSignal): Promise<Acquired> {
    if (this.#isClosed) throw new AgentFault("agent_not_started", "The server is shutting down");
    const entry = this.#entryOf(sessionId);
    entry.isBusy = true;
    clearTimeout(entry.idle);
    await entry.settled;
    const wanted = wantedOf(spawned);
    const kept = entry.agent;
    const isKept = kept !== null && entry.wanted === wanted && kept.isUsable && (await kept.isConfined());
    if (isKept) return { agent: kept, facts: [] };
    if (kept !== null) await kept.end("The agent's program was started anew");
    entry.agent = null;
    const facts = kept === null ? [] : exitFacts(kept);
    const resume = kept?.started.agent_session_id ?? spawned.resume;
    const until = AbortSignal.any([signal, entry.closing.signal]);
    const opening = this.#deps.open(sessionId, { ...spawned, resume }, until);
    entry.opening = opening.then(
      (opened) => void (entry.agent = opened),
      () => undefined,
    );
    const agent = await opening;
    entry.wanted = wanted;
    agent.exited.then(() => this.#sayExit(sessionId, entry)).catch(this.#deps.warn);
    return { agent, facts: [...facts, { type: "process.started", data: agent.started }] };
  }

  /** The turn is over; `stopping` is what has still to be waited for before another one begins. */
  release(sessionId: string, stopping: Promise<void> = Promise.resolve()): void {
    const entry = this.#entryOf(sessionId);
    entry.settled = stopping.then(() => this.#sayExit(sessionId, entry));
    entry.isBusy = false;
    clearTimeout(entry.idle);
    entry.idle = setTimeout(() => {
      if (entry.isBusy) return;
      entry.settled = this.#end(entry, "The agent's program was ended because it had nothing to do");
    }, this.#deps.idleMs);
    entry.idle.unref();
  }

  /** Contract: resolves when nothing of the session is left running. */
  async end(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    this.#entries.delete(sessionId);
    clearTimeout(entry.idle);
    entry.closing.abort();
    await this.#end(entry, "The session was ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { idle, closing } of entries) {
      clearTimeout(idle);
      closing.abort();
    }
    await Promise.all(entries.map((entry) => this.#end(entry, "The server is shutting down")));
  }

  async #end(entry: Entry, reason: string): Promise<void> {
    await entry.settled;
    await entry.opening;
    await entry.agent?.end(reason);
  }

  #entryOf(sessionId: string): Entry {
    const known = this.#entries.get(sessionId);
    if (known !== undefined) return known;
    const settled = Promise.resolve();
    const closing = new AbortController();
    const entry: Entry = {
      agent: null,
      wanted: "",
      settled,
      idle: undefined,
      isBusy: false,
      opening: settled,
      closing,
    };
    this.#entries.set(sessionId, entry);
    return entry;
  }

  /** In the middle of a turn it is the turn's to say; without anybody to hear it, the next turn's. */
  #sayExit(sessionId: string, entry: Entry): void {
    const { agent, isBusy } = entry;
    const { onIdleExit } = this.#deps;
    if (isBusy || agent === null || agent.exit === null || onIdleExit === undefined) return;
    for (const { data } of exitFacts(agent)) onIdleExit(sessionId, data);
    if (this.#entries.get(sessionId) === entry) this.#entries.delete(sessionId);
  }
}

type ExitFact = Extract<Fact, { type: "process.exited" }>;

/** An end is said once. */
export function exitFacts(agent: AgentSession): readonly ExitFact[] {
  if (agent.exit === null || agent.isExitSaid) return [];
  agent.isExitSaid = true;
  return [{ type: "process.exited", data: agent.exit }];
}

/** The agent's own id changes with its programs; it is no reason for another one. */
function wantedOf(spawned: SpawnedInput): string {
  const { harness, folder, program, model, mcpServers, isIsolated, networkRules } = spawned;
  return JSON.stringify([harness, folder, program ?? null, model, mcpServers, isIsolated, networkRules ?? null]);
}
