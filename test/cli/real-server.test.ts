/** The command line against a real server, both as processes: outputs, exit codes, files, interrupts, restarts. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENDLESS, openServedHome, script } from "./cli.ts";
import type { Ran, ServedHome } from "./cli.ts";

let served: ServedHome;

beforeAll(async () => {
  served = await openServedHome();
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const SESSION = /ses_[0-9a-f]{32}/;

async function makeSession(...flags: readonly string[]): Promise<string> {
  return (await served.run(["sessions", "create", ...flags])).stdout.trim();
}

async function status(id: string): Promise<string> {
  const { stdout } = await served.run(["sessions", "get", id, "-o", "json"]);
  return (JSON.parse(stdout) as { status: string }).status;
}

function jsonLines({ stdout }: Ran): readonly Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("serai serve", () => {
  it("prints one line when it is ready, where the key is, and what to try", () => {
    const [ready, ...rest] = served.serve.stdout().trimEnd().split("\n");
    expect(ready).toBe(`Serai is ready at ${served.url}`);
    expect(rest.join("\n")).toContain("admin.key");
    expect(rest.join("\n")).toContain("serai run");
  });

  it("writes where it is and a key that only its owner can read", () => {
    expect(JSON.parse(readFileSync(join(served.data, "server.json"), "utf8"))).toEqual({
      url: served.url,
      pid: served.serve.child.pid,
    });
    expect(statSync(join(served.data, "admin.key")).mode & 0o777).toBe(0o600);
  });

  it("says in one sentence what is wrong with its settings, and ends with 2", async () => {
    const { code, stdout, stderr } = await served.home.run(["serve", "--log", "loud"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^serai: SERAI_LOG must be one of .*\n$/);
  });

  it("says so when its port is taken, and names the way out", async () => {
    const port = new URL(served.url).port;
    const { code, stderr } = await served.home.run([
      "serve",
      "--port",
      port,
      "--data",
      join(served.home.path, "other"),
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("--port 0");
  });
});

describe("serai run", () => {
  it("puts the answer on standard output and all else beside it", async () => {
    const { code, stdout, stderr } = await served.run(["run", script({ text: "It is noon." })]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "It is noon.\n" });
    expect(stderr).toMatch(/^✓ completed in .* · 1 step · \d+ in \+ \d+ out tokens/);
    expect(stderr).toContain("serai sessions restore ses_");
  });

  it("reads the message from standard input", async () => {
    const { code, stdout } = await served.run(["run", "-"], { input: script({ text: "From a pipe." }) });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "From a pipe.\n" });
    expect(await served.run(["run"], { input: script({ text: "Also." }) })).toMatchObject({
      code: 0,
      stdout: "Also.\n",
    });
  });

  it("takes files there, shows the tools at work, and brings new and changed files back", async () => {
    const cwd = served.home.path;
    writeFileSync(join(cwd, "notes.txt"), "first line\n");
    writeFileSync(join(cwd, "same.txt"), "stays\n");
    const message = script(
      { text: "Looking.", tools: [{ name: "read_file", input: { path: "/in/notes.txt" } }] },
      {
        tools: [
          { name: "write_file", input: { path: "/deep/report.md", content: "# Report\n" } },
          { name: "edit_file", input: { path: "/in/notes.txt", old_string: "first", new_string: "1st" } },
        ],
      },
      { text: "Done." },
    );
    const files = ["--file", "notes.txt=/in/notes.txt", "--file", "same.txt", "--out", "got"];
    const { code, stdout, stderr } = await served.run(["run", message, ...files], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Looking.\nDone.\n" });
    expect(stderr).toContain("↑ /in/notes.txt  11 B");
    expect(stderr).toMatch(/● read_file \/in\/notes\.txt {2}\d+ ms/);
    expect(stderr).toMatch(/● write_file \/deep\/report\.md/);
    expect(readFileSync(join(cwd, "got", "deep", "report.md"), "utf8")).toBe("# Report\n");
    expect(readFileSync(join(cwd, "got", "in", "notes.txt"), "utf8")).toBe("1st line\n");
    expect(existsSync(join(cwd, "got", "same.txt"))).toBe(false);
    const id = SESSION.exec(stderr)?.[0] ?? "";
    expect((await served.run(["sessions", "get", id])).stderr).toContain("was not found");
    expect(await served.run(["sessions", "restore", id])).toMatchObject({ code: 0, stdout: `Restored ${id}\n` });
  });

  it("keeps the session when files in it were not fetched, and says how to fetch them", async () => {
    const write = { tools: [{ name: "write_file", input: { path: "/report.md", content: "# It\n" } }] };
    const { code, stderr } = await served.run(["run", script(write, { text: "Done." })]);
    const id = SESSION.exec(stderr)?.[0] ?? "";
    expect(code).toBe(0);
    expect(stderr).toContain(`serai files get ${id} /report.md`);
    expect(await served.run(["files", "get", id, "/report.md"])).toEqual({ code: 0, stdout: "# It\n", stderr: "" });
  });

  it("goes on with a session that is there, which knows what was said", async () => {
    const { stderr } = await served.run(["run", "--keep", script({ text: "One." })]);
    const id = SESSION.exec(stderr)?.[0] ?? "";
    expect(await served.run(["run", "--session", id, script({ text: "Two." })])).toMatchObject({
      code: 0,
      stdout: "Two.\n",
    });
    expect(await served.run(["run", "-s", "last", script({ text: "Three." })])).toMatchObject({
      code: 0,
      stdout: "Three.\n",
    });
    const shown = await served.run(["sessions", "get", id]);
    expect(shown.stdout).toMatch(/^turns {8}3$/m);
  });

  it("ends with 1 when the turn fails, and says why", async () => {
    const { code, stdout, stderr } = await served.run(["run", script({ status: 401, errorMessage: "no such key" })]);
    expect(code).toBe(1);
    expect(stdout).toContain("The model provider refused the request");
    expect(stderr).toContain("✗ 401: no such key (provider_misconfigured)");
    expect(stderr).toContain("■ failed");
    expect(stderr).toContain("serai run --session ses_");
  });

  it("shows a tool that fails, with its error", async () => {
    const message = script({ tools: [{ name: "read_file", input: { path: "/nope" } }] }, { text: "Sorry." });
    const { code, stderr } = await served.run(["run", message]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/✗ read_file \/nope {2}\d+ ms {2}There is no file \/nope/);
  });

  it("writes events as JSON lines and the outcome last", async () => {
    const ran = await served.run(["run", "-o", "json", script({ text: "Hello." })]);
    const lines = jsonLines(ran);
    expect(ran.code).toBe(0);
    expect(lines.map(({ type }) => type)).toEqual([
      "input.message",
      "turn.started",
      "session.activated",
      "reason.started",
      "output.message.started",
      "llm.generation",
      "output.message.completed",
      "reason.completed",
      "turn.completed",
      "session.idled",
      "run.ended",
    ]);
    expect(lines.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, undefined]);
    expect(lines.at(-1)).toMatchObject({
      status: "completed",
      text: "Hello.",
      stop_reason: "end_turn",
      files: [],
      is_kept: false,
    });
  });

  it("says which agents and models there are when one is named that is not there", async () => {
    expect(await served.run(["run", "Hi", "--agent", "nobody"])).toEqual({
      code: 1,
      stdout: "",
      stderr: 'serai: There is no agent "nobody"; there is assistant\n',
    });
    expect((await served.run(["run", "Hi", "--model", "gpt-0"])).stderr).toBe(
      'serai: There is no model "gpt-0"; there is scripted\n',
    );
  });

  it.each([
    [["run", ""], "There is no message"],
    [["run", "Hi", "--file", "not-here.txt"], "There is no file"],
    [["run", "Hi", "--file", "."], "is no file"],
    [["run", "Hi", "--agent", "a", "--session", "last"], "cannot be used with option"],
    [["run", "Hi", "--bogus"], "unknown option '--bogus'"],
    [["run", "a", "b"], "too many arguments"],
    [["providers", "add", "x"], "required option"],
    [["providers", "add", "x", "--type", "nonsense"], "Allowed choices are"],
    [["sessions", "list", "--limit", "many"], "whole number from 1 to 100"],
    [["sessions", "list", "-o", "yaml"], "Allowed choices are text, json"],
    [["sessions"], "Usage: serai sessions"],
    [["frobnicate"], "unknown command"],
  ])("ends with 2 and asks the server nothing when it is called as %j", async (args, sentence) => {
    const { code, stdout, stderr } = await served.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
  });

  it("shows no colors without a terminal, and colors when they are forced", async () => {
    const plain = await served.run(["run", script({ text: "Hi." })]);
    expect(plain.stdout + plain.stderr).not.toContain("\u001B");
    const colored = await served.run(["run", script({ text: "Hi." })], { env: { FORCE_COLOR: "1" } });
    expect(colored.stderr).toContain("\u001B[32m✓\u001B[39m");
  });

  it("lets nothing that an agent says steer the terminal", async () => {
    const { stdout } = await served.run(["run", script({ text: "a\u001B[2Jb\u0007c\td\u009Be" })]);
    expect(stdout).toBe("a[2Jbc\tde\n");
  });
});

describe("Ctrl-C", () => {
  it("cancels the turn and ends with 130 when the turn has ended", async () => {
    const running = served.start(["run", script(ENDLESS, { text: "Never." })]);
    await running.said("Going.");
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("Work was cancelled by user.\n");
    expect(stdout).not.toContain("Never");
    expect(stderr).toContain("Ctrl-C again leaves at once");
    expect(await status(SESSION.exec(stderr)?.[0] ?? "")).toBe("idle");
  });

  it("leaves at once the second time, and the turn is cancelled all the same", async () => {
    const running = served.start(["run", script(ENDLESS)]);
    await running.said("Going.");
    running.child.kill("SIGINT");
    await running.said("Ctrl-C again");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/■ (?:left|cancelled)/);
  });

  it("takes a message out of the queue without touching the turn before it", async () => {
    const id = await makeSession();
    await served.run(["send", id, script(ENDLESS)]);
    const waiting = served.start(["send", id, script({ text: "Never." }), "--queue", "--wait"]);
    await waiting.said("waits behind the running turn");
    waiting.child.kill("SIGINT");
    const { code, stdout, stderr } = await waiting.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("taken out of the queue");
    expect(await status(id)).toBe("active");
    await served.run(["sessions", "cancel", id]);
  });

  it("ends a watch, which is no failure", async () => {
    const id = await makeSession();
    const watching = served.start(["sessions", "watch", id]);
    await watching.said("watching");
    const sent = await served.run(["send", id, script({ text: "Seen." }), "--wait"]);
    expect(sent.code).toBe(0);
    await watching.said("Seen.");
    watching.child.kill("SIGINT");
    const { code, stdout, stderr } = await watching.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Seen.\n" });
    expect(stderr).toContain("> Do as the script says.");
  });
});

describe("serai send", () => {
  it("is refused while a turn is running, and says what can be done", async () => {
    const id = await makeSession();
    await served.run(["send", id, script(ENDLESS)]);
    const { code, stdout, stderr } = await served.run(["send", id, "And now?"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("has a running turn");
    expect(stderr).toContain("--queue lets it wait");
    expect(await served.run(["sessions", "cancel", id])).toMatchObject({
      code: 0,
      stdout: "Turn cancelled successfully\n",
    });
  });

  it("waits for its own turn behind another one and shows no other", async () => {
    const id = await makeSession();
    await served.run(["send", id, script({ text: "First answer.", chunkDelayMs: 300 })]);
    const { code, stdout } = await served.run(["send", id, script({ text: "Second answer." }), "--queue", "--wait"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Second answer.\n" });
  });

  it("is over for a cancelled turn when the next message is taken from the queue", async () => {
    const id = await makeSession();
    const first = served.start(["send", id, script(ENDLESS), "--wait"]);
    await first.said("Going.");
    expect((await served.run(["send", id, script({ text: "Next." }), "--queue"])).code).toBe(0);
    await served.run(["sessions", "cancel", id]);
    expect((await first.ended).code).toBe(130);
  });
});

describe("what the commands show", () => {
  it("lists sessions as a table, and as the document of the wire", async () => {
    const id = await makeSession("--title", "Q1 Sales\u001B[31m Analysis", "--tag", "sales", "--agent", "assistant");
    const { stdout } = await served.run(["sessions", "list", "--tag", "sales"]);
    const [head, line] = stdout.split("\n");
    expect(head).toMatch(/^ID +STATUS +TITLE +MESSAGES +LAST ACTIVE$/);
    expect(line).toMatch(new RegExp(`^${id}  idle +Q1 Sales\\[31m Analysis +0  (?:now|\\d+ s ago)$`));
    const json = await served.run(["sessions", "list", "--tag", "sales", "-o", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ data: [{ id, last_event_seq: 1, tags: ["sales"] }], total: 1 });
    expect(json.stderr).toBe("");
  });

  it("takes the format before and after the command", async () => {
    const [one, other] = [
      await served.run(["-o", "json", "agents", "list"]),
      await served.run(["agents", "list", "-o", "json"]),
    ];
    expect(JSON.parse(one.stdout)).toEqual(JSON.parse(other.stdout));
  });

  it("moves files up and down, byte for byte", async () => {
    const cwd = served.home.path;
    const id = await makeSession();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 256));
    writeFileSync(join(cwd, "raw.bin"), bytes);
    expect(await served.run(["files", "put", id, "raw.bin", "/x/"], { cwd })).toMatchObject({
      code: 0,
      stdout: "/x/raw.bin  100 kB\n",
    });
    expect((await served.run(["files", "put", id, "raw.bin", "/x/"], { cwd })).code).toBe(0);
    expect((await served.run(["files", "get", id, "/x/raw.bin", "back.bin"], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "back.bin")).equals(bytes)).toBe(true);
    expect((await served.run(["files", "list", id, "-r"])).stdout).toMatch(
      /^\/x\/\s+(?:now|\d+ s ago)\n\/x\/raw\.bin +100 kB/m,
    );
    expect(await served.run(["files", "delete", id, "/x"])).toMatchObject({ code: 1 });
    expect(await served.run(["files", "delete", id, "/x", "-r"])).toMatchObject({ code: 0, stdout: "Deleted /x\n" });
    expect(await served.run(["files", "list", id])).toMatchObject({ stdout: "No files\n" });
    expect((await served.run(["files", "get", id, "/x"])).stderr).toContain("was not found");
  });

  it("mints a key that works for what its role allows, and revokes it", async () => {
    const made = await served.run(["keys", "create", "bob", "--role", "viewer", "--days", "3"]);
    const key = made.stdout.trim();
    expect(key).toMatch(/^srk_[0-9a-f]{32}_\S+$/);
    const asBob = { env: { SERAI_API_KEY: key } };
    expect((await served.run(["sessions", "list"], asBob)).code).toBe(0);
    expect(await served.run(["sessions", "create"], asBob)).toMatchObject({ code: 1, stdout: "" });
    expect((await served.run(["keys", "list"])).stdout).toMatch(/bob +viewer +active/);
    expect((await served.run(["keys", "revoke", "bob"])).code).toBe(0);
    const refused = await served.run(["sessions", "list"], asBob);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("--key or SERAI_API_KEY");
  });

  it("adds, lists, tests and deletes a provider, and never shows its key", async () => {
    const env = { MY_KEY: "sk-canary-1234" };
    const args = ["providers", "add", "here", "--type", "openai_compatible", "--base-url", "http://127.0.0.1:9/v1"];
    const added = await served.run([...args, "--key-env", "MY_KEY", "--model", "tiny"], { env });
    expect(added).toMatchObject({ code: 0 });
    const shown = [
      await served.run(["providers", "list"]),
      await served.run(["providers", "list", "-o", "json"]),
      await served.run(["models", "list", "--provider", "here"]),
    ];
    expect(shown[0]?.stdout).toMatch(/here +openai_compatible +stored +http:\/\/127\.0\.0\.1:9\/v1/);
    expect(shown[2]?.stdout).toContain("tiny");
    expect(JSON.stringify([added, ...shown])).not.toContain("canary");
    const tested = await served.run(["providers", "test", "here"]);
    expect(tested.code).toBe(1);
    expect(tested.stdout).toMatch(/^✗ .+\n$/);
    expect(await served.run(["providers", "test", "Scripted (built in)"])).toMatchObject({ code: 0, stdout: "ok\n" });
    expect((await served.run(["providers", "delete", "here"])).code).toBe(0);
    expect((await served.run(["providers", "list"])).stdout).not.toContain("here ");
  });

  it("makes an agent, lets it work, and archives it", async () => {
    const made = await served.run(["agents", "create", "poet", "--prompt", "Write verse.", "-c", "current_time"]);
    expect(made.stdout).toMatch(/^agt_[0-9a-f]{32}\n$/);
    expect((await served.run(["agents", "get", "poet"])).stdout).toMatch(/^name +poet$/m);
    expect(await served.run(["run", "-a", "poet", script({ text: "Roses." })])).toMatchObject({
      code: 0,
      stdout: "Roses.\n",
    });
    expect((await served.run(["agents", "delete", "poet"])).code).toBe(0);
    expect((await served.run(["agents", "list"])).stdout).not.toContain("poet");
  });
});

describe("deleting a session", () => {
  it("is undone by restore, unless it was for good", async () => {
    const id = await makeSession();
    expect((await served.run(["sessions", "delete", id])).stdout).toContain(`serai sessions restore ${id}`);
    expect((await served.run(["sessions", "restore", id])).code).toBe(0);
    expect(await served.run(["sessions", "delete", id, "--permanent"])).toMatchObject({
      code: 0,
      stdout: `Deleted ${id}\n`,
    });
    expect((await served.run(["sessions", "restore", id])).code).toBe(1);
  });
});

describe("serai doctor", () => {
  it("finds everything in order but the provider, and says how to get one", async () => {
    const { code, stdout } = await served.run(["doctor"]);
    expect(code).toBe(0);
    const marks = stdout.split("\n").filter((line) => /^\S/.test(line));
    expect(marks.map((line) => line.slice(0, 16).trimEnd())).toEqual([
      "ok  node",
      "ok  data folder",
      "ok  server",
      "ok  key",
      "!   provider",
      "ok  agents",
    ]);
    expect(stdout).toContain("→ serai providers add");
  });

  it("finds a wrong key", async () => {
    const { code, stdout } = await served.run(["doctor", "--key", "srk_wrong", "-o", "json"]);
    expect(code).toBe(1);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; fix: string }[] };
    expect(checks.at(-1)).toMatchObject({ name: "key", status: "failure" });
    expect(checks.at(-1)?.fix).toContain("admin.key");
  });

  it("finds that no server is running", async () => {
    const { code, stdout } = await served.home.run(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗   server");
    expect(stdout).toContain("→ start one with: serai serve");
  });
});
