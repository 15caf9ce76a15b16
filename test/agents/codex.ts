/** Codex, offline: the model is the scripted one, by the wire of OpenAI's responses. */
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { prompt } from "./real-world.ts";

const CODEX_CONFIG = (url: string) => `model = "gpt-5.5"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
supports_websockets = false
[analytics]
enabled = false
[feedback]
enabled = false
[features]
plugins = false
apps = false
remote_plugin = false
plugin_sharing = false
`;

export const codex: RealAgent = {
  name: "codex",
  title: "Codex",
  async open(world, home) {
    await world.home(nameOfHome(home), { ".codex/config.toml": CODEX_CONFIG(world.model.url) });
    await installHooks(world, home, "codex");
  },
  turn: (world, home, prompted) =>
    world.run(["codex", "exec", "--json", "--dangerously-bypass-hook-trust", prompt(prompted)], {
      home,
      env: { SCRIPTED_KEY: "none", SHELL: "/bin/sh" },
    }),
  write: (path, text) => ({
    name: "apply_patch",
    rawInput: `*** Begin Patch\n*** Add File: ${path}\n+${text}\n*** End Patch\n`,
  }),
};
