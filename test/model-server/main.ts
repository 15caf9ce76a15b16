// The model server by hand: `node test/model-server/main.ts --port 8787`. Prints one line when it is ready, ends on SIGINT or SIGTERM.
import { once } from "node:events";
import { parseArgs } from "node:util";
import { openModelServer } from "./server.ts";

const KEPT_REQUESTS = 100;

const { values } = parseArgs({
  options: { port: { type: "string", default: "8787" }, host: { type: "string", default: "127.0.0.1" } },
});

await using server = await openModelServer({ port: Number(values.port), host: values.host, keep: KEPT_REQUESTS });
process.stdout.write(`model server listening on ${server.url}\n`);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
