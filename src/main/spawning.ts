/** What this machine has for agents that are programs of their own: their harness, folders, keys. */
import { join } from "node:path";
import type { Logger } from "pino";
import { SessionKeys } from "../app/project-work/session-keys.ts";
import type { Keys } from "../app/keys/keys.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Harness } from "../core/ports/harness.ts";
import type { HeldNames } from "../lib/held-names.ts";
import type { Environment, ServeSettings } from "./config.ts";
import { hiddenFolders } from "./hidden-places.ts";
import { makeOwnTree } from "./hook-uses.ts";
import { makeLazyHarness } from "./lazy-harness.ts";
import { agentFolders, isIsolationOn, programOf, vendorKeys } from "./spawned-agents.ts";
import type { Spawning } from "./work-parts.ts";

export interface SpawningDeps {
  readonly settings: ServeSettings;
  readonly environment: Environment;
  readonly log: Logger;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly names: HeldNames;
  /** In which hook clients of this machine keep what they call it. */
  readonly hostFile: string;
  /** Of this server; null while nobody can reach it. */
  readonly serverUrl: () => string | null;
}

export function openSpawning(deps: SpawningDeps): Spawning {
  const { settings, environment, clock, keys, serverUrl, hostFile } = deps;
  return {
    harness: makeLazyHarness("acp", () => loadSpawned(deps)),
    stateFolder: join(settings.dataFolder, "agents"),
    programOf: (name) => programOf(environment, name),
    keys: new SessionKeys({ keys, serverUrl, now: () => clock.now() }),
    isIsolated: isIsolationOn(environment),
    readTree: makeOwnTree(hostFile, () => clock.monotonic()),
  };
}

async function loadSpawned({ log, environment, settings, clock, names }: SpawningDeps): Promise<Harness> {
  const { openAcpHarness } = await import("../harnesses/acp/harness.ts");
  const { makeShownFiles } = await import("./shown-files.ts");
  return openAcpHarness({
    clock,
    environment,
    random: Math.random,
    keysOf: (name) => vendorKeys(environment, name),
    folders: agentFolders(),
    hidden: hiddenFolders({ settings, environment }),
    shown: makeShownFiles({ settings, environment, folder: process.cwd() }),
    names,
    log: (message, fields) => log.info(fields, message),
  });
}
