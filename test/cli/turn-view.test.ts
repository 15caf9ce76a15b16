/** What of a turn is shown, and that each word of it is shown once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSpinner } from "../../src/cli/spinner.ts";
import { makeTextView } from "../../src/cli/turn-view.ts";
import type { StreamItem } from "../../src/client/shapes.ts";
import { makeFakeScreen } from "./fake-screen.ts";
import type { FakeScreenOptions } from "./fake-screen.ts";

function open(options: FakeScreenOptions = {}, showsInput = false) {
  const fake = makeFakeScreen(options);
  const view = makeTextView({ screen: fake.screen, spinner: makeSpinner(fake.screen, () => 0), showsInput });
  return { ...fake, view };
}

let seq = 0;

/** Tests give what the view looks at; the rest of the envelope is the same for all. */
function event(type: string, data: unknown): StreamItem {
  seq += 1;
  const envelope = {
    id: `evt_${seq}`,
    seq,
    sequence: seq,
    ts: "2026-01-01T00:00:00.000Z",
    sessionId: "ses_1",
    context: {},
  };
  return { ...envelope, type, data } as unknown as StreamItem;
}

function hint(delta: string, offset: number, messageId = "msg_1"): StreamItem {
  const data = { turnId: "turn_1", messageId, delta, offset };
  return { type: "output.message.delta", ts: "", sessionId: "ses_1", context: { turnId: "turn_1" }, data };
}

function completed(text: string, id = "msg_1"): StreamItem {
  return event("output.message.completed", { message: { id, role: "agent", content: [{ type: "text", text }] } });
}

describe("the words of an agent", () => {
  it("are shown as they grow, and once", () => {
    const { view, out } = open();
    view.show(hint("Hel", 0));
    expect(out()).toBe("Hel");
    view.show(hint("lo", 3));
    view.show(completed("Hello"));
    expect(out()).toBe("Hello\n");
  });

  it("are whole when hints were lost, came twice, or never came, whatever the order", () => {
    const text = "one two three, four \u{1F3D4} five";
    const slice = fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([one, other]) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other)];
      return hint(text.slice(start, end), start);
    });
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 12 }), (hints) => {
        const { view, out } = open();
        for (const each of hints) view.show(each);
        view.show(completed(text));
        expect(out()).toBe(`${text}\n`);
      }),
    );
  });

  it("begin a new line when the model was asked again and says something else", () => {
    const { view, both } = open();
    view.show(hint("I think", 0));
    view.show(hint("Well", 0));
    view.show(completed("Well, no."));
    expect(both()).toBe("I think\n… once more:\nWell, no.\n");
  });

  it("are followed by those of the next message on a line of their own", () => {
    const { view, out } = open();
    view.show(hint("One", 0));
    view.show(completed("One"));
    view.show(completed("Two", "msg_2"));
    expect(out()).toBe("One\nTwo\n");
  });

  it("end with a line break even when the turn is left in the middle of a word", () => {
    const { view, out } = open();
    view.show(hint("half a wo", 0));
    view.close();
    expect(out()).toBe("half a wo\n");
  });
});

describe("tools and other things beside the words", () => {
  const started = (id: string, name: string, input: unknown) =>
    event("tool.started", { toolCall: { id, name, arguments: input } });
  const ended = (id: string, more: object) =>
    event("tool.completed", { toolCallId: id, toolName: "x", success: true, status: "success", ...more });

  it("go to standard error, one line each, with what they are about and how long they took", () => {
    const { view, out, err } = open();
    view.show(started("call_1", "grep_files", { pattern: "North", path_pattern: "/sales.csv" }));
    view.show(started("call_2", "read_file", { path: "/sales.csv", offset: 3 }));
    view.show(ended("call_2", { durationMs: 12 }));
    view.show(ended("call_1", { durationMs: 1_234 }));
    expect(out()).toBe("");
    expect(err()).toBe("● read_file /sales.csv  12 ms\n● grep_files North in /sales.csv  1.2 s\n");
  });

  it("say why they failed", () => {
    const { view, err } = open();
    view.show(started("call_1", "read_file", { path: "/no\npe" }));
    view.show(ended("call_1", { success: false, status: "error", error: "There is no\nfile" }));
    expect(err()).toBe("✗ read_file /no pe  There is no file\n");
  });

  it.each([
    ["turn.failed", { error: "401", errorCode: "provider_misconfigured" }, "✗ 401 (provider_misconfigured)\n"],
    ["turn.cancelled", { turnId: "turn_1" }, "■ cancelled\n"],
    [
      "turn.interrupted",
      { turnId: "turn_1", reason: "x", attempt: 1 },
      "↻ the server was interrupted; the turn goes on from its last step\n",
    ],
    ["context.compacted", { messagesBefore: 1_200, messagesAfter: 8 }, "↻ context compacted: 1,200 messages to 8\n"],
    // The desk asks.
    ["approval.requested", { approvalId: "apr_1", question: "May I?" }, ""],
    ["approval.answered", { approvalId: "apr_1", answer: "allow", scope: "session" }, "● allowed for this session\n"],
    ["approval.answered", { approvalId: "apr_1", answer: "deny", reason: "Not\nhere" }, "● denied: Not here\n"],
    ["approval.answered", { approvalId: "apr_1", answer: "cancelled" }, ""],
    ["approval.expired", { approvalId: "apr_1" }, "■ nobody answered in time\n"],
    ["session.title.updated", { title: "Sales" }, "● title: Sales\n"],
    ["llm.generation", {}, ""],
    ["moon.risen", {}, ""],
  ])("show %s", (type, data, line) => {
    const { view, err } = open();
    view.show(event(type, data));
    expect(err()).toBe(line);
  });

  it("show what people say only to those who did not type it", () => {
    const said = event("input.message", {
      message: { id: "msg_0", role: "user", content: [{ type: "text", text: "Hi\nthere\u001B[2J" }] },
    });
    const [mine, watched] = [open(), open({}, true)];
    mine.view.show(said);
    watched.view.show(said);
    expect(mine.err()).toBe("");
    expect(watched.err()).toBe("> Hi\n> there[2J\n");
  });

  it("take the spinner off the terminal before they are written", () => {
    const { view, both } = open({ isTerminal: true, environment: { NO_COLOR: "1" } });
    view.show(event("reason.started", {}));
    view.show(hint("Hi", 0));
    view.show(completed("Hi"));
    view.close();
    expect(both()).toBe("⠋ thinking\r\u001B[2KHi\n");
  });

  it("never spin without a terminal", () => {
    const { view, both } = open();
    view.show(event("reason.started", {}));
    view.close();
    expect(both()).toBe("");
  });
});
