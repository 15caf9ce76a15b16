import { describe, expect, it } from "vitest";
import { openEngine, type Engine } from "./engine.ts";
import type { ModelMessage, ModelRequest, Part, ToolOffer } from "./exchange.ts";
import { fenced, type Step } from "./script.ts";

function user(text: string): ModelMessage {
  return { role: "user", parts: [{ kind: "text", text }] };
}

function assistant(...parts: Part[]): ModelMessage {
  return { role: "assistant", parts };
}

function said(text: string): ModelMessage {
  return assistant({ kind: "text", text });
}

function called(id: string): Part {
  return { kind: "tool-call", id, name: "read", input: {} };
}

function result(id: string): ModelMessage {
  return { role: "tool", parts: [{ kind: "tool-result", id, output: "ok", isError: false }] };
}

const READ: ToolOffer = { name: "read", kind: "function" };

function request(messages: readonly ModelMessage[], more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    protocol: "openai-chat",
    model: "m",
    system: "",
    messages,
    tools: [READ],
    stream: true,
    wishes: [],
    ...more,
  };
}

async function decide(engine: Engine, asked: ModelRequest): Promise<Step> {
  const decision = await engine.decide(asked);
  if (decision.kind === "unreadable") throw new Error(decision.reason);
  return decision.step;
}

const THREE: Step[] = [{ text: "one" }, { text: "two" }, { text: "three" }];

describe("the due step", () => {
  it("is found by counting the assistant turns after the message that holds the script", async () => {
    const engine = openEngine();
    const start = [user("before"), said("hello"), user(fenced(THREE))];
    expect(await decide(engine, request(start))).toEqual({ text: "one" });
    expect(await decide(engine, request([...start, said("one"), user("go on")]))).toEqual({ text: "two" });
    const end = [...start, said("one"), user("2"), said("two"), user("3"), said("three"), user("4")];
    expect(await decide(engine, request(end))).toEqual({ text: "done" });
  });

  it("comes from the last message that holds a script, before any in the system prompt", async () => {
    const system = fenced([{ text: "from the system" }]);
    const messages = [user(fenced([{ text: "old" }])), said("old"), user(`${fenced([{ text: "new" }])}\nplease`)];
    expect(await decide(openEngine(), request(messages, { system }))).toEqual({ text: "new" });
    expect(await decide(openEngine(), request([user("no script")], { system }))).toEqual({ text: "from the system" });
  });

  it("is not taken from an answer or a tool result that quotes a script", async () => {
    const quoting: ModelMessage = {
      role: "tool",
      parts: [{ kind: "tool-result", id: "c", output: fenced([{ text: "quoted" }]), isError: false }],
    };
    const messages = [user(fenced(THREE)), assistant(called("c"), { kind: "text", text: fenced(THREE) }), quoting];
    expect(await decide(openEngine(), request(messages))).toEqual({ text: "two" });
  });

  it("is found in a fence on one line, with tildes, with Windows line ends, indented", async () => {
    const json = JSON.stringify([{ text: "a ``` b" }]);
    const prompts = [
      `Say: \`\`\`serai-script ${json}\`\`\` now`,
      `~~~serai-script\n${json}\n~~~`,
      `Hi\r\n\`\`\`serai-script\r\n${json}\r\n\`\`\`\r\n`,
      `  \`\`\`\`serai-script\n${json}\n  \`\`\`\`\n\`\`\`js\nx\n\`\`\``,
    ];
    for (const prompt of prompts) {
      expect(await decide(openEngine(), request([user(prompt)]))).toEqual({ text: "a ``` b" });
    }
  });

  it("is the same for items of one answer that come apart, and for calls and results that alternate", async () => {
    const start = user(fenced(THREE));
    const key = "0123456789ab";
    const items = [start, said("Looking"), assistant(called("x")), result("x")];
    expect(await decide(openEngine(), request(items))).toEqual({ text: "two" });
    const alternating = [
      start,
      assistant(called(`call_${key}_0`)),
      result(`call_${key}_0`),
      assistant(called(`call_${key}_1`)),
      result(`call_${key}_1`),
    ];
    expect(await decide(openEngine(), request(alternating))).toEqual({ text: "two" });
  });
});

