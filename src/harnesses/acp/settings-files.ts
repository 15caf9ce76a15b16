/**
 * Settings that an agent reads from a file in its home and from nowhere else, written there before it starts. The home is
 * the session's own, so nothing of the user's is touched.
 *
 * Codex knows the address of a model server by its settings only: without this, a key that is meant for one server would
 * be sent to the vendor's.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HarnessName } from "../../core/session-words.ts";

type Environment = Readonly<Record<string, string>>;

const HEADER = "# Written anew by Serai at each start, from OPENAI_BASE_URL\n";

/** `env` is what the agent is started with. */
export async function writeSettingsFiles(harness: HarnessName, home: string, env: Environment): Promise<void> {
  if (harness !== "codex") return;
  const path = join(home, ".codex", "config.toml");
  const text = codexSettings(env);
  if (text === null) return removeOurs(path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
}

/** Nothing: it goes to its vendor. */
export function codexSettings(env: Environment): string | null {
  const address = env["OPENAI_BASE_URL"];
  if (address === undefined) return null;
  const key = ["CODEX_API_KEY", "OPENAI_API_KEY"].find((name) => env[name] !== undefined);
  const provider = [
    ["name", "OPENAI_BASE_URL"],
    ["base_url", versioned(address)],
    ["wire_api", "responses"],
    ...(key === undefined ? [] : [["env_key", key]]),
  ].map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  const section = "[model_providers.configured]\n";
  // Servers that only speak its vendor's protocol answer a websocket with an error, again and again.
  return `${HEADER}model_provider = "configured"\n${section}${provider.join("")}supports_websockets = false\n`;
}

/** As of a provider: an address without a path gets the vendor's version. */
function versioned(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.pathname === "/") url.pathname = "/v1";
  return url.href.replace(/\/+$/, "");
}

async function removeOurs(path: string): Promise<void> {
  try {
    if ((await readFile(path, "utf8")).startsWith(HEADER)) await rm(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
  }
}
