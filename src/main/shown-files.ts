/**
 * Files of this machine that hold keys, as isolated agents see them (X17): those of their user's hooks with the agent's own
 * key, which its server of tools has come with; the server's settings and its key of secrets empty.
 */
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { McpServerInput } from "../core/ports/harness.ts";
import { shownToAgents } from "../install/shown-to-agents.ts";
import type { ShownFile } from "../install/shown-to-agents.ts";
import { isLoopback } from "./config.ts";
import type { Environment, ServeSettings } from "./config.ts";
import { SETTINGS_FILE } from "./settings-file.ts";

export interface ShownFilesDeps {
  readonly environment: Environment;
  readonly settings: Pick<ServeSettings, "secretKeyFile">;
  /** In which the server was started. */
  readonly folder: string;
}

export function makeShownFiles({ environment, settings, folder }: ShownFilesDeps) {
  const { secretKeyFile } = settings;
  const silent = [join(folder, SETTINGS_FILE), ...(secretKeyFile === null ? [] : [secretKeyFile])];
  const place = { environment, home: homedir(), projectRoot: folder, platform: process.platform };
  return (servers: readonly McpServerInput[]): readonly ShownFile[] => {
    const own = servers.find(({ name }) => name === "serai");
    const key = own?.headers["Authorization"]?.replace(/^Bearer /, "") ?? null;
    const isOwn = (url: string) => own !== undefined && isSameServer(new URL(url), new URL(own.url));
    const empty = silent.filter((path) => existsSync(path)).map((path) => ({ path: realpathSync(path), text: "" }));
    return [...shownToAgents(place, { key, isOwn }), ...empty];
  };
}

/** Loopback has several names. */
function isSameServer(one: URL, other: URL): boolean {
  const hosts = [one, other].map(({ hostname }) => (isLoopback(hostname) ? "" : hostname));
  return one.port === other.port && hosts[0] === hosts[1];
}
