import { describe, expect, it } from "vitest";
import type { Fact } from "../../../src/core/events/envelope.ts";
import type { ModelAccess } from "../../../src/core/ports/model.ts";
import { buildPrompt } from "../../../src/harnesses/hosted/prompt/build-prompt.ts";
import { Log, mint, noTools, scripted } from "./drive.ts";

const claude: ModelAccess = {
  ...scripted,
  providerType: "anthropic",
  providerId: "prv_1",
  vendorModel: "claude-sonnet-4-5-20250929",
  canSeeImages: true,
};

function promptOf(log: Log, model: ModelAccess = scripted, instructions = "") {
  return buildPrompt(log.conversation, {
    sessionId: log.sessionId,
    view: () => ({ turn: log.turn, conversation: log.conversation }),
    instructions,
    model,
    controls: {},
    tools: noTools,
    maxIterations: 100,
    mintApproval: () => mint("approval"),
    changed: () => Promise.resolve(),
    mintStep: () => ({ execId: "exec", messageId: "message" }),
    loadImage: (id) =>
      Promise.resolve(id === "img_1" ? { bytes: new Uint8Array([1]), mediaType: "image/png" } : undefined),
  });
}

type Answered = Extract<Fact, { type: "output.message.completed" }>["data"];

function answer(content: Answered["message"]["content"], more: Partial<Answered> = {}): Fact {
  const message = { id: mint("message"), role: "agent" as const, content, ...more.message };
  return { type: "output.message.completed", data: { ...more, message } };
}

const call = (id: string) => ({ type: "tool_call" as const, id, name: "read", arguments: { id } });

function result(id: string, more: Partial<Extract<Fact, { type: "tool.completed" }>["data"]> = {}): Fact {
  const data = {
    tool_call_id: id,
    tool_name: "read",
    success: true,
    status: "success" as const,
    result: [{ type: "text" as const, text: `of ${id}` }],
  };
  return { type: "tool.completed", data: { ...data, ...more } };
}

describe("the order of a prompt", () => {
  it("puts results behind the answer that asked, even if the user steered in between", async () => {
    const log = Log.begin("Go");
    log.commit([answer([{ type: "text", text: "Reading" }, call("c1"), call("c2")]), result("c2")]);
    log.say("And hurry");
    log.commit([result("c1")]);
    expect(await promptOf(log)).toMatchObject([
      { role: "user", content: [{ text: "Go" }] },
      { role: "assistant", content: [{ type: "text" }, { toolCallId: "c1" }, { toolCallId: "c2" }] },
      { role: "tool", content: [{ toolCallId: "c1", output: { value: "of c1" } }, { toolCallId: "c2" }] },
      { role: "user", content: [{ text: "And hurry" }] },
    ]);
  });

  it("answers a call that never got a result", async () => {
    const log = Log.begin("Go");
    log.commit([answer([call("lost")])]);
    const prompt = await promptOf(log);
    expect(prompt.at(-1)).toMatchObject({
      role: "tool",
      content: [{ toolCallId: "lost", output: { type: "error-text", value: expect.stringContaining("Interrupted") } }],
    });
  });

  it("leaves out a result whose answer was summarised away, and an answer that says nothing", async () => {
    const log = Log.begin("Go");
    log.commit([answer([{ type: "text", text: "" }]), result("orphan")]);
    expect(await promptOf(log)).toEqual([{ role: "user", content: [{ type: "text", text: "Go" }] }]);
  });

  it("leaves out the sentence that told the user of a failure", async () => {
    const log = Log.begin("Go");
    const failed = {
      id: mint("message"),
      role: "agent" as const,
      content: [],
      metadata: { error_code: "provider_unavailable" },
    };
    log.commit([
      answer([{ type: "text", text: "It is down" }], {
        message: { ...failed, content: [{ type: "text", text: "It is down" }] },
      }),
    ]);
    log.say("Again");
    expect(await promptOf(log)).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Go" },
          { type: "text", text: "Again" },
        ],
      },
    ]);
  });

  it("never ends with the model's own words", async () => {
    const log = Log.begin("Go");
    log.commit([answer([{ type: "text", text: "I was saying" }])]);
    expect((await promptOf(log)).at(-1)).toEqual({ role: "user", content: [{ type: "text", text: "Go on." }] });
  });

  it("begins with the instructions and, after a compaction, with the notes", async () => {
    const log = Log.begin("Old");
    log.commit([answer([{ type: "text", text: "Old answer" }])]);
    log.say("New");
    const keep = log.conversation.entries.at(-1);
    if (keep?.kind !== "user") throw new Error("The last entry is the message");
    log.commit([
      {
        type: "context.compacted",
        data: {
          strategy_used: "summarization",
          messages_before: 3,
          messages_after: 1,
          duration_ms: 1,
          summary: "They talked",
          keep_from_message_id: keep.message.id,
        },
      },
    ]);
    expect(await promptOf(log, scripted, "Be \ud800 kind")).toEqual([
      { role: "system", content: "Be \ufffd kind" },
      {
        role: "user",
        content: [
          { type: "text", text: expect.stringContaining("They talked") },
          { type: "text", text: "New" },
        ],
      },
    ]);
  });

  it("marks for Anthropic what it may cache", async () => {
    const prompt = await promptOf(Log.begin("Go"), claude, "Be kind");
    const mark = { anthropic: { cacheControl: { type: "ephemeral" } } };
    expect(prompt.map(({ providerOptions }) => providerOptions)).toEqual([mark, mark]);
    expect(
      (await promptOf(Log.begin("Go"), scripted, "Be kind")).map(({ providerOptions }) => providerOptions),
    ).toEqual([undefined, undefined]);
  });
});

