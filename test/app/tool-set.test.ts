import { describe, expect, test } from "vitest";

import { makeCheckCapabilities, mergeCapabilityRefs } from "../../src/app/capability-refs.ts";
import { makeToolSet } from "../../src/app/tool-set.ts";
import { fitResult } from "../../src/app/tool-result.ts";
import { encodeDraft, MAX_EVENT_BYTES } from "../../src/core/events/envelope.ts";
import type { ContentPart } from "../../src/core/events/content.ts";
import { formatId } from "../../src/core/ids.ts";
import type { EventId, WorkspaceId } from "../../src/core/ids.ts";
import type { Capability, Tool, ToolContext, ToolPorts, ToolResult } from "../../src/core/ports/tools.ts";
import type { CapabilityRef } from "../../src/core/session.ts";
import { withDeadline } from "../../src/lib/deadline.ts";
import { openFileWorld, refusalOf } from "./file-world.ts";
import type { FileWorld } from "./file-world.ts";
import { noStorage } from "../capabilities/no-storage.ts";

function tool(name: string, run: Tool["run"]): Tool {
  const hints = { isRepeatable: true, isReadonly: true };
  return { definition: { name, description: name, parameters: { type: "object" }, hints }, run };
}

function capability(
  id: string,
  tools: (config: unknown) => readonly Tool[],
  more: Partial<Capability> = {},
): Capability {
  const words = { name: id, description: id, risk: "low", features: [], configSchema: {} } as const;
  return { id, ...words, checkConfig: () => ({ ok: true }), tools, ...more };
}

const say = (text: string): ToolResult => ({ status: "success", content: [{ type: "text", text }] });
const session: ToolPorts["session"] = {
  describe: () => Promise.resolve({}),
  setTitle: () => Promise.resolve({ ok: true }),
};

function makeSet(world: FileWorld, capabilities: readonly Capability[], refs?: readonly CapabilityRef[]) {
  const faults: Error[] = [];
  const made = makeToolSet({
    capabilities,
    refs: refs ?? capabilities.map(({ id }) => ({ ref: id })),
    ports: { openFiles: world.toolFiles, session, ...noStorage, now: () => 0 },
    limits: { toolResultBytes: 64 * 1024 },
    onFault: (fault) => faults.push(fault),
  });
  const call = (name: string, args: unknown = {}, id = "call_1", signal = new AbortController().signal) =>
    made.toolSet.call({ id, name, arguments: args }, signal);
  return { ...made, call, faults };
}

const writer = capability("writer", () => [
  tool("write", async (input, { ports }: ToolContext) => {
    const { path, text, after } = input as { path: string; text: string; after?: string };
    await ports.files.write(path, Buffer.from(text));
    if (after === "throw") throw new Error("secret-canary");
    return say("written");
  }),
]);

