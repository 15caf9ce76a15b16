/** Gemini CLI, offline: the model is the scripted one, by the wire of Google's API. */
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { prompt } from "./real-world.ts";

const GEMINI_SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false },
  model: { name: "gemini-2.5-flash" },
};

export const gemini: RealAgent = {
  name: "gemini",
  title: "Gemini CLI",
  async open(world, home) {
    await world.home(nameOfHome(home), { ".gemini/settings.json": JSON.stringify(GEMINI_SETTINGS, null, 2) });
    await installHooks(world, home, "gemini");
  },
  turn: (world, home, prompted) =>
    world.run(["gemini", "-p", prompt(prompted), "--output-format", "stream-json", "--approval-mode", "yolo"], {
      home,
      env: { GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: world.model.url, GEMINI_CLI_NO_RELAUNCH: "true" },
    }),
  write: (path, text) => ({ name: "write_file", input: { file_path: path, content: `${text}\n` } }),
};
