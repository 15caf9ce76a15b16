/** `/hooks/{ide}`: an editor is answered in its own words whatever goes wrong (R9, ruling 15). */
import { beforeEach, describe, expect, it } from "vitest";
import { refuse } from "../../../src/core/refusal.ts";
import { ideNames } from "../../../src/doors/hooks/dialects/dialect.ts";
import { openHooks, replied } from "./open-hooks.ts";
import type { Hooks } from "./open-hooks.ts";
import { readPayload, samples } from "./payloads.ts";
import { replySchemas } from "./reply-schemas.ts";

const edit = readPayload("claude-code", "PreToolUse.Edit.json");
const stop = readPayload("claude-code", "Stop.json");
const denied = { verdict: { permission: "deny", reason: "File a is reserved by B", brief: "short" } } as const;
const JSON_TYPE = { "content-type": "application/json" };

let hooks: Hooks;
beforeEach(async () => {
  hooks = await openHooks({ patienceMs: 40 });
});

async function ask(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await hooks.post(path, body, { ...JSON_TYPE, ...headers });
  const text = await response.text();
  const note = decodeURIComponent(response.headers.get("x-serai-note") ?? "");
  return { status: response.status, text, note, exit: response.headers.get("x-serai-exit"), headers: response.headers };
}

describe("a hook of an IDE", () => {
  it("is handed on as one event with the facts of its tree", async () => {
    const facts = {
      "X-Serai-Root": "/home/dev/%C3%BCber%20app",
      "X-Serai-Common-Dir": "/home/dev/app/.git",
      "X-Serai-Origin": "git@github.com:acme/app.git",
      "X-Serai-Branch": "feat/auth",
      "X-Serai-Head": "0123abcd",
      "X-Serai-Ignore-Case": "true",
      "X-Serai-Host": "host-1",
      "X-Serai-Cwd": "/elsewhere",
    };
    expect((await ask("/hooks/claude-code", edit, facts)).text).toBe("{}");
    expect(hooks.told[0]?.call).toMatchObject({
      event: { moment: "pre_tool", cwd: "/home/dev/app", files: [{ path: "/home/dev/app/hello.txt" }] },
      report: {
        root: "/home/dev/über app",
        commonDir: "/home/dev/app/.git",
        origin: "git@github.com:acme/app.git",
        branch: "feat/auth",
        head: "0123abcd",
        ignoresCase: true,
        host: "host-1",
      },
      options: { isStrict: false, branchDefault: "warn", endsAtTurnEnd: false },
    });
  });

  it("takes the client's directory where the payload has none, and no fact that was not told", async () => {
    const { cwd: _, ...nowhere } = edit;
    await ask("/hooks/claude-code", nowhere, { "X-Serai-Cwd": "/there" });
    expect(hooks.told[0]?.call).toMatchObject({ event: { cwd: "/there" }, report: {} });
    expect(hooks.told[0]?.call.report).toEqual({});
  });

  it("does not end at `Stop`, which every turn has (ruling 28)", async () => {
    expect((await ask("/hooks/claude-code", stop)).text).toBe("{}");
    expect(hooks.told[0]?.call).toMatchObject({ event: { moment: "turn_end" }, options: { endsAtTurnEnd: false } });
  });

  it("is stopped with the long text, as 200, since Claude Code lets everything else through", async () => {
    hooks.reply = () => replied(denied);
    const { status, text } = await ask("/hooks/claude-code", edit);
    expect(status).toBe(200);
    expect(JSON.parse(text).hookSpecificOutput.permissionDecisionReason).toBe("File a is reserved by B");
  });

  it("ends with code 2 in Windsurf, the text as its body", async () => {
    hooks.reply = () => replied(denied);
    const payload = samples.find(({ name }) => name === "pre_write_code")?.payload;
    expect(await ask("/hooks/windsurf", payload)).toMatchObject({ exit: "2", text: "File a is reserved by B" });
  });

  it("is answered in the words of the IDE that asks, whosever file it stands in", async () => {
    const payload = samples.find(({ name, ide }) => ide === "cursor" && name === "preToolUse")?.payload;
    expect((await ask("/hooks/claude-code", payload)).text).toBe('{"permission":"allow"}');
    expect(hooks.told[0]?.call.event.agentType).toBe("cursor");
  });

  it.each(samples)("$ide $name is read with any media type and answered so that its IDE takes it", async (sample) => {
    const { ide, payload, headers = {} } = sample;
    const { text, status } = await ask(`/hooks/${ide}`, payload, { ...headers, "content-type": "text/plain" });
    expect(status).toBe(200);
    if (ide !== "windsurf") expect(replySchemas[ide].safeParse(JSON.parse(text)).success).toBe(true);
    expect(hooks.told).toHaveLength(1);
  });

  it("is read whatever a file holds that it is about: NUL, half characters, nesting, megabytes", async () => {
    const tool_input = { file_path: "/a", content: `\0\uD800${"x".repeat(3_000_000)}`, deep: JSON.parse(deep(500)) };
    await ask("/hooks/claude-code", { ...edit, tool_input });
    expect(hooks.told[0]?.call.event.files).toEqual([{ path: "/a", operation: "write" }]);
  });

  it("tells of the hooks that found no server before it", async () => {
    await ask("/hooks/claude-code", edit, { "X-Serai-Gap": "3" });
    await ask("/hooks/claude-code", edit, { "X-Serai-Gap": "many" });
    expect(hooks.reported).toEqual([
      { agentType: "claude_code", rawEvent: "PreToolUse", reason: "3 hooks before this one had no answer" },
    ]);
  });
});

