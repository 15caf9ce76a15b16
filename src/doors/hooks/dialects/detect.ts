/**
 * Which IDE really asks. The payload is believed before the address: Cursor and Copilot run Claude Code's hook files, and
 * an agent started by another inherits its environment (hooks.md §7.2). Facts of the environment count only where the hook
 * client reported them: an HTTP hook reports none.
 */
import { decodeHeader } from "../../../http/tree-headers.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { cursor } from "./cursor.ts";
import type { Dialect, HeaderOf, IdeName } from "./dialect.ts";
import { fieldsOf, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { windsurf } from "./windsurf.ts";

export const dialects = {
  "claude-code": claudeCode,
  cursor,
  codex,
  gemini,
  copilot,
  windsurf,
  opencode,
  pi,
} as const satisfies Record<IdeName, Dialect>;

const GEMINI_EVENTS: ReadonlySet<string> = new Set([
  ...["BeforeTool", "AfterTool", "BeforeAgent", "AfterAgent", "PreCompress"],
]);

export function detectIde(asked: IdeName, payload: unknown, header: HeaderOf): IdeName {
  const fields = fieldsOf(payload);
  // Our own plugins are in the host's process: nobody else runs them.
  if (fields === undefined || asked === "opencode" || asked === "pi") return asked;
  return byPayload(fields, environmentOf(header)) ?? byAddress(asked, fields, environmentOf(header));
}

type Environment = ReadonlyMap<string, string> | undefined;

function byPayload(fields: Fields, environment: Environment): IdeName | undefined {
  if (textIn(fields, "cursor_version") !== undefined) return "cursor";
  if (textIn(fields, "agent_action_name") !== undefined) return "windsurf";
  const isCopilots = "toolArgs" in fields || typeof fields["timestamp"] === "number";
  if (textIn(fields, "sessionId") !== undefined && isCopilots) return "copilot";
  const transcript = textIn(fields, "transcript_path") ?? "";
  if (textIn(fields, "turn_id") !== undefined || /[/\\]rollout-[^/\\]*\.jsonl$/.test(transcript)) return "codex";
  const geminiSession = environment?.get("GEMINI_SESSION_ID");
  const isGeminis = geminiSession !== undefined && geminiSession === textIn(fields, "session_id");
  return isGeminis || GEMINI_EVENTS.has(textIn(fields, "hook_event_name") ?? "") ? "gemini" : undefined;
}

/** Only Claude Code's files are run by others; what stands in another IDE's own file was run by that IDE. */
function byAddress(asked: IdeName, fields: Fields, environment: Environment): IdeName {
  if (asked !== "claude-code") return asked;
  // Copilot dates what it gives to hooks of Claude Code's files, requests too; Claude Code dates nothing.
  if (Number.isFinite(Date.parse(textIn(fields, "timestamp") ?? ""))) return "copilot";
  if (environment === undefined) return asked;
  if (/[/\\]\.claude[/\\]projects[/\\]/.test(textIn(fields, "transcript_path") ?? "")) return asked;
  if (environment.has("CURSOR_VERSION")) return "cursor";
  return environment.has("CLAUDECODE") ? asked : "copilot";
}

/**
 * `NAME` and `NAME=value`, separated by commas, semicolons or spaces: those that are set of the ones that tell. The hook
 * client always names the event; where it does and this is absent, none was set.
 */
function environmentOf(header: HeaderOf): Environment {
  const text = header("x-serai-env") ?? (header("x-serai-event") === undefined ? undefined : "");
  if (text === undefined) return undefined;
  const pairs = decodeHeader(text)
    .split(/[,;\s]+/)
    .filter((part) => part !== "")
    .map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
  return new Map(pairs);
}
