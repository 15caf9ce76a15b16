/** The conversation that a model sees, folded from the log: here what its controls are. */
import { describe, expect, it } from "vitest";
import { emptyConversation, extendConversation } from "../../src/core/conversation.ts";
import type { MessageControls } from "../../src/core/events/content.ts";
import type { SessionEvent } from "../../src/core/events/envelope.ts";
import { formatId } from "../../src/core/ids.ts";

let seq = 0;
const ids = <K extends Parameters<typeof formatId>[0]>(kind: K) => formatId(kind, ++seq, "0".repeat(20));

function input(
  controls: MessageControls | undefined,
  more: { joins?: boolean; startsTurn?: boolean } = {},
): SessionEvent {
  const message = {
    id: ids("message"),
    role: "user" as const,
    content: [],
    ...(controls === undefined ? {} : { controls }),
  };
  return {
    known: true,
    type: "input.message",
    id: ids("event"),
    sessionId: ids("session"),
    seq: ++seq,
    ts: "2026-01-01T00:00:00.000Z",
    context: more.joins === true ? { turn_id: ids("turn") } : {},
    data: { message, ...(more.startsTurn === undefined ? {} : { starts_turn: more.startsTurn }) },
  };
}

const controlsAfter = (...events: SessionEvent[]) => extendConversation(emptyConversation, events).controls;

describe("the controls of a turn (T16)", () => {
  it("are those of the message that began it, and not of the turn before", () => {
    expect(controlsAfter(input({ max_tokens: 5 }))).toEqual({ max_tokens: 5 });
    expect(controlsAfter(input({ max_tokens: 5 }), input(undefined))).toEqual({});
    expect(controlsAfter(input({ max_tokens: 5 }), input({ temperature: 1 }))).toEqual({ temperature: 1 });
  });

  it("are changed by a message that joins it, as far as that says anything", () => {
    const joins = { joins: true };
    expect(controlsAfter(input({ max_tokens: 5 }), input(undefined, joins))).toEqual({ max_tokens: 5 });
    expect(controlsAfter(input({ max_tokens: 5 }), input({ temperature: 1, max_tokens: 7 }, joins))).toEqual({
      max_tokens: 7,
      temperature: 1,
    });
  });

  it("are not touched by the words of a cancel", () => {
    expect(controlsAfter(input({ max_tokens: 5 }), input(undefined, { startsTurn: false }))).toEqual({ max_tokens: 5 });
  });

  it("are the same whether the log is read at once or line by line", () => {
    const events = [input({ max_tokens: 5 }), input({ temperature: 1 }, { joins: true }), input(undefined)];
    let folded = emptyConversation;
    for (const event of events.slice(0, 2)) folded = extendConversation(folded, [event]);
    expect(folded.controls).toEqual({ max_tokens: 5, temperature: 1 });
    expect(extendConversation(folded, events.slice(2)).controls).toEqual({});
  });
});
