/**
 * The agents that Serai starts by name: which program of theirs speaks the Agent Client Protocol and how it is started,
 * how it is installed, which settings it may see, and what it does differently. Facts only.
 */
import type { HarnessName } from "../../core/session-words.ts";

export type SpawnedName = Exclude<HarnessName, "hosted" | "observed">;

export interface AgentRow {
  readonly title: string;
  /** The first that is found is taken. */
  readonly programs: readonly { readonly command: string; readonly args: readonly string[] }[];
  readonly install: string;
  /** Settings of its vendor that it may be given, if the configuration has them. */
  readonly keys: readonly string[];
  /** `{home}` and `{tmp}` are the session's own folders. */
  readonly env: Readonly<Record<string, string>>;
  /** How it wants to be told which key to use, before it makes a session. */
  readonly authentication: readonly { readonly key: string; readonly methodId: string }[];
  /** The mode in which it asks before it writes, where its first one does not. */
  readonly mode: string | null;
  /** What it calls an end of a turn, and is an error of the model (H3); matched against the start of the text. */
  readonly hiddenErrors: readonly RegExp[];
}

/** An adapter's own words, or its library's, in front of what the vendor said. */
const API_ERRORS: readonly RegExp[] = [
  /^API Error:? ?(?:\(?\d{3}|\w)/,
  /^unexpected status \d{3}\b/,
  /^(?:stream disconnected before completion|stream error|exceeded retry limit)\b/,
  /^\{"(?:type":"error"|error":\{)/,
];

export const agentsTable: Readonly<Record<SpawnedName, AgentRow>> = {
  "claude-code": {
    title: "Claude Code",
    programs: [
      { command: "claude-agent-acp", args: [] },
      { command: "claude-code-acp", args: [] },
    ],
    install: "npm install -g @agentclientprotocol/claude-agent-acp",
    keys: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN"],
    env: {
      CLAUDE_CODE_TMPDIR: "{tmp}",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    },
    authentication: [],
    // Its first mode may be one in which a model decides what is asked.
    mode: "default",
    hiddenErrors: API_ERRORS,
  },
  codex: {
    title: "Codex",
    programs: [{ command: "codex-acp", args: [] }],
    install: "npm install -g @agentclientprotocol/codex-acp",
    keys: ["OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_BASE_URL"],
    env: { CODEX_HOME: "{home}/.codex" },
    // The first two are of `@zed-industries/codex-acp`, which the other took the name from.
    authentication: [
      { key: "CODEX_API_KEY", methodId: "codex-api-key" },
      { key: "OPENAI_API_KEY", methodId: "openai-api-key" },
      { key: "CODEX_API_KEY", methodId: "api-key" },
      { key: "OPENAI_API_KEY", methodId: "api-key" },
    ],
    // In its own first mode it writes without asking, whatever its configuration says.
    mode: "read-only",
    hiddenErrors: API_ERRORS,
  },
  gemini: {
    title: "Gemini CLI",
    programs: [{ command: "gemini", args: ["--acp"] }],
    install: "npm install -g @google/gemini-cli",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"],
    // Else it starts itself a second time, with more memory, and the first one is what a signal reaches.
    env: { GEMINI_CLI_NO_RELAUNCH: "true" },
    authentication: [{ key: "GEMINI_API_KEY", methodId: "gemini-api-key" }],
    mode: null,
    hiddenErrors: API_ERRORS,
  },
  opencode: {
    title: "opencode",
    programs: [{ command: "opencode", args: ["acp"] }],
    install: "npm install -g opencode-ai",
    keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "OPENCODE_CONFIG"],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      XDG_CONFIG_HOME: "{home}/.config",
      XDG_DATA_HOME: "{home}/.local/share",
      XDG_CACHE_HOME: "{home}/.cache",
      XDG_STATE_HOME: "{home}/.local/state",
    },
    authentication: [],
    mode: null,
    hiddenErrors: API_ERRORS,
  },
  pi: {
    title: "pi",
    programs: [{ command: "pi-acp", args: [] }],
    install: "npm install -g pi-acp @earendil-works/pi-coding-agent",
    keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
    env: { PI_SKIP_VERSION_CHECK: "1" },
    authentication: [],
    mode: null,
    hiddenErrors: API_ERRORS,
  },
};

/** Nothing for a kind of session whose turns no program carries out. */
export function agentRow(name: HarnessName): AgentRow | null {
  return name === "hosted" || name === "observed" ? null : agentsTable[name];
}
