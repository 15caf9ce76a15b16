/**
 * What other programs carry out without asking when they find it in a working tree: settings of editors and agents that
 * start something. An agent that could write them would have its orders carried out by whoever opens the tree next.
 */

/** Single files; beside them an agent may keep what it likes. */
export const ORDER_FILES = [
  ".claude/settings.json",
  ".claude/settings.local.json",
  ".codex/config.toml",
  ".codex/hooks.json",
  ".cursor/hooks.json",
  ".cursor/mcp.json",
  ".gemini/settings.json",
  ".mcp.json",
  ".pi/settings.json",
  ".vscode/launch.json",
  ".vscode/mcp.json",
  ".vscode/settings.json",
  ".vscode/tasks.json",
  "opencode.json",
  "opencode.jsonc",
] as const;

/** Folders of which everything is taken as an order. */
export const ORDER_FOLDERS = [".github/hooks", ".pi/extensions"] as const;

/** As those, but only where the folder above is there: an empty one would make its agent install things into it. */
export const ORDER_FOLDERS_OF_USERS = [".opencode/plugin", ".opencode/plugins"] as const;

/** At the top of a tree, for programs that have no business below any of them. */
export const ORDER_PLACES = {
  folders: [".claude", ".codex", ".cursor", ".gemini", ".github/hooks", ".opencode", ".pi", ".vscode"],
  files: [".mcp.json", "opencode.json", "opencode.jsonc"],
} as const;

const FILES: ReadonlySet<string> = new Set(ORDER_FILES);
const FOLDERS: readonly string[] = [...ORDER_FOLDERS, ...ORDER_FOLDERS_OF_USERS];

/** Relative to the top of a tree. Case counts for nothing: on somebody's machine it does not. */
export function isOrder(segments: readonly string[]): boolean {
  const path = segments.join("/").toLowerCase();
  return FILES.has(path) || FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** To an agent that wants to change one. */
export function sayOrder(shown: string): string {
  return `${shown} is read by other programs as what to start, and no agent may change it; ask a person to`;
}
