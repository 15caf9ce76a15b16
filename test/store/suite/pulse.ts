/** What the pulse asks: who has no owner, what has moved (A3, A4, A5, P6, S6). */
import { describe, expect, test } from "vitest";
import type { NodeId, SessionId } from "../../../src/core/ids.ts";
import type { Hold, Lifecycle } from "../../../src/core/session.ts";
import { initialState } from "../../../src/core/state.ts";
import type { SessionState, TurnState } from "../../../src/core/state.ts";
import { openSetting, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const NODE_LIFE_MS = 15_000;

const turns = ["none", "reasoning", "acting", "waiting", "cancelling"] as const;
const holds = ["none", "person", "budget"] as const satisfies readonly Hold[];
const owners = ["nobody", "myself", "alive", "dead"] as const;
const queues = [0, 2];

type Turn = (typeof turns)[number];
type Owner = (typeof owners)[number];

interface Combination {
  readonly turn: Turn;
  readonly hold: Hold;
  readonly owner: Owner;
  readonly queued: number;
}

const combinations: readonly Combination[] = turns.flatMap((turn) =>
  holds.flatMap((hold) => owners.flatMap((owner) => queues.map((queued) => ({ turn, hold, owner, queued })))),
);

/** S6 with A5 and ruling 7, in words: what is cancelled is brought to its end, what is held or waits stands still. */
function isOwnerless({ turn, hold, owner, queued }: Combination, isAlone: boolean): boolean {
  const isWorkDue = turn === "cancelling" || (hold === "none" && (turn === "none" ? queued > 0 : turn !== "waiting"));
  const hasLiveOwner = owner === "myself" || (owner === "alive" && !isAlone);
  return isWorkDue && !hasLiveOwner;
}

function stateOf(setting: Setting, { turn, hold, queued }: Combination): SessionState {
  const rest = { hold, queuedCount: queued };
  if (turn === "none") return { ...initialState, ...rest };
  const needs: TurnState["needs"] = turn === "waiting" ? ["approval"] : [];
  return turnState(setting.mint, { phase: turn, needs }, rest);
}

/** This node and another are alive, a third has never been heard of. */
async function nodesOf(setting: Setting): Promise<Readonly<Record<Owner, NodeId | null>>> {
  const nodes = { nobody: null, myself: setting.node, alive: setting.mint("node"), dead: setting.mint("node") };
  await setting.store.renewNode(nodes.myself, NODE_LIFE_MS);
  await setting.store.renewNode(nodes.alive, NODE_LIFE_MS);
  return nodes;
}

export function describePulse(suite: Suite): void {
  describeOwnerless(suite);
  describeMoved(suite);
}

function describeOwnerless(suite: Suite): void {
  describe("a search for turns and queues without a live owner", () => {
    test(`S6: finds exactly those whose work is due, of all ${combinations.length} combinations`, async () => {
      await using setting = await openSetting(suite);
      const nodes = await nodesOf(setting);
      const made = new Map<SessionId, Combination>();
      for (const combination of combinations) {
        const state = stateOf(setting, combination);
        made.set(await setting.make({}, { owner: nodes[combination.owner], state }), combination);
      }
      const found = await setting.store.findOwnerless(setting.node, 1_000);
      const expected = combinations.filter((one) => isOwnerless(one, setting.store.isAlone));
      const sayAll = (list: readonly (Combination | undefined)[]) => list.map((one) => JSON.stringify(one)).toSorted();
      expect(sayAll(found.map((id) => made.get(id)))).toEqual(sayAll(expected));
    });

    test.each(["completed", "failed", "killed", "deleted"] as const)(
      "S6: leaves a %s session alone, whatever it still holds",
      async (end) => {
        await using setting = await openSetting(suite);
        const lifecycle: Lifecycle = end === "deleted" ? "open" : end;
        const rest = { lifecycle, isDeleted: end === "deleted", queuedCount: 1 };
        const queue = await setting.make();
        const queueEnds = { raises: true, state: { ...initialState, ...rest } };
        await setting.commit(await setting.fenced(queue, queueEnds));
        const turn = await setting.make();
        await setting.commit(await setting.fenced(turn, { raises: true, state: turnState(setting.mint, {}, rest) }));
        expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([]);
      },
    );

    test("H4: leaves an observed session alone: its agent works elsewhere and reads its queue itself", async () => {
      await using setting = await openSetting(suite);
      const observed = { harness: "observed" as const };
      await setting.make(observed, { state: turnState(setting.mint, {}, { isObserved: true }) });
      await setting.make(observed, { state: { ...initialState, isObserved: true, queuedCount: 1 } });
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([]);
    });

    test("P6: gives the oldest first and no more than there are free slots", async () => {
      await using setting = await openSetting(suite);
      const ids: SessionId[] = [];
      for (let n = 0; n < 5; n++) {
        ids.push(await setting.make({}, { state: turnState(setting.mint) }));
        setting.clock.advance(1_000);
      }
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual(ids);
      expect(await setting.store.findOwnerless(setting.node, 2)).toEqual(ids.slice(0, 2));
    });

    test("A4: never gives a node its own turns, even when it was late to renew its life", async () => {
      await using setting = await openSetting(suite);
      await setting.store.renewNode(setting.node, NODE_LIFE_MS);
      await setting.make({}, { owner: setting.node, state: turnState(setting.mint) });
      setting.clock.advance(10 * NODE_LIFE_MS);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([]);
    });

    test("A4: gives another node's turn when its life has run out, or at once when the store is alone", async () => {
      await using setting = await openSetting(suite);
      const other = setting.mint("node");
      await setting.store.renewNode(other, NODE_LIFE_MS);
      const id = await setting.make({}, { owner: other, state: turnState(setting.mint) });
      const before = setting.store.isAlone ? [id] : [];
      setting.clock.advance(NODE_LIFE_MS - 1);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual(before);
      await setting.store.renewNode(other, NODE_LIFE_MS);
      setting.clock.advance(NODE_LIFE_MS - 1);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual(before);
      setting.clock.advance(2);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([id]);
    });

    test.each([-3_600_000, 3_600_000])("A4: orphans nobody when the machine's clock is set by %i ms", async (ms) => {
      await using setting = await openSetting(suite);
      const other = setting.mint("node");
      await setting.store.renewNode(other, NODE_LIFE_MS);
      const id = await setting.make({}, { owner: other, state: turnState(setting.mint) });
      await setting.make({}, { owner: setting.node, state: turnState(setting.mint) });
      setting.clock.step(ms);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual(setting.store.isAlone ? [id] : []);
      setting.clock.advance(NODE_LIFE_MS + 1);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([id]);
    });

    test("A2: no longer gives what has been taken", async () => {
      await using setting = await openSetting(suite);
      const state = turnState(setting.mint);
      const id = await setting.make({}, { state });
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([id]);
      await setting.commit(await setting.fenced(id, { raises: true, owner: setting.node, state }));
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([]);
    });
  });
}

function describeMoved(suite: Suite): void {
  describe("a search for what has moved", () => {
    test("A3: gives the heads that are not where the caller thinks, in seq or in epoch", async () => {
      await using setting = await openSetting(suite);
      const [still, grown, raised, deleted] = [
        await setting.make(),
        await setting.make(),
        await setting.make(),
        await setting.make(),
      ];
      const known = new Map([still, grown, raised, deleted].map((id) => [id, { seq: 1, epoch: 1 }]));
      expect(await setting.store.findMoved(known)).toEqual([]);
      await setting.commit(setting.fact(grown));
      await setting.commit(await setting.fenced(raised, { raises: true, state: initialState }));
      const gone = { raises: true, state: { ...initialState, isDeleted: true }, events: [setting.line("x.y")] };
      await setting.commit(await setting.fenced(deleted, gone));
      const heads = await setting.store.findMoved(known);
      const sorted = heads.toSorted((left, right) => (left.sessionId < right.sessionId ? -1 : 1));
      expect(sorted).toEqual(await Promise.all([grown, raised, deleted].map((id) => setting.store.readHead(id))));
    });

    test("A3: asks about none, about strangers, and about hundreds", async () => {
      await using setting = await openSetting(suite);
      const place = { seq: 1, epoch: 1 };
      expect(await setting.store.findMoved(new Map())).toEqual([]);
      expect(await setting.store.findMoved(new Map([[setting.mint("session"), place]]))).toEqual([]);
      const ids = await Promise.all(Array.from({ length: 300 }, () => setting.make()));
      const moved = ids.filter((_, index) => index % 7 === 0);
      await Promise.all(moved.map((id) => setting.commit(setting.fact(id))));
      const heads = await setting.store.findMoved(new Map(ids.map((id) => [id, place])));
      expect(heads.map(({ sessionId }) => sessionId).toSorted()).toEqual(moved.toSorted());
    });
  });
}
