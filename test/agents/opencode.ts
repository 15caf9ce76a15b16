/** opencode, offline: the model is the scripted one, by the wire of OpenAI's chat completions. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { AgentRun, RealAgent } from "./real-agent.ts";
import { agentsFolder, prompt } from "./real-world.ts";
import type { Ran, RealWorld } from "./real-world.ts";

const opencodeConfig = (url: string) => ({
  autoupdate: false,
  share: "disabled",
  model: "scripted/scripted",
  small_model: "scripted/scripted",
  provider: {
    scripted: {
      // Within its binary: nothing is fetched for it.
      npm: "@ai-sdk/openai-compatible",
      options: { baseURL: `${url}/v1`, apiKey: "none" },
      models: { scripted: { tool_call: true, limit: { context: 200_000, output: 16_000 } } },
    },
  },
});

/**
 * It fetches a package for whoever writes a plugin with types before it loads the first one, and goes on without: offline
 * after more than a minute of trying again, which `npm_config_offline` spares.
 */
const OFFLINE = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_SHARE: "1",
  npm_config_offline: "true",
};

/**
 * npm leaves a text in `.bin` that says that a script was not run, which would put one of these in its place. The first
 * runs on processors of any age.
 */
const built = `opencode-${process.platform}-${process.arch}`;
const programs = [`${built}-baseline`, built].map((name) => join(agentsFolder, "node_modules", name, "bin/opencode"));
const program = programs.find((path) => existsSync(path)) ?? built;

/** What a user of it has, without anything of ours. */
export async function prepareOpencode(world: RealWorld, home: string): Promise<void> {
  const config = JSON.stringify(opencodeConfig(world.model.url));
  await world.home(nameOfHome(home), { ".config/opencode/opencode.json": config });
}

/** It puts an argument with a blank in it into quotation marks, so the prompt comes in by its standard input. */
const RUN = 'p=$0 t=$1; shift; exec "$p" run "$@" <<END\n$t\nEND';

export function runOpencode(world: RealWorld, home: string, { prompted, words = [] }: AgentRun): Promise<Ran> {
  return world.run(["sh", "-c", RUN, program, prompt(prompted), ...words], { home, env: OFFLINE });
}

export const opencode: RealAgent = {
  name: "opencode",
  title: "opencode",
  program,
  async open(world, home) {
    await prepareOpencode(world, home);
    await installHooks(world, home, "opencode");
  },
  turn: (world, home, prompted) => runOpencode(world, home, { prompted }),
  write: (path, text) => ({ name: "write", input: { filePath: path, content: `${text}\n` } }),
};
