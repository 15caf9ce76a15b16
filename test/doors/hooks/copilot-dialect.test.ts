/** What Copilot gives its own hooks and those of Claude Code's files, as it was captured, and what is made of it. */
import { describe, expect, it } from "vitest";
import type { HookEvent } from "../../../src/core/team/hook-event.ts";
import { copilot } from "../../../src/doors/hooks/dialects/copilot.ts";
import { detectIde } from "../../../src/doors/hooks/dialects/detect.ts";
import { headerOf, samples } from "./payloads.ts";
import type { Sample } from "./payloads.ts";

const all = samples.filter(({ ide }) => ide === "copilot");

function sample(name: string): Sample {
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`No sample ${name}`);
  return found;
}

function decode({ payload, headers }: Pick<Sample, "payload" | "headers">): HookEvent {
  const decoded = copilot.decode(payload, headerOf(headers));
  if (!decoded.ok) throw new Error(`Not read: ${decoded.reason}`);
  return decoded.event;
}

const read = (name: string) => decode(sample(name));

/** But for two that no hook of ours is on. */
function isOwn({ name, payload }: Sample): boolean {
  return "sessionId" in payload && !/^(?:preCompact|errorOccurred)$/.test(name);
}

describe("what is read out of a payload of Copilot", () => {
  it("reads both payloads of Copilot", () => {
    const own = { moment: "pre_tool", agentType: "copilot", cwd: "/home/dev/app" };
    const files = [{ path: "/home/dev/app/src/a.ts", operation: "write" }];
    const create = read("preToolUse.create");
    expect(create).toMatchObject({ ...own, tool: { name: "create", kind: "edit" }, files });
    const write = read("as Claude's PreToolUse.Write");
    expect(write).toMatchObject({ ...own, conversationId: create.conversationId, tool: { name: "Write" }, files });
    for (const name of ["preToolUse.apply_patch", "as Claude's PreToolUse.Edit-patch"]) {
      expect(read(name)).toMatchObject({ ...own, files: [{ path: "src/p.ts", operation: "create" }] });
    }
    for (const name of ["preToolUse.bash", "as Claude's PreToolUse.Bash"]) {
      expect(read(name)).toMatchObject({
        tool: { kind: "shell" },
        command: "echo hi > src/b.ts",
        files: [],
      });
    }
    expect(read("preToolUse.view")).toMatchObject({ tool: { kind: "read" }, files: [] });
    expect(read("postToolUseFailure.edit")).toMatchObject({
      moment: "tool_failed",
      error: "No match found",
    });
    expect(read("sessionEnd")).toMatchObject({ moment: "session_end", reason: "complete" });
    expect(read("userPromptSubmitted")).toMatchObject({ moment: "turn_start", prompt: "Write it" });
    expect(read("sessionEnd.exit")).toMatchObject({ moment: "session_end", reason: "user_exit" });
    expect(read("notification")).toMatchObject({ moment: "heartbeat", agentType: "copilot", files: [] });
    expect(read("permissionRequest.bash")).toMatchObject({ moment: "heartbeat", files: [] });
    expect(read("as Claude's PermissionRequest.bash")).toMatchObject({ moment: "heartbeat", files: [] });
    expect(read("preToolUse as documented").files).toEqual([{ path: "/repo/a.ts", operation: "write" }]);
    expect(read("PreToolUse")).toMatchObject({ toolUseId: "tool-123", files: [{ path: "src/main.ts" }] });
    const headers = { "x-serai-agent": "vscode" };
    expect(decode({ ...sample("PreToolUse"), headers }).agentType).toBe("vscode");
  });

  it("takes a sub-agent of Copilot, which has a conversation of its own, for its parent's (R2)", () => {
    const { conversationId } = read("sessionStart");
    const { subagentId } = read("subagentStart");
    const within = { conversationId, subagentId };
    for (const form of ["", "as Claude's "]) {
      const [prompt, tool, end] =
        form === ""
          ? ["userPromptSubmitted", "preToolUse.create", "agentStop"]
          : ["UserPromptSubmit", "PreToolUse.Write", "Stop"];
      // Its prompt is no prompt of a user's, and its end ends nobody's turn.
      expect(read(`${form}${prompt}.subagent`)).toMatchObject({ ...within, moment: "subagent_start" });
      expect(read(`${form}${tool}.subagent`)).toMatchObject({ ...within, moment: "pre_tool" });
      expect(read(`${form}${end}.subagent`)).toMatchObject({ ...within, moment: "subagent_end" });
    }
  });

  it("tells what Copilot says to itself from what a person asks", () => {
    expect(read("userPromptSubmitted.notification")).toMatchObject({ moment: "turn_start", isOwnPrompt: true });
    expect(read("userPromptSubmitted").isOwnPrompt).toBeUndefined();
  });

  it.each([
    ["preToolUse.create", "PreToolUse.Write"],
    ["preToolUse.apply_patch", "PreToolUse.Edit-patch"],
    ["postToolUse.bash", "PostToolUse.Bash"],
    ["postToolUseFailure.edit", "PostToolUseFailure.Edit"],
    ["userPromptSubmitted", "UserPromptSubmit"],
    ["agentStop", "Stop"],
    ["sessionEnd", "SessionEnd"],
  ])("knows Copilot's %s and %s of Claude Code's file for one firing (R8)", (own, claudes) => {
    const { firing } = read(own);
    expect(firing?.at).toMatch(/^\d+$/);
    expect(read(`as Claude's ${claudes}`).firing).toEqual(firing);
  });

  it("knows the end of a tool use of Copilot by its input, which it shares with its begin alone (D6)", () => {
    const input = (name: string) => read(name).firing?.input;
    expect(input("postToolUse.create")).toBe(input("preToolUse.create"));
    expect(
      new Set(["create", "edit", "bash", "view", "apply_patch"].map((tool) => input(`preToolUse.${tool}`))).size,
    ).toBe(5);
    expect(read("PreToolUse").firing).toBeUndefined();
  });

  it.each(all.filter(isOwn))(
    "tells Copilot's $name by its fields where no header names the event",
    ({ payload, name }) => {
      const [event = ""] = name.replace("as Claude's ", "").split(/[. ]/);
      expect(decode({ payload }).rawEvent.toLowerCase()).toBe(event.toLowerCase());
    },
  );
});

describe("who asks Claude Code's hook", () => {
  it.each(all.filter(({ name }) => name.startsWith("as Claude's")))(
    "is Copilot for what it gives Claude Code's file: $name, by a program or a request, under Claude Code or not",
    ({ payload }) => {
      expect(detectIde("claude-code", payload, headerOf())).toBe("copilot");
      const headers = { "x-serai-event": "PreToolUse", "x-serai-env": "CLAUDECODE" };
      expect(detectIde("claude-code", payload, headerOf(headers))).toBe("copilot");
    },
  );
});