describe("a tool call", () => {
  test("runs the tool of its name, and its changes wait under its id", async () => {
    await using world = await openFileWorld();
    const { call, changesOf, drop } = makeSet(world, [writer]);
    expect(await call("write", { path: "/a", text: "x" }, "call_a")).toEqual(say("written"));
    expect(changesOf("call_a")).toMatchObject([{ kind: "put", path: "/a", base: "absent" }]);
    expect(changesOf("call_b")).toEqual([]);
    drop("call_a");
    expect(changesOf("call_a")).toEqual([]);
    expect(await world.paths()).toEqual([]);
  });

  test("has files of its own: calls side by side do not see each other's changes", async () => {
    await using world = await openFileWorld();
    const { call, changesOf } = makeSet(world, [writer]);
    await Promise.all(["a", "b"].map((name) => call("write", { path: `/${name}`, text: name }, name)));
    expect(changesOf("a").map(({ path }) => path)).toEqual(["/a"]);
    expect(changesOf("b").map(({ path }) => path)).toEqual(["/b"]);
  });

  test("of a tool that does not exist is an error that names those that do", async () => {
    await using world = await openFileWorld();
    expect(await makeSet(world, [writer]).call("rm")).toMatchObject({
      status: "error",
      error: 'There is no tool "rm"; there are write',
    });
    expect(await makeSet(world, []).call("rm")).toMatchObject({ error: expect.stringContaining("no tools here") });
  });

  test("with arguments that are no JSON is an error with the place; JSON as text is read, none is an empty object", async () => {
    await using world = await openFileWorld();
    const { call } = makeSet(world, [
      capability("echo", () => [tool("echo", async (input) => say(JSON.stringify(input)))]),
    ]);
    expect(await call("echo", '{"a": tru')).toMatchObject({
      status: "error",
      error: expect.stringContaining("not valid JSON"),
    });
    expect(await call("echo", '{"a": true}')).toEqual(say('{"a":true}'));
    for (const none of [undefined, null, ""]) expect(await call("echo", none)).toEqual(say("{}"));
  });

  test("that throws changes nothing, tells the model no more than that, and the log of the server everything", async () => {
    await using world = await openFileWorld();
    const { call, changesOf, faults } = makeSet(world, [writer]);
    const result = await call("write", { path: "/a", text: "x", after: "throw" });
    expect(result).toMatchObject({ status: "error" });
    expect(JSON.stringify(result)).not.toContain("canary");
    expect(changesOf("call_1")).toEqual([]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.cause).toMatchObject({ message: "secret-canary" });
  });

  test("that was cancelled or ran out of time ends at once, though its tool does not listen", async () => {
    await using world = await openFileWorld();
    const deaf = capability("deaf", () => [tool("deaf", () => new Promise(() => {}))]);
    const { call, faults } = makeSet(world, [deaf]);
    const abort = new AbortController();
    const running = call("deaf", {}, "call_1", abort.signal);
    abort.abort(new Error("The turn was cancelled"));
    expect(await running).toMatchObject({ status: "cancelled", error: "The call was cancelled" });
    expect(await call("deaf", {}, "call_2", abort.signal)).toMatchObject({ status: "cancelled" });
    const deadline = withDeadline(undefined, 5);
    expect(await call("deaf", {}, "call_3", deadline.signal)).toMatchObject({
      status: "timeout",
      error: "The call took longer than 5 ms",
    });
    expect(faults).toEqual([]);
  });

  test("passes on what a tool prints while it runs", async () => {
    await using world = await openFileWorld();
    const loud = capability("loud", () => [
      tool("loud", async (_input, { onOutput }) => {
        onOutput?.("stdout", "hello");
        return say("done");
      }),
    ]);
    const heard: string[] = [];
    const { toolSet } = makeSet(world, [loud]);
    await toolSet.call({ id: "c", name: "loud", arguments: {} }, new AbortController().signal, (stream, delta) =>
      heard.push(`${stream} ${delta}`),
    );
    expect(heard).toEqual(["stdout hello"]);
  });
});

