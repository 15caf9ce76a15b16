import { getEventListeners } from "node:events";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { abortReason, backoffMs, DeadlinePassed, sleep, withDeadline } from "../../src/lib/deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("sleep", () => {
  it("wakes after its time and leaves nothing behind", async () => {
    const { signal } = new AbortController();
    const slept = sleep(1_000, signal);
    await vi.advanceTimersByTimeAsync(1_000);
    await slept;
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends at once with the reason of an abort, before or during", async () => {
    const controller = new AbortController();
    const slept = sleep(1_000, controller.signal);
    const reason = new Error("stopped");
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    await expect(sleep(1_000, controller.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("needs no signal", async () => {
    const slept = sleep(10);
    await vi.advanceTimersByTimeAsync(10);
    await expect(slept).resolves.toBeUndefined();
  });
});

describe("a deadline", () => {
  it("aborts its signal when the time has passed, and says which time", () => {
    const deadline = withDeadline(undefined, 5_000);
    vi.advanceTimersByTime(4_999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.reason).toEqual(new DeadlinePassed(5_000));
  });

  it("passes an earlier abort on with its reason, one from before it began too", () => {
    const controller = new AbortController();
    const deadline = withDeadline(controller.signal, 5_000);
    const reason = new Error("cancelled");
    controller.abort(reason);
    expect(deadline.signal.reason).toBe(reason);
    expect(withDeadline(controller.signal, 5_000).signal.reason).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("never aborts once it is disposed, and leaves no timer and no listener", () => {
    const controller = new AbortController();
    const deadline = withDeadline(controller.signal, 5_000);
    deadline[Symbol.dispose]();
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    controller.abort();
    vi.advanceTimersByTime(10_000);
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe("an abort's reason", () => {
  it("can always be thrown as an error", () => {
    expect(abortReason(AbortSignal.abort("just a word"))).toEqual(new Error("Aborted", { cause: "just a word" }));
    expect(abortReason(AbortSignal.abort())).toMatchObject({ name: "AbortError" });
  });
});

describe("backoff", () => {
  it("is drawn from nothing to twice the last range, up to the cap", () => {
    const most = (attempt: number) => backoffMs({ attempt, baseMs: 100, capMs: 10_000, random: () => 1 - 2 ** -53 });
    expect([0, 1, 2, 6, 7, 100, 5_000].map(most)).toEqual([99, 199, 399, 6_399, 9_999, 9_999, 9_999]);
    expect(backoffMs({ attempt: 3, baseMs: 100, capMs: 10_000, random: () => 0 })).toBe(0);
  });

  it("is a whole number of milliseconds within the range, always", () => {
    fc.assert(
      fc.property(
        fc.nat(2_000),
        fc.nat(10_000),
        fc.nat(100_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, baseMs, capMs, chance) => {
          const ms = backoffMs({ attempt, baseMs, capMs, random: () => chance });
          expect(Number.isInteger(ms) && ms >= 0 && ms <= capMs).toBe(true);
        },
      ),
    );
  });
});
