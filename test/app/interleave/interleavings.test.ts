/**
 * Exhaustive interleavings of runner × cancel × queue × steer × take-over (A1 to A7 of the engine page), with the code
 * that runs in production over the store in memory. Each scene says how many schedules it had; none may break a rule.
 */
import { describe, expect, test } from "vitest";
import { cancel, close, pauseAndResume, runner, send } from "./actors.ts";
import { explore } from "./explore.ts";
import { makeWorld, sceneOf, takeOver } from "./world.ts";
import type { ActorMaker } from "./world.ts";

const LIMIT = 400_000;

describe("every interleaving of a runner of one tool step", () => {
  const scenes: Record<string, readonly ActorMaker[]> = {
    "A1a: with a cancel": [runner, cancel(20)],
    "A1b: with a message that is queued": [runner, send(20, "queue")],
    "A1c: with a message that steers": [runner, send(20, "steer")],
    "A6: with two cancels": [runner, cancel(20), cancel(22)],
    "A6: with a cancel and a queued message": [runner, cancel(20), send(22, "queue")],
    "A6: with a cancel that clears the queue and a queued message": [runner, cancel(20, true), send(22, "queue")],
    "A1: with a steer and a cancel": [runner, send(20, "steer"), cancel(22)],
    "A1: with a steer and a queued message": [runner, send(20, "steer"), send(22, "queue")],
    "A4, A12: with a take-over by another node": [runner, takeOver(20)],
    "A3: with a take-over and a cancel": [runner, takeOver(20), cancel(24)],
    "A3: with a take-over and a queued message": [runner, takeOver(20), send(24, "queue")],
    "A3: with a take-over and a steer": [runner, takeOver(20), send(24, "steer")],
    "B12: with a delete": [runner, close(20, "delete")],
    "B12: with a kill and a queued message": [runner, close(20, "kill"), send(24, "queue")],
    "ruling 7: with a pause and a resume": [runner, pauseAndResume(20)],
  };
  for (const [name, makers] of Object.entries(scenes)) {
    test(name, { timeout: 120_000 }, async (context) => {
      const explored = await explore(async () => sceneOf({ world: await makeWorld(), makers }), LIMIT);
      await context.annotate(`${explored.schedules} schedules, ${explored.states} states`);
      expect(explored.states).toBeGreaterThan(20);
    });
  }
});
