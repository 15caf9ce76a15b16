/**
 * The command or request that stands in an agent's file for each of its events.
 *
 * Invariant: a command is one simple command (Cursor feeds it by a here-document), is the same at every installation
 * (Codex trusts by its text), ends well where the script is not there (a file of the repository reaches people who have
 * no Serai), and never holds a key.
 */
import type { HookEvent, HookFile, Ide } from "./ides.ts";

/** What is to stand under each event: a handler, or a group with one. */
export type Entries = ReadonlyMap<string, unknown>;

export interface HookSite {
  readonly ide: Ide;
  /** Of this machine; null in a file that others share, where each finds their own. */
  readonly folder: string | null;
  readonly server: ServerAccess;
  readonly isStrict: boolean;
  /** Requests of the agent's own where it can; they need the key in the file. */
  readonly usesHttp: boolean;
  readonly platform: NodeJS.Platform;
}

export interface ServerAccess {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  readonly hostId: string;
}

export const TIMEOUT_SECONDS = 5;
const HTTP_TIMEOUT_SECONDS = 3;
/** More than that is cut by Codex, and shown to the user as an error at every start. */
const CODEX_END_SECONDS = 3;
const CODEX_ENDS: ReadonlySet<string> = new Set(["SessionEnd", "Interrupt"]);

export function entriesOf(file: HookFile, site: HookSite): Entries {
  return new Map(file.events.map((event) => [event.name, entryOf(file, event, site)]));
}

function entryOf({ form }: HookFile, event: HookEvent, site: HookSite): unknown {
  const handler = event.http === true && site.usesHttp ? httpHandler(event, site) : commandHandler(event, site);
  const matcher = event.matcher === undefined ? {} : { matcher: event.matcher };
  return form === "grouped" ? { ...matcher, hooks: [handler] } : { ...handler, ...matcher };
}

function httpHandler({ gates }: HookEvent, { server, isStrict }: HookSite): object {
  return {
    type: "http",
    url: `${server.url}/hooks/claude-code${isStrict ? "?strict=1" : ""}`,
    headers: { Authorization: `Bearer ${server.key}`, "X-Serai-Agent": "claude-code", "X-Serai-Host": server.hostId },
    timeout: HTTP_TIMEOUT_SECONDS,
    ...(isStrict && gates === true ? { onFailure: "block" } : {}),
  };
}

function commandHandler(event: HookEvent, site: HookSite): object {
  // In a file that others share there is one command for all, and Git brings Windows a shell, which Claude Code runs.
  const isWindows = site.platform === "win32" && site.folder !== null && site.ide !== "claude-code";
  const command = isWindows ? powerShellFile(event, site) : shellCommand(event, site);
  switch (site.ide) {
    case "cursor":
      return { command, timeout: TIMEOUT_SECONDS, ...(site.isStrict && event.gates ? { failClosed: true } : {}) };
    case "codex":
      return {
        type: "command",
        command: shellCommand(event, site),
        commandWindows: `powershell -NoProfile -NonInteractive -Command "${powerShellText(event, site)}"`,
        timeout: CODEX_ENDS.has(event.name) ? CODEX_END_SECONDS : TIMEOUT_SECONDS,
      };
    case "gemini":
      // Gemini counts in milliseconds, alone among them.
      return { type: "command", name: "serai", command, timeout: TIMEOUT_SECONDS * 1_000 };
    case "copilot":
      return {
        type: "command",
        bash: shellCommand(event, site),
        powershell: powerShellText(event, site),
        timeoutSec: TIMEOUT_SECONDS,
      };
    case "windsurf":
      return { command, show_output: false };
    default:
      return { type: "command", command, timeout: TIMEOUT_SECONDS };
  }
}

export function shellCommand({ name, gates }: HookEvent, { ide, folder, server, isStrict }: HookSite): string {
  const place = folder === null ? "${XDG_CONFIG_HOME:-$HOME/.config}/serai/hooks" : "$0";
  // Whoever writes to a closed pipe may call that an error of ours, so what is missing still reads to the end.
  const reason = `Serai: its hooks are strict here and not installed; run: serai hooks install ${ide}`;
  const missing = `{ cat >/dev/null; echo "${reason}" >&2; ${denialFor(ide, reason)}exit 2; }`;
  const load =
    isStrict && gates === true
      ? `[ -r "$d/hook.sh" ] || ${missing}; . "$d/hook.sh"`
      : `if [ -r "$d/hook.sh" ]; then . "$d/hook.sh"; else cat >/dev/null; fi`;
  const first = folder === null ? "serai" : quoted(folder.replaceAll("\\", "/"));
  return `sh -c 'd=${place}; ${load}' ${first} ${wordsOf(name, { ide, server, isStrict })}`;
}

/** Copilot tells its model nothing of what stands on standard error. */
function denialFor(ide: Ide, reason: string): string {
  if (ide !== "copilot") return "";
  const denial = JSON.stringify({ permissionDecision: "deny", permissionDecisionReason: reason });
  return `echo "${denial.replaceAll('"', String.raw`\"`)}"; `;
}

/** For whoever runs PowerShell with it. Single quotes only, so that it may stand between double ones. */
function powerShellText({ name }: HookEvent, { ide, folder, server, isStrict }: HookSite): string {
  const script = folder === null ? "(Join-Path $HOME '.config/serai/hooks')" : `'${folder.replaceAll("'", "''")}'`;
  const words = wordsOf(name, { ide, server, isStrict });
  return `$s = Join-Path ${script} 'hook.ps1'; if (Test-Path $s) { & $s ${words}; exit $LASTEXITCODE }`;
}

/** Understood alike by cmd, PowerShell and a POSIX shell. */
function powerShellFile({ name }: HookEvent, { ide, folder, server, isStrict }: HookSite): string {
  const script = `${folder ?? ""}\\hook.ps1`;
  const words = wordsOf(name, { ide, server, isStrict });
  return `powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "${script}" ${words}`;
}

function wordsOf(event: string, { ide, server, isStrict }: Pick<HookSite, "ide" | "server" | "isStrict">): string {
  return [ide, event, server.name, ...(isStrict ? ["strict"] : [])].join(" ");
}

function quoted(text: string): string {
  return /^[\w/.:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** By what it calls, and by nothing that a person may change. */
export function isOurHandler(handler: unknown): boolean {
  if (typeof handler !== "object" || handler === null || Array.isArray(handler)) return false;
  const { url, command, bash } = handler as Readonly<Record<string, unknown>>;
  if (typeof url === "string") return /^https?:\/\/[^/]+(?:\/[^?]*)?\/hooks\/claude-code(?:\?.*)?$/.test(url);
  return [command, bash].some(
    (text) => typeof text === "string" && /serai[\\/]hooks/.test(text) && /hook\.(?:sh|ps1)/.test(text),
  );
}
