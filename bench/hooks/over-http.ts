/**
 * W6 at the door: a hook that is denied, one for a file that is the agent's already, and one that takes a free file, at servers
 * that know 10 and 100,000 reservations; beside a bare server that answers, and one that waits for one fdatasync before it does.
 * All of it alone, and beside a fixed rate of appends at the server with the many; every call by turns with the others.
 */
import { join } from "node:path";
import { parseId } from "../../src/core/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { startServer } from "../../test/main/server-process.ts";
import type { ServerProcess } from "../../test/main/server-process.ts";
import { against, told, verify, within } from "../bench.ts";
import type { BenchOptions, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { openChild } from "../child.ts";
import type { Child } from "../child.ts";
import { makeFolder, systemClock } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import { fill, makeSession, pathAt } from "../reservations/fill.ts";
import { medianOf, quantileOf } from "../statistics.ts";
import { before, facts, timeOf } from "./payload.ts";

const BLOCK = 150;
const HOOK = "/hooks/claude-code";
const FEW = 10;
const RATE = 1_000;

const kinds = ["deny", "mine", "take", "denyFew", "mineFew", "bare", "synced", "ping"] as const;
type Kind = (typeof kinds)[number];
type Times = Readonly<Record<Kind, number[]>>;
const noTimes = (): Times => ({
  deny: [],
  mine: [],
  take: [],
  denyFew: [],
  mineFew: [],
  bare: [],
  synced: [],
  ping: [],
});

interface Clients {
  readonly many: HttpClient;
  readonly few: HttpClient;
  readonly bare: HttpClient;
  readonly synced: HttpClient;
  readonly held: number;
}

interface Phase {
  readonly p50: Times;
  readonly p99: Times;
}

export async function measureOverHttp(
  options: BenchOptions,
): Promise<{ readonly rows: readonly Row[]; readonly notes: readonly string[] }> {
  await using folder = await makeFolder();
  const held = options.isQuick ? 1_000 : 100_000;
  await using servers = new AsyncDisposableStack();
  const open = async (name: string, count: number) => servers.use(await openFilled(join(folder.path, name), count));
  const [many, few] = [await open("many", held), await open("few", FEW)];
  const here = import.meta.dirname;
  const bare = servers.use(await openChild({ file: join(here, "bare.ts") }));
  const log = join(folder.path, "peer.log");
  const synced = servers.use(await openChild({ file: join(here, "../http-append/peer.ts"), args: [log] }));
  const args = ["--url", many.url, "--key", many.key, "--rate", String(RATE)];
  const load = servers.use(await openChild({ file: join(here, "load.ts"), args }));
  const connect = (to: { readonly url: string; readonly key?: string }) =>
    servers.use(openClient({ ...to, headers: facts }));
  const clients = { many: connect(many), few: connect(few), bare: connect(bare), synced: connect(synced), held };
  return await measure(clients, { load, rounds: options.isQuick ? 2 : 7, say: options.say });
}

/** A holder of another session has everything. */
async function openFilled(data: string, held: number): Promise<ServerProcess> {
  await (await startServer({ folder: data }))[Symbol.asyncDispose]();
  {
    await using store = await openSqliteStore({ folder: data, clock: systemClock });
    const { records } = await store.listRecords({ kind: "workspace", limit: 1 });
    const workspaceId = parseId("workspace", records[0]?.id ?? "");
    if (workspaceId === undefined) throw new Error("The first start made no workspace");
    await fill(store, await makeSession(store, workspaceId), { from: 0, to: held });
  }
  return startServer({ folder: data });
}

interface Measuring {
  readonly load: Child;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

async function measure(clients: Clients, { load, rounds, say }: Measuring) {
  const calm = openCalm();
  const phases = { alone: emptyPhase(), beside: emptyPhase() };
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    await calm.moment();
    keep(phases.alone, await block(clients, `${round}a`), round);
    const startedAt = performance.now();
    const { acknowledged: from } = await load.ask<{ acknowledged: number }>({ on: true });
    keep(phases.beside, await block(clients, `${round}b`), round);
    const { acknowledged: to } = await load.ask<{ acknowledged: number }>({ on: false });
    if (round > 0) rates.push(((to - from) / (performance.now() - startedAt)) * 1_000);
    say(`round ${round} of ${rounds}, ${Math.round(rates.at(-1) ?? 0)} appends/s beside it`);
  }
  const rate = medianOf(rates);
  verify(rate > RATE * 0.8, `only ${Math.round(rate)} appends/s were acknowledged beside the hooks`);
  const notes = [
    `Blocks of ${BLOCK} calls of each kind by turns; figures are medians over rounds of each block's p50 and p99`,
    `Beside: ${Math.round(rate)} durable appends/s at the same server, acknowledged; the bare peers get none of them`,
    calm.told(),
  ];
  return { rows: [...aloneRows(phases.alone, clients.held), ...besideRows(phases.beside)], notes };
}

const emptyPhase = (): Phase => ({ p50: noTimes(), p99: noTimes() });

function keep({ p50, p99 }: Phase, times: Times, round: number): void {
  if (round === 0) return;
  for (const kind of kinds) {
    p50[kind].push(medianOf(times[kind]));
    p99[kind].push(quantileOf(times[kind], 0.99));
  }
}

async function block({ many, few, bare, synced, held }: Clients, name: string): Promise<Times> {
  const times = noTimes();
  const ours = { path: HOOK, expected: "allow" } as const;
  const other = { path: "/", expected: "deny" } as const;
  for (const client of [many, few]) {
    const first = before("mine", "mine/a.ts", `${name}-first`);
    await timeOf(client, { ...ours, body: first });
    // What a tool has written is held for good; before that each use of it is a grant of its own.
    await timeOf(client, { ...ours, body: { ...first, hook_event_name: "PostToolUse" } });
  }
  for (let at = 0; at < BLOCK; at++) {
    const use = `${name}-${at}`;
    const denied = (count: number) => before("asks", pathAt(Math.floor(Math.random() * count)), `${use}-d`);
    const mine = before("mine", "mine/a.ts", `${use}-m`);
    const free = before("takes", `free/${name}/${at}.ts`, `${use}-t`);
    times.deny.push(await timeOf(many, { ...ours, expected: "deny", body: denied(held) }));
    times.bare.push(await timeOf(bare, { ...other, body: denied(held) }));
    times.denyFew.push(await timeOf(few, { ...ours, expected: "deny", body: denied(FEW) }));
    times.mine.push(await timeOf(many, { ...ours, body: mine }));
    times.mineFew.push(await timeOf(few, { ...ours, body: mine }));
    times.take.push(await timeOf(many, { ...ours, body: free }));
    times.synced.push(await timeOf(synced, { path: "/", expected: "allow", body: free }));
    times.ping.push(await pingOf(many));
  }
  return times;
}

/** The least that this server answers: what is left of a hook's time when the hook is taken away. */
async function pingOf(client: HttpClient): Promise<number> {
  const startedAt = performance.now();
  await client.send("GET", "/health");
  return performance.now() - startedAt;
}

/** A commit is what the sync adds to the bare answer of the same round. */
function owedOf({ bare, synced }: Times): readonly number[] {
  return bare.map((answer, round) => answer + 1.5 * Math.max((synced[round] ?? answer) - answer, 0));
}

function aloneRows({ p50, p99 }: Phase, held: number): readonly Row[] {
  const check = { text: "≤ 1.5 × bare", most: 1.5 };
  const tail = { text: "≤ 2 × bare's p99", most: 2 };
  const flat = { text: "≤ 1.5 × the few", most: 1.5 };
  const unit = "ms";
  return [
    against({ what: `W6 hook denied, ${held} reservations, p50`, unit, ours: p50.deny, peer: p50.bare }, check),
    against({ what: "W6 hook, mine already, p50", unit, ours: p50.mine, peer: p50.bare }, check),
    against({ what: "W6 hook denied, p99", unit, ours: p99.deny, peer: p99.bare }, tail),
    against(
      { what: "W6 hook that takes, p50", unit, ours: p50.take, peer: owedOf(p50) },
      { text: "≤ bare + 1.5 × one fdatasync", most: 1 },
    ),
    against(
      { what: `R12 hook denied, ${held} beside ${FEW} reservations, p50`, unit, ours: p50.deny, peer: p50.denyFew },
      flat,
    ),
    against(
      { what: `R12 mine already, ${held} beside ${FEW} reservations, p50`, unit, ours: p50.mine, peer: p50.mineFew },
      flat,
    ),
    told({ what: "Bare answer with one fdatasync, beside without, p50", unit, ours: p50.synced, peer: p50.bare }),
    told({ what: "GET /health of the same server, beside bare, p50", unit, ours: p50.ping, peer: p50.bare }),
  ];
}

function besideRows({ p50, p99 }: Phase): readonly Row[] {
  const unit = "ms";
  const beside = `beside ${RATE} appends/s`;
  return [
    told({ what: `W6 hook denied, ${beside}, p50`, unit, ours: p50.deny, peer: p50.bare }),
    against(
      { what: `W6 hook denied, ${beside}, p99`, unit, ours: p99.deny, peer: p99.ping },
      { text: "≤ 2 × a ping's p99", most: 2 },
    ),
    against(
      { what: `W6 mine already, ${beside}, p99`, unit, ours: p99.mine, peer: p99.ping },
      { text: "≤ 2 × a ping's p99", most: 2 },
    ),
    told({ what: `W6 hook that takes, ${beside}, p50`, unit, ours: p50.take, peer: owedOf(p50) }),
    told({ what: `Bare answer of a process without that load, ${beside}, p99`, unit, ours: p99.bare }),
    within(
      { what: `W6 hook that takes, ${beside}, p99`, unit, ours: p99.take },
      { text: "≤ 2.5 s, or the editor goes on without", most: 2_500 },
    ),
  ];
}
