/**
 * What a command of a hosted agent sees of this machine and may change (C6): all of the checkout but git's own folder,
 * what others take orders from, there or not, and what others have reserved; of the rest of the machine what is for
 * everybody to read.
 *
 * The home folder and the folder of the running services (through whose sockets one can leave any sandbox) look empty but
 * for the programs that are found there.
 */
import { realpath } from "node:fs/promises";
import { basename, delimiter, dirname, join, sep } from "node:path";
import { ORDER_PLACES } from "../../core/project-work/orders.ts";
import type { HeldTree, NameToHold } from "../../lib/held-names.ts";
import type { SandboxPlan } from "../../lib/sandbox.ts";
import type { CheckoutToolsDeps, WorkingTree } from "./working-tree.ts";

/** How names are looked up on machines where a service does it. */
const RESOLVER = "/run/systemd/resolve";

export interface CommandWish {
  readonly folder: string;
  readonly hasNetwork: boolean;
  /** Absolute; of others. */
  readonly reserved: readonly string[];
  readonly held: HeldTree;
  /** Wherever it is. */
  readonly readable: readonly string[];
}

/** A command has no business below any folder of settings; an agent's own program may have. */
export function namesToHold(root: string): readonly NameToHold[] {
  const { folders, files } = ORDER_PLACES;
  return [
    ...folders.map((name) => ({ path: join(root, name), look: "folder" as const })),
    ...files.map((name) => ({ path: join(root, name), look: "json" as const })),
  ];
}

export async function planCommand(
  { places, hidden }: Pick<CheckoutToolsDeps, "places" | "hidden">,
  { root, gitDir, commonDir }: Pick<WorkingTree, "root" | "gitDir" | "commonDir">,
  { folder, hasNetwork, reserved, held, readable }: CommandWish,
): Promise<SandboxPlan> {
  const home = await realOf(places.home);
  const hiddenHome = home === null || home === sep ? [] : [home];
  const found = await Promise.all([...hidden, "/run"].map(realOf));
  const programs = await programsBelow(hiddenHome, places.path);
  return {
    folder,
    hasNetwork,
    hidden: [...hiddenHome, ...found.flatMap((path) => path ?? [])],
    writable: [root],
    protected: [...programs, ...(hasNetwork ? [RESOLVER] : []), commonDir, gitDir, join(root, ".git"), ...reserved],
    held,
    readable,
  };
}

/** Of what stands on the path; with a `bin` comes what it belongs to. */
async function programsBelow(homes: readonly string[], path: string): Promise<readonly string[]> {
  const folders = await Promise.all(path.split(delimiter).filter(isAbsolute).map(realOf));
  const found = folders.flatMap((folder) => {
    const home = homes.find((each) => folder?.startsWith(each + sep) === true);
    if (folder === null || home === undefined) return [];
    const whole = dirname(folder);
    // `~/bin` and `~/.local/bin` stand beside what is nobody else's business.
    const isPrivate = whole === home || dirname(whole) === home;
    return [basename(folder) === "bin" && !isPrivate ? whole : folder];
  });
  return [...new Set(found)];
}

function isAbsolute(path: string): boolean {
  return path.startsWith(sep);
}

/** Nothing can be laid over what is not there. */
async function realOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") return null;
    throw cause;
  }
}
