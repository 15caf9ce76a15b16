/**
 * Which of the agents of the table are installed here: on PATH, and in the `node_modules/.bin` of the folders given.
 * Looks only; starts nothing.
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { HarnessName } from "../../core/session-words.ts";
import { agentRow, agentsTable } from "./agents-table.ts";
import type { SpawnedName } from "./agents-table.ts";

export interface FoundProgram {
  readonly path: string;
  readonly args: readonly string[];
}

export interface FoundAgent {
  readonly name: SpawnedName;
  readonly title: string;
  readonly program: FoundProgram | null;
  /** Why there is none, and what to do. */
  readonly missing: string | null;
}

export interface Places {
  /** As the environment has it. */
  readonly path: string;
  /** Folders that may have a `node_modules` beside them. */
  readonly folders: readonly string[];
}

export async function findAgents(places: Places): Promise<readonly FoundAgent[]> {
  const names = Object.keys(agentsTable) as SpawnedName[]; // The keys of a constant.
  return Promise.all(
    names.map(async (name) => {
      const program = await findAgent(name, places);
      const missing = program === null ? missingAgent(name) : null;
      return { name, title: agentsTable[name].title, program, missing };
    }),
  );
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
