/** A served data folder in a process that collects its garbage when it is asked how much it holds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { openLog } from "../../src/main/log.ts";

export interface Held {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly key: string;
}

const [data = ""] = process.argv.slice(2);
const read = readSettings({ port: 0, data }, {}, process.cwd());
if (!read.ok) throw new Error(read.reason);
const server = await boot({
  settings: read.settings,
  environment: {},
  version: "bench",
  log: openLog("error"),
  onBroken: (fault) => {
    throw fault;
  },
});
const key = readFileSync(join(data, "admin.key"), "utf8").trim();

process.on("message", () => void answer());
process.once("SIGTERM", () => void end());
process.send?.({ url: server.url });

async function answer(): Promise<void> {
  process.send?.(await hold());
}

async function end(): Promise<void> {
  await server[Symbol.asyncDispose]();
  process.exit(0);
}

async function hold(): Promise<Held> {
  for (let time = 0; time < 4; time++) {
    // Gives pages back as well, which an ordinary collection keeps for later.
    globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    await sleep(200);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / 2 ** 20, heapMb: (heapUsed + external) / 2 ** 20, key };
}
