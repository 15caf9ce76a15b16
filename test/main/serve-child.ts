/** The server of `server-process.ts`: what `serai serve` runs, with crash points that a test names in the environment. */
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { openLog } from "../../src/main/log.ts";

const [data = ""] = process.argv.slice(2);
const read = readSettings({ port: 0, data }, process.env, process.cwd());
if (!read.ok) throw new Error(read.reason);

/** `after:tool.completed*3`: the process kills itself the third time it comes by. */
function crashPoints(named: string | undefined): { points?: (name: string) => void } {
  if (named === undefined) return {};
  const [point = "", times = "1"] = named.split("*");
  let left = Number(times);
  return {
    points: (name) => {
      if (name === point && --left === 0) process.kill(process.pid, "SIGKILL");
    },
  };
}

const server = await boot({
  settings: read.settings,
  environment: process.env,
  version: "test",
  log: openLog(process.env.SERAI_LOG ?? "error"),
  onBroken: (fault) => {
    throw fault;
  },
  ...crashPoints(process.env.SERAI_TEST_CRASH_AT),
});
process.once("SIGTERM", () => void server[Symbol.asyncDispose]().then(() => process.exit(0)));
process.stdout.write(`Serai is ready at ${server.url}\n`);
