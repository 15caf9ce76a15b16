/** Where this machine keeps keys that no isolated program is to see (X17), and what commands of hosted agents find on it. */
import { homedir } from "node:os";
import { hooksFolderOf } from "../install/places.ts";
import type { HooksFolder } from "../install/places.ts";
import type { HeldNames } from "../lib/held-names.ts";
import type { CommandGround } from "./checkout-parts.ts";
import type { Environment, ServeSettings } from "./config.ts";

interface Site {
  readonly environment: Environment;
  readonly settings: Pick<ServeSettings, "dataFolder">;
}

/** Of whoever the server runs as. */
export function userHooks(environment: Environment): HooksFolder {
  return hooksFolderOf({ environment, home: homedir() });
}

/** Keys, the database, other sessions' trees and conversations; keys of the user's own hooks. */
export function hiddenFolders({ environment, settings }: Site): readonly string[] {
  return [settings.dataFolder, userHooks(environment).serversFolder];
}

/** Where programs are, for who says nothing. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

export function commandGround(site: Site, names: HeldNames): CommandGround {
  return { path: site.environment["PATH"] ?? USUAL_PATH, home: homedir(), hidden: hiddenFolders(site), names };
}
