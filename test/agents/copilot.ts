/**
 * GitHub's Copilot CLI, offline and without an account: the model is the scripted one, as a provider of one's own, by the
 * wire of Anthropic's API. It writes as Claude's models do there, by `create`; GPT's are given `apply_patch`.
 */
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { prompt } from "./real-world.ts";
import type { Prompted, Ran, RealWorld } from "./real-world.ts";

export interface CopilotTurn extends Prompted {
  /** Beside what every turn is given. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function copilotTurn(world: RealWorld, home: string, turn: CopilotTurn): Promise<Ran> {
  const { args = [], env = {} } = turn;
  return world.run(["copilot", "-p", prompt(turn), "--allow-all-tools", "--no-color", ...args], {
    home,
    env: {
      COPILOT_OFFLINE: "true",
      COPILOT_AUTO_UPDATE: "false",
      COPILOT_PROVIDER_BASE_URL: world.model.url,
      COPILOT_PROVIDER_TYPE: "anthropic",
      COPILOT_PROVIDER_API_KEY: "none",
      COPILOT_MODEL: "claude-sonnet-4.6",
      ...env,
    },
  });
}

export const copilot: RealAgent = {
  name: "copilot",
  title: "Copilot CLI",
  async open(world, home) {
    await world.home(nameOfHome(home), { ".copilot/settings.json": "{}\n" });
    await installHooks(world, home, "copilot");
  },
  turn: copilotTurn,
  write: (path, text) => ({ name: "create", input: { path, file_text: `${text}\n` } }),
};
