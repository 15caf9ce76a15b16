/**
 * Where things are: the folder of the hooks, and the file that each agent reads its hooks from.
 *
 * Never touches a disk. Folders that an agent lets its user move are where that user has moved them.
 */
import { join } from "node:path";
import type { Ide, Scope } from "./ides.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Place {
  readonly environment: Environment;
  readonly home: string;
  /** The top of the repository, or the folder itself outside of one. */
  readonly projectRoot: string;
  readonly platform: NodeJS.Platform;
}

export interface HooksFolder {
  readonly path: string;
  readonly script: string;
  readonly powerShell: string;
  readonly guard: string;
  readonly ledger: string;
  readonly hostId: string;
  readonly madeFolders: string;
  readonly log: string;
  readonly stateFolder: string;
  readonly serversFolder: string;
  serverFile(name: string): string;
}

export function hooksFolderOf({ environment, home }: Pick<Place, "environment" | "home">): HooksFolder {
  const path = join(set(environment["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "serai", "hooks");
  const serversFolder = join(path, "servers");
  return {
    path,
    script: join(path, "hook.sh"),
    powerShell: join(path, "hook.ps1"),
    guard: join(path, "guard.sh"),
    ledger: join(path, "installed.json"),
    hostId: join(path, "host-id"),
    madeFolders: join(path, "made-folders"),
    log: join(path, "state", "hook.log"),
    stateFolder: join(path, "state"),
    serversFolder,
    serverFile: (name) => join(serversFolder, `${name}.curl`),
  };
}

export interface Target {
  readonly path: string;
  /** What must not be left unsaid when the real file lies elsewhere. */
  readonly base: string;
  /** Others get this file with the repository, so nothing of this machine may be in it. */
  readonly isShared: boolean;
}

export function targetOf(ide: Ide, scope: Scope, place: Place): Target {
  if (scope === "project") {
    const path = join(place.projectRoot, PROJECT_FILES[ide]);
    return { path, base: place.projectRoot, isShared: ide !== "claude-code" };
  }
  return { path: userFileOf(ide, place), base: place.home, isShared: false };
}

const PROJECT_FILES: Readonly<Record<Ide, string>> = {
  // Not `settings.json`: the key of the http hooks is in it, and the other one is committed.
  "claude-code": ".claude/settings.local.json",
  cursor: ".cursor/hooks.json",
  codex: ".codex/hooks.json",
  gemini: ".gemini/settings.json",
  copilot: ".github/hooks/serai.json",
  windsurf: ".windsurf/hooks.json",
  opencode: ".opencode/plugins/serai.js",
  pi: ".pi/extensions/serai.js",
};

function userFileOf(ide: Ide, { environment, home }: Place): string {
  const config = set(environment["XDG_CONFIG_HOME"]) ?? join(home, ".config");
  switch (ide) {
    case "claude-code":
      return join(set(environment["CLAUDE_CONFIG_DIR"]) ?? join(home, ".claude"), "settings.json");
    case "cursor":
      return join(home, ".cursor", "hooks.json");
    case "codex":
      return join(set(environment["CODEX_HOME"]) ?? join(home, ".codex"), "hooks.json");
    case "gemini":
      return join(home, ".gemini", "settings.json");
    case "copilot":
      return join(set(environment["COPILOT_HOME"]) ?? join(home, ".copilot"), "hooks", "serai.json");
    case "windsurf":
      return join(home, ".codeium", "windsurf", "hooks.json");
    case "opencode":
      return join(config, "opencode", "plugins", "serai.js");
    case "pi":
      return join(set(environment["PI_CODING_AGENT_DIR"]) ?? join(home, ".pi", "agent"), "extensions", "serai.js");
  }
}

function set(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
