import { describe, expect, it } from "vitest";
import type { ContentPart } from "../../../src/core/events/content.ts";
import type { ModelAccess } from "../../../src/core/ports/model.ts";
import { openModelServer } from "../../model-server/server.ts";
import type { Step } from "../../model-server/server.ts";
import { drive, Log, mint, scripted } from "./drive.ts";
import { accessTo, chat } from "./vendors.ts";

const small: ModelAccess = { ...scripted, contextTokens: 10_000 };

/** A turn in the middle of which a model has read so many files of so many characters. */
function afterReading(count: number, size: number): Log {
  const log = Log.begin("Read all of it");
  for (let each = 0; each < count; each++) {
    const id = `call_${each}`;
    const content: ContentPart[] = [
      { type: "text", text: `Reading ${each}` },
      { type: "tool_call", id, name: "read", arguments: { each } },
    ];
    const said = { message: { id: mint("message"), role: "agent" as const, content } };
    log.commit([
      { type: "output.message.completed", data: said },
      {
        type: "tool.completed",
        data: {
          tool_call_id: id,
          tool_name: "read",
          success: true,
          status: "success",
          result: [{ type: "text", text: `${each}:${"x".repeat(size)}` }],
        },
      },
    ]);
  }
  return log;
}

/** A turn that is done, and a second one that begins. */
function afterTalking(first: string, said: string, second: string): Log {
  const log = Log.begin(first);
  const message = { id: mint("message"), role: "agent" as const, content: [{ type: "text" as const, text: said }] };
  log.end({
    kind: "facts",
    facts: [{ type: "output.message.completed", data: { message } }],
    next: { kind: "ends", end: { kind: "completed", stopReason: "end_turn" } },
  });
  log.say(second);
  return log;
}

describe("before a call that will not fit (T8)", () => {
  it("leaves out old tool outputs but the last two, and no more if that is enough", async () => {
    await using server = await openModelServer();
    const log = afterReading(8, 4_000);
    await drive(log, { model: { ...accessTo(chat, server.url), contextTokens: 10_000 } });
    expect(log.all("context.compacting").map(({ data }) => data)).toEqual([
      { reason: "proactive_budget", strategy: "observation_masking", messages_before: 17 },
    ]);
    expect(log.last("context.compacted").masked_call_ids).toEqual([
      "call_0",
      "call_1",
      "call_2",
      "call_3",
      "call_4",
      "call_5",
    ]);
    expect(server.requests).toHaveLength(1);
    const sent = JSON.stringify(server.requests[0]?.request?.messages);
    expect(sent).not.toContain("0:xxx");
    expect(sent).toContain("7:xxx");
    expect(sent).toContain("left out to save room");
  });

  it("is not done for what fits", async () => {
    const log = afterReading(3, 4_000);
    await drive(log, { model: small });
    expect(log.all("context.compacting")).toEqual([]);
  });

  it("summarises what masking cannot save, keeps the end, and counts what that cost", async () => {
    await using server = await openModelServer();
    server.setScript(({ system }) =>
      system.includes("writes the notes") || system.includes("write the notes")
        ? { text: "They discussed the weather", usage: { input: 900, output: 9 } }
        : { text: "Understood", usage: { input: 100, output: 1 } },
    );
    const log = afterTalking(`Start ${"a".repeat(30_000)}`, "Noted", "And what now?");
    const model = { ...accessTo(chat, server.url), contextTokens: 10_000 };
    await drive(log, { model, instructions: "Be brief" });
    expect(log.types).toContain("context.compacted");
    expect(log.last("context.compacted")).toMatchObject({
      strategy_used: "summarization",
      messages_before: 3,
      messages_after: 2,
    });
    expect(log.last("context.compacted").summary).toContain("They discussed the weather");
    expect(log.last("turn.completed").usage).toMatchObject({ input_tokens: 1000, output_tokens: 10 });
    expect(log.all("llm.generation")).toHaveLength(2);
    const last = JSON.stringify(server.requests.at(-1)?.request?.messages);
    expect(last).toContain("They discussed the weather");
    expect(last).toContain("And what now?");
    expect(last).not.toContain("aaaa");
  });

  it("never loses the user's words, even when the turn itself is what is too long", async () => {
    const log = afterReading(4, 100);
    const content: ContentPart[] = [{ type: "text", text: "b".repeat(40_000) }];
    log.commit([
      { type: "output.message.completed", data: { message: { id: mint("message"), role: "agent", content } } },
    ]);
    log.commit([
      {
        type: "output.message.completed",
        data: { message: { id: mint("message"), role: "agent", content: [{ type: "text", text: "So" }] } },
      },
    ]);
    await drive(log, { model: small });
    expect(log.last("context.compacted").summary).toContain("word for word:\nRead all of it");
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("shows nothing of a summary as live text", async () => {
    const log = afterTalking("c".repeat(40_000), "Noted", "Go on");
    const { hints } = await drive(log, { model: small });
    expect(log.types).toContain("context.compacted");
    const text = hints.map((hint) => ("delta" in hint ? hint.delta : "")).join("");
    expect(log.last("output.message.completed").message.content).toEqual([{ type: "text", text }]);
  });
});

describe("after the vendor said that the prompt is too long (T8)", () => {
  const tooLong: Step = { status: 400, errorCode: "context_length_exceeded" };

  it("masks, then summarises, then masks everything, then keeps only the end, and then gives up", async () => {
    await using server = await openModelServer();
    server.setScript(({ system }) => (system.includes("notes") ? { text: "Notes" } : tooLong));
    const log = afterReading(6, 500);
    await drive(log, { model: accessTo(chat, server.url) });
    expect(
      log
        .all("context.compacted")
        .map(({ data }) => [data.strategy_used, data.masked_call_ids?.length ?? data.messages_after]),
    ).toEqual([
      ["observation_masking", 4],
      ["summarization", 2],
      ["observation_masking", 1],
    ]);
    expect(log.last("turn.failed").error_code).toBe("request_too_large");
    expect(log.types.slice(-5)).toEqual([
      "llm.generation",
      "reason.completed",
      "output.message.completed",
      "turn.failed",
      "session.idled",
    ]);
  });

  it("shortens the transcript until it can be summarised, and says so when it cannot", async () => {
    await using server = await openModelServer();
    let main = 0;
    server.setScript(({ system }) => {
      if (system.includes("notes")) return tooLong;
      return ++main === 1 ? tooLong : { text: "Going on" };
    });
    const log = afterTalking("First", "Yes", "Second");
    await drive(log, { model: accessTo(chat, server.url) });
    expect(server.requests).toHaveLength(5);
    expect(log.last("context.compacted").summary).toContain("left out");
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("ends the turn when there is nothing to leave out", async () => {
    await using server = await openModelServer();
    server.setScript([tooLong]);
    const log = Log.begin("One very long message");
    await drive(log, { model: accessTo(chat, server.url) });
    expect(log.all("context.compacting")).toEqual([]);
    expect(log.last("turn.failed").error_code).toBe("request_too_large");
  });
});

it("resumes between the two halves of a compaction", async () => {
  const log = afterTalking("d".repeat(40_000), "Noted", "Go on");
  const half = (item: { kind: string; facts?: readonly { type: string }[] }) =>
    item.facts?.some(({ type }) => type === "context.compacted") !== true;
  await drive(log, { model: small, onItem: half });
  expect(log.types.at(-1)).toBe("context.compacting");
  const resumed = log.copy();
  await drive(resumed, { model: small });
  expect(resumed.types).toContain("context.compacted");
  expect(resumed.last("turn.completed").stop_reason).toBe("end_turn");
});
