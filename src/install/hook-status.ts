/** What is installed: by what stands in the agents' files, not by what was once noted. Changes nothing. */
import { findFile } from "./disk.ts";
import { fileOf } from "./ides.ts";
import type { Ide, Scope } from "./ides.ts";
import { findHooks } from "./merge-hooks.ts";
import { targetOf } from "./places.ts";
import type { Place } from "./places.ts";
import { isOurPlugin } from "./plugin-text.ts";

export type HookState = "installed" | "partly" | "absent" | "unreadable";

export interface HookStatus {
  readonly ide: Ide;
  readonly scope: Scope;
  readonly path: string;
  readonly state: HookState;
  /** Why it cannot be read, or which events are missing. */
  readonly detail: string;
  /** By the name that its commands carry; null where nothing is installed. */
  readonly server: string | null;
  readonly isStrict: boolean;
}

export function readHookStatus(ide: Ide, scope: Scope, place: Place): HookStatus {
  const { path, base } = targetOf(ide, scope, place);
  const at = { ide, scope, path };
  const found = findFile(path, base);
  if (!found.ok) return { ...at, state: "unreadable", detail: found.reason, server: null, isStrict: false };
  const text = found.value.text;
  const nothing = { ...at, state: "absent", detail: "", server: null, isStrict: false } as const;
  if (text === null) return nothing;
  const file = fileOf(ide);
  if (file.kind === "plugin") {
    if (!isOurPlugin(text)) return nothing;
    const server = /"server":"([^"]*)"/.exec(text)?.[1] ?? null;
    return { ...at, state: "installed", detail: "", server, isStrict: text.includes('"strict":true') };
  }
  const hooks = findHooks(text);
  if (!hooks.ok) return { ...at, state: "unreadable", detail: hooks.reason, server: null, isStrict: false };
  const events = new Set(hooks.value.map(({ event }) => event));
  if (events.size === 0) return nothing;
  const missing = file.events.filter(({ name }) => !events.has(name)).map(({ name }) => name);
  const commands = JSON.stringify(hooks.value.map(({ entry }) => entry));
  return {
    ...at,
    state: missing.length === 0 ? "installed" : "partly",
    detail: missing.length === 0 ? "" : `not for ${missing.join(", ")}`,
    // The last word of a command, or the one before `strict`.
    server: new RegExp(`${ide} \\w+ ([\\w.-]+)`).exec(commands)?.[1] ?? null,
    isStrict: / strict[\\"]|\?strict=1/.test(commands),
  };
}
