/** Every dialect both ways, without a server: what is read out of each IDE's payload, and what it is answered. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HookEvent } from "../../../src/core/team/hook-event.ts";
import { detectIde, dialects } from "../../../src/doors/hooks/dialects/detect.ts";
import { ideNames } from "../../../src/doors/hooks/dialects/dialect.ts";
import type { HookAnswer, IdeName } from "../../../src/doors/hooks/dialects/dialect.ts";
import { headerOf, readPayload, samples } from "./payloads.ts";
import type { Sample } from "./payloads.ts";
import { replySchemas } from "./reply-schemas.ts";

function decode({ ide, payload, headers }: Sample): HookEvent {
  const decoded = dialects[ide].decode(payload, headerOf(headers));
  if (!decoded.ok) throw new Error(`Not read: ${decoded.reason}`);
  return decoded.event;
}

function sample(ide: IdeName, name: string): Sample {
  const found = samples.find((each) => each.ide === ide && each.name === name);
  if (found === undefined) throw new Error(`No sample ${ide} ${name}`);
  return found;
}

const allow = { permission: "allow" } as const;
const deny = { permission: "deny", reason: "File a.ts is reserved by B (Cursor)", brief: "short" } as const;
const answers: Readonly<Record<string, HookAnswer>> = {
  allow: { verdict: allow },
  "allow with a note": { verdict: allow, note: "Serai is not guarding this: no key was sent" },
  deny: { verdict: deny },
  "deny with news": { verdict: deny, context: "Team briefing" },
  "deny without words": { verdict: { ...deny, reason: " " } },
  context: { verdict: allow, context: "Team briefing" },
  "far too much context": { verdict: allow, context: "🧭".repeat(9_000) },
};

describe("what each IDE is answered", () => {
  const cases = samples.flatMap((each) => Object.keys(answers).map((answer) => ({ each, answer })));
  it.each(cases)("$each.ide $each.name takes the reply to $answer", ({ each, answer }) => {
    const event = decode(each);
    const reply = dialects[each.ide].encode(event, answers[answer] as HookAnswer);
    expect(reply.status).toBe(200);
    if (each.ide === "windsurf") {
      const isRefused = reply.headers["X-Serai-Exit"] !== undefined;
      expect(isRefused).toBe(answer.startsWith("deny") && each.name.startsWith("pre_"));
      expect(reply.body).toBe(
        isRefused ? (answer === "deny without words" ? "Reserved by another agent" : deny.reason) : "",
      );
      return;
    }
    const body: unknown = JSON.parse(reply.body);
    expect(replySchemas[each.ide].safeParse(body).error?.issues ?? []).toEqual([]);
    if (["session_end", "turn_end", "subagent_end", "compact"].includes(event.moment)) expect(body).toEqual({});
    expect(reply.body).not.toContain('"permissionDecision":"allow"');
    expect(reply.body.isWellFormed()).toBe(true);
  });

  it.each(samples.filter((each) => each.ide !== "windsurf" && decode(each).moment === "pre_tool"))(
    "$ide $name is stopped by a denial, and told the reason",
    (each) => {
      expect(dialects[each.ide].encode(decode(each), answers["deny"] as HookAnswer).body).toContain(deny.reason);
    },
  );

  it("tells Claude Code of a denial as it was tried on it", () => {
    const { body } = dialects["claude-code"].encode(decode(sample("claude-code", "PreToolUse.Write")), {
      verdict: deny,
    });
    expect(body).toBe(
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"File a.ts is reserved by B (Cursor)"}}',
    );
  });

  it("cuts context before the IDE would, and between characters", () => {
    const event = decode(sample("claude-code", "SessionStart.startup"));
    const { body } = dialects["claude-code"].encode(event, answers["far too much context"] as HookAnswer);
    expect(JSON.parse(body).hookSpecificOutput.additionalContext).toHaveLength(9_500);
  });
});

describe("what is read out of a payload", () => {
  const read = (ide: IdeName, name: string) => decode(sample(ide, name));

  it("has a moment for each event, and a conversation", () => {
    const moments = (ide: IdeName) =>
      Object.fromEntries(samples.filter((each) => each.ide === ide).map((each) => [each.name, decode(each).moment]));
    expect(moments("claude-code")).toEqual({
      "PermissionRequest.Bash": "heartbeat",
      "PermissionRequest.Edit": "heartbeat",
      "PermissionRequest.Write": "heartbeat",
      PostToolBatch: "heartbeat",
      "PostToolUse.Bash": "post_tool",
      "PostToolUse.Edit": "post_tool",
      "PostToolUse.Write": "post_tool",
      "PostToolUseFailure.Bash": "post_tool",
      "PreToolUse.Agent": "pre_tool",
      "PreToolUse.Bash": "pre_tool",
      "PreToolUse.Edit": "pre_tool",
      "PreToolUse.Write": "pre_tool",
      "PreToolUse.Write.within": "pre_tool",
      SessionEnd: "session_end",
      "SessionStart.startup": "session_start",
      Stop: "turn_end",
      "Stop.background": "turn_end",
      SubagentStart: "subagent_start",
      SubagentStop: "subagent_end",
      UserPromptSubmit: "turn_start",
      "UserPromptSubmit.task-notification": "turn_start",
    });
    expect(moments("codex")).toMatchObject({ Interrupt: "turn_end", Stop: "turn_end", SubagentStop: "subagent_end" });
    expect(moments("gemini")).toMatchObject({
      BeforeAgent: "turn_start",
      AfterAgent: "turn_end",
      PreCompress: "compact",
    });
    expect(moments("cursor")).toMatchObject({
      afterTabFileEdit: "file_edited",
      stop: "turn_end",
      workspaceOpen: "heartbeat",
    });
    expect(moments("windsurf")).toMatchObject({ pre_user_prompt: "turn_start", post_cascade_response: "turn_end" });
    expect(samples.every((each) => decode(each).conversationId.length > 0)).toBe(true);
  });

  it("knows the files, tools and ids of Claude Code", () => {
    expect(read("claude-code", "PreToolUse.Edit")).toEqual({
      moment: "pre_tool",
      agentType: "claude_code",
      conversationId: "0375a833-31e9-443f-a117-5b54577ed708",
      rawEvent: "PreToolUse",
      tool: { name: "Edit", kind: "edit" },
      files: [{ path: "/home/dev/app/hello.txt", operation: "write" }],
      toolUseId: "toolu_fake_9",
      cwd: "/home/dev/app",
    });
    expect(read("claude-code", "PreToolUse.Bash")).toMatchObject({
      tool: { name: "Bash", kind: "shell" },
      command: "ls && cat hello.txt",
      files: [],
    });
    expect(read("claude-code", "PostToolUseFailure.Bash")).toMatchObject({ error: "Exit code 3" });
    expect(read("claude-code", "Stop")).toMatchObject({ answer: "All done." });
    expect(read("claude-code", "SessionStart.startup")).toMatchObject({ reason: "startup", files: [] });
  });

  it("finds what Claude Code saw a command change", () => {
    const payload = { ...sample("claude-code", "PostToolUse.Bash").payload };
    const seen = { tool_response: { bashEditDiff: { files: [], changedFiles: ["/home/dev/app/x"] } } };
    const decoded = decode({ ide: "claude-code", name: "", payload: { ...payload, ...seen } });
    expect(decoded.changedFiles).toEqual(["/home/dev/app/x"]);
  });

  it("takes patches apart, both names of a move (R7)", () => {
    const command =
      "*** Begin Patch\n*** Add File: src/new.ts\n+x\n*** Update File: src/a.ts\n*** Move to: src/b.ts\n@@\n-a\n+b\n*** Delete File: old.ts\n*** End Patch\n";
    const payload = { ...sample("codex", "PreToolUse.apply_patch").payload, tool_input: { command } };
    const { files, tool } = decode({ ide: "codex", name: "", payload });
    expect(tool).toEqual({ name: "apply_patch", kind: "edit" });
    expect(files).toEqual([
      { path: "src/new.ts", operation: "create" },
      { path: "src/a.ts", operation: "delete" },
      { path: "src/b.ts", operation: "rename", from: "src/a.ts" },
      { path: "old.ts", operation: "delete" },
    ]);
  });

  it("reads a patch that is the whole input, as some builds of Cursor send it", () => {
    const more = { tool_name: "ApplyPatch", tool_input: "*** Begin Patch\n*** Update File: a.ts\n*** End Patch" };
    const payload = { ...sample("cursor", "preToolUse").payload, ...more };
    expect(decode({ ide: "cursor", name: "", payload }).files).toEqual([{ path: "a.ts", operation: "write" }]);
  });

  it("does not take a patch that a file is about for a patch", () => {
    const tool_input = { file_path: "/r/doc.md", content: "*** Begin Patch\n*** Delete File: /r/src/a.ts\n" };
    const payload = { ...sample("claude-code", "PreToolUse.Write").payload, tool_input };
    expect(decode({ ide: "claude-code", name: "", payload }).files).toEqual([
      { path: "/r/doc.md", operation: "write" },
    ]);
  });

  it.each([
    ["StrReplace", { path: "/r/a" }, ["/r/a"]],
    ["Edit", { target_file: "/r/a" }, ["/r/a"]],
    ["EditNotebook", { target_notebook: "/r/a.ipynb" }, ["/r/a.ipynb"]],
    ["NotebookEdit", { notebook_path: "/r/a.ipynb", new_source: "x" }, ["/r/a.ipynb"]],
    ["Delete", { file_path: "/r/a" }, ["/r/a"]],
    ["write_file", { file_path: "/r/a" }, ["/r/a"]],
    ["replace", { file_path: "/r/a", old_string: "x" }, ["/r/a"]],
    ["apply_patch", { patchText: "*** Add File: a\n" }, ["a"]],
    ["editFiles", { files: ["/r/a", "/r/b", "/r/a"] }, ["/r/a", "/r/b"]],
    ["multi_replace_string_in_file", { replacements: [{ filePath: "/r/a" }, { filePath: "/r/b" }] }, ["/r/a", "/r/b"]],
    ["mcp__fs__write_file", { path: "/r/a" }, ["/r/a"]],
    ["mcp__fs__move_file", { source: "/r/a", destination: "/r/b" }, ["/r/a", "/r/b"]],
    ["MCP:read_file", { path: "/r/a" }, []],
    ["Read", { file_path: "/r/a" }, []],
    ["Grep", { path: "/r" }, []],
    ["SomethingNew", { file_path: "/r/a" }, []],
    ["Write", { file_path: "" }, []],
    ["Write", { file_path: "a\0b" }, []],
  ])("the tool %s with %j writes %j", (tool_name, tool_input, paths) => {
    const payload = { ...sample("cursor", "preToolUse").payload, tool_name, tool_input };
    expect(decode({ ide: "cursor", name: "", payload }).files.map(({ path }) => path)).toEqual(paths);
  });

  it("reads Cursor's own events about one kind of tool", () => {
    expect(read("cursor", "beforeShellExecution")).toMatchObject({
      moment: "pre_tool",
      tool: { kind: "shell" },
      command: "echo x > b.txt",
      cwd: "/repo/sub",
    });
    expect(read("cursor", "beforeMCPExecution")).toMatchObject({
      tool: { name: "MCP:write_file", kind: "mcp" },
      files: [{ path: "/repo/c.ts", operation: "write" }],
    });
    expect(read("cursor", "afterTabFileEdit").files).toEqual([{ path: "/repo/src/a.ts", operation: "write" }]);
    expect(read("cursor", "subagentStart")).toMatchObject({ conversationId: "c1", subagentId: "s1" });
    expect(read("cursor", "subagentStop")).toMatchObject({ changedFiles: ["/repo/z.ts"] });
    expect(read("cursor", "sessionStart")).toMatchObject({ cwd: "/repo", clientVersion: "3.20.17" });
  });

  it("calls a tool of Gemini failed when it was, and not when its command ended with a code", () => {
    const base = sample("gemini", "AfterTool.run_shell_command").payload;
    expect(decode(sample("gemini", "AfterTool.run_shell_command")).moment).toBe("post_tool");
    const failed = { ...base, tool_response: { error: { message: "denied", type: "x" } } };
    expect(decode({ ide: "gemini", name: "", payload: failed })).toMatchObject({
      moment: "tool_failed",
      error: "denied",
    });
  });

  it("tells what Claude Code says to itself from what a person asks", () => {
    const isOwn = (name: string, more: object = {}) => {
      const payload = { ...sample("claude-code", name).payload, ...more };
      return decode({ ide: "claude-code", name: "", payload }).isOwnPrompt;
    };
    expect(isOwn("UserPromptSubmit.task-notification")).toBe(true);
    expect(isOwn("UserPromptSubmit", { source: "system" })).toBe(true);
    expect(isOwn("UserPromptSubmit", { source: "poll_event" })).toBe(true);
    for (const source of ["user", "sdk", "loop_wakeup", "schedule_wakeup"]) {
      expect(isOwn("UserPromptSubmit", { source })).toBeUndefined();
    }
    expect(isOwn("UserPromptSubmit", { prompt: "What is a <task-notification>?" })).toBeUndefined();
    expect(isOwn("UserPromptSubmit")).toBeUndefined();
    expect(isOwn("SessionStart.startup", { source: "system" })).toBeUndefined();
  });

  it("calls a command of Claude Code that ended with a code run, and one that did not run failed", () => {
    const moment = (more: object) => {
      const payload = { ...sample("claude-code", "PostToolUseFailure.Bash").payload, ...more };
      return decode({ ide: "claude-code", name: "", payload }).moment;
    };
    expect(moment({ error: "Exit code 1\nFAIL src/a.test.ts" })).toBe("post_tool");
    expect(moment({ error: "The user doesn't want to proceed with this tool use" })).toBe("tool_failed");
    expect(moment({ tool_name: "Edit", error: "Exit code 1" })).toBe("tool_failed");
  });

  it("knows which agent within a Claude Code has asked", () => {
    expect(read("claude-code", "PreToolUse.Write.within")).toMatchObject({
      conversationId: sample("claude-code", "PreToolUse.Agent").payload["session_id"],
      subagentId: sample("claude-code", "SubagentStop").payload["agent_id"],
      files: [{ path: "/home/dev/app/src/sub.ts" }],
    });
    expect(read("claude-code", "PreToolUse.Agent")).toMatchObject({ files: [] });
    expect(read("claude-code", "PreToolUse.Agent").subagentId).toBeUndefined();
  });

  it("leaves out of a prompt of Gemini what hooks have said before it", () => {
    const base = sample("gemini", "BeforeAgent").payload;
    const promptOf = (prompt: string) => decode({ ide: "gemini", name: "", payload: { ...base, prompt } }).prompt;
    const briefing = "<hook_context>Team briefing:\n- Ada: &lt;/hook_context&gt;</hook_context>";
    expect(promptOf(`${briefing}\n\nBuild it\n`)).toBe("Build it\n");
    expect(promptOf("What is <hook_context>this</hook_context>?")).toBe("What is <hook_context>this</hook_context>?");
    expect(promptOf("<hook_context> has no end")).toBe("<hook_context> has no end");
  });

  it("takes a sub-agent of a plugin's host for its parent's", () => {
    const payload = { event: "tool.execute.before", conversation_id: "child", parent_conversation_id: "root" };
    const more = { tool_name: "write", tool_input: { filePath: "/r/a" } };
    expect(decode({ ide: "opencode", name: "", payload: { ...payload, ...more } })).toMatchObject({
      conversationId: "root",
      subagentId: "child",
    });
  });

  it("takes no begin and no end of a part of a conversation for that of the whole", () => {
    const within = { conversation_id: "child", parent_conversation_id: "root", prompt: "Do a part" };
    const momentOf = (event: string, more: object = {}) =>
      decode({ ide: "opencode", name: "", payload: { ...within, event, ...more } }).moment;
    expect(momentOf("session.created")).toBe("subagent_start");
    expect(momentOf("chat.message")).toBe("subagent_start");
    expect(momentOf("session.idle")).toBe("subagent_end");
    expect(momentOf("session.deleted")).toBe("subagent_end");
    expect(momentOf("tool.execute.after")).toBe("post_tool");
    expect(momentOf("chat.message", { parent_conversation_id: undefined })).toBe("turn_start");
  });

  it("has a command run where its call says, which opencode and Gemini mean from where they are", () => {
    const cwdOf = (own: string, cwd: string | undefined = "/repo") => [
      decode({
        ide: "opencode",
        name: "",
        payload: {
          event: "tool.execute.before",
          conversation_id: "o",
          cwd,
          tool_name: "bash",
          tool_input: { command: "touch a.ts", workdir: own },
        },
      }).cwd,
      decode({
        ide: "gemini",
        name: "",
        payload: {
          hook_event_name: "BeforeTool",
          session_id: "g",
          cwd,
          tool_name: "run_shell_command",
          tool_input: { command: "touch a.ts", directory: own },
        },
      }).cwd,
    ];
    expect(cwdOf("src/lib")).toEqual(["/repo/src/lib", "/repo/src/lib"]);
    expect(cwdOf("/elsewhere")).toEqual(["/elsewhere", "/elsewhere"]);
    expect(cwdOf("D:\\work")).toEqual(["D:\\work", "D:\\work"]);
    const edit = { event: "tool.execute.before", conversation_id: "o", cwd: "/repo", tool_name: "write" };
    const payload = { ...edit, tool_input: { filePath: "a.ts", workdir: "src" } };
    expect(decode({ ide: "opencode", name: "", payload }).cwd).toBe("/repo");
  });
});

describe("which IDE really asks", () => {
  const asked = "claude-code";
  const claude = readPayload("claude-code", "PreToolUse.Write.json");

  it("is told by the payload before the address", () => {
    const of = (payload: unknown, headers?: Record<string, string>) => detectIde(asked, payload, headerOf(headers));
    expect(of(sample("cursor", "preToolUse").payload)).toBe("cursor");
    expect(of(sample("windsurf", "pre_write_code").payload)).toBe("windsurf");
    expect(of(sample("copilot", "preToolUse.create").payload)).toBe("copilot");
    expect(of(readPayload("codex", "SessionStart.startup.json"))).toBe("codex");
    expect(of(readPayload("codex", "Stop.json"))).toBe("codex");
    expect(of(readPayload("gemini", "BeforeTool.write_file.json"))).toBe("gemini");
    expect(of(claude)).toBe("claude-code");
  });

  it("is Claude Code for its own payload, whatever environment it was started in", () => {
    const headers = { "x-serai-event": "PreToolUse", "x-serai-env": "CURSOR_VERSION" };
    expect(detectIde(asked, claude, headerOf(headers))).toBe("claude-code");
  });

  it("is Copilot where its file ran, and nothing of Claude Code's is there", () => {
    const payload = { ...claude, transcript_path: "/home/dev/.copilot/x.jsonl" };
    const event = { "x-serai-event": "PreToolUse" };
    expect(detectIde(asked, payload, headerOf(event))).toBe("copilot");
    expect(detectIde(asked, payload, headerOf({ ...event, "x-serai-env": "CLAUDECODE" }))).toBe("claude-code");
    expect(detectIde(asked, payload, headerOf({ ...event, "x-serai-env": "CURSOR_VERSION" }))).toBe("cursor");
    // An HTTP hook reports no environment, and only Claude Code has those.
    expect(detectIde(asked, payload, headerOf())).toBe("claude-code");
  });

  it("is the address for all of its samples", () => {
    for (const { ide, payload, headers } of samples) expect(detectIde(ide, payload, headerOf(headers))).toBe(ide);
  });

  it("answers Claude Code's hook in Cursor as Cursor wants it, under either name of the event", () => {
    const payload = { ...sample("cursor", "preToolUse").payload, hook_event_name: "PreToolUse" };
    const ide = detectIde(asked, payload, headerOf());
    const event = decode({ ide, name: "", payload });
    expect(event.moment).toBe("pre_tool");
    expect(JSON.parse(dialects[ide].encode(event, { verdict: deny }).body)).toEqual({
      permission: "deny",
      user_message: deny.reason,
      agent_message: deny.reason,
    });
  });
});

describe("whatever comes", () => {
  it("is read or refused, and never breaks a dialect", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ideNames), fc.jsonValue(), (ide, payload) => {
        const decoded = dialects[detectIde(ide, payload, headerOf())].decode(payload, headerOf());
        if (decoded.ok) dialects[ide].encode(decoded.event, { verdict: deny, context: "c" });
        return decoded.ok ? decoded.event.conversationId !== "" : decoded.reason !== "";
      }),
      { numRuns: 500 },
    );
  });

  it("is answered so that its IDE takes it, when any field is anything", () => {
    const broken = fc.record({
      each: fc.constantFrom(...samples),
      key: fc.nat(30),
      value: fc.oneof(fc.jsonValue(), fc.constantFrom("__proto__", "constructor", "toString")),
      answer: fc.constantFrom(...Object.values(answers)),
    });
    fc.assert(
      fc.property(broken, ({ each, key, value, answer }) => {
        const keys = Object.keys(each.payload);
        const payload = { ...each.payload, [keys[key % keys.length] ?? ""]: value };
        const decoded = dialects[each.ide].decode(payload, headerOf(each.headers));
        if (!decoded.ok || each.ide === "windsurf") return true;
        const { body } = dialects[each.ide].encode(decoded.event, answer);
        return replySchemas[each.ide].safeParse(JSON.parse(body)).success;
      }),
      { numRuns: 1_000 },
    );
  });
});
