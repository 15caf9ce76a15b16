/**
 * W11, memory: what 10,000 sessions leave behind after a turn each. Turns come over HTTP, eight at a time, with the scripted
 * model; both figures are taken after a full collection. Each session is seen idle with its answer.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeSession } from "../append-to-frame.ts";
import { told, verify, within } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { openChild } from "../child.ts";
import { makeFolder } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import { scriptOf } from "../hosted-turn/script.ts";
import type { Held } from "./host.ts";

const AT_ONCE = 8;
/** Code that is compiled and caches that are filled by then are nobody's session. */
const WARM_UP = 500;
const POLL_MS = 2;

export const bench: Bench = { name: "memory", run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  const args = [folder.path];
  await using host = await openChild({ file: join(import.meta.dirname, "host.ts"), args, execArgv: ["--expose-gc"] });
  const fresh = await host.ask<Held>({});
  await runTurns({ url: host.url, key: fresh.key }, WARM_UP);
  const warm = await host.ask<Held>({});
  const sessions = isQuick ? 1_000 : 10_000;
  const grown: Held[] = [];
  for (let part = 1; part <= 5; part++) {
    await runTurns({ url: host.url, key: fresh.key }, sessions / 5);
    grown.push(await host.ask<Held>({}));
    say(`${(sessions / 5) * part} sessions have had a turn`);
  }
  const last = grown.at(-1) ?? warm;
  const path = grown.map(({ rssMb }) => (rssMb - warm.rssMb).toFixed(1)).join(", ");
  const bar = { text: "≤ +20 MB", most: 20 };
  return {
    rows: [
      within(
        { what: `${sessions} sessions after a turn each, resident`, unit: "MB", ours: [last.rssMb - warm.rssMb] },
        bar,
      ),
      told({ what: "the same, on the heap", unit: "MB", ours: [last.heapMb - warm.heapMb] }),
      told({ what: "before the first turn, collected", unit: "MB", ours: [fresh.rssMb] }),
      told({ what: `after ${WARM_UP} turns, collected`, unit: "MB", ours: [warm.rssMb] }),
      told({ what: "at the end, collected", unit: "MB", ours: [last.rssMb] }),
    ],
    notes: [`over what ${WARM_UP} turns left; resident growth by fifths: ${path} MB`],
  };
}

async function runTurns(server: { readonly url: string; readonly key: string }, count: number): Promise<void> {
  let left = count;
  const lane = async () => {
    using client = openClient(server);
    while (left-- > 0) await runTurn(client);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function runTurn(client: HttpClient): Promise<void> {
  const path = `/api/v1/sessions/${await makeSession(client)}`;
  await client.json("POST", `${path}/messages`, { message: { content: [{ type: "text", text: scriptOf(0) }] } });
  for (;;) {
    const { status, message_count: messages } = await client.json<{ status: string; message_count: number }>(
      "GET",
      path,
    );
    if (status === "idle") return verify(messages === 2, `a session has ${messages} messages and not 2`);
    await sleep(POLL_MS);
  }
}
