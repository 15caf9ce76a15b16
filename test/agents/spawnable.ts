/**
 * The real agents that Serai starts over the Agent Client Protocol, each against the scripted model: how the server is
 * configured for it, as a user would, and the call of its own tool that writes a file.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "../model-server/server.ts";
import { agentsFolder } from "./real-world.ts";

export interface Spawnable {
  readonly title: string;
  readonly harness: "claude-code" | "codex" | "gemini";
  /** Below `node_modules`. */
  readonly program: string;
  /** Of the server, beside a PATH with `node_modules/.bin`. */
  readonly environment: (modelUrl: string) => Readonly<Record<string, string>>;
  /** The vendor's name of a model with the tool; null: the agent's own choice. */
  readonly model: string | null;
  readonly write: (path: string, text: string) => NonNullable<Step["tools"]>[number];
}

export const packages = join(agentsFolder, "node_modules");

export function isInstalled({ program }: Spawnable): boolean {
  return agentsFolder !== "" && existsSync(join(packages, program));
}

const openai = (url: string) => ({ OPENAI_API_KEY: "none", OPENAI_BASE_URL: url });
const patch = (path: string, text: string) => ({
  name: "apply_patch",
  rawInput: `*** Begin Patch\n*** Add File: ${path}\n+${text}\n*** End Patch\n`,
});
/** The one that `@agentclientprotocol/codex-acp` took the name from: a program, not a script that starts one. */
const RUST_ADAPTER = `@zed-industries/codex-acp-${process.platform}-${process.arch}/bin/codex-acp`;

export const spawnables: readonly Spawnable[] = [
  {
    title: "Gemini CLI",
    harness: "gemini",
    program: ".bin/gemini",
    environment: (url) => ({ GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: url }),
    model: null,
    write: (path, text) => ({ name: "write_file", input: { file_path: path, content: `${text}\n` } }),
  },
  {
    title: "Codex by @agentclientprotocol/codex-acp",
    harness: "codex",
    program: ".bin/codex-acp",
    environment: openai,
    model: "gpt-5.5",
    write: patch,
  },
  {
    title: "Codex by @zed-industries/codex-acp",
    harness: "codex",
    program: RUST_ADAPTER,
    environment: (url) => ({ ...openai(url), SERAI_AGENT_CODEX: join(packages, RUST_ADAPTER) }),
    model: "gpt-5.5",
    write: patch,
  },
  {
    title: "Claude Code",
    harness: "claude-code",
    program: ".bin/claude-agent-acp",
    environment: (url) => ({ ANTHROPIC_API_KEY: "none-of-any-use", ANTHROPIC_BASE_URL: url }),
    model: null,
    write: (path, text) => ({ name: "Write", input: { file_path: path, content: `${text}\n` } }),
  },
];
