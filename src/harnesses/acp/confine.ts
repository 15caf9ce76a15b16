/** How an agent's program is confined: its sandbox, the names that are held for it, and its network, opened and let go together. */
import type { SpawnedInput } from "../../core/ports/harness.ts";
import { Closers } from "../../lib/closers.ts";
import type { HeldNames, HeldTree } from "../../lib/held-names.ts";
import { sandboxed } from "../../lib/sandbox.ts";
import type { CommandLine, SandboxState } from "../../lib/sandbox.ts";
import { AgentFault, cut } from "./agent-fault.ts";
import { openAgentNetwork } from "./agent-network.ts";
import type { ShownFile } from "./options.ts";
import { planSandbox } from "./sandbox-plan.ts";

export interface ConfineWish {
  readonly program: CommandLine;
  readonly spawned: SpawnedInput;
  readonly hidden: readonly string[];
  readonly shown: readonly ShownFile[];
  readonly names: HeldNames;
  /** A host that the session's network rules leave out, or that leads where they do not. */
  readonly onRefused: (hostname: string, reason: string) => void;
}

export interface Confined {
  readonly line: CommandLine;
  /** Beside the agent's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly held: HeldTree | null;
  /** Contract: called once nothing of the program runs any more. */
  readonly release: () => Promise<void>;
}

/** Errors: `AgentFault`, also where there is no sandbox and the session asks for what only one can hold. */
export async function confineAgent(state: SandboxState, wish: ConfineWish): Promise<Confined> {
  const { program, spawned, onRefused, hidden, shown, names } = wish;
  const closers = new Closers();
  const release = () => closers[Symbol.asyncDispose]();
  try {
    const whyOpen = state.kind === "none" ? state.why : null;
    const network = await openAgentNetwork({ spawned, whyOpen, onRefused });
    if (network !== null) closers.use(network);
    if (state.kind === "none") return { line: program, env: {}, held: null, release };
    const inside = network?.within(program) ?? program;
    const { folder, stateFolder } = spawned;
    const wishes = { folder, stateFolder, hidden, shown, names, program: inside, hasNetwork: network === null };
    const { plan, held } = await planSandbox(wishes);
    closers.defer(() => held.release());
    return { line: sandboxed(state.command, plan, inside), env: network?.env ?? {}, held, release };
  } catch (cause) {
    await release();
    if (cause instanceof AgentFault) throw cause;
    throw new AgentFault("agent_not_started", `The agent's sandbox could not be made: ${cut(String(cause))}`, {
      cause,
    });
  }
}
