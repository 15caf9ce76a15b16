/** What the machine and its environment say of spawned agents: which program, which keys of their vendors. */
import type { SpawnedInput } from "../core/ports/harness.ts";
import type { HarnessName } from "../core/session-words.ts";
import type { Environment } from "./config.ts";

/**
 * `SERAI_AGENT_CODEX="node /opt/codex-acp.js"`: instead of what is found on the machine. A JSON array, where an argument
 * has spaces in it.
 */
export function programOf(environment: Environment, harness: HarnessName): SpawnedInput["program"] {
  const text = environment[`SERAI_AGENT_${harness.toUpperCase().replaceAll("-", "_")}`]?.trim() ?? "";
  const [command, ...args] = wordsOf(text);
  return command === undefined ? undefined : { command, args, env: {} };
}

function wordsOf(text: string): readonly string[] {
  if (!text.startsWith("[")) return text.split(/\s+/).filter((word) => word !== "");
  const words: unknown = JSON.parse(text);
  return Array.isArray(words) ? words.map(String) : [];
}

/** Beside which a `node_modules/.bin` may have agents. */
export function agentFolders(): readonly string[] {
  return [process.cwd()];
}

export function isIsolationOn(environment: Environment): boolean {
  return environment["SERAI_ISOLATION"] !== "off";
}

const ANTHROPIC = ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
const OPENAI = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "CODEX_API_KEY"];
const GOOGLE = ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"];

/** An agent gets its own vendor's keys; those that speak to all of them get all. */
const KEYS: Readonly<Record<HarnessName, readonly string[]>> = {
  hosted: [],
  observed: [],
  "claude-code": ANTHROPIC,
  codex: OPENAI,
  gemini: GOOGLE,
  opencode: [...ANTHROPIC, ...OPENAI, ...GOOGLE],
  pi: [...ANTHROPIC, ...OPENAI, ...GOOGLE],
};

export function vendorKeys(environment: Environment, harness: HarnessName): Readonly<Record<string, string>> {
  const known = KEYS[harness].map((name) => [name, environment[name] ?? ""] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== ""));
}
