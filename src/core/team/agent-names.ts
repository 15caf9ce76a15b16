/** How agents are called when one is told of another. */
import type { HarnessName } from "../session.ts";
import type { AgentType } from "./hook-event.ts";

export const agentNames = {
  claude_code: "Claude Code",
  cursor: "Cursor",
  codex: "Codex",
  gemini: "Gemini",
  opencode: "opencode",
  pi: "pi",
  copilot: "Copilot",
  vscode: "VS Code",
  windsurf: "Windsurf",
  custom: "an agent",
} as const satisfies Record<AgentType, string>;

const harnessNames: Readonly<Record<string, string>> = {
  hosted: "Serai",
  "claude-code": agentNames.claude_code,
  codex: agentNames.codex,
  gemini: agentNames.gemini,
  opencode: agentNames.opencode,
  pi: agentNames.pi,
};

/** `agentType`: what the agent itself says it is. */
export function agentNameOf(harness: HarnessName, agentType: AgentType | null): string {
  return agentType === null ? (harnessNames[harness] ?? agentNames.custom) : agentNames[agentType];
}
