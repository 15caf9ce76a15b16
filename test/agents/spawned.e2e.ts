/**
 * Real agents that Serai starts: over the Agent Client Protocol, in a worktree of a project, against the scripted model.
 * Permission is asked of a person, the work is a diff, a cancel ends it, and nothing of it is left running.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { git } from "../../src/lib/git.ts";
import { apiOf, startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer, RecordedRequest, Step } from "../model-server/server.ts";
import { prompt } from "./real-world.ts";
import { isInstalled, packages, spawnables } from "./spawnable.ts";

const run = promisify(execFile);
const LONG_MS = 180_000;

type Body = Readonly<Record<string, unknown>>;
interface Answer extends Body {
  readonly id: string;
  readonly data: readonly (Body & { readonly id: string; readonly type: string })[];
}

describe.each(spawnables)("$title", (agent) => {
  const tried = test.skipIf(!isInstalled(agent));
  let folder: string;
  let model: ModelServer;
  let server: ServerProcess;
  let projectId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "serai-spawned-"));
    model = await openModelServer();
    const data = join(folder, "data");
    const repository = join(folder, "app");
    await Promise.all([mkdir(data), mkdir(repository)]);
    const path = `${join(packages, ".bin")}:${process.env["PATH"] ?? ""}`;
    server = await startServer({ folder: data, env: { ...agent.environment(model.url), PATH: path } });
    await git(repository, "init", "--quiet", "--initial-branch=main");
    await writeFile(join(repository, "README.md"), "Read me\n");
    await git(repository, "add", "--all");
    const ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    await git(repository, ...ada, "commit", "--quiet", "-m", "First");
    projectId = (await call("POST", "/projects", { name: "app", path: repository })).id;
  }, 60_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await apiOf(server).json(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Answer;
  }

  async function start(title: string): Promise<string> {
    const chosen = agent.model === null ? {} : { model_code: agent.model };
    return (await call("POST", "/sessions", { harness: agent.harness, project_id: projectId, title, ...chosen })).id;
  }

  async function send(session: string, text: string, steps: readonly Step[]): Promise<void> {
    const content = [{ type: "text", text: prompt({ text, steps }) }];
    await call("POST", `/sessions/${session}/messages`, { message: { content } });
  }

  const eventsOf = async (session: string) => (await call("GET", `/sessions/${session}/events?limit=500`)).data;

  /** What there is of the session when it has ended so many turns. */
  function ended(session: string, turns = 1) {
    return until(async () => {
      const events = await eventsOf(session);
      const types = events.map(({ type }) => type);
      // The one that is last of what a turn says, also of one that is cancelled.
      if (types.filter((type) => type === "session.idled").length < turns) return undefined;
      return { types, last: events.findLast(({ type }) => /^turn\.(?:completed|failed|cancelled)$/.test(type)) };
    });
  }

  async function answerQuestion(session: string, answer: "allow" | "deny"): Promise<void> {
    const asked = await until(async () => (await call("GET", `/approvals?session_id=${session}`)).data[0]);
    await call("POST", `/sessions/${session}/approvals/${asked.id}`, { answer });
  }

  async function killed(session: string): Promise<void> {
    expect(await processesOf(session)).toBeGreaterThan(0);
    await call("POST", `/sessions/${session}/kill`);
    await until(async () => ((await processesOf(session)) === 0 ? true : undefined));
  }

  tried(
    "asks before it writes, works in a tree of its own, and is gone with its session",
    async () => {
      const session = await start("Write a file");
      const steps = [{ tools: [agent.write("made.txt", "made by an agent")] }, { text: "It is written" }];
      await send(session, "Write made.txt", steps);
      await answerQuestion(session, "allow");
      const { types, last } = await ended(session);
      expect(last).toMatchObject({ type: "turn.completed" });
      for (const type of ["checkout.created", "process.started", "approval.answered", "tool.completed"]) {
        expect(types).toContain(type);
      }
      expect(JSON.stringify(await eventsOf(session))).toContain("It is written");
      const diff = JSON.stringify(await call("GET", `/sessions/${session}/diff`));
      expect(diff).toContain("made.txt");
      expect(diff).toContain("+made by an agent");
      const made = join(folder, "app", "made.txt");
      expect(existsSync(made)).toBe(false);
      await call("POST", `/sessions/${session}/commit`, { message: "Add what was made" });
      await call("POST", `/sessions/${session}/merge`, { strategy: "squash" });
      expect(await readFile(made, "utf8")).toBe("made by an agent\n");
      await killed(session);
    },
    LONG_MS,
  );

  tried(
    "does not write what a person does not allow",
    async () => {
      const session = await start("Write another file");
      const steps = [{ tools: [agent.write("denied.txt", "made all the same")] }, { text: "Then not" }];
      await send(session, "Write denied.txt", steps);
      await answerQuestion(session, "deny");
      expect((await ended(session)).last).toMatchObject({ type: "turn.completed" });
      expect(JSON.stringify(await call("GET", `/sessions/${session}/diff`))).not.toContain("denied.txt");
      await killed(session);
    },
    LONG_MS,
  );

  tried(
    "stops when it is cancelled, answers the next message, and tells of an error of its model",
    async () => {
      const session = await start("Talk");
      await send(session, "Talk for long", [{ text: "one two three four five six", chunks: 6, chunkDelayMs: 4_000 }]);
      // One agent first asks a smaller model which one is to answer: cancelled then, it asks no other.
      const isTalking = (each: RecordedRequest) => isLongTalk(each) && each.outcome === "open" && each.chunksSent > 0;
      await until(() => Promise.resolve(model.requests.some(isTalking) ? true : undefined));
      await call("POST", `/sessions/${session}/cancel`);
      expect((await ended(session)).last).toMatchObject({ type: "turn.cancelled" });
      await until(() => Promise.resolve(model.aborted.some(isLongTalk) ? true : undefined));
      await send(session, "Are you there?", [{ text: "I am still here" }]);
      expect((await ended(session, 2)).last).toMatchObject({ type: "turn.completed" });
      expect(JSON.stringify(await eventsOf(session))).toContain("I am still here");
      await send(session, "And now?", [{ status: 400, errorMessage: "The moon is in the wrong phase" }]);
      const { last } = await ended(session, 3);
      expect(last).toMatchObject({ type: "turn.failed" });
      expect(JSON.stringify(last)).toContain("The moon is in the wrong phase");
      await killed(session);
    },
    LONG_MS,
  );
});

function isLongTalk({ body }: RecordedRequest): boolean {
  return JSON.stringify(body).includes("Talk for long");
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 90_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error("It did not come to pass within 90 s");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function processesOf(sessionId: string): Promise<number> {
  const { stdout } = await run("sh", [
    "-c",
    `grep -lza "SERAI_SESSION=${sessionId}" /proc/[0-9]*/environ 2>/dev/null | wc -l`,
  ]);
  return Number(stdout.trim());
}
