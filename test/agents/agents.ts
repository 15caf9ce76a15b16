/** How each real agent is set up to run offline against the scripted model, and how it is asked for one turn. */
import type { Step } from "../model-server/server.ts";
import { prompt } from "./real-world.ts";
import type { Prompted, Ran, RealWorld } from "./real-world.ts";

export interface RealAgent {
  readonly name: "codex" | "gemini";
  /** Its hooks installed as a user would install them. */
  open(world: RealWorld, home: string): Promise<void>;
  turn(world: RealWorld, home: string, prompted: Prompted): Promise<Ran>;
  /** The call of its own tool that writes the file. */
  write(path: string, text: string): NonNullable<Step["tools"]>[number];
}

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
  async open(world, home) {
    await world.home(nameOf(home), { ".codex/config.toml": CODEX_CONFIG(world.model.url) });
    await installed(world, home, "codex");
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

const GEMINI_SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false },
  model: { name: "gemini-2.5-flash" },
};

export const gemini: RealAgent = {
  name: "gemini",
  async open(world, home) {
    await world.home(nameOf(home), { ".gemini/settings.json": JSON.stringify(GEMINI_SETTINGS, null, 2) });
    await installed(world, home, "gemini");
  },
  turn: (world, home, prompted) =>
    world.run(["gemini", "-p", prompt(prompted), "--output-format", "stream-json", "--approval-mode", "yolo"], {
      home,
      env: { GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: world.model.url, GEMINI_CLI_NO_RELAUNCH: "true" },
    }),
  write: (path, text) => ({ name: "write_file", input: { file_path: path, content: `${text}\n` } }),
};

function nameOf(home: string): string {
  return home.split("/").at(-1) ?? "";
}

async function installed(world: RealWorld, home: string, ide: string): Promise<void> {
  const ran = await world.serai(home, "hooks", "install", ide, "--user");
  if (ran.code !== 0) throw new Error(`The hooks of ${ide} were not installed:\n${ran.output}`);
}
