/** The agents that were tried, each in the version that was. */
export const agentPackages = {
  "@google/gemini-cli": "0.61.0",
  "@openai/codex": "0.169.0",
} as const;
