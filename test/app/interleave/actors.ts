/** People who act on a session, and the runner that works on it meanwhile. */
import { expect } from "vitest";
import { principal } from "../engine-world.ts";
import { engineOf, nodeA, placeOf, run } from "./world.ts";
import type { ActorMaker } from "./world.ts";

/** The runner of node A, which committed the start of the turn and owns it. */
export const runner: ActorMaker = (world) => ({
  name: "runner",
  start: async (store) => run(world, store, { node: nodeA, seed: 10, place: await placeOf(world) }),
});

export const cancel =
  (seed: number, clearsQueue = false): ActorMaker =>
  (world) => ({
    name: `cancel${seed}`,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      expect(await engine.cancelTurn(principal, world.id, { clearsQueue })).toMatchObject({ ok: true });
    },
  });

export const send =
  (seed: number, whenBusy: "queue" | "steer"): ActorMaker =>
  (world) => ({
    name: whenBusy,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      const message = { content: [{ type: "text" as const, text: whenBusy }] };
      const sent = await engine.sendMessage(principal, world.id, { message, whenBusy });
      if (!sent.ok) expect(sent.refusal).toMatchObject({ code: "not_allowed", state: "killed" });
    },
  });

export const pauseAndResume =
  (seed: number): ActorMaker =>
  (world) => ({
    name: "pause",
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      for (const action of ["pause", "resume"] as const) {
        expect(await engine.controlSession(principal, world.id, { action })).toMatchObject({ ok: true });
      }
    },
  });

/** A message that comes too late is refused; the session ends for good. */
export const close =
  (seed: number, action: "kill" | "delete"): ActorMaker =>
  (world) => ({
    name: action,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      expect(await engine.controlSession(principal, world.id, { action })).toMatchObject({ ok: true });
    },
  });
