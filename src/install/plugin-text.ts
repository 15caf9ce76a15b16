/**
 * The text of a plugin that runs inside an agent: our client, the part for that agent, and where this machine keeps the
 * server and its key. One file without imports of ours, because an agent loads it by itself.
 *
 * Invariant: it exports the plugin and nothing else (opencode takes every export for a plugin), and never holds a key.
 */
import { readAsset } from "./scripts.ts";

export interface PluginSettings {
  /** Null in a file that others share: each finds their own. */
  readonly folder: string | null;
  readonly server: string;
  readonly isStrict: boolean;
}

const MARK = "// Made by: serai hooks install";

export function pluginText(asset: string, settings: PluginSettings): string {
  const client = bare(readAsset("plugin-client.js")).replace(/^export /gm, "");
  const plugin = bare(readAsset(asset));
  const body = plugin.replace(/^import .*\n/gm, "").replace("const settings = {};", () => settingsLine(settings));
  return [`${MARK}; it is written anew by every installation.`, client.trimEnd(), body.trim(), ""].join("\n");
}

export function isOurPlugin(text: string): boolean {
  return text.startsWith(MARK);
}

function settingsLine({ folder, server, isStrict }: PluginSettings): string {
  return `const settings = ${JSON.stringify({ folder, server, strict: isStrict })};`;
}

/** Without what only our own tools read. */
function bare(text: string): string {
  return text.replace(/^\/\* oxlint-disable .*\n/, "");
}
