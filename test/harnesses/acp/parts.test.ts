/** The parts that decide something by themselves: diffs, usage, choices, prompts, what is installed. */
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { agentEnvironment } from "../../../src/harnesses/acp/agent-environment.ts";
import { AgentUsage } from "../../../src/harnesses/acp/agent-usage.ts";
import { agentsTable } from "../../../src/harnesses/acp/agents-table.ts";
import { diffText } from "../../../src/harnesses/acp/diff-text.ts";
import { findAgents } from "../../../src/harnesses/acp/find-agents.ts";
import { Inbox } from "../../../src/harnesses/acp/inbox.ts";
import { buildPrompt } from "../../../src/harnesses/acp/prompt.ts";
import { chooseMode, chooseModel, currentModel } from "../../../src/harnesses/acp/session-settings.ts";
import { codexSettings, writeSettingsFiles } from "../../../src/harnesses/acp/settings-files.ts";
import { Log } from "../hosted/drive.ts";

/** Carries a hunk out, as `patch` does. */
function patched(before: string, diff: string): string {
  const [, , at = "", ...body] = diff.split("\n");
  const [from = 0, count = 0] = /-(\d+),(\d+)/.exec(at)?.slice(1).map(Number) ?? [];
  const start = count === 0 ? from : from - 1;
  const old = before === "" ? [] : before.split("\n");
  const now = body.filter((line) => !line.startsWith("-")).map((line) => line.slice(1));
  expect(body.filter((line) => !line.startsWith("+")).map((line) => line.slice(1))).toEqual(
    old.slice(start, start + count),
  );
  return [...old.slice(0, start), ...now, ...old.slice(start + count)].join("\n");
}

describe("a diff as text", () => {
  it("is one that a patch could be made of, whatever changed", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "+x", "-y"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const old = before.join("\n");
        expect(patched(old, diffText({ path: "f", before: old, after: after.join("\n") }))).toBe(after.join("\n"));
      }),
    );
  });

  it("names a new file and shows three lines around a change", () => {
    expect(diffText({ path: "n", before: null, after: "x\n" })).toBe("--- /dev/null\n+++ b/n\n@@ -0,0 +1,1 @@\n+x");
    const many = Array.from({ length: 20 }, (_, index) => `${index}`);
    const diff = diffText({ path: "f", before: many.join("\n"), after: many.with(10, "new").join("\n") });
    expect(diff.split("\n").slice(2)).toEqual([
      "@@ -8,7 +8,7 @@",
      " 7",
      " 8",
      " 9",
      "-10",
      "+new",
      " 11",
      " 12",
      " 13",
    ]);
  });
});

describe("usage as agents tell it", () => {
  it.each([
    ["cached beside the rest", { inputTokens: 10, outputTokens: 5, cachedReadTokens: 3, totalTokens: 18 }, 13],
    ["cached within", { inputTokens: 10, outputTokens: 5, cachedReadTokens: 3, totalTokens: 15 }, 10],
    ["without a total", { inputTokens: 10, outputTokens: 5 }, 10],
  ])("counts the whole prompt as input: %s", (_, usage, input) => {
    expect(new AgentUsage().ofPrompt({ usage })).toMatchObject({ input_tokens: input, output_tokens: 5 });
  });

  it("is nothing where nothing is told, or nonsense is", () => {
    const usage = new AgentUsage();
    expect(usage.ofPrompt({})).toBeNull();
    expect(usage.ofPrompt({ usage: null, _meta: null })).toBeNull();
    usage.update({ cost: { amount: -1, currency: "USD" } });
    usage.update({ cost: { amount: 9, currency: "EUR" } });
    expect(usage.ofPrompt({ usage: { inputTokens: "many", outputTokens: Number.NaN } })).toBeNull();
  });
});

describe("modes and models", () => {
  const options = {
    configOptions: [
      {
        id: "llm",
        type: "select",
        category: "model",
        currentValue: "a/one",
        options: [{ group: "g", options: [{ value: "a/one" }, { value: "a/two" }] }],
      },
    ],
  };
  const lists = {
    models: { currentModelId: "one", availableModels: [{ modelId: "one" }, { modelId: "two" }] },
    modes: { currentModeId: "agent", availableModes: [{ id: "agent" }, { id: "read-only" }] },
  };

  it("are chosen by the agent's options, also in groups and by the end of a name, or by its lists", () => {
    expect(chooseModel(options, "two")).toEqual({
      method: "session/set_config_option",
      params: { configId: "llm", value: "a/two" },
    });
    expect(chooseModel(lists, "two")).toEqual({ method: "session/set_model", params: { modelId: "two" } });
    expect(chooseModel(lists, "one")).toBeNull();
    expect(chooseModel({}, "any")).toBeNull();
    expect(() => chooseModel(lists, "three")).toThrow('does not offer the model "three"; it offers one, two');
    expect(chooseMode(lists, "read-only")).toEqual({ method: "session/set_mode", params: { modeId: "read-only" } });
    expect(chooseMode(lists, "unknown")).toBeNull();
    expect(currentModel(options)).toBe("a/one");
    expect(currentModel({})).toBeNull();
  });
});

