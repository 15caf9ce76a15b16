/** The agents that were tried, each in the version that was. */
export const agentPackages = {
  "@agentclientprotocol/claude-agent-acp": "0.101.0",
  "@agentclientprotocol/codex-acp": "2.6.0",
  "@anthropic-ai/claude-code": "2.1.330",
  "@earendil-works/pi-coding-agent": "0.87.1",
  "@github/copilot": "1.0.102",
  "@google/gemini-cli": "0.61.0",
  "@openai/codex": "0.169.0",
  "@zed-industries/codex-acp": "0.16.0",
  "opencode-ai": "1.18.33",
} as const;
