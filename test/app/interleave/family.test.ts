/**
 * Exhaustive interleavings of a parent that parks to wait for its children, the ends of those, the relay, and everybody
 * who may stop, hurry or outlast them (C4, A5, T6). The wait always ends; each end is told once; nothing runs on that was
 * stopped.
 */
import { describe, expect, test } from "vitest";
import { cancel, close, pauseAndResume, send } from "./actors.ts";
import { explore } from "./explore.ts";
import { asking, childRunner, familyScene, onChild, onParent, parentRunner, relay } from "./family-world.ts";
import type { FamilyActor, FamilyScene } from "./family-world.ts";
import { engineOf, nodeA, nodeB, takeOver } from "./world.ts";
import type { ActorMaker } from "./world.ts";

const LIMIT = 400_000;
const HOUR_MS = 60 * 60 * 1000;

const expire =
  (seed: number): ActorMaker =>
  (world) => ({
    name: "expire",
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      for (const timer of await store.dueTimers(10)) await engine.fireTimer(timer);
    },
  });

type Part = Partial<FamilyScene> & { readonly actors: readonly FamilyActor[] };

const scenes: Record<string, Part> = {
  "A5: of the park and the child's end": { actors: [parentRunner, childRunner()] },
  "C4: of the park, the child's end and the relay": { actors: [parentRunner, childRunner(), relay(20)] },
  "C4: of the child's end and two relays": {
    before: [parentRunner],
    actors: [childRunner(), relay(20), relay(30, nodeB)],
  },
  "C4: of two relays that deliver the same rows": {
    before: [parentRunner, childRunner()],
    actors: [relay(20), relay(30, nodeB)],
  },
  "C4: of two relays that end the same wait": {
    before: [parentRunner, relay(90), childRunner()],
    actors: [relay(20), relay(30, nodeB)],
  },
  "C4: of two children that end at once, each told by another relay": {
    childCount: 2,
    before: [parentRunner],
    actors: [childRunner(0), childRunner(1), relay(20)],
  },
  "C4: of two ends told at once": {
    childCount: 2,
    before: [parentRunner, childRunner(0), childRunner(1)],
    actors: [relay(20), relay(30, nodeB)],
  },
  "T6: of a cancel of the parent and the child's end": {
    before: [parentRunner],
    actors: [onParent(cancel(20)), childRunner(), relay(30)],
  },
  "T6: of a cancel of the parent while it parks": { actors: [parentRunner, onParent(cancel(20)), relay(30)] },
  "T6: of a cancel of the child while the parent parks": {
    actors: [parentRunner, onChild(cancel(20)), relay(30)],
  },
  "B12: of a kill of the parent and the child's end": {
    before: [parentRunner],
    actors: [onParent(close(20, "kill")), childRunner(), relay(30)],
  },
  "B12: of a delete of the child and the parent's park": {
    actors: [parentRunner, onChild(close(20, "delete")), relay(30)],
  },
  "B12: of a delete of the parent and the child's end": {
    before: [parentRunner],
    actors: [onParent(close(20, "delete")), childRunner(), relay(30)],
  },
  "T6: of a cancel of the parent and a message that it sends to a child": {
    isUnasked: true,
    actors: [asking(40), onParent(cancel(20)), relay(30)],
  },
  "T6: of a kill of the parent and a message that it sends to a child": {
    isUnasked: true,
    actors: [asking(40), onParent(close(20, "kill")), relay(30)],
  },
  "B12: of a delete of the parent and a message that it sends to a child": {
    isUnasked: true,
    actors: [asking(40), onParent(close(20, "delete")), relay(30)],
  },
  "P6: of the time that is up and the child's end": {
    before: [parentRunner],
    waitedMs: HOUR_MS,
    actors: [onParent(expire(20)), childRunner(), relay(30)],
  },
  "ruling 6: of a message that steers and the child's end": {
    before: [parentRunner],
    actors: [onParent(send(20, "steer")), childRunner(), relay(30)],
  },
  "T1: of a message that is queued and the child's end": {
    before: [parentRunner],
    actors: [onParent(send(20, "queue")), childRunner(), relay(30)],
  },
  "T1: of a message to the child and its end": {
    before: [parentRunner],
    actors: [onChild(send(20, "queue")), childRunner(), relay(30)],
  },
  "ruling 7: of a pause and a resume of the parent and the child's end": {
    before: [parentRunner],
    actors: [onParent(pauseAndResume(20)), childRunner(), relay(30)],
  },
  "A3: of a take-over of the child, its end and the relay": {
    before: [parentRunner],
    actors: [onChild(takeOver(20)), childRunner(), relay(30)],
  },
  "A5: of a call that waits and one that a person must allow": {
    parentSteps: [["sessions", "client_side"]],
    before: [parentRunner],
    actors: [onParent(send(20, "queue")), childRunner(), relay(30)],
  },
};

describe("every interleaving of a parent that waits for its children", () => {
  for (const [name, part] of Object.entries(scenes)) {
    test(name, { timeout: 240_000 }, async (context) => {
      const scene = { childCount: 1, parentSteps: [["sessions"]], childSteps: [], ...part } as const;
      const explored = await explore(() => familyScene(scene), LIMIT);
      await context.annotate(`${explored.schedules} schedules, ${explored.states} states`);
      expect(explored.states).toBeGreaterThan(10);
    });
  }
});
