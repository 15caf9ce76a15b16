/**
 * From a session to the command line, environment and sandbox of its agent, and to the running agent. What an earlier
 * program of the same session may have left running is ended first (A12).
 */
import type { SpawnedInput } from "../../core/ports/harness.ts";
import { endMarked } from "../../lib/process-tree.ts";
import type { CommandLine, SandboxState } from "../../lib/sandbox.ts";
import { agentEnvironment, makeAgentFolders } from "./agent-environment.ts";
import { AgentFault } from "./agent-fault.ts";
import { AgentSession } from "./agent-session.ts";
import { agentRow } from "./agents-table.ts";
import { confineAgent } from "./confine.ts";
import type { Confined } from "./confine.ts";
import { findAgent, missingAgent } from "./find-agents.ts";
import type { AcpOptions, AcpTimes, ShownFile } from "./options.ts";
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
  ]);
  if (spawned.isIsolated && state.kind === "none")
    log("An agent runs without isolation", { sessionId, why: state.why });
  const keys = options.keysOf?.(spawned.harness) ?? {};
  const marks = { SERAI_SESSION: sessionId, SERAI_RUN: run };
  const env = agentEnvironment({ ours: options.environment, row, keys, folders, spawned, marks });
  await writeSettingsFiles(spawned.harness, folders.home, env);
  const { hidden = [], names } = options;
  const shown = state.kind === "none" ? [] : shownTo(options, spawned);
  const onRefused = (hostname: string, reason: string) =>
    log("An agent asked for a host that its network rules leave out", { sessionId, hostname, reason });
  const confining = confineAgent(state, { program, spawned, hidden, shown, names, onRefused });
  // Without a conversation no program has ever come so far that it could have left anything behind it; where one was cut off
  // on the way, whoever started it has ended it, and after a crash the server's last will.
  const ending = spawned.resume === null ? null : endEarlier(mark, confining);
  const [{ line, held, ...confined }] = await Promise.all([confining, ending]);
  const onComplaint = (said: string) =>
    log("An agent wrote to its standard error", { sessionId, said: redact(said, keys) });
  const onGone = confined.release;
  const start = { ...line, env: { ...env, ...confined.env }, folder: spawned.folder, mark, onComplaint, onGone };
  const warn = (message: string) => log(message, { sessionId });
  const isolation = state.kind === "none" ? "none" : "bubblewrap";
  return AgentSession.open({ start, program: program.command, spawned, row, isolation, held, times, warn }, signal);
}

/** Looking through all processes takes as long as confining does, and longer with each agent that runs. */
async function endEarlier(mark: string, confining: Promise<Confined>): Promise<void> {
  try {
    await endMarked(mark);
  } catch (cause) {
    await (await confining).release();
    throw cause;
  }
}

/** Whoever cannot tell what to hide hides nothing. */
function shownTo({ shown }: AcpOptions, { mcpServers }: SpawnedInput): readonly ShownFile[] {
  try {
    return shown?.(mcpServers) ?? [];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentFault("agent_not_started", `Keys of this machine cannot be kept from it: ${why}`, { cause });
  }
}

async function programOf(options: AcpOptions, { program, harness }: SpawnedInput): Promise<CommandLine> {
  if (program !== undefined) return program;
  const places = { path: options.environment["PATH"] ?? "", folders: options.folders ?? [] };
  const found = await findAgent(harness, places);
  if (found === null) throw new AgentFault("agent_not_installed", missingAgent(harness));
  return { command: found.path, args: found.args };
}

/** Agents print their settings when they fail. */
function redact(text: string, keys: Readonly<Record<string, string>>): string {
  return Object.values(keys).reduce((said, key) => (key.length < 8 ? said : said.replaceAll(key, "[key]")), text);
}
