/** pi, offline: the model is the scripted one, by the wire of OpenAI's chat completions. */
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { RealAgent } from "./real-agent.ts";
import { prompt } from "./real-world.ts";

const piModels = (url: string) => ({
  providers: {
    scripted: { baseUrl: `${url}/v1`, api: "openai-completions", apiKey: "none", models: [{ id: "scripted" }] },
  },
});

/** `PI_OFFLINE` is for its list of models, its own updates and those of its extensions. */
export const piEnvironment = { PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1", PI_TELEMETRY: "0" };

export const piCommand = ["pi", "-p", "--provider", "scripted", "--model", "scripted"] as const;

export const pi: RealAgent = {
  name: "pi",
  title: "pi",
  async open(world, home) {
    await world.home(nameOfHome(home), { ".pi/agent/models.json": JSON.stringify(piModels(world.model.url)) });
    await installHooks(world, home, "pi");
  },
  turn: (world, home, prompted) => world.run([...piCommand, prompt(prompted)], { home, env: piEnvironment }),
  write: (path, text) => ({ name: "write", input: { path, content: `${text}\n` } }),
};