const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("what goes wrong", () => {
  const wrongs: Readonly<Record<string, () => Promise<Awaited<ReturnType<typeof ask>>>>> = {
    "a wrong key": () => ask("/hooks/claude-code", edit, { authorization: "Bearer nobody" }),
    "a key that may only read": () => ask("/hooks/claude-code", edit, { authorization: "Bearer viewer-key" }),
    "a refusal": () => {
      hooks.reply = () => Promise.resolve(refuse({ code: "storage_full" }));
      return ask("/hooks/claude-code", edit);
    },
    "a fault": () => {
      hooks.reply = () => Promise.reject(new Error("broken"));
      return ask("/hooks/claude-code", edit);
    },
    "a server that thinks too long": () => {
      hooks.reply = () => new Promise(() => undefined);
      return ask("/hooks/claude-code", edit);
    },
    "no JSON": () => ask("/hooks/claude-code", "{nonsense"),
    "JSON without end": () => ask("/hooks/claude-code", deep(5_000_000).slice(0, 5_000_000)),
    "more JSON than an editor sends": () => ask("/hooks/claude-code", `{"a":[${"[],".repeat(2_000_000)}[]]}`),
    "no object": () => ask("/hooks/claude-code", "null"),
    "no event": () => ask("/hooks/claude-code", { session_id: "a" }),
    "no conversation": () => ask("/hooks/claude-code", { hook_event_name: "PreToolUse" }),
    "too large a body": () => ask("/hooks/claude-code", " ".repeat(33 * 1024 * 1024)),
  };

  it.each(Object.keys(wrongs))("%s lets the editor go on, with a note that says why", async (wrong) => {
    const answer = await wrongs[wrong]?.();
    expect(answer).toMatchObject({ status: 200, text: "{}", exit: null });
    expect(answer?.note).toMatch(/^Serai is not guarding this: \S/);
  });

  it("that its key is not known is said as one reads it, with what to do", async () => {
    const stranger = { authorization: "Bearer nobody" };
    const { headers } = await ask("/hooks/gemini", readPayload("gemini", "BeforeAgent.json"), stranger);
    expect(headers.get("x-serai-note")).toBe(
      "Serai is not guarding this: the key is unknown; for another run: serai hooks install gemini",
    );
  });

  it("what no header can hold is encoded, also where it is cut", async () => {
    for (const reason of ["100% ü", "ü".repeat(2_000), "😀".repeat(600)]) {
      hooks.reply = () => Promise.resolve(refuse({ code: "unauthenticated", reason }));
      expect((await ask("/hooks/claude-code", edit)).note).toContain(`: ${reason.slice(0, 500)}`);
    }
  });

  it.each(ideNames)("%s is told to go on when what it sent is garbage", async (ide) => {
    for (const garbage of ["", "{nonsense", "null", "[]", '"text"', "{}", '{"hook_event_name":1}']) {
      const { text, status } = await ask(`/hooks/${ide}`, garbage);
      expect(status).toBe(200);
      if (ide === "windsurf") expect(text).toBe("");
      else expect(replySchemas[ide].safeParse(JSON.parse(text)).success).toBe(true);
    }
    expect(hooks.reported).toHaveLength(7);
  });

  it("tells each IDE to go on in its own words", async () => {
    hooks.reply = () => Promise.reject(new Error("broken"));
    for (const { ide, payload, headers } of samples) {
      const { text, status } = await ask(`/hooks/${ide}`, payload, headers);
      expect(status).toBe(200);
      if (ide === "windsurf") expect(text).toBe("");
      else expect(replySchemas[ide].safeParse(JSON.parse(text)).error?.issues ?? []).toEqual([]);
      expect(text).not.toContain("deny");
    }
  });

  it("shows a person in Claude Code at the start, and not at every edit, that nothing is guarded", async () => {
    const key = { authorization: "Bearer nobody" };
    const start = await ask("/hooks/claude-code", readPayload("claude-code", "SessionStart.startup.json"), key);
    expect(JSON.parse(start.text).systemMessage).toContain("the key is unknown");
    expect((await ask("/hooks/codex", readPayload("codex", "SessionStart.startup.json"), key)).text).toBe("{}");
  });

  it("is told to the workspace when the hook could not be read, and to nobody without a key", async () => {
    await ask("/hooks/cursor", "{nonsense");
    await ask("/hooks/claude-code", { hook_event_name: "PreToolUse" });
    await ask("/hooks/cursor", "{nonsense", { authorization: "Bearer nobody" });
    expect(hooks.reported).toEqual([
      { agentType: "cursor", reason: "the payload is no JSON that can be read" },
      { agentType: "claude_code", rawEvent: "PreToolUse", reason: "the payload names no conversation" },
    ]);
  });

  it("is logged when it is a fault, also one that comes after the editor was let go", async () => {
    let fail: (fault: unknown) => void = () => undefined;
    hooks.reply = () => new Promise((_, reject) => (fail = reject));
    await ask("/hooks/claude-code", edit);
    const fault = new Error("too late");
    fail(fault);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hooks.faults).toEqual([fault]);
  });
});

