import { setImmediate } from "node:timers/promises";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { makeKeyedQueue } from "../../src/lib/keyed-queue.ts";

describe("a keyed queue", () => {
  it("runs the work of one key in order, one at a time, and keys beside each other, in any schedule", async () => {
    const jobs = fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), fails: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), jobs, async (scheduler, list) => {
        const queue = makeKeyedQueue();
        const running = new Map<string, number>();
        const order = new Map<string, number[]>();
        const outcomes = list.map(({ key, fails }, index) =>
          queue.run(key, async () => {
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBe(1);
            order.set(key, [...(order.get(key) ?? []), index]);
            await scheduler.schedule(Promise.resolve(), `job ${index}`);
            running.set(key, 0);
            if (fails) throw new Error(`job ${index}`);
            return index;
          }),
        );
        const settled = Promise.allSettled(outcomes);
        await scheduler.waitFor(settled);
        for (const [index, outcome] of (await settled).entries()) {
          expect(outcome.status).toBe(list[index]?.fails ? "rejected" : "fulfilled");
        }
        for (const indexes of order.values()) expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
        await queue.idle();
        expect(queue.size).toBe(0);
      }),
    );
  });

  it("does not hold up other keys", async () => {
    const queue = makeKeyedQueue();
    const gate = Promise.withResolvers<void>();
    const slow = queue.run("slow", () => gate.promise);
    expect(await queue.run("quick", async () => "done")).toBe("done");
    gate.resolve();
    await slow;
  });

  it("gives each caller its own failure and goes on with the next in line", async () => {
    const queue = makeKeyedQueue();
    const first = queue.run("a", () => Promise.reject(new Error("broken")));
    const second = queue.run("a", async () => 2);
    await expect(first).rejects.toThrow("broken");
    expect(await second).toBe(2);
  });

  it("never starts the work of a caller that gave up while it waited, and serves those behind it", async () => {
    const queue = makeKeyedQueue();
    const gate = Promise.withResolvers<void>();
    const controller = new AbortController();
    const started: string[] = [];
    const first = queue.run("a", () => gate.promise);
    const second = queue.run("a", async () => void started.push("second"), controller.signal);
    const third = queue.run("a", async () => void started.push("third"));
    controller.abort(new Error("gave up"));
    gate.resolve();
    await expect(second).rejects.toThrow("gave up");
    await Promise.all([first, third]);
    expect(started).toEqual(["third"]);
  });

  it("keeps no memory for a key without work", async () => {
    const queue = makeKeyedQueue();
    const runs = Array.from({ length: 10_000 }, (_, index) => queue.run(`key ${index}`, () => setImmediate()));
    expect(queue.size).toBe(10_000);
    await Promise.all(runs);
    expect(queue.size).toBe(0);
  });

  it("is idle only when work that was added meanwhile is done too", async () => {
    const queue = makeKeyedQueue();
    const log: string[] = [];
    const first = queue.run("a", async () => {
      await setImmediate();
      log.push("first");
    });
    const idle = queue.idle().then(() => log.push("idle"));
    const second = queue.run("a", async () => {
      await setImmediate();
      log.push("second");
    });
    await Promise.all([first, second, idle]);
    expect(log).toEqual(["first", "second", "idle"]);
  });
});
