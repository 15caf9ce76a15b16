/** pi, offline: the model is the scripted one, by the wire of OpenAI's chat completions. */
import { installHooks, nameOfHome } from "./real-agent.ts";
import type { AgentRun, RealAgent } from "./real-agent.ts";
import { prompt } from "./real-world.ts";
import type { Ran, RealWorld } from "./real-world.ts";

const piModels = (url: string) => ({
  providers: {
    scripted: { baseUrl: `${url}/v1`, api: "openai-completions", apiKey: "none", models: [{ id: "scripted" }] },
  },
});

/** `PI_OFFLINE` is for its list of models, its own updates and those of its extensions. */
const OFFLINE = { PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1", PI_TELEMETRY: "0" };

/** What a user of it has, without anything of ours. */
export async function preparePi(world: RealWorld, home: string): Promise<void> {
  await world.home(nameOfHome(home), { ".pi/agent/models.json": JSON.stringify(piModels(world.model.url)) });
}

export function runPi(world: RealWorld, home: string, { prompted, words = [] }: AgentRun): Promise<Ran> {
  const model = ["--provider", "scripted", "--model", "scripted"];
  return world.run(["pi", "-p", ...model, ...words, prompt(prompted)], { home, env: OFFLINE });
}

export const pi: RealAgent = {
  name: "pi",
  title: "pi",
  async open(world, home) {
    await preparePi(world, home);
    await installHooks(world, home, "pi");
  },
  turn: (world, home, prompted) => runPi(world, home, { prompted }),
  write: (path, text) => ({ name: "write", input: { path, content: `${text}\n` } }),
};