describe("a strict hook", () => {
  const strict = "/hooks/claude-code?strict=1";
  const isDenied = (text: string) => text.includes('"permissionDecision":"deny"');

  it("says so to the use case", async () => {
    await ask(strict, edit);
    expect(hooks.told[0]?.call.options.isStrict).toBe(true);
    await ask("/hooks/claude-code?strict=0", edit);
    expect(hooks.told[1]?.call.options.isStrict).toBe(false);
  });

  it("refuses an edit when the key is wrong, the server broken or slow", async () => {
    const wrongKey = await ask(strict, edit, { authorization: "Bearer nobody" });
    hooks.reply = () => Promise.reject(new Error("broken"));
    const broken = await ask(strict, edit);
    hooks.reply = () => new Promise(() => undefined);
    const slow = await ask(strict, edit);
    for (const { status, text } of [wrongKey, broken, slow]) {
      expect(status).toBe(200);
      expect(isDenied(text)).toBe(true);
    }
  });

  it("refuses no end, no prompt and no reading, so that no agent is caught in a turn", async () => {
    hooks.reply = () => Promise.reject(new Error("broken"));
    const reading = { ...edit, tool_name: "Read" };
    const prompt = readPayload("claude-code", "UserPromptSubmit.json");
    for (const payload of [stop, reading, prompt]) expect((await ask(strict, payload)).text).not.toMatch(/deny|block/);
  });

  it("ends with code 2 when it cannot be read, unless it is seen to be harmless", async () => {
    expect(await ask(strict, "{nonsense")).toMatchObject({ status: 400, exit: "2" });
    expect(await ask(strict, '{"hook_event_name":"PreToolUse",')).toMatchObject({ status: 400, exit: "2" });
    expect(await ask(strict, '{"hook_event_name": "Stop",')).toMatchObject({ status: 200, exit: null, text: "{}" });
    expect(await ask("/hooks/windsurf?strict=1", "{")).toMatchObject({ status: 400, exit: "2" });
  });
});

describe("beside the routes", () => {
  it.each(["/hooks", "/hooks/emacs", "/hooks/cursor/more"])("%s is unknown in the door's own shape", async (path) => {
    const response = await hooks.post(path, {});
    expect(response.status).toBe(404);
    expect(Object.keys((await response.json()) as object)).toEqual(["error", "message"]);
  });

  it("has a heading of its own in the document, and one for Enagrams", async () => {
    const document = (await (await hooks.fetch("/openapi.json")).json()) as { tags: { name: string }[] };
    expect(document.tags.map(({ name }) => name)).toEqual(["IDE hooks", "Enagrams", "Server"]);
  });
});
