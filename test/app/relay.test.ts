/** The relay over the store in memory: everything is delivered, in order for each session, and nothing is in the way of others. */
import { expect, onTestFinished, test } from "vitest";
import { Relay } from "../../src/app/relay.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { OutboxRow } from "../../src/core/outbox.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openSetting } from "../store/suite/setting.ts";

async function open() {
  const setting = await openSetting({ open: ({ clock }) => openMemoryStore({ clock }), notSupported: {} });
  const delivered: string[] = [];
  const faults: unknown[] = [];
  const broken = new Set<SessionId>();
  const deliver = async ({ target, bodyJson }: OutboxRow) => {
    if (broken.has(target)) throw new Error("Broken");
    await Promise.resolve();
    delivered.push(bodyJson);
  };
  const relay = new Relay({ store: setting.store, deliver, onFault: (fault) => faults.push(fault) });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  const tell = (target: SessionId, ...bodies: readonly string[]) => {
    const outbox = bodies.map((bodyJson) => ({
      eventId: setting.mint("event"),
      kind: "turn_ended" as const,
      target,
      bodyJson,
    }));
    return setting.commit(setting.fact(target, { outbox }));
  };
  const left = async () => (await setting.store.readOutbox(0, 1_000)).map(({ bodyJson }) => bodyJson);
  return { setting, relay, delivered, faults, broken, tell, left };
}

test("P10: delivers all that is there, more than a page of it, and leaves nothing", async () => {
  const { setting, relay, delivered, tell, left } = await open();
  const id = await setting.make();
  const bodies = Array.from({ length: 250 }, (_, n) => String(n));
  await tell(id, ...bodies);
  await relay.settle();
  expect(delivered).toEqual(bodies);
  expect(await left()).toEqual([]);
});

test("P10: a row that cannot be delivered holds back only those for the same session, until the next waking", async () => {
  const { setting, relay, delivered, faults, broken, tell, left } = await open();
  const [one, two] = [await setting.make(), await setting.make()];
  await tell(one, "1");
  await tell(two, "2");
  await tell(one, "3");
  // On the second page of the same pass.
  await tell(two, ...Array<string>(100).fill("2"));
  await tell(one, "4");
  broken.add(one);
  await relay.settle();
  expect(new Set(delivered)).toEqual(new Set(["2"]));
  expect(faults).toHaveLength(1);
  expect(await left()).toEqual(["1", "3", "4"]);
  broken.clear();
  await relay.settle();
  expect(delivered.slice(-3)).toEqual(["1", "3", "4"]);
  expect(await left()).toEqual([]);
});

test("P10: what is told while it delivers is delivered by one more pass", async () => {
  const { setting, relay, delivered, tell } = await open();
  const id = await setting.make();
  await tell(id, "1");
  const settled = relay.settle();
  await tell(id, "2");
  relay.wake();
  await settled;
  expect(delivered).toEqual(["1", "2"]);
});

test("delivers nothing any more once it is closed", async () => {
  const { setting, relay, delivered, tell, left } = await open();
  const id = await setting.make();
  await tell(id, "1");
  await relay[Symbol.asyncDispose]();
  relay.wake();
  await relay.settle();
  expect(delivered).toEqual([]);
  expect(await left()).toEqual(["1"]);
});
