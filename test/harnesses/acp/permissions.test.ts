/** What an agent asks before it does it, and what becomes of the answer (A5, H3). */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { chooseOption } from "../../../src/harnesses/acp/permissions.ts";
import type { Step } from "../../acp-agent/script.ts";
import { openWorld } from "./world.ts";

async function world(options: Parameters<typeof openWorld>[0] = {}) {
  const opened = await openWorld(options);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

const announced: Step = {
  update: { sessionUpdate: "tool_call", toolCallId: "t", title: "Delete all", kind: "delete" },
};
const asking: Step = { ask: { toolCallId: "t", title: "Delete all", kind: "delete" } };

describe("a permission that an agent asks for", () => {
  it.each([
    ["allow", "once", "(42)", "success"],
    ["allow", "session", "(proceed_always)", "success"],
    ["deny", "once", "(abort)", "error"],
  ] as const)("A5: is %s %s, and the option is chosen by its kind", async (said, scope, option, status) => {
    const session = await (await world()).session();
    const running = session.turn([announced, asking, { say: " end" }]);
    await session.until("approval.requested");
    expect(session.log.state.turn).toMatchObject({ phase: "waiting", needs: ["approval"] });
    expect(session.log.last("approval.requested")).toMatchObject({
      question: "May the agent do this: Delete all?",
      tool_call: { id: "t", name: "delete" },
    });
    session.answer(said, scope);
    await running;
    expect(session.lastText).toContain(option);
    expect(session.log.all("tool.completed").map(({ data }) => data.status)).toEqual([status]);
    expect(session.log.all("act.completed")).toHaveLength(1);
    expect(session.log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("is asked about a call that was never announced", async () => {
    const session = await (await world()).session();
    const running = session.turn([asking]);
    await session.until("approval.requested");
    expect(session.log.turn.openCalls).toMatchObject([{ id: "t", name: "delete", started: false }]);
    session.answer("allow");
    await running;
    const types = session.log.types.filter((type) => /^(?:act|tool|approval)/.test(type));
    expect(types).toEqual([
      ...["act.started", "approval.requested", "approval.answered", "tool.started", "tool.completed", "act.completed"],
    ]);
  });

  it("shows what would be changed", async () => {
    const session = await (await world()).session();
    const path = join(session.spawned.folder, "a.txt");
    const content = [{ type: "diff" as const, path, oldText: "old", newText: "new" }];
    const running = session.turn([{ ask: { toolCallId: "t", title: "Edit", kind: "edit", content } }]);
    await session.until("approval.requested");
    const { tool_call: call } = session.log.last("approval.requested");
    expect(call?.arguments).toEqual({ title: "Edit", diff: "--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-old\n+new" });
    session.answer("deny");
    await running;
  });

  it("leaves nothing of its explanation in the call's result", async () => {
    const session = await (await world()).session();
    const content = [{ type: "content" as const, content: { type: "text" as const, text: "Decisions: yes, no" } }];
    const running = session.turn([announced, { ask: { toolCallId: "t", title: "Delete all", content } }]);
    await session.until("approval.requested");
    session.answer("allow");
    await running;
    expect(session.log.last("tool.completed").result).toBeUndefined();
  });

  it("is not asked again for what was allowed for the session", async () => {
    const session = await (await world()).session();
    const running = session.turn([asking]);
    await session.until("approval.requested");
    session.answer("allow", "session");
    await running;
    await session.turn([asking]);
    expect(session.log.all("approval.requested")).toHaveLength(1);
    const other = await (await world()).session([], { allowedTools: ["delete"] });
    await other.turn([asking]);
    expect(other.log.all("approval.requested")).toHaveLength(0);
    expect(other.lastText).toContain("(proceed_always)");
  });

  it("H3: is withdrawn when the turn is cancelled, so that no agent waits for ever", async () => {
    const session = await (await world()).session(["--never-cancelled"]);
    const abort = new AbortController();
    session.say([announced, asking]);
    const running = session.goOn({ signal: abort.signal });
    await session.until("approval.requested");
    abort.abort(new Error("Cancelled"));
    await running;
    expect(session.log.types.at(-1)).toBe("approval.requested");
  });

  it("tells a stop after a denial from an answer", async () => {
    const session = await (await world()).session();
    const running = session.turn([asking, { end: { stopReason: "cancelled" } }]);
    await session.until("approval.requested");
    session.answer("deny");
    await running;
    expect(session.log.last("turn.completed").stop_reason).toBe("end_turn");
  });
});

describe("the choice of an option", () => {
  const all = ["allow_always", "allow_once", "reject_always", "reject_once"];
  const options = all.map((kind, index) => ({ kind, optionId: String(index), name: kind }));

  it("never grants more than was said", () => {
    expect(chooseOption(options, { answer: "allow", scope: "once" })).toBe("1");
    expect(chooseOption(options, { answer: "allow" })).toBe("1");
    expect(chooseOption(options, { answer: "allow", scope: "always" })).toBe("0");
    expect(chooseOption(options.slice(0, 1), { answer: "allow", scope: "once" })).toBeNull();
    expect(chooseOption(options, { answer: "deny" })).toBe("3");
    expect(chooseOption(options, { answer: "expired" })).toBe("3");
    expect(chooseOption(options, { answer: "cancelled" })).toBeNull();
    expect(chooseOption([], { answer: "deny" })).toBeNull();
  });
});

describe("files that an agent asks for", () => {
  it("are read and written within the checkout, and refused and recorded outside of it", async () => {
    const opened = await world();
    const session = await opened.session();
    const { folder } = session.spawned;
    await mkdir(join(folder, ".git"));
    await writeFile(join(folder, "a.txt"), "inside");
    await writeFile(join(opened.folder, "secret.txt"), "outside");
    await symlink(opened.folder, join(folder, "way-out"));
    await session.turn([
      { fs: "read", path: join(folder, "a.txt") },
      { fs: "write", path: join(folder, "new/b.txt"), text: "written" },
      { fs: "read", path: join(opened.folder, "secret.txt") },
      { fs: "write", path: join(folder, "way-out/x.txt"), text: "no" },
      { fs: "write", path: join(folder, "../x.txt"), text: "no" },
      { fs: "write", path: join(folder, ".git/hooks/pre-commit"), text: "no" },
      // Other programs would carry out what is in it (C6).
      { fs: "write", path: join(folder, ".Claude/settings.json"), text: "no" },
    ]);
    expect((await readdir(folder)).toSorted()).toEqual([".git", "a.txt", "new", "way-out"]);
    expect(await readFile(join(folder, "new/b.txt"), "utf8")).toBe("written");
    expect(session.log.all("tool.completed").map(({ data }) => [data.tool_name, data.success])).toEqual([
      ["read_file", false],
      ...Array.from({ length: 4 }, () => ["write_file", false]),
    ]);
    expect(session.log.all("tool.completed")[0]?.data.error).toBe("The file is outside of the session's checkout");
    const said = session.log.all("output.message.completed").flatMap(({ data }) => data.message.content);
    const text = said.map((part) => (part.type === "text" ? part.text : "")).join("");
    expect(text).toMatch(/^inside\(written\)/);
    expect(text).not.toContain("outsideout");
  });
});
