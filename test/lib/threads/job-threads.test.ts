import { describe, expect, test } from "vitest";

import { openJobThreads } from "../../../src/lib/threads/job-threads.ts";
import type { Job, JobThreads } from "../../../src/lib/threads/job-threads.ts";
import type { Input } from "./program.ts";

const program = new URL("./program.ts", import.meta.url);

function run(threads: JobThreads, input: Input, more: Partial<Job<string>> = {}) {
  return threads.run<unknown, string>({ program, input, deadlineMs: 20_000, ...more });
}

const open = () => openJobThreads({ maxThreads: 2, heapMb: 32 });

/** Resolves when a job has begun to spin, with what ends it. */
async function spin(threads: JobThreads, more: Partial<Job<string>> = {}) {
  const spinning = Promise.withResolvers<void>();
  const answer = async () => {
    spinning.resolve();
    return { value: null };
  };
  const ended = run(threads, { kind: "spin" }, { answer, ...more });
  await Promise.race([spinning.promise, ended]);
  return { ended };
}

describe("a job in a thread", () => {
  test("gives back what came of its input", async () => {
    await using threads = open();
    expect(await run(threads, { kind: "echo", value: { a: [1, "é"] } })).toEqual({
      kind: "done",
      result: { a: [1, "é"] },
    });
  });

  test("asks, several things at once, and gets each its own answer", async () => {
    await using threads = open();
    const slow = Promise.withResolvers<void>();
    const outcome = await run(
      threads,
      { kind: "ask", questions: ["first", "second"] },
      {
        async answer(question) {
          if (question === "first") await slow.promise;
          slow.resolve();
          return { value: question.toUpperCase() };
        },
      },
    );
    expect(outcome).toEqual({ kind: "done", result: ["FIRST", "SECOND"] });
  });

  test("is ended at its deadline even in a loop without end, while the event loop goes on", async () => {
    await using threads = open();
    const { ended } = await spin(threads, { deadlineMs: 400 });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    expect(await ended).toEqual({ kind: "overdue" });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  test("is ended by an abort, and rejects with its reason", async () => {
    await using threads = open();
    const controller = new AbortController();
    const { ended } = await spin(threads, { signal: controller.signal });
    const reason = new Error("No longer wanted");
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
    await expect(run(threads, { kind: "echo", value: 1 }, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("that takes too much memory is ended, and the process lives", async () => {
    await using threads = open();
    expect(await run(threads, { kind: "hoard" })).toEqual({ kind: "out_of_memory" });
  });

  test("that throws, exits or asks where nobody answers is a fault", async () => {
    await using threads = open();
    await expect(run(threads, { kind: "throw" })).rejects.toMatchObject({ cause: { message: "On purpose" } });
    await expect(run(threads, { kind: "exit" })).rejects.toThrow("code 3");
    await expect(run(threads, { kind: "ask", questions: ["anybody"] })).rejects.toThrow("nobody answers");
  });

  test("ends with the fault of an answer, and tells the other answers that it is over", async () => {
    await using threads = open();
    const over = Promise.withResolvers<boolean>();
    const outcome = run(
      threads,
      { kind: "ask", questions: ["waits", "fails"] },
      {
        async answer(question, signal) {
          if (question === "fails") throw new Error("Broken source");
          signal.addEventListener("abort", () => over.resolve(true));
          return new Promise(() => {});
        },
      },
    );
    await expect(outcome).rejects.toThrow("Broken source");
    expect(await over.promise).toBe(true);
  });

  test("sees nothing of the process's environment but where compiled code is kept", async () => {
    await using threads = open();
    expect(await run(threads, { kind: "environment" })).toEqual({ kind: "done", result: ["NODE_COMPILE_CACHE"] });
  });
});

describe("the threads of a process", () => {
  test("are no more than allowed; who finds none free waits in line, or gives up waiting", async () => {
    await using threads = open();
    const stops = [new AbortController(), new AbortController()];
    const spins = await Promise.all(stops.map(({ signal }) => spin(threads, { signal })));
    const order: string[] = [];
    const waiting = ["first", "second"].map((value) =>
      run(threads, { kind: "echo", value }).then(() => order.push(value)),
    );
    const impatient = new AbortController();
    const given = run(threads, { kind: "echo", value: "never" }, { signal: impatient.signal });
    impatient.abort(new Error("Too long"));
    await expect(given).rejects.toThrow("Too long");
    expect(order).toEqual([]);
    stops[0]?.abort();
    await expect(spins[0]?.ended).rejects.toMatchObject({ name: "AbortError" });
    await Promise.all(waiting);
    expect(order).toEqual(["first", "second"]);
  });

  test("all end when they are closed, and so do the jobs that wait", async () => {
    const threads = open();
    const spins = [await spin(threads), await spin(threads)];
    const waits = run(threads, { kind: "echo", value: 1 });
    const outcomes = Promise.allSettled([...spins.map(({ ended }) => ended), waits]);
    await threads[Symbol.asyncDispose]();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected" });
  });
});
