/**
 * kill -9 of the server in the middle of running turns, again and again on the same data (Q2, S6, T3, T4): whatever was
 * acknowledged is there, every turn ends by itself after the restart, and no committed step happens twice.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiOf, startServer } from "./server-process.ts";
import type { Api, ServerProcess } from "./server-process.ts";

const ROUNDS = 20;
const TURNS = 50;
const STEPS = 4;
const RECOVERY_MS = 5_000;

interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly ts: string;
  readonly context: { readonly turn_id?: string };
  readonly data: {
    readonly tool_call_id?: string;
    readonly tool_call?: { readonly id: string };
    readonly status?: string;
  };
}

interface Started {
  readonly id: string;
  readonly messageId: string;
  /** As seen on the stream before the crash. */
  readonly seen: Map<string, number>;
  /** Ends with the stream. */
  readonly watching: Promise<void>;
}

/** Writes one file per step, slowly enough that a kill falls anywhere in a turn. */
function script(): string {
  const steps = Array.from({ length: STEPS }, (_, step) => ({
    text: `step ${step}`,
    chunks: 4,
    chunkDelayMs: 15,
    tools: [{ name: "write_file", input: { path: `/step-${step}.txt`, content: `step ${step}` } }],
  }));
  return `Go.\n\`\`\`serai-script\n${JSON.stringify([...steps, { text: "all done", chunks: 4, chunkDelayMs: 15 }])}\n\`\`\``;
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-crash-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("kill -9 in the middle of turns", () => {
  test(
    `${ROUNDS} rounds of ${TURNS} running turns lose nothing and leave nothing behind`,
    { timeout: 300_000 },
    async (context) => {
      let server = await startServer({ folder });
      const recovered: number[] = [];
      const wentOn: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const started = await startTurns(server, TURNS);
        await delay(20 + ((round * 37) % 400));
        await server.kill();
        await Promise.all(started.map(({ watching }) => watching));
        const killedAt = Date.now();
        const before = performance.now();
        server = await startServer({ folder });
        const readyAt = Date.now();
        const api = apiOf(server);
        await Promise.all(started.map(({ id }) => untilIdle(api, id, before)));
        recovered.push(performance.now() - before);
        for (const session of started) {
          const events = await checkSession(api, session);
          wentOn.push(waitOf(events, { killedAt, readyAt }));
        }
      }
      await server[Symbol.asyncDispose]();
      await context.annotate(
        `from the restart to the last turn's end: at most ${Math.round(Math.max(...recovered))} ms; ` +
          `from the ready line until a turn goes on: at most ${Math.max(...wentOn)} ms`,
      );
      expect(wentOn).toHaveLength(ROUNDS * TURNS);
      expect(Math.max(...wentOn), "every turn goes on or has ended").toBeLessThan(RECOVERY_MS);
    },
  );

  // What a process has just committed when it dies: an answer with calls, a step's last call, the end of the turn.
  const points = [
    "after:tool.started*1",
    "after:tool.started*3",
    "after:output.message.started*2",
    "after:reason.completed*1",
  ];
  test.each(points)(
    "Q2: a process that dies %s leaves a turn that the next one ends",
    { timeout: 60_000 },
    async (point) => {
      const own = await mkdtemp(join(tmpdir(), "serai-point-"));
      const first = await startServer({ folder: own, env: { SERAI_TEST_CRASH_AT: point } });
      const died = once(first.child, "exit");
      const started = await startTurns(first, 1);
      expect((await died)[1]).toBe("SIGKILL");
      const second = await startServer({ folder: own });
      const api = apiOf(second);
      for (const session of started) {
        await untilIdle(api, session.id, performance.now());
        await checkSession(api, session);
      }
      await second[Symbol.asyncDispose]();
      await rm(own, { recursive: true, force: true });
    },
  );
});