describe("the inbox", () => {
  it("joins text of a kind, keeps the order, and drops what comes while it is closed", () => {
    const inbox = new Inbox();
    const chunk = (sessionUpdate: string, text: string) => ({ sessionUpdate, content: { type: "text", text } });
    const crowded = [inbox.putUpdate(chunk("agent_message_chunk", "replayed"))];
    inbox.open();
    crowded.push(
      ...["a", "", "b"].map((text) => inbox.putUpdate(chunk("agent_message_chunk", text))),
      inbox.putUpdate(chunk("agent_thought_chunk", "c")),
      inbox.putUpdate({ sessionUpdate: "constructor" }),
      inbox.putUpdate(null),
    );
    expect(crowded).toEqual(crowded.map(() => undefined));
    expect(inbox.take()).toEqual([
      { kind: "text", text: "ab" },
      { kind: "thinking", text: "c" },
      { kind: "update", update: { sessionUpdate: "constructor" } },
      { kind: "update", update: {} },
    ]);
  });

  it("makes who sends wait when there is too much, until it is taken or closed", async () => {
    const inbox = new Inbox();
    inbox.open();
    const waiting = inbox.putUpdate({
      sessionUpdate: "agent_message_chunk",
      content: { text: "x".repeat(300 * 1024) },
    });
    expect(waiting).toBeInstanceOf(Promise);
    inbox.take();
    await waiting;
    const again = Array.from({ length: 300 }, () => inbox.putUpdate({ sessionUpdate: "plan" }));
    inbox.close();
    await Promise.all(again.map((each) => each ?? Promise.resolve()));
    expect(inbox.take()).toEqual([]);
  });
});

describe("a prompt", () => {
  it("tells an agent without memory the instructions and the end of what was said, within bounds", async () => {
    const log = new Log();
    for (let index = 0; index < 30; index++) {
      log.say(`question ${index} ${"x".repeat(5_000)}`);
      log.end({ kind: "facts", facts: [], next: { kind: "ends", end: { kind: "completed", stopReason: "end_turn" } } });
      if (log.state.turn !== null) throw new Error("The turn did not end");
    }
    log.say("now");
    const view = () => ({ turn: log.turn, conversation: log.conversation });
    const input = { view, instructions: "Be kind." };
    const place = { input, given: new Set<string>(), remembers: false, canSeeImages: false, isFirst: true };
    const messages = log.conversation.entries.flatMap((each) => (each.kind === "user" ? [each.message] : [])).slice(-1);
    const texts = (await buildPrompt(place, messages)).map((block) => (block.type === "text" ? block.text : ""));
    expect(texts).toHaveLength(3);
    expect(texts[0]).toContain("Be kind.");
    expect(texts[1]).toContain("question 29");
    expect(texts[1]).not.toContain("question 5 ");
    expect(Buffer.byteLength(texts[1] ?? "")).toBeLessThan(34 * 1024);
    expect(texts[2]).toBe("now");
    const known = await buildPrompt({ ...place, remembers: true }, messages);
    expect(known).toEqual([{ type: "text", text: "now" }]);
  });
});

