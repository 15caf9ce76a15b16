/** What a hook said, read as its agent reads it. Whatever that agent does not understand lets the call through. */
import type { Ide } from "./ides.ts";

export interface HookRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type HookVerdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly reason: string }
  /** No answer that the agent could read. */
  | { readonly kind: "odd"; readonly said: string };

export function verdictOf(ide: Ide, run: HookRun): HookVerdict {
  // Copilot reads a refusal where it reads every other answer.
  if (run.code === 2 && ide !== "copilot") return { kind: "denied", reason: run.stderr.trim() };
  if (ide === "windsurf") return { kind: "allowed" };
  let said: unknown;
  try {
    said = JSON.parse(run.stdout);
  } catch (cause) {
    return { kind: "odd", said: `${run.stdout} (${String(cause)})` };
  }
  const reason = reasonIn(ide, recordOf(said));
  return reason === null ? { kind: "allowed" } : { kind: "denied", reason };
}

function reasonIn(ide: Ide, said: Readonly<Record<string, unknown>>): string | null {
  switch (ide) {
    case "claude-code":
    case "codex": {
      const { permissionDecision, permissionDecisionReason } = recordOf(said["hookSpecificOutput"]);
      return permissionDecision === "deny" ? String(permissionDecisionReason) : null;
    }
    case "cursor":
      return said["permission"] === "deny" ? String(said["user_message"]) : null;
    case "gemini":
      return said["decision"] === "deny" ? String(said["reason"]) : null;
    case "copilot":
      return said["permissionDecision"] === "deny" ? String(said["permissionDecisionReason"]) : null;
    case "windsurf":
      return null;
    case "opencode":
    case "pi":
      return said["permission"] === "deny" ? String(said["reason"]) : null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