describe("the tools of a turn", () => {
  test("come from the agent's capabilities and then the session's, each once, the later configuration winning", async () => {
    await using world = await openFileWorld();
    const configs: unknown[] = [];
    const sized = (id: string) =>
      capability(id, (config) => {
        configs.push([id, config]);
        return [tool(`use_${id}`, async () => say(id))];
      });
    const refs = [
      { ref: "a", config: { size: 1, colour: "red" } },
      { ref: "b" },
      { ref: "a", config: { size: 2 } },
      { ref: "b", config: {} },
    ];
    const { toolSet } = makeSet(world, [sized("b"), sized("a")], refs);
    expect(toolSet.definitions.map(({ name }) => name)).toEqual(["use_a", "use_b"]);
    expect(configs).toEqual([
      ["a", { size: 2, colour: "red" }],
      ["b", {}],
    ]);
  });

  test("go without a capability that is gone or takes its configuration no longer, and say so to the server", async () => {
    await using world = await openFileWorld();
    const picky = capability("picky", () => [tool("never", async () => say(""))], {
      checkConfig: () => ({ ok: false, path: "/size", reason: "too large" }),
    });
    const { toolSet, faults, prompts } = makeSet(
      world,
      [picky, { ...writer, prompt: "Write." }],
      [{ ref: "gone" }, { ref: "picky" }, { ref: "writer" }],
    );
    expect(toolSet.definitions.map(({ name }) => name)).toEqual(["write"]);
    expect(prompts).toEqual(["Write."]);
    expect(faults.map(({ message }) => message)).toEqual([
      'Capability "gone" is left out: it is not known',
      'Capability "picky" is left out: it is configured wrongly at "/size": too large',
    ]);
  });

  test("are checked before they are stored, with the place of what is wrong", async () => {
    const picky = capability("picky", () => [], {
      checkConfig: (config) =>
        config === undefined ? { ok: true } : { ok: false, path: "/size", reason: "Too large" },
    });
    const workspaceId = formatId("workspace", 1, "a".repeat(20));
    const findOwn = (asked: WorkspaceId, ref: string) =>
      Promise.resolve(asked === workspaceId && ref === "mcp:mine" ? picky : undefined);
    const check = makeCheckCapabilities([picky], findOwn);
    expect(await check([{ ref: "picky" }, { ref: "mcp:mine" }], workspaceId)).toEqual({ ok: true, value: undefined });
    expect(refusalOf(await check([{ ref: "picky" }, { ref: "nope" }], workspaceId))).toMatchObject({
      path: "/capabilities/1/ref",
    });
    expect(refusalOf(await check([{ ref: "picky", config: {} }], workspaceId))).toEqual({
      code: "invalid_input",
      path: "/capabilities/0/config/size",
      reason: "Too large",
    });
  });

  test("are merged without a configuration where nobody gave one", () => {
    expect(mergeCapabilityRefs([{ ref: "a" }, { ref: "a" }])).toEqual([{ ref: "a" }]);
  });
});

describe("a tool's result", () => {
  const MAX = 62 * 1024;
  const encoded = (result: ToolResult) => {
    const data = {
      tool_call_id: "c".repeat(100),
      tool_name: "t".repeat(64),
      success: result.status === "success",
      status: result.status,
      result: [...result.content],
      ...(result.error === undefined ? {} : { error: result.error }),
    };
    return Buffer.byteLength(encodeDraft({ id: "" as EventId, context: {}, type: "tool.completed", data }).dataJson);
  };
  const text = (content: readonly ContentPart[]) =>
    content.map((part) => (part.type === "text" ? part.text : `<${part.type}>`));

  test("is left as it is when it fits", () => {
    const result = say("x".repeat(MAX - 100));
    expect(fitResult(result, MAX)).toEqual(result);
  });

  test.each(["x", "é", "😀", "\u0000", '"', "\n", "\ud800"])(
    "is cut to what an event can hold, measured as it is stored, and says how to go on: %j",
    (letter) => {
      const result = fitResult(say(letter.repeat(1_000_000)), MAX);
      expect(encoded(result)).toBeLessThan(MAX_EVENT_BYTES);
      expect(encoded(result)).toBeGreaterThan(MAX - 2_000);
      const [shown, note] = text(result.content);
      expect(shown?.isWellFormed()).toBe(true);
      expect(note).toMatch(
        /^\[The result was too large and was cut: the first [\d,]+ of [12],000,000 characters are shown\./,
      );
    },
  );

  test("keeps NUL and mends what is not well formed, in errors too", () => {
    const result = fitResult(
      { status: "error", content: [{ type: "text", text: "a\u0000b\udc00" }], error: "\ud800!" },
      MAX,
    );
    expect(result).toEqual({ status: "error", content: [{ type: "text", text: "a\u0000b\ufffd" }], error: "\ufffd!" });
  });

  test("keeps the parts that fit and says how many it left out", () => {
    const image: ContentPart = { type: "image", base64: "A".repeat(50_000), media_type: "image/png" };
    const result = fitResult(
      { status: "success", content: [image, { type: "text", text: "then" }, image, image] },
      MAX,
    );
    expect(text(result.content)).toEqual(["<image>", "then", "[The result was too large: 2 parts of it are left out]"]);
  });

  test("has a short error, however long the tool's was", () => {
    const result = fitResult(
      { status: "error", content: [{ type: "text", text: "no" }], error: "é".repeat(50_000) },
      MAX,
    );
    expect(Buffer.byteLength(result.error ?? "")).toBeLessThanOrEqual(1024);
    expect(encoded(result)).toBeLessThan(3_000);
  });
});