describe("results", () => {
  it.each([
    [{ result: [] }, { type: "text", value: "(no output)" }],
    [
      { result: undefined, error: "Bad", success: false, status: "error" },
      { type: "error-text", value: "Bad" },
    ],
    [
      { result: [{ type: "text", text: "half" }], error: "Late", success: false, status: "timeout" },
      { type: "error-text", value: "Late\nhalf" },
    ],
    [
      { result: [{ type: "text", text: "Bad" }], error: "Bad", success: false, status: "error" },
      { type: "error-text", value: "Bad" },
    ],
    [{ result: [{ type: "tool_result", tool_call_id: "c", result: { a: 1 } }] }, { type: "text", value: '{"a":1}' }],
  ] as const)("show %j as %j", async (data, output) => {
    const log = Log.begin("Go");
    log.commit([answer([call("c")]), result("c", data as Parameters<typeof result>[1])]);
    expect((await promptOf(log)).at(-1)).toMatchObject({ content: [{ output }] });
  });

  it("that were masked say so", async () => {
    const log = Log.begin("Go");
    log.commit([answer([call("c")]), result("c")]);
    log.commit([
      {
        type: "context.compacted",
        data: {
          strategy_used: "observation_masking",
          messages_before: 3,
          messages_after: 3,
          duration_ms: 0,
          masked_call_ids: ["c"],
        },
      },
    ]);
    expect((await promptOf(log)).at(-1)).toMatchObject({
      content: [{ output: { value: expect.stringContaining("left out to save room") } }],
    });
  });

  it("hold a picture where the provider can be shown one there, and a note where not", async () => {
    const log = Log.begin("Go");
    log.commit([answer([call("c")]), result("c", { result: [{ type: "image_file", image_id: "img_1" }] })]);
    expect((await promptOf(log, claude)).at(-1)).toMatchObject({
      content: [{ output: { type: "content", value: [{ type: "file", mediaType: "image/png" }] } }],
    });
    const chat = { ...claude, providerType: "openai_compatible" as const };
    expect((await promptOf(log, chat)).at(-1)).toMatchObject({
      content: [{ output: { type: "text", value: expect.stringContaining("1 image(s) left out") } }],
    });
  });
});

