import { describe, expect, it } from "vitest";
import { drive, shown } from "./drive.ts";
import type { Log } from "./drive.ts";
import { beginScript } from "./scripts.ts";
import { makeTools } from "./tools.ts";

const twoCalls = [
  {
    thinking: "Both at once",
    text: "Reading",
    tools: [
      { name: "read", input: { n: 1 } },
      { name: "write", input: { n: 2 } },
    ],
  },
  { text: "Once more", tools: [{ name: "read", input: { n: 3 } }] },
  { text: "Done with it" },
];

function readAndWrite() {
  return makeTools({
    read: { run: ({ n }) => `read ${String(n)}`, isRepeatable: true },
    write: { run: ({ n }) => `wrote ${String(n)}` },
  });
}

describe("a run may begin anywhere in a turn", () => {
  it("goes on from every committed step without running a finished call again (T3)", async () => {
    const whole = beginScript(twoCalls);
    const boundaries: number[] = [whole.events.length];
    const first = readAndWrite();
    await drive(whole, { tools: first.toolSet, onItem: () => void boundaries.push(whole.events.length) });
    expect(new Set(boundaries).size).toBeGreaterThan(4);
    for (const length of new Set(boundaries)) {
      const log = whole.copy(length);
      const finished = new Set(log.all("tool.completed").map(({ data }) => data.tool_call_id));
      const again = readAndWrite();
      await drive(log, { tools: again.toolSet });
      expect(
        again.calls.filter(({ id }) => finished.has(id)),
        `from event ${length}`,
      ).toEqual([]);
      expect(
        log
          .all("tool.completed")
          .map(({ data }) => data.tool_call_id)
          .toSorted(),
      ).toEqual(
        whole
          .all("tool.completed")
          .map(({ data }) => data.tool_call_id)
          .toSorted(),
      );
      const plain = (of: Log) => of.types.filter((type) => !type.startsWith("tool.") && !type.startsWith("act."));
      expect(plain(log), `from event ${length}`).toEqual(plain(whole));
    }
  });

  it("closes a step whose calls were all closed by a take-over", async () => {
    const log = beginScript(twoCalls);
    const { toolSet } = readAndWrite();
    await drive(log, {
      tools: toolSet,
      onItem: (item) => !(item.kind === "facts" && item.facts[0]?.type === "tool.completed"),
    });
    expect(log.turn.openCalls).toHaveLength(2);
    log.commit(
      log.turn.openCalls.map(({ id, name }) => ({
        type: "tool.completed",
        data: { tool_call_id: id, tool_name: name, success: false, status: "error", error: "Interrupted" },
      })),
    );
    const again = readAndWrite();
    const { commits } = await drive(log, { tools: again.toolSet });
    expect(commits[0]).toEqual(["act.completed", "reason.started", "output.message.started"]);
    expect(log.all("act.completed")[0]?.data).toMatchObject({ success_count: 0, error_count: 2 });
    expect(again.calls.map(({ name }) => name)).toEqual(["read"]);
  });

  it("says tool.started for every open call that lacks it before it runs any (A12)", async () => {
    const log = beginScript(twoCalls);
    const { toolSet } = readAndWrite();
    await drive(log, {
      tools: toolSet,
      onItem: (item) => {
        if (item.kind !== "facts" || item.facts.at(-1)?.type !== "tool.started") return;
        log.commit(item.facts.filter(({ type }) => type !== "tool.started"));
        return false;
      },
    });
    const { toolSet: again, calls } = readAndWrite();
    let seen = -1;
    const { commits } = await drive(log, {
      tools: again,
      onItem: (item) => void (seen = item.kind === "facts" && seen < 0 ? calls.length : seen),
    });
    expect(commits[0]).toEqual(["tool.started", "tool.started"]);
    expect(seen).toBe(0);
  });
});

