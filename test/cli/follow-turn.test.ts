/** Which events belong to a message's turn, and when it is over. */
import { describe, expect, it } from "vitest";
import { FollowedTurn } from "../../src/cli/follow-turn.ts";
import type { SentMessage, SessionEvent } from "../../src/client/shapes.ts";

const sent = { id: "msg_own" } as SentMessage;

function turnEvent(type: string, turnId: string | null, data: object = {}): SessionEvent {
  return { type, context: turnId === null ? {} : { turnId }, data } as unknown as SessionEvent;
}

const input = (id: string, more: object = {}, turnId: string | null = null) =>
  turnEvent("input.message", turnId, { message: { id }, ...more });
const started = (turnId: string, inputMessageId: string) =>
  turnEvent("turn.started", turnId, { turnId, inputMessageId });
const said = (turnId: string, text: string) =>
  turnEvent("output.message.completed", turnId, { message: { id: "msg_a", content: [{ type: "text", text }] } });
const idled = (turnId: string) => turnEvent("session.idled", turnId);

/** The types that are shown, and how many events it took until the end; -1 when it never came. */
function follow(events: readonly SessionEvent[]) {
  const turn = new FollowedTurn(sent, () => 0);
  const shown: string[] = [];
  const end = events.findIndex((event) => {
    const isOver = turn.take(event);
    if (turn.isOwn(event)) shown.push(event.type);
    return isOver;
  });
  return { shown, end: end + 1, outcome: turn.outcome() };
}

describe("a turn that is followed", () => {
  it("is over when the session falls idle after it", () => {
    const usage = { inputTokens: 1, outputTokens: 2 };
    const { shown, end, outcome } = follow([
      input("msg_own"),
      started("turn_1", "msg_own"),
      said("turn_1", "Hello"),
      turnEvent("turn.completed", "turn_1", { stopReason: "end_turn", iterations: 2, durationMs: 40, usage }),
      idled("turn_1"),
    ]);
    expect(shown).toEqual([
      "input.message",
      "turn.started",
      "output.message.completed",
      "turn.completed",
      "session.idled",
    ]);
    expect(end).toBe(5);
    expect(outcome).toMatchObject({
      status: "completed",
      text: "Hello",
      turnId: "turn_1",
      iterations: 2,
      durationMs: 40,
      usage,
    });
  });

  it("is over when the next message is taken from the queue instead", () => {
    const { end, outcome } = follow([
      input("msg_own"),
      started("turn_1", "msg_own"),
      turnEvent("turn.completed", "turn_1", { stopReason: "end_turn", iterations: 1 }),
      input("msg_next", { fromQueue: true }),
      started("turn_2", "msg_next"),
    ]);
    expect(end).toBe(4);
    expect(outcome.status).toBe("completed");
  });

  it("hears its last words after a cancel", () => {
    const { end, outcome } = follow([
      input("msg_own"),
      started("turn_1", "msg_own"),
      turnEvent("turn.cancelled", "turn_1", { turnId: "turn_1" }),
      input("msg_cancel", { startsTurn: false }),
      said("turn_1", "Work was cancelled by user."),
      idled("turn_1"),
    ]);
    expect(end).toBe(6);
    expect(outcome).toMatchObject({ status: "cancelled", text: "Work was cancelled by user." });
  });

  it("neither shows nor judges the turns before it in the queue", () => {
    const { shown, end, outcome } = follow([
      turnEvent("message.queued", null, { message: { id: "msg_own" } }),
      said("turn_0", "Not mine"),
      turnEvent("turn.failed", "turn_0", { error: "x", errorCode: "y" }),
      input("msg_own", { fromQueue: true }),
      started("turn_1", "msg_own"),
      said("turn_1", "Mine"),
      turnEvent("turn.completed", "turn_1", { stopReason: "end_turn", iterations: 1 }),
      idled("turn_1"),
    ]);
    expect(shown[0]).toBe("input.message");
    expect(end).toBe(8);
    expect(outcome).toMatchObject({ status: "completed", text: "Mine" });
  });

  it("is the running one for a message that steers", () => {
    const { end, outcome } = follow([
      input("msg_own", {}, "turn_0"),
      said("turn_0", "As you say"),
      turnEvent("turn.failed", "turn_0", { error: "Too bad", errorCode: "no_progress", iterations: 3 }),
      idled("turn_0"),
    ]);
    expect(end).toBe(4);
    expect(outcome).toMatchObject({ status: "failed", error: "Too bad", errorCode: "no_progress", iterations: 3 });
  });

  it("never comes for a message that was taken out of the queue", () => {
    const gone = (reason: string) => turnEvent("message.unqueued", null, { messageId: "msg_own", reason });
    expect(follow([gone("edited"), gone("deleted")])).toMatchObject({ end: 2, outcome: { status: "removed" } });
  });

  it("is left when nobody waited for its end", () => {
    expect(follow([input("msg_own"), started("turn_1", "msg_own")])).toMatchObject({
      end: 0,
      outcome: { status: "left" },
    });
  });
});