describe("pictures", () => {
  const shown = async (part: Parameters<typeof Log.begin>[0], model: ModelAccess) => {
    const [message] = await promptOf(Log.begin(part), model);
    return message?.content;
  };

  it.each([
    ["by reference", { type: "image_file", image_id: "img_1" }, claude, { type: "file", mediaType: "image/png" }],
    [
      "in the message",
      { type: "image", base64: "AA==", media_type: "image/gif" },
      claude,
      { type: "file", mediaType: "image/gif", data: { data: "AA==" } },
    ],
    ["by URL", { type: "image", url: "https://example.com/a.png" }, claude, { type: "file", data: { type: "url" } }],
    [
      "gone",
      { type: "image_file", image_id: "img_2", filename: "b.png" },
      claude,
      { text: '[The image "b.png" is no longer there]' },
    ],
    [
      "by URL for Gemini",
      { type: "image", url: "https://example.com/a.png" },
      { ...claude, providerType: "gemini" },
      { text: expect.stringContaining("has to be attached") },
    ],
    [
      "that a model cannot see",
      { type: "image_file", image_id: "img_1", filename: "a.png" },
      scripted,
      { text: '[The image "a.png" was left out: the model scripted cannot see images]' },
    ],
    [
      "by something that is no URL",
      { type: "image", url: "a.png" },
      claude,
      { text: expect.stringContaining("no URL") },
    ],
    ["without anything", { type: "image" }, claude, { text: "[An empty image was left out]" }],
  ] as const)("%s", async (_name, part, model, expected) => {
    expect(await shown([part], model)).toMatchObject([expected]);
  });
});

describe("what a provider wants back", () => {
  const stored = (by: string) => ({
    by,
    blocks: [
      { thinking: [0, 4], options: { anthropic: { signature: "sig-1" } } },
      { part: 0 },
      { thinking: [6, 10], options: { anthropic: { signature: "sig-2" } } },
      { part: 1, options: { anthropic: { caller: "me" } } },
    ],
  });
  const log = (by: string) => {
    const made = Log.begin("Go");
    const message = {
      id: mint("message"),
      role: "agent" as const,
      thinking: "abcd\n\nefgh",
      content: [{ type: "text" as const, text: "Hi" }, call("c")],
    };
    made.commit([answer([], { message, provider_content: stored(by) }), result("c")]);
    return made;
  };

  it("is given to the model that made it, in its order", async () => {
    const [, said] = await promptOf(log("anthropic prv_1 claude-sonnet-4-5"), claude);
    expect(said?.content).toEqual([
      { type: "reasoning", text: "abcd", providerOptions: { anthropic: { signature: "sig-1" } } },
      { type: "text", text: "Hi" },
      { type: "reasoning", text: "efgh", providerOptions: { anthropic: { signature: "sig-2" } } },
      {
        type: "tool-call",
        toolCallId: "c",
        toolName: "read",
        input: { id: "c" },
        providerOptions: { anthropic: { caller: "me" } },
      },
    ]);
  });

  it.each(["openai prv_1 claude-sonnet-4-5", "anthropic prv_2 claude-sonnet-4-5", "anthropic prv_1 claude-opus-5"])(
    "is not given to another than %s",
    async (by) => {
      const [, said] = await promptOf(log(by), claude);
      expect(said?.content).toEqual([
        { type: "text", text: "Hi" },
        { type: "tool-call", toolCallId: "c", toolName: "read", input: { id: "c" } },
      ]);
    },
  );
});

it("gives Anthropic ids that it accepts, the same for a call and its result", async () => {
  const log = Log.begin("Go");
  log.commit([answer([call("functions.read:0")]), result("functions.read:0")]);
  expect(await promptOf(log, claude)).toMatchObject([
    {},
    { content: [{ toolCallId: "functions_read_0" }] },
    { content: [{ toolCallId: "functions_read_0" }] },
  ]);
});

it("shows broken arguments as what they were", async () => {
  const log = Log.begin("Go");
  log.commit([answer([{ ...call("c"), arguments: '{"path": "/a' }])]);
  expect((await promptOf(log))[1]).toMatchObject({ content: [{ input: { unreadable_arguments: '{"path": "/a' } }] });
});
