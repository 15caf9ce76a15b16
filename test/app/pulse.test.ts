/** The pulse over a store that notes what it is asked: what a beat does, and what a wish for one does. */
import { expect, test } from "vitest";
import { Pulse } from "../../src/app/pulse.ts";
import type { PulseDeps } from "../../src/app/pulse.ts";
import { formatId } from "../../src/core/ids.ts";
import type { SessionId } from "../../src/core/ids.ts";

const node = formatId("node", 1, "a".repeat(20));
const session = (digit: string): SessionId => formatId("session", 1, digit.repeat(20));

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** With `waits`, a turn is taken only once `let` was called. */
function world(owed: SessionId[] = [], waits = false, orphans: readonly SessionId[] = []) {
  const gate = Promise.withResolvers<void>();
  if (!waits) gate.resolve();
  const asked: string[] = [];
  const taken: SessionId[] = [];
  let taking = 0;
  let orphansAsked = 0;
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
    findOrphans: async () => (orphansAsked++, orphans),
    takeTurn: async (id) => {
      expect(++taking).toBe(1);
      await gate.promise;
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
  return { pulse, asked, taken, isTaking: () => taking > 0, let: gate.resolve, orphansAsked: () => orphansAsked };
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
  expect(asked).toEqual([]);
  await expect.poll(() => asked).toEqual(["owed"]);
  await pulse[Symbol.asyncDispose]();
  expect(taken).toEqual([session("1")]);
});

test("S6: takes what waits for a process that is gone, asked for once, and once where it is owed as well", async () => {
  const { pulse, taken, orphansAsked } = world([session("1")], false, [session("1")]);
  await pulse.beat();
  await pulse.beat();
  expect(taken).toEqual([session("1")]);
  expect(orphansAsked()).toBe(1);
  const alone = world([], false, [session("2")]);
  await alone.pulse.beat();
  await alone.pulse.beat();
  expect(alone.taken).toEqual([session("2")]);
  await Promise.all([pulse, alone.pulse].map((each) => each[Symbol.asyncDispose]()));
});

test("all wishes of one moment are one look", async () => {
  const { pulse, asked, taken } = world([session("1"), session("2"), session("3")]);
  for (let wish = 0; wish < 5; wish++) pulse.soon();
  await expect.poll(() => taken).toEqual([session("1")]);
  await pulse[Symbol.asyncDispose]();
  expect(asked).toEqual(["owed"]);
});

test("wishes that come while it looks are one more look, never a second at the same time", async () => {
  const { pulse, asked, taken, isTaking, let: go } = world([session("1"), session("2"), session("3")], true);
  pulse.soon();
  await expect.poll(isTaking).toBe(true);
  pulse.soon();
  await nextTurn();
  pulse.soon();
  await nextTurn();
  expect(asked).toEqual(["owed"]);
  go();
  await expect.poll(() => taken).toEqual([session("1"), session("2")]);
  await pulse[Symbol.asyncDispose]();
  expect(asked).toEqual(["owed", "owed"]);
});

test("does nothing any more once it is closed", async () => {
  const { pulse, asked } = world([session("1")]);
  await pulse[Symbol.asyncDispose]();
  pulse.soon();
  pulse.start();
  await pulse.beat();
  expect(asked).toEqual([]);
});
