/** Turns that wait for a person's word, through the engine over the store in memory (A5, T6). */
import { describe, expect, test, vi } from "vitest";
import { formatId } from "../../src/core/ids.ts";
import { principal } from "./engine-world.ts";
import {
  HOUR,
  answer,
  firstPending,
  idle,
  node,
  open,
  parked,
  pending,
  results,
  say,
  start,
  typesOf,
} from "./parked-world.ts";
import { followUntil, readAll } from "./read-log.ts";

describe("T11: a turn whose calls a person must allow", () => {
  test("A5: waits without an owner after the other calls were made, and says what it needs", async () => {
    const world = await open([["approve", "auto"]]);
    expect(await parked(world)).toMatchObject({ turn: "waiting", needs: ["approval"] });
    const record = await world.store.readSession(world.id);
    expect(record?.head.owner).toBeNull();
    expect(world.harness.ran).toHaveLength(1);
    expect(await firstPending(world)).toMatchObject({
      sessionId: world.id,
      question: expect.stringContaining("risky") as string,
      toolCall: { name: "risky" },
      requestedAt: "2026-01-01T12:00:00.000Z",
      expiresAt: "2026-01-02T12:00:00.000Z",
      settled: null,
    });
  });

  test("A12: makes an allowed call, begun in the log before it runs, and goes on to its end", async () => {
    const world = await open([["approve", "auto"], ["auto"]]);
    await parked(world);
    const { answered } = await answer(world, "allow");
    expect(answered).toMatchObject({
      ok: true,
      value: { approval: { settled: { answer: "allow", scope: "once", by: principal.userId } } },
    });
    const events = await idle(world);
    const asked = typesOf(events).indexOf("approval.requested");
    expect(typesOf(events).slice(asked, asked + 6)).toEqual([
      "approval.requested",
      "approval.answered",
      "tool.started",
      "tool.completed",
      "act.completed",
      "reason.started",
    ]);
    expect(typesOf(events)).not.toContain("turn.interrupted");
    expect(world.harness.ran).toHaveLength(3);
    expect(world.engine.faults).toEqual([]);
  });

  test("does not make a denied call; the model is told, and the turn goes on", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    await answer(world, "deny");
    const events = await idle(world);
    expect(results(events)).toMatchObject([{ success: false, error: "The user did not allow this" }]);
    expect(world.harness.ran).toEqual([]);
    expect(typesOf(events)).toContain("turn.completed");
  });

  test("answers the same again the same, and tells of the first answer whoever says something else", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { approvalId, answered } = await answer(world, "allow", "session");
    const say = (said: "allow" | "deny", scope: "once" | "session" | "always") =>
      world.engine.answerApproval(principal, world.id, { approvalId, answer: said, scope });
    const again = await say("allow", "session");
    expect(again).toMatchObject(answered.ok ? { ok: true, value: { approval: answered.value.approval } } : {});
    expect(await say("allow", "once"), "what it asks for is so already").toMatchObject({ ok: true });
    const refused = { ok: false, refusal: { code: "already_answered", approvalId, answer: "allow" } };
    expect(await say("deny", "once")).toMatchObject(refused);
    expect(await say("allow", "always"), "would hold for longer").toMatchObject(refused);
    await idle(world);
    expect(await say("deny", "once"), "when the turn is long over").toMatchObject(refused);
    const types = typesOf(await readAll(world.store, world.id));
    expect(types.filter((type) => type === "approval.answered")).toHaveLength(1);
  });

  test("knows nothing of approvals that are not there, another session's or another workspace's", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const { id: approvalId } = await firstPending(world);
    const command = { approvalId, answer: "allow", scope: "once" } as const;
    const other = await start(world.engine);
    const missing = { ok: false, refusal: { code: "not_found", kind: "approval" } };
    expect(await world.engine.answerApproval(principal, other, command)).toMatchObject(missing);
    const stranger = { ...principal, workspaceId: formatId("workspace", 9, "9".repeat(20)) };
    const foreign = await world.engine.answerApproval(stranger, world.id, command);
    expect(foreign).toMatchObject({ ok: false, refusal: { code: "not_found", kind: "session" } });
    expect(await pending(world)).toHaveLength(1);
  });

  test("is not taken by any node while it waits, and by any once it is answered (S6)", async () => {
    const world = await open([["approve"]], { slots: 1 });
    await parked(world);
    await vi.waitFor(() => expect(world.engine.runners.size).toBe(0));
    const busy = world.engine.runners.reserve();
    expect(await world.store.findOwnerless(node, 10)).toEqual([]);
    await answer(world, "allow");
    const head = await world.store.readHead(world.id);
    expect(head?.owner).toBeNull();
    expect(await world.store.findOwnerless(node, 10)).toEqual([world.id]);
    busy?.release();
    await world.engine.pulse.beat();
    expect(typesOf(await idle(world))).toContain("turn.completed");
  });

  test("T6: a cancel answers what was asked, and ends it in one commit", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    const asked = await firstPending(world);
    await world.engine.cancelTurn(principal, world.id, { clearsQueue: false });
    const events = await idle(world);
    expect(typesOf(events).slice(-7)).toEqual([
      "turn.cancelled",
      "input.message",
      "approval.answered",
      "tool.completed",
      "act.completed",
      "output.message.completed",
      "session.idled",
    ]);
    const late = { approvalId: asked.id, answer: "allow", scope: "once" } as const;
    expect(await world.engine.answerApproval(principal, world.id, late)).toMatchObject({
      ok: false,
      refusal: { code: "already_answered", answer: "cancelled" },
    });
    expect(world.harness.ran).toEqual([]);
    world.clock.advance(25 * HOUR);
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test.each(["kill", "complete", "delete"] as const)("T6: a %s answers what was asked", async (action) => {
    const world = await open([["approve"]]);
    await parked(world);
    await world.engine.controlSession(principal, world.id, { action });
    const events = await readAll(world.store, world.id);
    expect(events.findLast(({ type }) => type === "approval.answered")).toMatchObject({
      data: { answer: "cancelled" },
    });
    const page = await world.engine.approvals.list(principal, { limit: 10 });
    expect(page).toMatchObject({ ok: true, value: { approvals: [] } });
    expect(await world.store.findOwnerless(node, 10)).toEqual([]);
  });

  test("T1: a message meanwhile is refused or queued, and starts when the turn is over", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    expect(await say(world.engine, world.id, "now?")).toMatchObject({ ok: false, refusal: { code: "turn_running" } });
    const queued = await say(world.engine, world.id, "then", { whenBusy: "steer" });
    expect(queued).toMatchObject({ ok: true, value: { delivery: "queued" } });
    await answer(world, "deny");
    await followUntil(world.engine, world.id, ({ type }) => type === "turn.completed");
    expect(await parked(world, 2)).toMatchObject({ turn: "waiting", turnCount: 2, queuedCount: 0 });
  });

  test("ruling 7: an answer to a paused session is noted, and the call is made after the resume", async () => {
    const world = await open([["approve"]]);
    await parked(world);
    await world.engine.controlSession(principal, world.id, { action: "pause" });
    await answer(world, "allow");
    await world.engine.pulse.beat();
    expect(world.harness.ran).toEqual([]);
    expect((await world.store.readSession(world.id))?.facts).toMatchObject({
      hold: "person",
      turn: "active",
      needs: [],
    });
    await world.engine.controlSession(principal, world.id, { action: "resume" });
    await idle(world);
    expect(world.harness.ran).toHaveLength(1);
  });

  test("expires: after its time the call is closed, the model told, and the turn goes on", async () => {
    const world = await open([["approve", "approve"]]);
    await parked(world);
    const asked = await firstPending(world);
    world.clock.advance(24 * HOUR - 1);
    await world.engine.pulse.beat();
    expect(await pending(world)).toHaveLength(2);
    world.clock.advance(1);
    await world.engine.pulse.beat();
    const events = await idle(world);
    expect(typesOf(events).filter((type) => type === "approval.expired")).toHaveLength(2);
    expect(results(events)).toMatchObject([{ error: "Nobody allowed this in time" }, { status: "error" }]);
    const late = { approvalId: asked.id, answer: "allow", scope: "once" } as const;
    expect(await world.engine.answerApproval(principal, world.id, late)).toMatchObject({
      refusal: { code: "already_answered", answer: "expired" },
    });
    expect(await world.store.dueTimers(10)).toEqual([]);
  });

  test("D5: gives each wait its whole time, also when the timer of one before it is just going off", async () => {
    const world = await open([["approve"], ["approve"]]);
    await parked(world);
    world.clock.advance(24 * HOUR);
    const [due] = await world.store.dueTimers(1);
    if (due === undefined) throw new Error("Nothing is due");
    await answer(world, "allow");
    await parked(world, 2);
    await world.engine.fireTimer(due);
    expect(await pending(world)).toHaveLength(1);
  });
});