async function startTurns(server: ServerProcess, count: number): Promise<readonly Started[]> {
  const api = apiOf(server);
  const agents = await api.json("GET", "/agents");
  const agent_id = (agents.body as { data: { id: string }[] }).data[0]?.id;
  return Promise.all(
    Array.from({ length: count }, async () => {
      const made = await api.json("POST", "/sessions", { agent_id });
      expect(made.status).toBe(201);
      const { id } = made.body as { id: string };
      const seen = new Map<string, number>();
      const watching = watch(api, id, seen);
      const content = [{ type: "text", text: script() }];
      const sent = await api.json("POST", `/sessions/${id}/messages`, { message: { content } });
      expect(sent.status).toBe(201);
      return { id, messageId: (sent.body as { id: string }).id, seen, watching };
    }),
  );
}

/** Notes the ids that a viewer was shown; ends with the server. */
async function watch(api: Api, id: string, seen: Map<string, number>): Promise<void> {
  try {
    const response = await api.fetch(`/sessions/${id}/sse?deltas=false`);
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /^data: (\{"id":.*)$/m.exec(frame)?.[1];
        if (data === undefined) continue;
        const event = JSON.parse(data) as WireEvent;
        seen.set(event.id, event.seq);
      }
    }
  } catch (error) {
    // The server was killed under the stream; that is what this test does.
    if (!(error instanceof TypeError)) throw error;
  }
}

async function readEvents(api: Api, id: string): Promise<readonly WireEvent[]> {
  const { status, body } = await api.json("GET", `/sessions/${id}/events?after_seq=0&limit=1000`);
  expect(status).toBe(200);
  return (body as { data: WireEvent[] }).data;
}

/** A busy machine may be slow; a turn that stands still is stuck. */
async function untilIdle(api: Api, id: string, since: number): Promise<void> {
  let moved = { seq: -1, at: since };
  for (;;) {
    const { body } = await api.json("GET", `/sessions/${id}`);
    const { status, last_event_seq: seq } = body as { status: string; last_event_seq: number };
    if (status === "idle") return;
    if (seq > moved.seq) moved = { seq, at: performance.now() };
    if (performance.now() - moved.at > RECOVERY_MS * 3) {
      const types = (await readEvents(api, id)).map(({ seq, type }) => `${seq} ${type}`);
      throw new Error(`Session ${id} is still ${JSON.stringify(body)}\n${types.join("\n")}`);
    }
    await delay(50);
  }
}

/** How long a turn stood still once the server was there again, by the times in its log; 0 for one that had ended. */
function waitOf(events: readonly WireEvent[], at: { readonly killedAt: number; readonly readyAt: number }): number {
  const first = events.find(({ ts }) => Date.parse(ts) > at.killedAt);
  return first === undefined ? 0 : Math.max(0, Date.parse(first.ts) - at.readyAt);
}

async function checkSession(api: Api, { id, messageId, seen }: Started): Promise<readonly WireEvent[]> {
  const events = await readEvents(api, id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const bySeq = new Map(events.map((event) => [event.id, event.seq]));
  for (const [eventId, seq] of seen) expect(bySeq.get(eventId), `event ${eventId} was shown`).toBe(seq);
  expect(JSON.stringify(events[1])).toContain(messageId);
  const ends = events.filter(({ type }) => type === "turn.completed" || type === "turn.failed");
  expect(ends.map(({ type }) => type)).toEqual(["turn.completed"]);
  expect(events.at(-1)?.type).toBe("session.idled");
  checkCalls(events);
  for (let step = 0; step < STEPS; step++) {
    const versions = await api.json("POST", `/sessions/${id}/fs/_/versions`, { path: `/step-${step}.txt` });
    expect(versions.status).toBe(200);
    expect((versions.body as { data: unknown[] }).data, "a step's file was written once").toHaveLength(1);
  }
  return events;
}

function checkCalls(events: readonly WireEvent[]): void {
  const started = events.flatMap(({ type, data }) => (type === "tool.started" ? [data.tool_call?.id] : []));
  const completed = events.flatMap(({ type, data }) => (type === "tool.completed" ? [data.tool_call_id] : []));
  expect(new Set(started).size).toBe(started.length);
  expect(new Set(completed)).toEqual(new Set(started));
  expect(completed).toHaveLength(started.length);
  const results = events.filter(({ type }) => type === "tool.completed").map(({ data }) => data.status);
  expect(results).toEqual(Array<string>(STEPS).fill("success"));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
