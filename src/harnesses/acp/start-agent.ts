/**
 * From a session to the command line, environment and sandbox of its agent, and to the running agent. What an earlier
 * program of the same session may have left running is ended first (A12).
 */
import type { SpawnedInput } from "../../core/ports/harness.ts";
import type { HeldNames } from "../../lib/held-names.ts";
import { endMarked } from "../../lib/process-tree.ts";
import { sandboxed } from "../../lib/sandbox.ts";
import type { CommandLine, SandboxState } from "../../lib/sandbox.ts";
import { agentEnvironment, makeAgentFolders } from "./agent-environment.ts";
import { AgentFault } from "./agent-fault.ts";
import { AgentSession } from "./agent-session.ts";
import { agentRow } from "./agents-table.ts";
import { findAgent, missingAgent } from "./find-agents.ts";
import type { AcpOptions, AcpTimes } from "./options.ts";
import { planSandbox } from "./sandbox-plan.ts";
import { writeSettingsFiles } from "./settings-files.ts";

export interface StartDeps {
  readonly options: AcpOptions;
  readonly times: AcpTimes;
  /** Of this start of the server; everything it starts has it. */
  readonly run: string;
  readonly sandbox: () => Promise<SandboxState>;
}

/** Errors: `AgentFault`. */
export async function startAgent(
  { options, times, run, sandbox }: StartDeps,
  { sessionId, spawned }: { readonly sessionId: string; readonly spawned: SpawnedInput },
  signal: AbortSignal,
): Promise<AgentSession> {
  const log = options.log ?? (() => undefined);
  const row = agentRow(spawned.harness);
  const program = await programOf(options, spawned);
  const mark = `SERAI_SESSION=${sessionId}`;
  const [folders, state] = await Promise.all([
    makeAgentFolders(spawned.stateFolder),
    spawned.isIsolated ? sandbox() : Promise.resolve({ kind: "none", why: "Not wanted" } as const),
    endMarked(mark),
  ]);
  if (spawned.isIsolated && state.kind === "none")
    log("An agent runs without isolation", { sessionId, why: state.why });
  const keys = options.keysOf?.(spawned.harness) ?? {};
  const marks = { SERAI_SESSION: sessionId, SERAI_RUN: run };
  const env = agentEnvironment({ ours: options.environment, row, keys, folders, spawned, marks });
  await writeSettingsFiles(spawned.harness, folders.home, env);
  const { hidden = [], names } = options;
  const confined = state.kind === "none" ? null : await inSandbox(state.command, { program, spawned, hidden, names });
  const { line, held } = confined ?? { line: program, held: null };
  const onComplaint = (said: string) =>
    log("An agent wrote to its standard error", { sessionId, said: redact(said, keys) });
  const onGone = async () => held?.release();
  const start = { ...line, env, folder: spawned.folder, mark, onComplaint, onGone };
  const warn = (message: string) => log(message, { sessionId });
  const isolation = state.kind === "none" ? "none" : "bubblewrap";
  return AgentSession.open({ start, program: program.command, spawned, row, isolation, held, times, warn }, signal);
}

async function programOf(options: AcpOptions, { program, harness }: SpawnedInput): Promise<CommandLine> {
  if (program !== undefined) return program;
  const places = { path: options.environment["PATH"] ?? "", folders: options.folders ?? [] };
  const found = await findAgent(harness, places);
  if (found === null) throw new AgentFault("agent_not_installed", missingAgent(harness));
  return { command: found.path, args: found.args };
}

interface Isolating {
  readonly program: CommandLine;
  readonly spawned: SpawnedInput;
  readonly hidden: readonly string[];
  readonly names: HeldNames;
}

async function inSandbox(command: string, { program, spawned, ...rest }: Isolating) {
  const { folder, stateFolder } = spawned;
  const { plan, held } = await planSandbox({ ...rest, folder, stateFolder, program });
  return { line: sandboxed(command, plan, program), held };
}

/** Agents print their settings when they fail. */
function redact(text: string, keys: Readonly<Record<string, string>>): string {
  return Object.values(keys).reduce((said, key) => (key.length < 8 ? said : said.replaceAll(key, "[key]")), text);
}
