/**
 * W6 at the door: a hook that is denied, one for a file that is the agent's already, and one that takes a free file, at servers
 * that know 10 and 100,000 reservations. Beside it: the same door over a use case that looks at nothing, the same with one
 * commit of one event, and a bare `node:http` server. All of it alone, and beside a fixed rate of appends at the server
 * with the many; every call in an order that is drawn anew, so that what one leaves behind its answer falls on all alike.
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

const kinds = ["deny", "mine", "take", "denyFew", "mineFew", "door", "bare", "commit", "ping"] as const;
type Kind = (typeof kinds)[number];
type Times = Readonly<Record<Kind, number[]>>;
const noTimes = (): Times => ({
  ...{ deny: [], mine: [], take: [], denyFew: [], mineFew: [], door: [], bare: [], commit: [], ping: [] },
});

interface Peers {
  readonly many: HttpClient;
  readonly few: HttpClient;
  readonly door: HttpClient;
  readonly bare: HttpClient;
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
  const door = servers.use(
    await openChild({ file: join(here, "door.ts"), args: [many.key, join(folder.path, "peer")] }),
  );
  const args = ["--url", many.url, "--key", many.key, "--rate", String(RATE)];
  const load = servers.use(await openChild({ file: join(here, "load.ts"), args }));
  const connect = (to: { readonly url: string; readonly key?: string }) =>
    servers.use(openClient({ ...to, headers: facts }));
  const clients = {
    many: connect(many),
    few: connect(few),
    door: connect({ ...many, url: door.url }),
    bare: connect(bare),
  };
  return await measure({ ...clients, held }, { load, rounds: options.isQuick ? 2 : 7, say: options.say });
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

async function measure(clients: Peers, { load, rounds, say }: Measuring) {
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
    `Blocks of ${BLOCK} calls of each kind in a drawn order; figures are medians over rounds of each block's p50 and p99`,
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

async function block(peers: Peers, name: string): Promise<Times> {
  const { many, few } = peers;
  const times = noTimes();
  for (const client of [many, few]) {
    const first = before("mine", "mine/a.ts", `${name}-first`);
    await timeOf(client, { ...ours, body: first });
    // What a tool has written is held for good; before that each use of it is a grant of its own.
    await timeOf(client, { ...ours, body: { ...first, hook_event_name: "PostToolUse" } });
  }
  for (let at = 0; at < BLOCK; at++) {
    const calls = callsOf(peers, name, at);
    for (const kind of shuffled(CYCLE)) times[kind].push(await calls[kind]());
  }
  return times;
}

/** The peers are asked as often as the server with the many, four times, so that all three are equally warm. */
const CYCLE: readonly Kind[] = [...kinds, "door", "door", "bare", "bare", "bare"];

const ours = { path: HOOK, expected: "allow" } as const;
const refused = { path: HOOK, expected: "deny" } as const;

/** In milliseconds. */
function callsOf(
  { many, few, door, bare, held }: Peers,
  name: string,
  at: number,
): Readonly<Record<Kind, () => Promise<number>>> {
  const use = `${name}-${at}`;
  const denied = (count: number) => before("asks", pathAt(Math.floor(Math.random() * count)), `${use}-d`);
  const mine = before("mine", "mine/a.ts", `${use}-m`);
  const free = before("takes", `free/${name}/${at}.ts`, `${use}-t`);
  return {
    deny: () => timeOf(many, { ...refused, body: denied(held) }),
    denyFew: () => timeOf(few, { ...refused, body: denied(FEW) }),
    mine: () => timeOf(many, { ...ours, body: mine }),
    mineFew: () => timeOf(few, { ...ours, body: mine }),
    take: () => timeOf(many, { ...ours, body: free }),
    door: () => timeOf(door, { ...refused, body: denied(held) }),
    bare: () => timeOf(bare, { ...refused, body: denied(held) }),
    commit: () => timeOf(door, { ...ours, body: before("commits", `free/${name}/${at}.ts`, `${use}-c`) }),
    ping: () => clocked(() => many.send("GET", "/health")),
  };
}

async function clocked(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function shuffled<T>(list: readonly T[]): readonly T[] {
  const places = list.map((item) => ({ item, at: Math.random() }));
  return places.toSorted((one, other) => one.at - other.at).map(({ item }) => item);
}

/** What a take may cost: the answer, and one and a half of what a commit adds to it. */
function owedOf({ door, commit }: Times): readonly number[] {
  return door.map((answer, round) => answer + 1.5 * Math.max((commit[round] ?? answer) - answer, 0));
}

function aloneRows({ p50, p99 }: Phase, held: number): readonly Row[] {
  const check = { text: "≤ 1.5 × the door", most: 1.5 };
  const tail = { text: "≤ 2 × the door's p99", most: 2 };
  const flat = { text: "≤ 1.5 × the few", most: 1.5 };
  const unit = "ms";
  return [
    against({ what: `W6 hook denied, ${held} reservations, p50`, unit, ours: p50.deny, peer: p50.door }, check),
    against({ what: "W6 hook, mine already, p50", unit, ours: p50.mine, peer: p50.door }, check),
    against({ what: "W6 hook denied, p99", unit, ours: p99.deny, peer: p99.door }, tail),
    against(
      { what: "W6 hook that takes, p50", unit, ours: p50.take, peer: owedOf(p50) },
      { text: "≤ the door + 1.5 × one commit", most: 1 },
    ),
    against(
      { what: `R12 hook denied, ${held} beside ${FEW} reservations, p50`, unit, ours: p50.deny, peer: p50.denyFew },
      flat,
    ),
    against(
      { what: `R12 mine already, ${held} beside ${FEW} reservations, p50`, unit, ours: p50.mine, peer: p50.mineFew },
      flat,
    ),
    told({ what: "W6 hook denied, beside a bare node:http answer, p50", unit, ours: p50.deny, peer: p50.bare }),
    told({ what: "W6 hook, mine already, beside a bare node:http answer, p50", unit, ours: p50.mine, peer: p50.bare }),
    told({
      what: "The door without a check, beside a bare node:http answer, p50",
      unit,
      ours: p50.door,
      peer: p50.bare,
    }),
    told({
      what: "The door with one commit of one event, beside without, p50",
      unit,
      ours: p50.commit,
      peer: p50.door,
    }),
    told({ what: "GET /health of the same server, beside bare, p50", unit, ours: p50.ping, peer: p50.bare }),
  ];
}

function besideRows({ p50, p99 }: Phase): readonly Row[] {
  const unit = "ms";
  const beside = `beside ${RATE} appends/s`;
  return [
    told({ what: `W6 hook denied, ${beside}, p50`, unit, ours: p50.deny, peer: p50.door }),
    against(
      { what: `W6 hook denied, ${beside}, p99`, unit, ours: p99.deny, peer: p99.ping },
      { text: "≤ 2 × a ping's p99", most: 2 },
    ),
    against(
      { what: `W6 mine already, ${beside}, p99`, unit, ours: p99.mine, peer: p99.ping },
      { text: "≤ 2 × a ping's p99", most: 2 },
    ),
    told({ what: `W6 hook that takes, ${beside}, p50`, unit, ours: p50.take, peer: owedOf(p50) }),
    told({ what: `The door, of a process without that load, ${beside}, p99`, unit, ours: p99.door }),
    within(
      { what: `W6 hook that takes, ${beside}, p99`, unit, ours: p99.take },
      { text: "≤ 2.5 s, or the editor goes on without", most: 2_500 },
    ),
  ];
}