describe("the end of a turn", () => {
  it("is the iteration limit when the model never stops asking (T3)", async () => {
    const log = beginScript(Array.from({ length: 9 }, () => ({ tools: [{ name: "read", input: {} }] })));
    const { toolSet, calls } = makeTools({ read: {} });
    await drive(log, { tools: toolSet, maxIterations: 3 });
    expect(log.last("turn.completed")).toMatchObject({ stop_reason: "max_iterations", iterations: 3 });
    expect(calls).toHaveLength(3);
    expect(log.types.slice(-3)).toEqual(["act.completed", "turn.completed", "session.idled"]);
  });

  it("still answers what the user said meanwhile, one step a message, at the iteration limit", async () => {
    const log = beginScript(Array.from({ length: 9 }, () => ({ tools: [{ name: "read", input: {} }] })));
    const { toolSet } = makeTools({ read: { run: () => (log.turn.iteration === 2 && log.say("And this?"), "ok") } });
    await drive(log, { tools: toolSet, maxIterations: 2 });
    expect(log.last("turn.completed")).toMatchObject({ stop_reason: "max_iterations", iterations: 3 });
  });

  it.each([
    ["length", "max_tokens"],
    ["filter", "refusal"],
  ] as const)("names a stop by %s as %s", async (stop, reason) => {
    const log = beginScript([{ text: "So far", stop }]);
    await drive(log);
    expect(log.last("turn.completed").stop_reason).toBe(reason);
  });

  it("waits for a message that came while the model spoke its last words", async () => {
    const log = beginScript([{ text: "That is all", chunks: 3 }, { text: "Oh, and that" }]);
    let isSaid = false;
    await drive(log, {
      onItem: (item) => void (item.kind === "hint" && !isSaid && ((isSaid = true), log.say("Wait"))),
    });
    expect(log.all("output.message.completed").map(({ data }) => data.message.content)).toEqual([
      [{ type: "text", text: "That is all" }],
      [{ type: "text", text: "Oh, and that" }],
    ]);
    expect(log.all("turn.completed")).toHaveLength(1);
  });
});

describe("an aborted run", () => {
  it("aborts its tools and is over soon, even if one is deaf", async () => {
    const stop = new AbortController();
    const heard = Promise.withResolvers<void>();
    const { toolSet } = makeTools({
      deaf: { run: () => new Promise(() => {}) },
      good: {
        run: (_, { signal }) =>
          new Promise((resolve) => signal.addEventListener("abort", () => (heard.resolve(), resolve("stopped")))),
      },
    });
    const log = beginScript([{ tools: [{ name: "deaf" }, { name: "good" }] }]);
    const before = performance.now();
    const driven = drive(log, {
      tools: toolSet,
      signal: stop.signal,
      onItem: (item) => void (item.kind === "facts" && setImmediate(() => stop.abort())),
    });
    await heard.promise;
    const { commits } = await driven;
    expect(commits).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it("cuts a wait between two tries short", async () => {
    const stop = new AbortController();
    const log = beginScript([{ status: 503 }]);
    const before = log.events.length;
    await drive(log, {
      hosted: { retry: { baseMs: 60_000, capMs: 60_000 }, random: () => 0.9, log: () => stop.abort() },
      signal: stop.signal,
    });
    expect(log.events).toHaveLength(before);
  });

  it("leaves nothing running when its consumer walks away", async () => {
    const gone = Promise.withResolvers<void>();
    const { toolSet } = makeTools({
      long: {
        run: (_, { signal, print }) =>
          new Promise((_resolve) => (signal.addEventListener("abort", () => gone.resolve()), print("…"))),
      },
    });
    const log = beginScript([{ tools: [{ name: "long" }] }]);
    await drive(log, { tools: toolSet, onItem: (item) => !(item.kind === "hint" && item.hint.kind === "tool") });
    await gone.promise;
    expect(log.turn.openCalls).toHaveLength(1);
  });
});

it("shows the same text as hints that it commits, emoji split between two deltas included (B9)", async () => {
  const log = beginScript([{ text: "a😀b😀c \ud800 d", chunks: 7 }]);
  const { hints } = await drive(log);
  const [part] = log.last("output.message.completed").message.content;
  expect(shown(hints)).toBe("a😀b😀c \ufffd d");
  expect(part).toEqual({ type: "text", text: "a😀b😀c \ufffd d" });
});

it("passes its named points in the order of a turn", async () => {
  const points: string[] = [];
  const { toolSet } = readAndWrite();
  await drive(beginScript(twoCalls.slice(1)), { tools: toolSet, hosted: { points: (name) => void points.push(name) } });
  const answer = ["before-call", "first-delta", "answered"];
  expect(points).toEqual([...answer, "before-tools", "tool-finished", ...answer]);
});
