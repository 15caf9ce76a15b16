/** The pulse over a store that notes what it is asked: what a beat does, and what a wish for one does. */
import { expect, test } from "vitest";
import { Pulse } from "../../src/app/pulse.ts";
import type { PulseDeps } from "../../src/app/pulse.ts";
import { formatId } from "../../src/core/ids.ts";
import type { SessionId } from "../../src/core/ids.ts";

const node = formatId("node", 1, "a".repeat(20));
const session = (digit: string): SessionId => formatId("session", 1, digit.repeat(20));

function world(owed: SessionId[] = []) {
  const asked: string[] = [];
  const taken: SessionId[] = [];
  let taking = 0;
  const store: PulseDeps["store"] = {
    renewNode: async () => void asked.push("renew"),
    findMoved: async () => (asked.push("moved"), []),
    dueTimers: async () => (asked.push("timers"), []),
    findOwnerless: async () => (asked.push("owed"), owed.splice(0, 1)),
    takeTimer: () => Promise.resolve(true),
    purgeSlice: () => Promise.resolve(true),
  };
  const pulse = new Pulse({
    store,
    node,
    runners: {
      freeSlots: 4,
      reserve: () => ({ start: () => undefined, release: () => undefined }),
      nudge: () => undefined,
      places: () => new Map([[session("9"), { seq: 1, epoch: 1 }]]),
      isRunning: () => false,
    },
    takeTurn: async (id) => {
      expect(++taking).toBe(1);
      await Promise.resolve();
      taking--;
      taken.push(id);
    },
    followed: () => new Map(),
    onGrown: () => undefined,
    fireTimer: () => Promise.resolve(),
    onFault: (fault) => {
      throw fault;
    },
  });
  return { pulse, asked, taken };
}

test("a beat renews the node, looks for what moved and what is due, and takes what is owed", async () => {
  const { pulse, asked, taken } = world([session("1")]);
  await pulse.beat();
  await pulse[Symbol.asyncDispose]();
  expect(asked).toEqual(["renew", "moved", "timers", "owed"]);
  expect(taken).toEqual([session("1")]);
});

test("between beats it only takes what is owed, which writes nothing", async () => {
  const { pulse, asked, taken } = world([session("1")]);
  pulse.soon();
  await pulse[Symbol.asyncDispose]();
  expect(asked).toEqual(["owed"]);
  expect(taken).toEqual([session("1")]);
});

test("wishes that come while it looks are one more look, never a second at the same time", async () => {
  const { pulse, asked, taken } = world([session("1"), session("2"), session("3")]);
  for (let wish = 0; wish < 5; wish++) pulse.soon();
  await expect.poll(() => asked.length).toBe(2);
  await pulse[Symbol.asyncDispose]();
  expect(taken).toEqual([session("1"), session("2")]);
});

test("does nothing any more once it is closed", async () => {
  const { pulse, asked } = world([session("1")]);
  await pulse[Symbol.asyncDispose]();
  pulse.soon();
  pulse.start();
  await pulse.beat();
  expect(asked).toEqual([]);
});
