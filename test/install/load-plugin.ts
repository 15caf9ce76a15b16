/** A plugin of ours as it is written to disk, loaded as its host loads it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pluginText } from "../../src/install/plugin-text.ts";
import type { HookWorld } from "./hook-world.ts";

export interface LoadedAs {
  readonly isStrict?: boolean;
  /** Of the folder that it is in: the user's, the project's. */
  readonly name?: string;
}

export async function loadPlugin(
  world: HookWorld,
  asset: string,
  { isStrict = false, name = "user" }: LoadedAs = {},
): Promise<Readonly<Record<string, unknown>>> {
  const folder = join(world.root, `${name}-${asset}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "serai.mjs");
  writeFileSync(path, pluginText(asset, { folder: world.folder.path, server: "double", isStrict }));
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}
