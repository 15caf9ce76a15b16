/** Sessions that are made to begin at once, over the engine without doors: begun once, by whoever made them or by their timer. */
import { expect, onTestFinished, test } from "vitest";
import { Beginnings, makeBeginAgain } from "../../src/app/beginnings.ts";
import { refuse } from "../../src/core/refusal.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeClock } from "../store/suite/setting.ts";
import { countingMint, openEngine, principal } from "./engine-world.ts";
import { node } from "./parked-world.ts";
import { typesOf } from "./read-log.ts";

async function open() {
  const clock = makeClock();
  const mint = countingMint(1);
  const store = await openMemoryStore({ clock, node });
  // Turns stay as they were begun.
  const harness = {
    name: "hosted" as const,
    run: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }),
  };
  const engine = openEngine({ store, clock, node, mint, harness });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const beginnings = new Beginnings();
  const { commit, sendMessage } = engine;
  const parts = { store, commit, clock, mint, beginnings };
  const begin = makeBeginAgain({ ...parts, sendMessage });
  const refused = makeBeginAgain({
    ...parts,
    sendMessage: async () =>
      refuse({ code: "project_budget_exhausted", project: "app", unit: "tokens", limit: 1, spent: 1 }),
  });
  const make = async () => {
    const wish = { agentId: "agt", origin: "api", initialPrompt: "Begin", beginsAtOnce: true } as const;
    const made = await engine.createSession(principal, wish);
    if (!made.ok) throw new Error(made.refusal.code);
    return made.value.id;
  };
  /** Fires what is due after so long; how many there were. */
  const fire = async (afterMs: number, how = begin) => {
    clock.advance(afterMs);
    const due = await store.dueTimers(10);
    for (const timer of due) await how(timer);
    return due.length;
  };
  const say = (id: Awaited<ReturnType<typeof make>>) =>
    sendMessage(principal, id, { message: { content: [{ type: "text", text: "Begin" }] } });
  const turns = async (id: Awaited<ReturnType<typeof make>>) =>
    (await typesOf(store, id)).filter((type) => type === "turn.started").length;
  return { engine, beginnings, make, fire, refused, say, turns };
}

test("S16: is begun by its timer where nobody is at it any more, once", async () => {
  const { make, fire, turns } = await open();
  const id = await make();
  expect([await fire(4_000), await turns(id)]).toEqual([0, 0]);
  expect([await fire(1_001), await turns(id)]).toEqual([1, 1]);
  expect([await fire(600_000), await turns(id)]).toEqual([0, 1]);
});

test("S16: is left to whoever is at it, for however long, and looked at again", async () => {
  const { beginnings, make, fire, say, turns } = await open();
  const id = await make();
  const beginning = beginnings.begins(id);
  for (let round = 0; round < 3; round++) expect([await fire(5_001), await turns(id)]).toEqual([1, 0]);
  await say(id);
  beginning[Symbol.dispose]();
  expect([await fire(5_001), await turns(id)]).toEqual([1, 1]);
  expect(await fire(600_000)).toBe(0);
});

test.each(["delete", "kill", "complete"] as const)("S16: is not begun any more after a %s", async (action) => {
  const { engine, make, fire, turns } = await open();
  const id = await make();
  await engine.controlSession(principal, id, { action });
  expect([await fire(5_001), await turns(id)]).toEqual([1, 0]);
  expect(await fire(5_001)).toBe(0);
});

test("S16: is not begun while a person holds it, and begins afterwards", async () => {
  const { engine, make, fire, turns } = await open();
  const id = await make();
  await engine.controlSession(principal, id, { action: "pause" });
  expect([await fire(5_001), await turns(id)]).toEqual([1, 0]);
  await engine.controlSession(principal, id, { action: "resume" });
  expect([await fire(60_001), await turns(id)]).toEqual([1, 1]);
});

test("S16: is tried again later where the budget of its project is used up", async () => {
  const { make, fire, refused, turns } = await open();
  const id = await make();
  expect(await fire(5_001, refused)).toBe(1);
  expect(await fire(50_000)).toBe(0);
  expect([await fire(10_001), await turns(id)]).toEqual([1, 1]);
});
