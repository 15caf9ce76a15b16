import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Channel, merge } from "../../src/lib/async-iterator.ts";
import { collect } from "./collect.ts";

describe("a channel", () => {
  it("delivers what was pushed, in order, then ends", async () => {
    const channel = new Channel<number>({ capacity: 3 });
    for (const value of [1, 2, 3]) expect(channel.tryPush(value)).toBe(true);
    channel.close();
    expect(await collect(channel)).toEqual([1, 2, 3]);
    expect(await channel.next()).toEqual({ done: true, value: undefined });
  });

  it("says no, or makes the producer wait, when it is full", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    expect(channel.tryPush("a")).toBe(true);
    expect(channel.tryPush("b")).toBe(false);
    let isAccepted = false;
    const pushed = channel.push("c").then((accepted) => (isAccepted = accepted));
    await setImmediate();
    expect(isAccepted).toBe(false);
    expect(await channel.next()).toEqual({ done: false, value: "a" });
    expect(await pushed).toBe(true);
    expect(await channel.next()).toEqual({ done: false, value: "c" });
  });

  it("hands a value straight to a consumer that waits", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    const waiting = [channel.next(), channel.next()];
    expect(await channel.push("a")).toBe(true);
    expect(channel.size).toBe(0);
    expect(await channel.push("b")).toBe(true);
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: "a" },
      { done: false, value: "b" },
    ]);
  });

  it("accepts nothing once it is closed, and answers those who waited", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    channel.tryPush("a");
    const late = channel.push("b");
    channel.close();
    channel.close();
    expect(await late).toBe(false);
    expect(channel.tryPush("c")).toBe(false);
    expect(await channel.push("c")).toBe(false);
    expect(channel.isClosed).toBe(true);
    expect(await collect(channel)).toEqual(["a"]);
  });

  it("ends a consumer that waits when it is closed", async () => {
    const channel = new Channel<string>({ capacity: 1 });
    const waiting = Promise.all([channel.next(), channel.next()]);
    channel.close();
    expect(await waiting).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it("tells a failure once, after what was buffered, and the first of close and fail counts", async () => {
    const channel = new Channel<string>({ capacity: 2 });
    channel.tryPush("a");
    channel.fail(new Error("first"));
    channel.fail(new Error("second"));
    channel.close();
    expect(await channel.next()).toEqual({ done: false, value: "a" });
    await expect(channel.next()).rejects.toThrow("first");
    expect(await channel.next()).toEqual({ done: true, value: undefined });
  });

  it("fails a consumer that waits", async () => {
    const channel = new Channel<string>({ capacity: 2 });
    const waiting = channel.next();
    channel.fail(new Error("broken"));
    await expect(waiting).rejects.toThrow("broken");
  });

  it("drops its buffer at an abort and fails with the reason, waiting, buffered or already closed", async () => {
    for (const isClosed of [false, true]) {
      const controller = new AbortController();
      const channel = new Channel<string>({ capacity: 1, signal: controller.signal });
      channel.tryPush("a");
      const late = channel.push("b");
      if (isClosed) channel.close();
      controller.abort(new Error("stopped"));
      expect(await late).toBe(false);
      await expect(channel.next()).rejects.toThrow("stopped");
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    }
    const aborted = new Channel<string>({ capacity: 1, signal: AbortSignal.abort(new Error("before")) });
    await expect(aborted.next()).rejects.toThrow("before");
  });

  it("closes and releases its producers when the consumer leaves, and lets go of the signal", async () => {
    const { signal } = new AbortController();
    const channel = new Channel<number>({ capacity: 2, signal });
    const pushes = [1, 2, 3, 4].map((value) => channel.push(value));
    for await (const value of channel) {
      expect(value).toBe(1);
      break;
    }
    expect(await Promise.all(pushes)).toEqual([true, true, true, false]);
    expect(channel.size).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("lets go of the signal once it is closed and read to its end", async () => {
    const { signal } = new AbortController();
    const channel = new Channel<number>({ capacity: 2, signal });
    channel.tryPush(1);
    channel.close();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await collect(channel);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("carries undefined like any value", async () => {
    const channel = new Channel<undefined>({ capacity: 2 });
    channel.tryPush(undefined);
    channel.close();
    expect(await collect(channel)).toEqual([undefined]);
  });

  it("refuses a capacity of nothing", () => {
    expect(() => new Channel({ capacity: 0 })).toThrow(RangeError);
  });

  it("loses, doubles and reorders nothing, and never holds more than its capacity, in any schedule", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 30 }),
        async (scheduler, capacity, count) => {
          const channel = new Channel<number>({ capacity });
          const produce = async (): Promise<void> => {
            for (let value = 0; value < count; value++) {
              await scheduler.schedule(Promise.resolve(), `push ${value}`);
              expect(await channel.push(value)).toBe(true);
              expect(channel.size).toBeLessThanOrEqual(capacity);
            }
            channel.close();
          };
          const consume = async (): Promise<readonly number[]> => {
            const seen: number[] = [];
            for await (const value of channel) {
              seen.push(value);
              await scheduler.schedule(Promise.resolve(), `took ${value}`);
            }
            return seen;
          };
          const both = Promise.all([consume(), produce()]);
          await scheduler.waitFor(both);
          expect((await both)[0]).toEqual(Array.from({ length: count }, (_, value) => value));
        },
      ),
    );
  });
});

describe("merging", () => {
  async function* count(name: string, to: number): AsyncGenerator<string> {
    for (let at = 1; at <= to; at++) {
      await setImmediate();
      yield `${name}${at}`;
    }
  }

  it("gives every value of every source, each source in its order, and ends with the last", async () => {
    const all = await collect(merge([count("a", 3), count("b", 1), count("c", 5)]));
    expect(all.filter((value) => value.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(all.filter((value) => value.startsWith("c"))).toEqual(["c1", "c2", "c3", "c4", "c5"]);
    expect(all).toHaveLength(9);
    expect(await collect(merge([]))).toEqual([]);
  });

  it("is not held up by a source that is silent", async () => {
    const silent = new Channel<string>({ capacity: 1 });
    const merged = merge<string>([silent, count("a", 2)]);
    expect([(await merged.next()).value, (await merged.next()).value]).toEqual(["a1", "a2"]);
    silent.tryPush("late");
    expect((await merged.next()).value).toBe("late");
    await merged.return(undefined);
    expect(silent.isClosed).toBe(true);
  });

  it("fails when one source fails, and returns the others", async () => {
    const other = new Channel<string>({ capacity: 1 });
    async function* failing(): AsyncGenerator<string> {
      yield "a";
      throw new Error("broken");
    }
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const value of merge([other, failing()])) seen.push(value);
    };
    await expect(read()).rejects.toThrow("broken");
    expect(seen).toEqual(["a"]);
    expect(other.isClosed).toBe(true);
  });

  it("runs at most two values of a source ahead of its consumer", async () => {
    let made = 0;
    async function* eager(): AsyncGenerator<number> {
      for (;;) yield ++made;
    }
    const merged = merge([eager()]);
    expect((await merged.next()).value).toBe(1);
    for (let turn = 0; turn < 50; turn++) await setImmediate();
    expect(made).toBeLessThanOrEqual(3);
    await merged.return(undefined);
  });
});
