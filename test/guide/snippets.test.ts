/**
 * The guide's own programs, each run as a program of its own with nothing changed but the key, the address and the ids
 * that stand for something; the curl commands are run beside the golden transcripts (`doors/native/goldens.test.ts`).
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Session, SessionList } from "../../src/doors/native/schema/session.ts";
import type { MessageList } from "../../src/doors/native/schema/message.ts";
import { addModel, calls, LONG_AGENT, says, saysInTwo, SESSION } from "./scenes.ts";
import { openTheatre } from "./stage.ts";
import type { Stage, Theatre } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..");
const TIMES = { timeout: 30_000 };
const MODEL = "mod_01933b5a00007000800000000042";

let theatre: Theatre;
let stage: Stage;
beforeAll(async () => {
  theatre = await openTheatre();
});
beforeEach(async () => {
  stage = await theatre.openStage();
});
afterAll(() => theatre[Symbol.asyncDispose]());

interface Running {
  readonly said: () => string;
  readonly ended: Promise<string>;
}

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(command, args, {
    cwd: theatre.folder,
    env: { PATH: process.env.PATH ?? "", HOME: theatre.folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complained = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complained += chunk.toString()));
  const ended = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Error(`It ended with ${String(code)}: ${complained}`);
    return said;
  });
  return { said: () => said, ended };
}

/** Puts the program beside the files that it opens, with everything in place. */
function prepare(name: string, url: string): string {
  const text = stage.cast(readFileSync(join(import.meta.dirname, name), "utf8"), url);
  const path = join(theatre.folder, name.replace("/", "-"));
  // The same modules from another folder.
  writeFileSync(
    path,
    text
      .replaceAll("../../../src/", `${pathToFileURL(root).href}/src/`)
      .replaceAll("../header-", `${pathToFileURL(import.meta.dirname).href}/header-`),
  );
  return path;
}

const runTypeScript = (name: string, url = theatre.server.url) =>
  start(process.execPath, [prepare(`typescript/${name}.ts`, url)]);

const sessions = async () => (await stage.ask<SessionList>("GET", "/sessions")).data;

async function playCreate(): Promise<string> {
  const agentId = await stage.agent("analyst", [saysInTwo("Revenue grew by 4 percent.")]);
  stage.stands(LONG_AGENT, agentId);
  stage.stands(MODEL, await addModel({ stage }));
  return agentId;
}

async function expectCreated(said: string, agentId: string, more: Partial<Session> = {}): Promise<void> {
  const [session, ...others] = await sessions();
  expect(others).toEqual([]);
  expect(session).toMatchObject({ agent_id: agentId, title: "Q1 Sales Analysis", ...more });
  expect(said).toContain(session?.id);
}

describe("the guide's TypeScript", () => {
  it("creates a session", TIMES, async () => {
    const agentId = await playCreate();
    const said = await runTypeScript("create-session").ended;
    expect(said).toMatch(/^Session created: ses_[0-9a-f]{32}\n$/);
    await expectCreated(said, agentId, { tags: ["sales", "analytics"], model_id: stage.cast(MODEL, "") });
  });

  it.each(["follow-session", "follow-with-client"])(
    "shows text as it grows and closes at the end of the turn: %s",
    TIMES,
    async (name) => {
      const agentId = await playCreate();
      const { id } = await stage.ask("POST", "/sessions", { agent_id: agentId });
      stage.stands(SESSION, id);
      const watched = await watchStreams();
      const running = runTypeScript(name, watched.url);
      await Promise.race([watched.isFollowed, running.ended]);
      await stage.ask("POST", `/sessions/${id}/messages`, { message: { content: [{ type: "text", text: "Go" }] } });
      expect(await running.ended).toBe("Agent text: Revenue grew \nAgent text: by 4 percent.\nTurn finished\n");
    },
  );
});

/** Passes everything on to the server and says when a stream has been opened. */
async function watchStreams(): Promise<{ readonly url: string; readonly isFollowed: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const proxy = createServer((incoming, outgoing) => {
    const headers = { authorization: incoming.headers.authorization ?? "" };
    fetch(`${theatre.server.url}${incoming.url ?? ""}`, { headers }).then(
      (response) => {
        outgoing.writeHead(response.status, { "content-type": "text/event-stream" });
        // The same standard under two names.
        Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]).pipe(outgoing);
        resolve();
      },
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, isFollowed: promise };
}

const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(0 if sys.version_info >= (3, 9) else 1)"]).status === 0;

function runPython(name: string): Running {
  const env = { PYTHONPATH: join(root, "clients", "python"), PYTHONDONTWRITEBYTECODE: "1" };
  return start("python3", [prepare(`python/${name}.py`, theatre.server.url)], env);
}

describe.skipIf(!hasPython)("the guide's Python (needs Python 3.9)", () => {
  it("creates a session", TIMES, async () => {
    const agentId = await playCreate();
    const said = await runPython("create_session").ended;
    expect(said).toMatch(/^Session created: ses_[0-9a-f]{32}\n$/);
    await expectCreated(said, agentId, { tags: ["sales", "analytics"], model_id: stage.cast(MODEL, "") });
  });

  it("holds a conversation of several turns", TIMES, async () => {
    const answers = ["Which error do they see?", "Good to hear.", "Rate limiting was the cause; it is fixed."];
    stage.stands("agt_support", await stage.agent("support", answers.map(says)));
    await runPython("multi_turn_conversation").ended;
    const [session] = await sessions();
    expect(session?.title).toBe("Customer Issue #4567");
    const listed = () => stage.ask<MessageList>("GET", `/sessions/${session?.id}/messages`);
    // The program does not wait for its last turn.
    await expect.poll(async () => (await listed()).total).toBe(6);
    const said = (await listed()).data.map(({ content }) =>
      content.map((part) => (part.type === "text" ? part.text : "")),
    );
    expect(said.flat()).toEqual([
      "User reports login issues",
      answers[0],
      "Checked logs, found rate limiting. Fixed.",
      answers[1],
      "Summarize the resolution",
      answers[2],
    ]);
  });

  it("runs a long analysis, shows its tools and fetches the report", TIMES, async () => {
    const steps = [
      calls("read_file", { path: "/sales.csv" }),
      calls("write_file", { path: "/report.md", content: "# Sales\n\n7 units in 2 regions.\n" }),
      says("The report is in report.md."),
    ];
    stage.stands("agt_analyst", await stage.agent("analyst", steps));
    expect(await runPython("long_running_analysis").ended).toBe(
      "Tool: read_file\nTool: write_file\n# Sales\n\n7 units in 2 regions.\n\n",
    );
  });
});

describe("the guide's command line", () => {
  it("creates a session", TIMES, async () => {
    const agentId = await playCreate();
    const text = stage.cast(readFileSync(join(import.meta.dirname, "cli", "create-session.sh"), "utf8"), "");
    const serai = `serai() { "${process.execPath}" "${join(root, "bin", "serai.js")}" "$@"; }`;
    const env = { SERAI_URL: theatre.server.url, SERAI_API_KEY: stage.key };
    const said = await start("bash", ["-c", `${serai}\n${text}`], env).ended;
    expect(said).toMatch(/^ses_[0-9a-f]{32}\n$/);
    await expectCreated(said, agentId);
  });
});
