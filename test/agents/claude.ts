/** Claude Code, offline: the model is the scripted one, by the wire of Anthropic's messages. */
import { join } from "node:path";
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { agentsFolder, prompt } from "./real-world.ts";
import type { Prompted, Ran, RealWorld } from "./real-world.ts";

/** What npm puts in `.bin` only says that the script was not run that copies this there. */
const program = join(
  agentsFolder,
  "node_modules",
  "@anthropic-ai",
  `claude-code-${process.platform}-${process.arch}`,
  "claude",
);

/** Of somebody who has started it before. */
const CONFIG = { hasCompletedOnboarding: true, autoUpdates: false };

export const claude: RealAgent = {
  name: "claude",
  title: "Claude Code",
  program,
  async open(world, home) {
    await world.home(nameOfHome(home), { ".claude.json": JSON.stringify(CONFIG) });
    await installHooks(world, home, "claude-code");
  },
  turn: (world, home, prompted) => runClaude(world, home, { prompted }),
  write: (path, text) => ({ name: "Write", input: { file_path: path, content: `${text}\n` } }),
};

export interface ClaudeRun {
  readonly prompted: Prompted;
  /** Further words of its command line. */
  readonly words?: readonly string[];
}

export function runClaude(world: RealWorld, home: string, { prompted, words = [] }: ClaudeRun): Promise<Ran> {
  const modes = ["--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits"];
  return world.run([program, "-p", prompt(prompted), ...modes, ...words], {
    home,
    env: {
      ANTHROPIC_API_KEY: "none-of-any-use",
      ANTHROPIC_BASE_URL: world.model.url,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_TMPDIR: join(home, "tmp"),
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
    },
  });
}
