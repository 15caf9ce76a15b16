/** After a cancel, an end, a crash of the agent or of the server nothing of a session is left running (H3, A12). */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { sleep } from "../../../src/lib/deadline.ts";
import { ProcessTree } from "../../../src/lib/process-tree.ts";
import type { Step } from "../../acp-agent/script.ts";
import { openWorld } from "./world.ts";
import type { TestSession } from "./world.ts";

const found = await findSandbox();
const SERVER = fileURLToPath(new URL("crash-server.ts", import.meta.url));

async function world(options: Parameters<typeof openWorld>[0] = {}) {
  const opened = await openWorld(options);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

/** No other run's. */
const CLEANED = String(randomInt(10_000, 100_000_000));

/** A tool in a group of its own, an orphan, and an orphan that cleaned its environment but was never alone. */
const busy: readonly Step[] = [
  { run: ["sleep", "341"] },
  { run: ["sleep", "342"], orphan: true },
  { run: ["sleep", CLEANED], clean: true },
  { update: { sessionUpdate: "tool_call", toolCallId: "busy", title: "Busy", status: "in_progress" } },
  { hang: "until-cancel" },
];

async function begin(session: TestSession): Promise<{ abort: AbortController; running: Promise<unknown> }> {
  const abort = new AbortController();
  session.say(busy);
  const running = session.goOn({ signal: abort.signal });
  await session.until("tool.started");
  return { abort, running };
}

async function marked(sessionId: string): Promise<number> {
  return (await new ProcessTree({ pid: null, mark: `SERAI_SESSION=${sessionId}` }).members()).length;
}

/** Command lines have a NUL between their words. */
async function commandsWith(words: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", "")).filter((line) => line === words);
}

async function untilNone(count: () => Promise<number>): Promise<number> {
  const until = performance.now() + 5_000;
  while ((await count()) > 0 && performance.now() < until) await sleep(20);
  return count();
}

const ways = [
  { name: "without a sandbox", hasSandbox: false },
  { name: "in a sandbox", hasSandbox: true },
].filter(({ hasSandbox }) => !hasSandbox || found.kind === "bubblewrap");

describe.skipIf(process.platform !== "linux").each(ways)("what a session leaves behind $name", ({ hasSandbox }) => {
  it("T6: after a cancel is the agent alone, which takes the next prompt", async () => {
    const opened = await world({ hasSandbox });
    const session = await opened.session([], { isIsolated: hasSandbox });
    await session.turn("hello");
    const before = (await session.processes()).length;
    const { abort, running } = await begin(session);
    expect((await session.processes()).length).toBeGreaterThanOrEqual(before + 2);
    abort.abort(new Error("Cancelled"));
    await running;
    expect(await untilNone(async () => (await session.processes()).length - before)).toBe(0);
    // Its environment tells nothing of it; its parent does.
    expect(await commandsWith(`sleep${CLEANED}`)).toEqual([]);
    session.log.commit([{ type: "turn.cancelled", data: { turn_id: session.log.turn.id } }]);
    expect(opened.harness.size).toBe(1);
  });

  it("T6: is nothing when the agent is deaf to the cancel", async () => {
    const opened = await world({ hasSandbox });
    const session = await opened.session(["--ignore-cancel", "--ignore-eof"], { isIsolated: hasSandbox });
    const { abort, running } = await begin(session);
    abort.abort(new Error("Cancelled"));
    await running;
    expect(await untilNone(async () => (await session.processes()).length)).toBe(0);
  });

  it("is nothing after the session's end, in the middle of a turn too", async () => {
    const opened = await world({ hasSandbox });
    const session = await opened.session(["--ignore-eof"], { isIsolated: hasSandbox });
    const { running } = await begin(session);
    await opened.harness.end(session.log.sessionId);
    expect(await session.processes()).toEqual([]);
    await running;
    expect(session.log.last("process.exited").reason).toBe("The session was ended");
  });

  it("is nothing after the session's end while the agent still starts", async () => {
    const opened = await world({ hasSandbox });
    const session = await opened.session(["--silent"], { isIsolated: hasSandbox });
    const running = session.turn("hello");
    while ((await session.processes()).length === 0) await sleep(5);
    await opened.harness.end(session.log.sessionId);
    expect(await session.processes()).toEqual([]);
    await running;
    expect(session.log.last("turn.failed").error_code).toBe("agent_exited");
  });

  it("is nothing after the agent's program was killed", async () => {
    const session = await (await world({ hasSandbox })).session([], { isIsolated: hasSandbox });
    const { running } = await begin(session);
    // Real tools take longer than this; what was never seen beside its parent is not found without a sandbox.
    await sleep(300);
    process.kill(session.log.last("process.started").pid, "SIGKILL");
    await running;
    expect(session.log.last("turn.failed").error_code).toBe("agent_exited");
    expect(await untilNone(async () => (await session.processes()).length)).toBe(0);
    expect(await commandsWith(`sleep${CLEANED}`)).toEqual([]);
  });

  it("Q2: is nothing within five seconds after the server was killed", async () => {
    const { folder } = await world();
    const server = spawn(process.execPath, [SERVER, hasSandbox ? "sandbox" : "none", "3"], {
      // Its folders go with ours: it cannot remove them itself.
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const sessions: string[] = [];
    for (let index = 0; index < 3; index++) sessions.push(String((await lines.next()).value));
    const count = async () => (await Promise.all(sessions.map(marked))).reduce((sum, each) => sum + each, 0);
    expect(await count()).toBeGreaterThanOrEqual(9);
    server.kill("SIGKILL");
    expect(await untilNone(count)).toBe(0);
  });
});

describe.skipIf(found.kind === "none")("an isolated agent (C6)", () => {
  it("says so, and cannot write outside of its checkout", async () => {
    const opened = await world({ hasSandbox: true });
    const session = await opened.session([], { isIsolated: true });
    const script = `echo in > in.txt; echo out > ${opened.folder}/out.txt; ls -d /proc/[0-9]* | wc -l > count.txt; ls -A /run > run.txt`;
    await session.turn([{ run: ["/bin/sh", "-c", script], wait: true }, { say: "done" }]);
    expect(session.log.last("process.started").isolation).toBe("bubblewrap");
    expect(await readdir(opened.folder)).not.toContain("out.txt");
    expect(Number(await readFile(`${session.spawned.folder}/count.txt`, "utf8"))).toBeLessThan(10);
    // Services listen there, which would run something outside for whoever asks.
    expect(await readFile(`${session.spawned.folder}/run.txt`, "utf8")).toMatch(
      /^(?:(?:NetworkManager|current-system|opengl-driver|resolvconf|systemd)\n)*$/,
    );
    await opened.harness.end(session.log.sessionId);
    expect((await readdir(session.spawned.folder)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "count.txt",
      "in.txt",
      "run.txt",
    ]);
  });
});

describe.skipIf(found.kind === "none")("an isolated agent in a worktree (C6)", () => {
  it("can commit, and change nothing of the repository's settings and hooks, though its folder is hidden", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "serai-worktree-")));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const repository = join(folder, "data/repository");
    await mkdir(repository, { recursive: true });
    await git(repository, "init", "--quiet", "--initial-branch=main");
    const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    await git(repository, ...identity, "commit", "--quiet", "--allow-empty", "-m", "First");
    const tree = join(folder, "data/tree");
    await git(repository, "worktree", "add", "--quiet", "-b", "work", tree);
    await writeFile(join(folder, "data/secret.key"), "hush");
    const opened = await world({ hasSandbox: true, hidden: [join(folder, "data")] });
    const session = await opened.session([], { isIsolated: true, folder: tree });
    const script = [
      "echo new > a.txt && git add a.txt",
      `git ${identity.map((each) => `'${each}'`).join(" ")} commit --quiet -m Second && echo committed > said.txt`,
      "echo x > .git || echo 'no git file' >> said.txt",
      "git config core.pager evil || echo 'no settings' >> said.txt",
      "echo /elsewhere > $(git rev-parse --git-dir)/commondir || echo 'no other settings' >> said.txt",
      `echo x > ${repository}/.git/hooks/pre-commit || echo 'no hooks' >> said.txt`,
      `cat ${folder}/data/secret.key || echo 'no secret' >> said.txt`,
    ].join("; ");
    await session.turn([{ run: ["/bin/sh", "-c", script], wait: true }, { say: "done" }]);
    const said = ["committed", "no git file", "no settings", "no other settings", "no hooks", "no secret"];
    expect((await readFile(join(tree, "said.txt"), "utf8")).trim().split("\n")).toEqual(said);
    expect(await git(repository, "log", "-1", "--format=%s", "work")).toBe("Second\n");
  });
});

describe("many sessions at once", () => {
  it("hear nothing of each other", async () => {
    const opened = await world();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => opened.session()));
    await Promise.all(
      sessions.map((session, index) =>
        session.turn([
          { say: `I am number ${index}, `.repeat(20), chunks: 40 },
          { write: { path: "me", text: `${index}` } },
        ]),
      ),
    );
    for (const [index, session] of sessions.entries()) {
      expect(session.lastText).toBe(`I am number ${index}, `.repeat(20));
    }
    expect(opened.harness.size).toBe(20);
    await opened.harness[Symbol.asyncDispose]();
    expect(await Promise.all(sessions.map((session) => session.processes()))).toEqual(sessions.map(() => []));
  }, 60_000);
});
