/** `kill -9` of a server in the middle of a spawned agent's turn: the next one takes the turn up, alone in its tree. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { makeRepository, take } from "../../checkouts/repository.ts";
import { openServedHome } from "../../cli/cli.ts";
import type { RunningCli, ServedHome } from "../../cli/cli.ts";

const AGENT = join(import.meta.dirname, "..", "..", "acp-agent", "agent.ts");

const sandbox = await findSandbox();

let served: ServedHome | undefined;
let second: RunningCli | undefined;
afterEach(async () => {
  second?.child.kill("SIGTERM");
  await second?.ended;
  await served?.[Symbol.asyncDispose]();
});

it.runIf(process.platform === "linux")(
  "A12: leaves no agent of the old server at work, and loses neither files nor the conversation",
  async () => {
    const { run, id, serve, restart } = await openApp("off");
    const script = [{ write: { path: "b.txt", text: "b\n" } }, { say: "written" }, { waitMs: 3_000 }, { say: "late" }];
    await run("send", id, JSON.stringify(script));
    await until(async () => (await run("checkout", id)) !== "" && agentsOf(id) > 0);
    const tree = await run("checkout", id);
    await until(async () => (await take(tree, "b.txt").catch(() => "")) === "b\n");
    serve.child.kill("SIGKILL");
    await once(serve.child, "close");
    await restart();
    await until(async () => JSON.parse(await run("sessions", "get", id, "-o", "json")).status === "idle");
    expect(agentsOf(id)).toBe(1);
    expect(await run("sessions", "list")).toContain("idle (isolation: none)");
    expect(await take(tree, "b.txt")).toBe("b\n");
  },
  60_000,
);

it.runIf(sandbox.kind === "bubblewrap")(
  "C6: leaves nothing of a sandbox that git would see, and nothing at all once the next server has started",
  async () => {
    const { run, id, serve, restart } = await openApp("on");
    await run("send", id, JSON.stringify([{ say: "on" }]));
    // Cut off in the middle, the next server would go on with the turn, and with a program that holds the names anew.
    await until(async () => {
      const { turn_count, status } = JSON.parse(await run("sessions", "get", id, "-o", "json"));
      return turn_count === 1 && status === "idle";
    });
    const tree = await run("checkout", id);
    await until(async () => (await readdir(tree)).includes(".mcp.json"));
    serve.child.kill("SIGKILL");
    await once(serve.child, "close");
    expect(await git(tree, "status", "--porcelain", "--untracked-files=all")).toBe("");
    await restart();
    await until(async () => (await readdir(tree)).length === 2);
    expect(await readdir(tree)).toEqual([".git", "a.txt"]);
  },
  60_000,
);

/** A server of a user with one repository, and a session in it; it can be killed, and started again on the same data. */
async function openApp(isolation: "on" | "off") {
  const env = { SERAI_AGENT_CODEX: JSON.stringify([process.execPath, AGENT]), SERAI_ISOLATION: isolation };
  served = await openServedHome(env);
  const { home, data, serve } = served;
  const repository = join(home.path, "app");
  await makeRepository(repository, { "a.txt": "a\n" });
  const run = async (...args: readonly string[]) => (await home.run(args, { env: { SERAI_DATA: data } })).stdout.trim();
  await run("projects", "add", repository, "--harness", "codex");
  const id = await run("sessions", "create", "-p", "app");
  const restart = async () => {
    second = home.start(["serve", "--port", "0", "--data", data], { env });
    await second.said("try ");
  };
  return { run, id, serve, restart };
}

/** Processes that carry the session's mark. */
function agentsOf(sessionId: string): number {
  const found = execFileSync("sh", [
    "-c",
    `grep -lz "^SERAI_SESSION=${sessionId}$" /proc/[0-9]*/environ 2>/dev/null || true`,
  ]);
  return found.toString().split("\n").filter(Boolean).length;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("It did not come to that");
}
