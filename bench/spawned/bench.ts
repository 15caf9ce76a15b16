/**
 * Spawned agents: what we add to an agent's own start, how long its words take to a viewer, and that nothing of a session
 * is left, however it ends. The agent is the test's own, which has no model behind it, so all that is measured is ours.
 *
 * The viewer is a follower of the log in the server's process; what its frames cost on the wire is another bench's matter.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SessionId } from "../../src/core/ids.ts";
import { readStat } from "../../src/lib/process-table.ts";
import { ProcessTree } from "../../src/lib/process-tree.ts";
import { findSandbox } from "../../src/lib/sandbox.ts";
import { principal } from "../../test/app/engine-world.ts";
import { told, verify, within } from "../bench.ts";
import type { Bench, BenchOptions, Row } from "../bench.ts";
import { makeFolder } from "../data-folder.ts";
import { quantileOf } from "../statistics.ts";
import { startBare } from "./bare.ts";
import { openOurs } from "./ours.ts";
import type { Ours } from "./ours.ts";

const AGENT = fileURLToPath(new URL("../../test/acp-agent/agent.ts", import.meta.url));
const SERVER = fileURLToPath(new URL("../../test/harnesses/acp/crash-server.ts", import.meta.url));
const LEFT_MS = 5_000;

export const bench: Bench = {
  name: "spawned",
  async run(options: BenchOptions) {
    await using folder = await makeFolder();
    const { kind } = await findSandbox();
    const ways = kind === "bubblewrap" ? [false, true] : [false];
    const rows: Row[] = [];
    for (const isIsolated of ways) {
      const how = isIsolated ? "in a sandbox" : "without a sandbox";
      const place = join(folder.path, how.replaceAll(" ", "-"));
      await using ours = await openOurs(AGENT, place, isIsolated);
      rows.push(await starts(ours, { how, folder: folder.path, rounds: options.isQuick ? 2 : 7 }));
      options.say(`starts ${how}`);
      rows.push(...(await frames(ours, { how, folder: folder.path, rounds: options.isQuick ? 1 : 3 })));
      options.say(`frames ${how}`);
      rows.push(...(await leftovers(ours, { how, isIsolated, folder: folder.path, rounds: options.isQuick ? 2 : 20 })));
      options.say(`leftovers ${how}`);
    }
    return {
      rows,
      notes: [
        `A start is the fastest of ${TRIES}; what is left over is counted by the mark in each process's environment and by number.`,
      ],
    };
  },
};

interface Way {
  readonly how: string;
  readonly folder: string;
  readonly rounds: number;
}

/** Tries of a round, of which the fastest counts: what a busy machine adds to a start is more than what we do. */
const TRIES = 4;

/** From the message to `process.started`, less what the same program takes with nothing of ours around it. */
async function starts(ours: Ours, { how, folder, rounds }: Way): Promise<Row> {
  const added: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let least = { bare: Number.POSITIVE_INFINITY, ours: Number.POSITIVE_INFINITY };
    for (let turn = 0; turn < TRIES; turn++) {
      await using agent = await startBare(AGENT, folder);
      least = { bare: Math.min(least.bare, agent.startMs), ours: Math.min(least.ours, await startMs(ours)) };
    }
    bare.push(least.bare);
    added.push(least.ours - least.bare);
  }
  const measured = { what: `added to the agent's own start, ${how}`, unit: "ms", ours: added, peer: bare };
  return within(measured, { text: "≤ 50 ms", most: 50 });
}

async function startMs(ours: Ours): Promise<number> {
  const id = await ours.session();
  const startedAt = performance.now();
  let seenAt = Number.NaN;
  await ours.turn(id, "hello", {
    type: (type) => {
      if (type === "process.started") seenAt = performance.now();
    },
  });
  return seenAt - startedAt;
}

const STAMPS = 200;
const STAMPED = JSON.stringify([{ stamps: STAMPS, everyMs: 5 }]);

/** From the agent's write to the viewer that sees it; the peer sees it at the other end of the pipe. */
async function frames(ours: Ours, { how, folder, rounds }: Way): Promise<readonly Row[]> {
  const middle: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  const late: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    const mine = new Stamps();
    const id = await ours.session();
    await ours.turn(id, STAMPED, { text: (text) => mine.see(text) });
    const theirs = new Stamps();
    await using agent = await startBare(AGENT, folder);
    let text = "";
    await agent.prompt(STAMPED, (line) => {
      text += (JSON.parse(line) as { params: { update: { content: { text: string } } } }).params.update.content.text;
      theirs.see(text);
    });
    verify(theirs.lateness.length === STAMPS, "Frames are missing at the bare pipe");
    verify(mine.lateness.length > STAMPS * 0.8, "Frames are missing at the viewer");
    for (const [name, stamps] of [
      ["ours", mine],
      ["bare", theirs],
    ] as const) {
      middle[name].push(quantileOf(stamps.lateness, 0.5));
      late[name].push(quantileOf(stamps.lateness, 0.99));
    }
  }
  const p50 = { what: `from agent to viewer, p50, ${how}`, unit: "ms", ours: middle.ours, peer: middle.bare };
  const p99 = { what: `from agent to viewer, p99, ${how}`, unit: "ms", ours: late.ours, peer: late.bare };
  return [within(p50, { text: "≤ 5 ms", most: 5 }), told(p99)];
}

