/**
 * The environment that an agent is started with. Nothing of ours but what finds programs, speaks and reaches the network;
 * home and temporary folders are the session's own; keys only those that the configuration gives and the agent's row
 * in the table names.
 */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SpawnedInput } from "../../core/ports/harness.ts";
import type { AgentRow } from "./agents-table.ts";

export interface AgentFolders {
  readonly home: string;
  readonly tmp: string;
}

type Environment = Readonly<Record<string, string>>;

const PASSED_ON = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  "USER",
  "LOGNAME",
  "SHELL",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "SYSTEMROOT",
] as const;

/** Nobody else on the machine reads what an agent keeps. */
export async function makeAgentFolders(stateFolder: string): Promise<AgentFolders> {
  const folders = { home: join(stateFolder, "home"), tmp: join(stateFolder, "tmp") };
  await Promise.all([
    mkdir(join(folders.home, ".codex"), { recursive: true }),
    mkdir(folders.tmp, { recursive: true }),
  ]);
  await Promise.all([chmod(folders.home, 0o700), chmod(folders.tmp, 0o700)]);
  return folders;
}

export interface EnvironmentParts {
  readonly ours: Readonly<Record<string, string | undefined>>;
  readonly row: AgentRow | null;
  readonly keys: Environment;
  readonly folders: AgentFolders;
  readonly spawned: Pick<SpawnedInput, "program">;
  /** What says to whom the process belongs. */
  readonly marks: Environment;
}

export function agentEnvironment({ ours, row, keys, folders, spawned, marks }: EnvironmentParts): Environment {
  const { home, tmp } = folders;
  const passed = PASSED_ON.flatMap((name) => {
    const value = ours[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const fill = ([name, value]: readonly [string, string]) =>
    [name, value.replaceAll("{home}", home).replaceAll("{tmp}", tmp)] as const;
  const known = Object.entries(keys).filter(([name]) => row === null || row.keys.includes(name));
  return {
    ...Object.fromEntries(passed),
    HOME: home,
    USERPROFILE: home,
    TMPDIR: tmp,
    TEMP: tmp,
    TMP: tmp,
    ...Object.fromEntries(Object.entries(row?.env ?? {}).map(fill)),
    ...Object.fromEntries(known),
    ...spawned.program?.env,
    ...marks,
  };
}
