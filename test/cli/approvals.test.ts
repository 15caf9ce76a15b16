/** What waits for a person, from the command line: in another terminal, and in the one that follows the turn. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Serai } from "../../src/client/index.ts";
import { openServedHome, script } from "./cli.ts";
import type { RunningCli, ServedHome } from "./cli.ts";

const launcher = join(import.meta.dirname, "..", "..", "bin", "serai.js");
const TIMES = { timeout: 30_000 };

let served: ServedHome;
beforeAll(async () => {
  served = await openServedHome();
  const made = await served.run([
    "agents",
    "create",
    "careful",
    "--prompt",
    "Work.",
    "-c",
    "session_file_system",
    "-o",
    "json",
  ]);
  const { id } = JSON.parse(made.stdout) as { id: string };
  await (await client()).agents.update(id, { toolPolicies: { write_file: "approve" } });
}, 30_000);
afterAll(() => served[Symbol.asyncDispose]());

async function client(): Promise<Serai> {
  const { stdout } = await served.run(["keys", "create", `test-${crypto.randomUUID()}`, "-o", "json"]);
  const { key } = JSON.parse(stdout) as { key: string };
  return new Serai({ baseUrl: served.url, apiKey: key });
}

const write = (...paths: readonly string[]) => ({
  tools: paths.map((path) => ({ name: "write_file", input: { path, content: "hello" } })),
});
const careful = (...steps: readonly Readonly<Record<string, unknown>>[]) => [
  "run",
  script(...steps, { text: "Done." }),
  "--agent",
  "careful",
];

async function waiting(running: RunningCli): Promise<string> {
  await running.said("waits for  serai approve");
  return /apr_[0-9a-f]{32}/.exec(running.stderr())?.[0] ?? "";
}

describe("in another terminal", () => {
  it("a call is listed, allowed by its id, and made", TIMES, async () => {
    const running = served.start(careful(write("/a.txt")));
    const id = await waiting(running);
    expect(running.stderr()).toContain("? May the agent call write_file /a.txt?\n  path: /a.txt\n  content: hello\n");
    const listed = await served.run(["approvals"]);
    expect(listed.stdout).toMatch(new RegExp(`^ID +CALL +SESSION +ASKED\\n${id}  write_file /a.txt  ses_`));
    expect(listed.stderr).toContain("serai approve ID");
    const said = await served.run(["approve", id]);
    expect(said).toEqual({ code: 0, stdout: "write_file /a.txt: allowed\n", stderr: "" });
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Done.\n" });
    expect(stderr).toContain("● allowed  write_file /a.txt\n");
    expect((await served.run(["approvals"])).stdout).toBe("Nothing waits for you\n");
  });

  it("the only call that waits needs no name, and a denial tells the agent why", TIMES, async () => {
    const running = served.start(careful(write("/a.txt")));
    await waiting(running);
    const said = await served.run(["deny", "--reason", "Use the copy"]);
    expect(said.stdout).toBe("write_file /a.txt: denied: Use the copy\n");
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).toContain("✗ write_file /a.txt  The user did not allow this: Use the copy\n");
  });

  it("several calls are never answered as one; those of a session can be", TIMES, async () => {
    const running = served.start(careful(write("/a.txt", "/b.txt")));
    await running.said("/b.txt?");
    const unclear = await served.run(["approve"]);
    expect(unclear).toMatchObject({ code: 1, stdout: "" });
    expect(unclear.stderr).toMatch(
      /2 calls wait; say which one:\napr_\w+ {2}write_file \/a.txt\napr_\w+ {2}write_file \/b.txt/,
    );
    const id = await waiting(running);
    expect((await served.run(["approve", id, "--session"])).stdout).toBe(
      "write_file /a.txt: allowed for this session\n",
    );
    expect((await running.ended).code).toBe(0);
  });

  it("what is allowed for good is listed and taken back", TIMES, async () => {
    const running = served.start([...careful(write("/a.txt")), "-o", "json"]);
    await waiting(running);
    const { stdout } = await served.run(["approve", "last", "--always", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "answered", answer: "allow", scope: "always" });
    expect((await running.ended).code).toBe(0);
    const rules = await served.run(["approvals", "rules"]);
    const [, id] = /^(rul_\w+)/m.exec(rules.stdout) ?? [];
    expect(rules.stdout).toContain("write_file");
    expect((await served.run(["approvals", "revoke", id ?? ""])).stdout).toBe(`Revoked ${id}\n`);
    expect((await served.run(["approvals", "rules"])).stdout).toBe("Nothing is allowed for good\n");
  });

  it.each([
    [["approve"], 1, "Nothing waits for an answer"],
    [["deny", `apr_${"0".repeat(32)}`], 1, "waits for an answer; see what does with: serai approvals"],
    [["approve", "--session", "--always"], 2, "cannot be used with option"],
    [["approve", "a", "b"], 2, "too many arguments"],
    [["deny", "--always"], 2, "unknown option"],
    [["approvals", "revoke"], 2, "missing required argument"],
  ] as const)("%j ends with %d and says why", async (args, code, sentence) => {
    const ran = await served.run(args);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(sentence);
  });
});

const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

interface Terminal {
  readonly shown: () => string;
  readonly ended: Promise<number | null>;
}

/** A terminal with a person who types the next line at each prompt. */
function openTerminal(
  args: readonly string[],
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Terminal {
  const command = [process.execPath, launcher, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
    cwd: served.home.path,
    env: { PATH: process.env.PATH, HOME: served.home.path, SERAI_DATA: served.data, TERM: "xterm", ...env },
  });
  let shown = "";
  let prompts = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const seen = shown.split(PROMPT).length - 1;
    for (; prompts < seen; prompts += 1) child.stdin.write(lines[prompts] ?? "");
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { shown: () => shown.replaceAll("\r\n", "\n"), ended };
}