describe("a fault with times", () => {
  const steps: Step[] = [{ status: 429, times: 2 }, { status: 529, times: 1 }, { text: "at last" }, { text: "next" }];

  it("is served so often and makes no turn of its own", async () => {
    const engine = openEngine();
    const asked = request([user(fenced(steps))]);
    const seen: Step[] = [];
    for (let call = 0; call < 5; call += 1) seen.push(await decide(engine, asked));
    expect(seen.map((step) => step.status ?? step.text)).toEqual([429, 429, 529, "at last", "at last"]);
    const later = request([user(fenced(steps)), said("at last"), user("more")]);
    expect(await decide(engine, later)).toEqual({ text: "next" });
  });

  it("is counted per conversation, whatever model or system prompt it is sent with", async () => {
    const engine = openEngine();
    const script = fenced([{ status: 500, times: 1 }, { text: "ok" }]);
    const first = request([user(`session 1 ${script}`)]);
    expect(await decide(engine, first)).toMatchObject({ status: 500 });
    expect(await decide(engine, request([user(`session 2 ${script}`)]))).toMatchObject({ status: 500 });
    expect(await decide(engine, { ...first, apiKey: "another" })).toMatchObject({ status: 500 });
    expect(await decide(engine, { ...first, model: "fallback", system: "cch=42" })).toEqual({ text: "ok" });
  });

  it("leaves the rest of its step to be said", async () => {
    const engine = openEngine();
    const asked = request([user(fenced([{ text: "whole", chunks: 2, cutAfterChunks: 1, times: 1 }]))]);
    expect(await decide(engine, asked)).toMatchObject({ cutAfterChunks: 1 });
    const rest = await decide(engine, asked);
    expect(rest).toEqual({ text: "whole", chunks: 2, times: 1 });
  });

  it("passes into the end of the script when nothing follows", async () => {
    const engine = openEngine();
    const asked = request([user(fenced([{ status: 503, times: 1 }]))]);
    expect(await decide(engine, asked)).toMatchObject({ status: 503 });
    expect(await decide(engine, asked)).toEqual({ text: "done" });
  });

  it("is served for ever without times", async () => {
    const engine = openEngine();
    const asked = request([user(fenced([{ status: 400 }, { text: "never" }]))]);
    for (let call = 0; call < 3; call += 1) expect(await decide(engine, asked)).toEqual({ status: 400 });
  });
});

describe("a side call", () => {
  const steps: Step[] = [{ status: 429, times: 9 }, { tools: [{ name: "read", input: {} }] }];

  it("without the scripted tools gets plain text, and none of the script's faults", async () => {
    const asked = request([user(`Title for:\n${fenced(steps)}`)], { tools: [] });
    expect(await decide(openEngine(), asked)).toEqual({ text: "Echo: Title for:" });
  });

  it("with a schema gets an instance of it", async () => {
    const jsonSchema = { type: "object", properties: { title: { type: "string" } }, required: ["title"] };
    const step = await decide(openEngine(), request([user(fenced(steps))], { tools: [], jsonSchema }));
    expect(JSON.parse(step.text ?? "")).toEqual({ title: "x" });
  });

  it("that forces a tool the script does not call gets a call of it with an instance of its schema", async () => {
    const json: ToolOffer = {
      name: "json",
      kind: "function",
      schema: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
    };
    const step = await decide(openEngine(), request([user(fenced(THREE))], { tools: [json], forcedTool: "json" }));
    expect(step).toEqual({ tools: [{ name: "json", input: { n: 0 } }] });
  });

  it("without any script is answered shortly", async () => {
    expect(await decide(openEngine(), request([user("Are you there?\nreally")]))).toEqual({
      text: "Echo: Are you there?",
    });
    expect(await decide(openEngine(), request([]))).toEqual({ text: "Hello" });
    const long = await decide(openEngine(), request([user("🐫".repeat(500))]));
    expect(long.text).toBe(`Echo: ${"🐫".repeat(60)}`);
  });
});

describe("a script from outside", () => {
  it("plays as if each last prompt held it, over any in the prompt, until it is taken away", async () => {
    const engine = openEngine();
    engine.setScript([{ text: "outer one" }, { text: "outer two" }]);
    const first = [user(fenced(THREE))];
    expect(await decide(engine, request(first))).toEqual({ text: "outer one" });
    const after = [...first, assistant(called("x")), result("x")];
    expect(await decide(engine, request(after))).toEqual({ text: "outer two" });
    expect(await decide(engine, request([...after, said("outer two"), user("again")]))).toEqual({ text: "outer one" });
    engine.setScript(undefined);
    expect(await decide(engine, request(after))).toEqual({ text: "two" });
  });

  it("may be a function that chooses, waits, or leaves the choice to the prompt", async () => {
    const engine = openEngine();
    const gate = Promise.withResolvers<Step>();
    engine.setScript((asked) => (asked.model === "gated" ? gate.promise : undefined));
    expect(await decide(engine, request([user(fenced(THREE))]))).toEqual({ text: "one" });
    const held = decide(engine, request([], { model: "gated" }));
    gate.resolve({ text: "released" });
    expect(await held).toEqual({ text: "released" });
  });
});
