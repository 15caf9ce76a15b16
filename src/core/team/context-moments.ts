/**
 * With which hooks an agent can be told something: its IDE shows the answer's context to the model. At any other moment
 * words would be lost, so what waits for the agent goes on waiting. Facts as of 2026-11, by running or reading each.
 */
import type { AgentType, HookMoment } from "./hook-event.ts";

const IN_MOST: readonly HookMoment[] = ["session_start", "turn_start", "pre_tool", "post_tool"];
const NOT_BEFORE_TOOLS: readonly HookMoment[] = ["session_start", "turn_start", "post_tool"];

const CONTEXT_MOMENTS = {
  claude_code: IN_MOST,
  codex: IN_MOST,
  cursor: IN_MOST,
  copilot: IN_MOST,
  vscode: IN_MOST,
  gemini: NOT_BEFORE_TOOLS,
  opencode: NOT_BEFORE_TOOLS,
  pi: NOT_BEFORE_TOOLS,
  // Its hooks can only stop things; it is told by its rules file and over MCP.
  windsurf: [],
  custom: NOT_BEFORE_TOOLS,
} as const satisfies Record<AgentType, readonly HookMoment[]>;

export function takesContext(agentType: AgentType, moment: HookMoment): boolean {
  const moments: readonly HookMoment[] = CONTEXT_MOMENTS[agentType];
  return moments.includes(moment);
}
