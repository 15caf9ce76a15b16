/** Agents that are missing, die, lie, hang or talk nonsense: a turn fails with a sentence, and nothing is left running. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Step } from "../../acp-agent/script.ts";
import { openWorld } from "./world.ts";

async function world(options: Parameters<typeof openWorld>[0] = {}) {
  const opened = await openWorld(options);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

describe("an agent that cannot be started", () => {
  it("says how to install it", async () => {
    const opened = await world({ environment: { PATH: "/nowhere" } });
    const session = await opened.session();
    const { program: _, ...spawned } = session.spawned;
    session.spawned = { ...spawned, harness: "gemini" };
    await session.turn("hello");
    expect(session.log.last("turn.failed")).toMatchObject({
      error_code: "agent_not_installed",
      error:
        'Gemini CLI is not installed: there is no "gemini" on PATH or in node_modules/.bin; install it with: npm install -g @google/gemini-cli',
    });
    expect(session.log.types.slice(5)).toEqual([
      ...["llm.generation", "reason.completed", "output.message.completed", "turn.failed", "session.idled"],
    ]);
  });

  it.each([
    ["ends at once", ["--exit-at-start"], "agent_exited", /ended with code 3: fatal: the moon is in the wrong phase/],
    ["never answers", ["--silent"], "agent_timeout", /did not answer "initialize" within 2000 ms/],
    ["talks nonsense", ["--garbage-at-start", "--silent"], "agent_protocol", /it wrote "Welcome to the agent!"/],
    ["wants a key", ["--auth=some-key"], "agent_auth", /not signed in/],
  ] as const)("says why when it %s", async (_, flags, code, sentence) => {
    // Long enough for a machine with other things to do to start a program and to read what it says.
    const startMs = flags.some((flag) => flag === "--silent") ? 2_000 : 15_000;
    const session = await (await world({ times: { startMs } })).session(flags);
    await session.turn("hello");
    expect(session.log.last("turn.failed").error_code).toBe(code);
    expect(session.log.last("turn.failed").error).toMatch(sentence);
    expect(session.lastText).toBe(session.log.last("turn.failed").error);
    expect(await session.processes()).toEqual([]);
  });

  it("says so when there is no such program", async () => {
    const session = await (await world()).session([], { program: { command: "/no/such/agent", args: [], env: {} } });
    await session.turn("hello");
    expect(session.log.last("turn.failed").error_code).toBe("agent_not_started");
  });

  it("signs in with a key that the configuration gives", async () => {
    const opened = await world({ keysOf: () => ({ GEMINI_API_KEY: "secret-key-1", OTHER: "x" }) });
    const session = await opened.session(["--auth=gemini-api-key"], { harness: "gemini" });
    await session.turn([{ stderr: "using secret-key-1" }, { say: "In" }]);
    expect(session.lastText).toBe("In");
    await opened.harness.end(session.log.sessionId);
    const lines = opened.logged.map(({ fields }) => fields["said"]);
    expect(lines).toContain("using [key]");
  });

  it.each(["openai-api-key", "api-key"])("signs in to Codex the way that its adapter offers: %s", async (method) => {
    const opened = await world({ keysOf: () => ({ OPENAI_API_KEY: "secret-key-1" }) });
    const session = await opened.session([`--auth=${method}`], { harness: "codex" });
    await session.turn([{ say: "In" }]);
    expect(session.lastText).toBe("In");
  });

  it("is understood behind noise on its output, and drained when it complains a lot", async () => {
    const session = await (await world()).session(["--garbage-at-start", "--chatty"]);
    await session.turn("hello");
    expect(session.lastText).toBe("You said: hello");
  });
});

describe("an agent that dies in a turn", () => {
  it.each([
    ["by itself", 7, /ended with code 7: the disk is on fire/],
    ["by a signal", "SIGKILL", /was ended by SIGKILL/],
  ] as const)("fails the turn with what it said last: %s", async (_, crash, sentence) => {
    const session = await (await world()).session();
    const steps: Step[] = [
      { say: "Half of" },
      { update: { sessionUpdate: "tool_call", toolCallId: "t", title: "T", status: "in_progress" } },
      { run: ["sleep", "331"], orphan: true },
      { stderr: "the disk is on fire" },
      { waitMs: 50 },
      { crash },
    ];
    await session.turn(steps);
    expect(session.log.last("turn.failed")).toMatchObject({ error_code: "agent_exited" });
    expect(session.log.last("turn.failed").error).toMatch(sentence);
    expect(session.log.last("process.exited").reason).toMatch(sentence);
    expect(session.log.all("tool.completed")).toHaveLength(1);
    expect(session.log.state.turn).toBeNull();
    expect(await session.processes()).toEqual([]);
  });

  it("goes on with the next message, and knows the conversation; what it replays is not recorded again", async () => {
    const session = await (await world()).session();
    await session.turn("remember me");
    await session.turn([{ say: "Hm" }, { waitMs: 50 }, { crash: 1 }]);
    await session.turn([{ recall: true }]);
    expect(session.log.all("process.started").map(({ data }) => data.resumed)).toEqual([false, true]);
    expect(session.lastText).toMatch(/^user: remember me\|agent: You said: remember me\|/);
    const said = session.log.all("output.message.completed").map(({ data }) => data.message.content[0]);
    expect(said).toHaveLength(3);
  });

  it("is told the conversation when it cannot remember it", async () => {
    const session = await (await world()).session(["--no-load"]);
    await session.turn("remember me");
    await session.turn([{ crash: 1 }]);
    await session.turn([{ recall: true }]);
    expect(session.log.last("process.started").resumed).toBe(false);
    expect(session.lastText).toMatch(/does not remember it[\s\S]*User: remember me[\s\S]*You: You said: remember me/);
  });

  it("is given what a server knows that was started anew, and hears late replays for nobody", async () => {
    const first = await world();
    const session = await first.session(["--late-replay"]);
    await session.turn("remember me");
    await first.harness[Symbol.asyncDispose]();
    const second = await world();
    const again = await second.session(["--late-replay"], { stateFolder: session.spawned.stateFolder });
    again.spawned = { ...again.spawned, resume: session.log.last("process.started").agent_session_id };
    await again.turn([{ recall: true }]);
    expect(again.lastText).toMatch(/^user: remember me\|/);
    expect(again.log.last("process.started").resumed).toBe(true);
    const strange = await second.session([], { resume: "unknown-id" });
    await strange.turn("hello");
    expect(strange.log.last("process.started").resumed).toBe(false);
  });

  it("says an end between turns to whoever listens, or in the next turn", async () => {
    const told: string[] = [];
    const ended = Promise.withResolvers<void>();
    const onIdleExit = (_: string, { reason }: { reason: string }) => {
      told.push(reason);
      ended.resolve();
    };
    const heard = await (await world({ onIdleExit })).session();
    await heard.turn([{ say: "bye" }]);
    process.kill(heard.log.last("process.started").pid, "SIGKILL");
    await ended.promise;
    expect(told).toEqual(["The agent's program was ended by SIGKILL"]);
    const unheard = await (await world()).session();
    await unheard.turn("one");
    process.kill(unheard.log.last("process.started").pid, "SIGKILL");
    await unheard.turn("two");
    expect(unheard.log.types.filter((type) => type.startsWith("process."))).toEqual([
      ...["process.started", "process.exited", "process.started"],
    ]);
    expect(unheard.lastText).toBe("You said: two");
  });

  it("is ended after a while without work", async () => {
    const told = Promise.withResolvers<string>();
    const opened = await world({ times: { idleMs: 50 }, onIdleExit: (_, { reason }) => told.resolve(reason) });
    const session = await opened.session();
    await session.turn("one");
    expect(await told.promise).toContain("nothing to do");
    expect(await session.processes()).toEqual([]);
    expect(opened.harness.size).toBe(0);
  });
});

describe("an agent that goes wrong", () => {
  it("fails the turn when it says nothing for too long, and is ended", async () => {
    const session = await (await world({ times: { silenceMs: 1_000 } })).session();
    await session.turn([{ say: "Hm" }, { hang: "for-ever" }]);
    expect(session.log.last("turn.failed")).toMatchObject({ error_code: "agent_timeout" });
    expect(session.lastText).toBe("Hm\n\nThe agent said nothing for 1000 ms and was ended; send the message again");
    expect(await session.processes()).toEqual([]);
  });

  it("has said nothing when it only says of itself, again and again, that it waits for its model", async () => {
    const session = await (await world({ times: { silenceMs: 1_000 } })).session();
    const waiting = {
      update: { sessionUpdate: "session_info_update", _meta: { codex: { error: { willRetry: true } } } },
    };
    const again = Array.from({ length: 100 }, () => [waiting, { waitMs: 100 }]).flat();
    await session.turn([{ say: "Hm" }, ...again, { say: "never" }]);
    expect(session.log.last("turn.failed")).toMatchObject({ error_code: "agent_timeout" });
    const working = Array.from({ length: 15 }, () => [{ think: "still at it" }, { waitMs: 100 }]).flat();
    await session.turn([...working, { say: "Done" }]);
    expect(session.lastText).toBe("Done");
  });

  it("has its errors told, wherever it puts them, and stays for the next message", async () => {
    const session = await (await world()).session();
    await session.turn([{ fail: { code: -32603, message: "Internal error", data: { details: "429 slow down" } } }]);
    expect(session.log.last("turn.failed").error).toContain("Internal error: 429 slow down");
    await session.turn([{ fail: { code: 400, message: "[API Error: bad request]" } }]);
    expect(session.log.last("turn.failed")).toMatchObject({ error_code: "agent_error" });
    await session.turn("still there");
    expect(session.lastText).toBe("You said: still there");
    expect(session.log.all("process.started")).toHaveLength(1);
  });

  it("H3: is not believed when an error of its model ends as an answer", async () => {
    const session = await (await world()).session([], { harness: "codex" });
    await session.turn([{ say: 'unexpected status 400 Bad Request: {"error":{"message":"no"}}' }]);
    expect(session.log.last("turn.failed")).toMatchObject({
      error_code: "agent_error",
      error: 'unexpected status 400 Bad Request: {"error":{"message":"no"}}',
    });
    await session.turn([{ say: "The API Error in line 3 is fixed; unexpected status 400 is gone." }]);
    expect(session.log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("H3: is believed when it says beside its text that its model failed, until it says that it works again", async () => {
    const status = (type: string) => ({
      update: { sessionUpdate: "session_info_update", _meta: { codex: { threadStatus: { type } } } },
    });
    const session = await (await world()).session([], { harness: "codex" });
    const call = { toolCallId: "t", title: "Look", status: "completed" as const };
    await session.turn([
      status("active"),
      { update: { sessionUpdate: "tool_call", ...call } },
      status("systemError"),
      { say: "No route for GET /v1/responses" },
      { update: { sessionUpdate: "session_info_update", title: "Look" } },
    ]);
    expect(session.log.last("turn.failed")).toMatchObject({
      error_code: "agent_error",
      error: "No route for GET /v1/responses",
    });
    expect(session.lastText).toBe("No route for GET /v1/responses");
    await session.turn([status("systemError")]);
    expect(session.log.last("turn.failed").error).toBe("The agent's model failed, and the agent did not say how");
    await session.turn([status("systemError"), status("idle"), { say: "It works" }]);
    expect(session.log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it.each([
    ["max_tokens", "max_tokens"],
    ["max_turn_requests", "max_iterations"],
    ["refusal", "refusal"],
    ["something new", "end_turn"],
  ])("ends the turn in our words when it stops for %s", async (stopReason, ours) => {
    const session = await (await world()).session();
    await session.turn([{ end: { stopReason } }]);
    expect(session.log.last("turn.completed").stop_reason).toBe(ours);
  });
});