describe("the agents of the table", () => {
  it("are found on PATH and in node_modules/.bin, and the others say how to install them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serai-find-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
    await mkdir(join(folder, "bin/opencode"), { recursive: true });
    for (const path of ["node_modules/.bin/codex-acp", "bin/gemini", "bin/pi-acp"]) {
      await writeFile(join(folder, path), "#!/bin/sh\n");
      await chmod(join(folder, path), path === "bin/pi-acp" ? 0o600 : 0o700);
    }
    const found = await findAgents({ path: `relative:${join(folder, "bin")}`, folders: [folder] });
    expect(found.map(({ harness, path, args }) => [harness, path?.slice(folder.length), args])).toEqual([
      ["claude-code", undefined, []],
      ["codex", "/node_modules/.bin/codex-acp", []],
      ["gemini", "/bin/gemini", ["--acp"]],
      ["opencode", undefined, []],
      ["pi", undefined, []],
    ]);
    expect(found[0]?.missing).toContain("npm install -g @agentclientprotocol/claude-agent-acp");
    expect(found[0]?.install).toBe("npm install -g @agentclientprotocol/claude-agent-acp");
  });

  it("have the version of the package whose program they are, and of no other; a configured one is not looked for", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "serai-find-")));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const write = async (path: string, text: string) => {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text, { mode: 0o700 });
    };
    await write("node_modules/@google/gemini-cli/bundle/gemini.js", "#!/usr/bin/env node\n");
    const manifest = { version: "0.61.0", bin: { gemini: "./bundle/gemini.js" } };
    await write("node_modules/@google/gemini-cli/package.json", JSON.stringify(manifest));
    await mkdir(join(folder, "node_modules/.bin"));
    await symlink("../@google/gemini-cli/bundle/gemini.js", join(folder, "node_modules/.bin/gemini"));
    // Beside a package that is not its own.
    await write("tools/package.json", JSON.stringify({ version: "9.9.9", bin: "other.js" }));
    await write("tools/bin/opencode", "#!/bin/sh\n");
    await write("broken/package.json", "{");
    await write("broken/pi-acp", "#!/bin/sh\n");
    const places = { path: `${join(folder, "tools/bin")}:${join(folder, "broken")}`, folders: [folder] };
    const found = await findAgents(places, (harness) =>
      harness === "codex" ? { command: "pi-acp", args: ["--for-codex"] } : undefined,
    );
    expect(Object.fromEntries(found.map(({ harness, path, version }) => [harness, path && version]))).toEqual({
      "claude-code": null,
      codex: null,
      gemini: "0.61.0",
      opencode: null,
      pi: null,
    });
    expect(found.filter(({ path }) => path !== null).map(({ harness }) => harness)).toEqual([
      ...["codex", "gemini", "opencode", "pi"],
    ]);
    const configured = {
      path: join(folder, "broken/pi-acp"),
      args: ["--for-codex"],
      isConfigured: true,
      missing: null,
    };
    expect(found[1]).toMatchObject(configured);
    const gemini = join(folder, "node_modules/.bin/gemini");
    const [plain] = await findAgents(places, () => ({ command: gemini, args: ["--acp"] }));
    expect(plain?.version).toBe("0.61.0");
    // What runs a script tells its own version, not that of the agent.
    const [script] = await findAgents(places, () => ({ command: gemini, args: [join(folder, "agent.js")] }));
    expect(script).toMatchObject({ path: gemini, version: null });
    const [gone] = await findAgents(places, () => ({ command: "/opt/gone", args: [] }));
    expect(gone).toMatchObject({ path: null, isConfigured: true });
    expect(gone?.missing).toBe('Claude Code is configured as "/opt/gone", which is no program here');
  });

  it("that know the address of a model server by a file of settings only are given one, and no other's is touched", async () => {
    const home = await mkdtemp(join(tmpdir(), "serai-home-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const path = join(home, ".codex/config.toml");
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:4000/", OPENAI_API_KEY: "k" };
    await writeSettingsFiles("codex", home, env);
    const written = await readFile(path, "utf8");
    expect(written).toContain('model_provider = "configured"\n');
    expect(written).toContain('base_url = "http://127.0.0.1:4000/v1"\n');
    expect(written).toContain('env_key = "OPENAI_API_KEY"\n');
    expect(codexSettings({ OPENAI_BASE_URL: 'https://gateway.example.com/a"b/' })).toContain(
      'base_url = "https://gateway.example.com/a%22b"\n',
    );
    expect(codexSettings({ OPENAI_BASE_URL: "nowhere" })).not.toContain("env_key");
    await writeSettingsFiles("codex", home, { OPENAI_API_KEY: "k" });
    await expect(readFile(path, "utf8")).rejects.toThrow("ENOENT");
    await writeFile(path, 'model = "mine"\n');
    await writeSettingsFiles("codex", home, { OPENAI_API_KEY: "k" });
    await writeSettingsFiles("gemini", home, env);
    expect(await readFile(path, "utf8")).toBe('model = "mine"\n');
  });

  it("get of the keys only those of their vendor", () => {
    const env = agentEnvironment({
      ours: { PATH: "/bin", SECRET: "x" },
      row: agentsTable.codex,
      keys: { OPENAI_API_KEY: "o", ANTHROPIC_API_KEY: "a" },
      folders: { home: "/h", tmp: "/t" },
      spawned: {},
      marks: { SERAI_SESSION: "s" },
    });
    expect(env).toMatchObject({ PATH: "/bin", HOME: "/h", TMPDIR: "/t", CODEX_HOME: "/h/.codex", OPENAI_API_KEY: "o" });
    expect(Object.keys(env)).not.toContain("ANTHROPIC_API_KEY");
    expect(Object.keys(env)).not.toContain("SECRET");
  });
});