/** How late each stamp of a growing text was seen first. */
class Stamps {
  readonly lateness: number[] = [];
  #seen = 0;

  see(text: string): void {
    // The one clock that all processes of a machine share.
    const now = Number(process.hrtime.bigint()) / 1e6;
    const stamps = text
      .slice(0, text.lastIndexOf(" ") + 1)
      .split(" ")
      .slice(0, -1);
    for (const stamp of stamps.slice(this.#seen)) this.lateness.push(now - Number(stamp));
    this.#seen = Math.max(this.#seen, stamps.length);
  }
}

interface Leaving {
  readonly how: string;
  readonly isIsolated: boolean;
  readonly folder: string;
  readonly rounds: number;
}

const BUSY = JSON.stringify([
  { run: ["sleep", "361"] },
  { run: ["sleep", "362"], orphan: true },
  { run: ["sleep", "363"], clean: true },
  { update: { sessionUpdate: "tool_call", toolCallId: "busy", title: "Busy", status: "in_progress" } },
  { waitMs: 300 },
  { say: "busy" },
  { hang: "for-ever" },
]);

async function leftovers(ours: Ours, { how, isIsolated, folder, rounds }: Leaving): Promise<readonly Row[]> {
  const ends = {
    cancel: async (id: SessionId) => void (await ours.engine.cancelTurn(principal, id, { clearsQueue: false })),
    "agent killed": (_: SessionId, pid: number) => Promise.resolve(void process.kill(pid, "SIGKILL")),
  };
  const rows: Row[] = [];
  for (const [name, end] of Object.entries(ends)) {
    const took: number[] = [];
    for (let round = 0; round < rounds; round++) took.push(await oneEnd(ours, end));
    rows.push(
      within(
        { what: `until nothing is left: ${name}, ${how}`, unit: "ms", ours: took },
        { text: "≤ 5 s", most: LEFT_MS },
      ),
    );
  }
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await serverKilled(isIsolated, folder));
  const what = `until nothing is left: server killed, ${how}`;
  return [...rows, within({ what, unit: "ms", ours: took }, { text: "≤ 5 s", most: LEFT_MS })];
}

async function oneEnd(ours: Ours, end: (id: SessionId, pid: number) => Promise<void>): Promise<number> {
  const id = await ours.session();
  const busy = Promise.withResolvers<void>();
  const over = ours.turn(id, BUSY, { text: () => busy.resolve() });
  await busy.promise;
  const members = await membersOf(id);
  verify(members.length >= 3, `Only ${members.length} processes are there to be ended`);
  const program = (await ours.engine.store.readLog({ sessionId: id, after: 0, limit: 100, maxBytes: 1e6 })).lines.find(
    ({ type }) => type === "process.started",
  );
  const { pid } = JSON.parse(program?.dataJson ?? "{}") as { pid: number };
  const startedAt = performance.now();
  await end(id, pid);
  const took = await untilGone([id], members, startedAt);
  await over;
  return took;
}

async function serverKilled(isIsolated: boolean, folder: string): Promise<number> {
  const env = { ...process.env, TMPDIR: folder };
  const server = spawn(process.execPath, [SERVER, isIsolated ? "sandbox" : "none", "1"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
  const members = await membersOf(line);
  verify(members.length >= 3, `Only ${members.length} processes are there to be ended`);
  const startedAt = performance.now();
  server.kill("SIGKILL");
  return untilGone([line], members, startedAt);
}

function membersOf(sessionId: string) {
  return new ProcessTree({ pid: null, mark: `SERAI_SESSION=${sessionId}` }).members();
}

async function untilGone(
  sessions: readonly string[],
  members: Awaited<ReturnType<typeof membersOf>>,
  startedAt: number,
): Promise<number> {
  for (;;) {
    const marked = (await Promise.all(sessions.map(membersOf))).flat();
    const now = await Promise.all(members.map(({ pid }) => readStat(pid)));
    const known = now.filter((row, index) => row !== undefined && row.startedAt === members[index]?.startedAt);
    const tookMs = performance.now() - startedAt;
    if (marked.length + known.length === 0) return tookMs;
    verify(tookMs < LEFT_MS, `${marked.length + known.length} processes are left after ${LEFT_MS} ms`);
    await sleep(10);
  }
}
