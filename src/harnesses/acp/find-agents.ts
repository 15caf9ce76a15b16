/**
 * Which of the agents of the table are installed here: on PATH, and in the `node_modules/.bin` of the folders given.
 * Looks only; starts nothing.
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { AgentProgram } from "../../core/ports/agent-programs.ts";
import type { HarnessName } from "../../core/session-words.ts";
import { agentRow, agentsTable } from "./agents-table.ts";
import { versionOf } from "./package-version.ts";
import type { SpawnedName } from "./agents-table.ts";

export interface FoundProgram {
  readonly path: string;
  readonly args: readonly string[];
}

export interface Places {
  /** As the environment has it. */
  readonly path: string;
  /** Folders that may have a `node_modules` beside them. */
  readonly folders: readonly string[];
}

/** What the configuration says an agent is, if it does. */
export type ConfiguredProgram = (harness: HarnessName) => Configured | undefined;

interface Configured {
  readonly command: string;
  readonly args: readonly string[];
}

export async function findAgents(
  places: Places,
  configured: ConfiguredProgram = () => undefined,
): Promise<readonly AgentProgram[]> {
  const names = Object.keys(agentsTable) as SpawnedName[]; // The keys of a constant.
  return Promise.all(names.map((harness) => describeAgent(harness, places, configured(harness))));
}

async function describeAgent(
  harness: SpawnedName,
  places: Places,
  configured: Configured | undefined,
): Promise<AgentProgram> {
  const { title, install } = agentsTable[harness];
  const program = configured === undefined ? await findAgent(harness, places) : await lookAt(configured, places);
  const missing =
    configured === undefined
      ? missingAgent(harness)
      : `${title} is configured as "${configured.command}", which is no program here`;
  return {
    harness,
    title,
    path: program?.path ?? null,
    args: program?.args ?? [],
    version: program === null || isInterpreter(program) ? null : await versionOf(program.path),
    isConfigured: configured !== undefined,
    missing: program === null ? missing : null,
    install,
  };
}

/** `node /opt/agent.js`: the version would be that of what runs the agent. */
function isInterpreter({ args }: FoundProgram): boolean {
  return args.some((arg) => isAbsolute(arg));
}

/** A command without a path is looked for on PATH alone, as the system does that starts it. */
async function lookAt({ command, args }: Configured, { path }: Places): Promise<FoundProgram | null> {
  const hasPath = command.includes("/") || command.includes("\\");
  const found = hasPath ? command : await findProgram(command, { path, folders: [] });
  return found === null || (isAbsolute(found) && !(await isProgram(found))) ? null : { path: found, args };
}

export async function findAgent(name: HarnessName, places: Places): Promise<FoundProgram | null> {
  for (const { command, args } of agentRow(name)?.programs ?? []) {
    const path = await findProgram(command, places);
    if (path !== null) return { path, args };
  }
  return null;
}

export function missingAgent(name: HarnessName): string {
  const row = agentRow(name);
  if (row === null) return `A ${name} session has no program that carries out its turns`;
  const wanted = row.programs.map(({ command }) => `"${command}"`).join(" or ");
  return `${row.title} is not installed: there is no ${wanted} on PATH or in node_modules/.bin; install it with: ${row.install}`;
}

async function findProgram(command: string, { path, folders }: Places): Promise<string | null> {
  const places = [...folders.map((folder) => join(folder, "node_modules", ".bin")), ...path.split(delimiter)];
  for (const place of places.filter(isAbsolute)) {
    for (const name of namesOf(command)) {
      if (await isProgram(join(place, name))) return join(place, name);
    }
  }
  return null;
}

function namesOf(command: string): readonly string[] {
  return process.platform === "win32" ? [`${command}.cmd`, `${command}.exe`] : [command];
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR" || code === "ELOOP") return false;
    throw cause;
  }
}
