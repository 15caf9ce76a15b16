/**
 * The harness of agents that are programs of their own (H3): Claude Code, Codex, Gemini CLI, opencode, pi, and any other
 * that speaks the Agent Client Protocol. It keeps a program for each session between turns.
 */
import type { Harness } from "../../core/ports/harness.ts";
import { Closers } from "../../lib/closers.ts";
import { openLastWill } from "../../lib/last-will.ts";
import { findSandbox } from "../../lib/sandbox.ts";
import type { SandboxState } from "../../lib/sandbox.ts";
import { AgentPool } from "./agent-pool.ts";
import { defaultTimes } from "./options.ts";
import type { AcpOptions } from "./options.ts";
import { runAcpTurn } from "./run-turn.ts";
import { startAgent } from "./start-agent.ts";

export type { AcpOptions, AcpTimes } from "./options.ts";

export interface AcpHarness extends Harness {
  readonly name: "acp";
  end(sessionId: string): Promise<void>;
  /** Programs that run now. */
  readonly size: number;
  /** How agents are isolated here. */
  isolation(): Promise<SandboxState>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function openAcpHarness(options: AcpOptions): AcpHarness {
  const times = { ...defaultTimes, ...options.times };
  const run = `run-${Math.floor(options.random() * 2 ** 48).toString(36)}`;
  const closers = new Closers();
  const once: { sandbox?: Promise<SandboxState>; will?: Disposable } = {};
  const sandbox = () => (once.sandbox ??= options.hasSandbox === false ? switchedOff() : findSandbox());
  const pool = new AgentPool({
    open(sessionId, spawned, signal) {
      // Written with the first program: a server without spawned agents needs none.
      once.will ??= openLastWill(`SERAI_RUN=${run}`);
      return startAgent({ options, times, run, sandbox }, { sessionId, spawned }, signal);
    },
    idleMs: times.idleMs,
    onIdleExit: options.onIdleExit,
    warn: (fault) => options.log?.("The end of an agent could not be told", { fault: String(fault) }),
  });
  closers.defer(() => once.will?.[Symbol.dispose]());
  closers.use(pool);
  return {
    name: "acp",
    run: (input, signal) => runAcpTurn({ options, times, pool }, input, signal),
    end: (sessionId) => pool.end(sessionId),
    get size() {
      return pool.size;
    },
    isolation: sandbox,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

function switchedOff(): Promise<SandboxState> {
  return Promise.resolve({ kind: "none", why: "Isolation is switched off" });
}
