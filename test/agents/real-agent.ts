/** What the tests ask of a real agent: its hooks installed as a user installs them, one turn, its own way of writing a file. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "../model-server/server.ts";
import { agentsFolder } from "./real-world.ts";
import type { Prompted, Ran, RealWorld } from "./real-world.ts";

export interface RealAgent {
  /** Of its program in `node_modules/.bin`. */
  readonly name: string;
  /** Where that is not where npm puts it. */
  readonly program?: string;
  /** As others are told of it. */
  readonly title: string;
  open(world: RealWorld, home: string): Promise<void>;
  turn(world: RealWorld, home: string, prompted: Prompted): Promise<Ran>;
  /** The call of its own tool that writes the file, whose text is a line without its end. */
  write(path: string, text: string): NonNullable<Step["tools"]>[number];
}

/** One run of its program. */
export interface AgentRun {
  readonly prompted: Prompted;
  /** Further words of its command line. */
  readonly words?: readonly string[];
}

export function isInstalled({ name, program }: RealAgent): boolean {
  return existsSync(program ?? join(agentsFolder, "node_modules", ".bin", name));
}

/** Into the settings of this home's user. */
export async function installHooks(world: RealWorld, home: string, ide: string): Promise<void> {
  const ran = await world.serai(home, "hooks", "install", ide, "--user");
  if (ran.code !== 0) throw new Error(`The hooks of ${ide} were not installed:\n${ran.output}`);
}

/** By which the world knows it. */
export function nameOfHome(home: string): string {
  return home.split("/").at(-1) ?? "";
}