const PROMPT = "[a]lways: ";

describe.skipIf(!hasTerminal)("in the terminal that follows the turn (needs script of util-linux)", () => {
  it("a person is asked and the turn goes on with what they say", TIMES, async () => {
    const lines = ["perhaps\n", "y\n", "n use the copy\n"];
    const { shown, ended } = openTerminal(careful(write("/a.txt"), write("/b.txt")), lines);
    expect(await ended).toBe(0);
    expect(shown().split(PROMPT)).toHaveLength(lines.length + 1);
    expect(shown()).toContain("  n  deny it; words after it are told to the agent");
    expect(shown()).toContain("● allowed  write_file /a.txt");
    expect(shown()).toContain("The user did not allow this: use the copy");
    expect(shown()).toContain("\u001B[33m?\u001B[39m May the agent call write_file /b.txt?");
  });

  it("Ctrl-C at the question cancels the turn", TIMES, async () => {
    const { shown, ended } = openTerminal(careful(write("/a.txt")), ["\u0003"], { NO_COLOR: "1" });
    expect(await ended).toBe(130);
    expect(shown()).toContain("[a]lways: ^C\n■ cancelling");
    expect(shown()).toContain("■ cancelled\n");
    expect(shown().replaceAll("\u001B[2K", "")).not.toContain("\u001B");
  });

  it("the question is taken back when it is answered in another terminal", TIMES, async () => {
    const { shown, ended } = openTerminal(careful(write("/a.txt")), [], { NO_COLOR: "1" });
    await expect.poll(shown, { timeout: 10_000 }).toContain(PROMPT);
    await served.run(["approve", "last"]);
    expect(await ended).toBe(0);
    expect(shown()).toContain(`${PROMPT}\n● allowed  write_file /a.txt`);
  });

  it("whoever closes the input is told how to answer later", TIMES, async () => {
    const { shown, ended } = openTerminal(careful(write("/a.txt")), ["\u0004"], { NO_COLOR: "1" });
    await expect.poll(shown, { timeout: 10_000 }).toContain("waits for  serai approve apr_");
    await served.run(["deny", "last"]);
    expect(await ended).toBe(0);
    expect(shown()).toContain("● denied  write_file /a.txt");
  });
});
