/** Commands of a hosted agent: real ones, in a real sandbox where this machine has one (C6). */
import { access, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { networkOf } from "../../../src/app/turn-setup.ts";
import { readProcessTable } from "../../../src/lib/process-table.ts";
import { put, take } from "../../checkouts/repository.ts";
import { openCheckoutWorld, sandboxHere, textOf } from "./checkout-world.ts";
import type { Agent, CheckoutWorld } from "./checkout-world.ts";

const NO_SANDBOX = { kind: "none", why: "Bubblewrap is not installed" } as const;

async function processesOf(id: string): Promise<readonly number[]> {
  const { rows, hasMark } = await readProcessTable();
  const marked = await Promise.all(rows.map(async ({ pid }) => hasMark(pid, `SERAI_COMMAND_OF=${id}`)));
  return rows.filter((_, index) => marked[index]).map(({ pid }) => pid);
}

function commandTests(isIsolated: boolean): void {
  let world: CheckoutWorld;
  let agent: Agent;

  beforeAll(async () => {
    world = await openCheckoutWorld(isIsolated ? {} : { sandbox: NO_SANDBOX });
    agent = await world.agent(isIsolated ? {} : { unisolated: true });
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world[Symbol.asyncDispose]();
  });

  const run = (command: string, more = {}) => agent.call("run_command", { command, ...more });

  it("runs in the checkout with the programs of this machine, and says how it ended", async () => {
    const said = textOf(await run("cat a.ts; ls -d ../[A-Zs]*; exit 3", { cwd: "src" }));
    expect(said).toContain("a\n../README.md\n../src\n");
    expect(said).toMatch(/\[exit code 3\]$/);
    expect(said.includes("[isolation: none]")).toBe(!isIsolated);
    expect(textOf(await run("echo out; echo err >&2"))).toMatch(/^out\n\[stderr\]\nerr\n/);
    expect(textOf(await run("true"))).toMatch(/^\[no output\]\n/);
    expect(textOf(await run("kill -9 $$"))).toMatch(/\[ended by SIGKILL\]|\[exit code 137\]/);
  });

  it("sees nothing of the server's environment, and has no input to wait for", async () => {
    process.env["SERAI_TEST_KEY"] = "do-not-show";
    const said = textOf(await run("env; cat"));
    delete process.env["SERAI_TEST_KEY"];
    expect(said).not.toContain("do-not-show");
    expect(said).toContain("GIT_TERMINAL_PROMPT=0");
  });

  it("is ended at its deadline with all that it has started, and keeps what it wrote", async () => {
    const script = "echo begun; echo x > kept.txt; (setsid sleep 100 &) ; sleep 100 & sleep 100";
    const result = await run(script, { timeout_ms: 700 });
    expect(result).toMatchObject({ status: "timeout", error: expect.stringContaining("stopped after 0.7 s") });
    expect(textOf(result)).toMatch(/^begun\n/);
    expect(await take(agent.checkout.path, "kept.txt")).toBe("x\n");
    expect(await processesOf(agent.id)).toEqual([]);
  });

  it("leaves nothing running in the background when it ends by itself", async () => {
    const result = await run("setsid sleep 100 >/dev/null 2>&1 & (sleep 100 &) & echo done");
    expect(textOf(result)).toMatch(/^done\n/);
    expect(await processesOf(agent.id)).toEqual([]);
  });

  it("is ended when its turn is stopped", async () => {
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const running = agent.call(
      "run_command",
      { command: "echo on; sleep 100" },
      { signal: stop.signal, onOutput: () => started.resolve() },
    );
    await started.promise;
    stop.abort(new Error("Stopped"));
    expect(await running).toMatchObject({ status: "cancelled" });
    // The result does not wait for it; the next command does, which ends what is left.
    await expect.poll(() => processesOf(agent.id)).toEqual([]);
  });

  it("passes its output on as it comes, and shows beginning and end of what is long", async () => {
    const heard: string[] = [];
    const command = "printf 'é%.0s' $(seq 5); echo; seq 1 60000; echo last >&2";
    const onOutput = (stream: string, delta: string) => heard.push(`${stream}:${delta}`);
    const result = await agent.call("run_command", { command }, { onOutput });
    const said = textOf(result);
    expect(heard[0]).toContain("stdout:ééééé");
    expect(heard.join("").length).toBeLessThan(300_000);
    expect(said).toMatch(/^ééééé\n1\n2\n3\n/);
    expect(said).toMatch(/characters left out[^]+59999\n60000\n\[stderr\]\nlast/);
    expect(Buffer.byteLength(JSON.stringify(said))).toBeLessThan(62 * 1024);
  });

  it("takes a command that cannot be read as one that fails by itself", async () => {
    expect(textOf(await run("if then ((")).toLowerCase()).toContain("syntax error");
    expect(await agent.fail("run_command", { command: "ls", cwd: "/nowhere" })).toBe(
      'Argument "cwd": there is no directory /nowhere',
    );
    expect(await agent.fail("run_command", { command: "ls\0" })).toContain("NUL");
  });
}

describe.skipIf(sandboxHere.kind === "none")("C6: a command in a sandbox (needs bubblewrap)", () => {
  commandTests(true);
});
describe("C6: a command without one, allowed by configuration", () => {
  commandTests(false);
});

describe("C6: without a sandbox", () => {
  it("nothing is run unless the configuration says so, and the refusal says how", async () => {
    await using world = await openCheckoutWorld({ sandbox: NO_SANDBOX });
    const agent = await world.agent();
    const refused = await agent.fail("run_command", { command: "echo x > made.txt" });
    expect(refused).toMatch(/Install bubblewrap, or .*"unisolated": true.*Bubblewrap is not installed$/);
    expect(await agent.say("glob", { pattern: "made.txt" })).toBe("[no file matches made.txt]");
  });

  it("a violation is seen afterwards and told to both", async () => {
    await using world = await openCheckoutWorld({ sandbox: NO_SANDBOX });
    const agent = await world.agent({ unisolated: true });
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["src/a.ts"] });
    const said = await agent.say("run_command", { command: "f=src/a; echo x > $f.ts" });
    expect(said).toContain("You have written src/a.ts, which is reserved by");
    expect(await world.setting.store.readNotices(other.id, 10)).toHaveLength(1);
  });
});

describe.skipIf(sandboxHere.kind === "none")("C6: the sandbox of a command (needs bubblewrap)", () => {
  let world: CheckoutWorld;
  let agent: Agent;
  let outside: string;

  beforeAll(async () => {
    outside = join(process.cwd(), "node_modules", `.serai-test-${process.pid}`);
    await put(outside, { "data/secret.key": "top secret" });
    world = await openCheckoutWorld({ hidden: [join(outside, "data")] });
    agent = await world.agent();
  });
  afterAll(async () => {
    await rm(outside, { recursive: true, force: true });
    await world[Symbol.asyncDispose]();
  });

  const run = async (command: string, more = {}) => textOf(await agent.call("run_command", { command }, more));

  it("lets nothing be written but the checkout and a /tmp of its own", async () => {
    const { ground } = world;
    const tries = [outside, ground.repository, join(ground.repository, ".git"), "/etc", "/usr", "/var/tmp"];
    const script = tries.map((folder) => `touch ${folder}/serai-x 2>/dev/null`).join("; ");
    expect(await run(`${script}; touch here /tmp/there && echo fine`)).toMatch(/^fine\n/);
    // What lies in the machine's /tmp is not in the command's, and what it makes there goes with it.
    const made = await Promise.all(
      tries.map((folder) =>
        access(join(folder, "serai-x")).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(made).toEqual(tries.map(() => false));
    expect(await run("ls /tmp; ls here")).not.toContain("there");
  });

  it("hides what is the server's own, homes and the sockets of services", async () => {
    expect(await run(`cat ${outside}/data/secret.key`)).not.toContain("top secret");
    expect(await run("ls -A /run | grep -v systemd | wc -l")).toMatch(/^0\n/);
    expect(await run("ps ax 2>/dev/null | wc -l; ls /proc | grep -c '^[0-9]'")).not.toMatch(/\b\d{2,}\n/);
  });

  it("keeps git's own folder and what others take orders from as they are", async () => {
    await put(agent.checkout.path, { ".vscode/tasks.json": "{}" });
    const script =
      "echo x > .vscode/tasks.json; rm -f .git; git config core.editor x; git commit -qam x; git status -s";
    const said = await run(script);
    expect(said).toMatch(/Read-only file system|Device or resource busy/);
    expect(await take(agent.checkout.path, ".vscode/tasks.json")).toBe("{}");
    expect(await agent.say("git_status", {})).toContain("On branch");
  });

  it("makes nothing that other programs take orders from, and leaves nothing of what kept it", async () => {
    const before = await readdir(agent.checkout.path);
    const names = [
      ".mcp.json",
      "opencode.json",
      ".claude/settings.json",
      ".github/hooks/a.json",
      ".pi/extensions/a.ts",
    ];
    const tried = names.map((name) => `mkdir -p $(dirname ${name}); echo evil > ${name} && echo made ${name}`);
    const script = `${tried.join("; ")}; mv .claude c; git status --porcelain; cat .mcp.json`;
    const said = await run(script);
    expect(said).not.toMatch(/^made/m);
    expect(said).toMatch(/^[{][}]$/m);
    expect(await readdir(agent.checkout.path)).toEqual(before);
    // Serai's own tools are in no sandbox, and keep to the same names.
    for (const path of [".mcp.json", ".Claude/Settings.json", ".github/hooks/a.json"]) {
      expect(await agent.fail("write_file", { path, content: "{}" })).toContain("no agent may change it");
    }
    expect(await readdir(agent.checkout.path)).toEqual(before);
  });

  it("reaches by HTTP the hosts that rules name, and no other", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nreached\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
    const url = `http://127.0.0.2:${(server.address() as AddressInfo).port}/`;
    const rules = { allowed: ["*", "127.0.0.2"], blocked: ["evil.example"] };
    const { network } = networkOf({ networkRules: [rules] });
    expect(await run(`curl -sS ${url}; exit 3`, { network })).toBe("reached\n[exit code 3]");
    expect(await run("curl -sS http://evil.example/", { network })).toContain("do not let it reach evil.example");
    // X18: the star is no name of an address.
    expect(await run(`curl -sS ${url.replace("127.0.0.2", "127.0.0.3")}`, { network })).toContain(
      "do not let it reach 127.0.0.3: it leads to 127.0.0.3, which is this machine's or not public",
    );
    expect(await run(`curl -sS -m 2 --noproxy '*' ${url}`, { network })).not.toContain("reached");
    expect(await run(`curl -sS -m 2 ${url}`, { network: { ...network, isNamed: false } })).not.toContain("reached");
    server.close();
  });

  it("has no network, not even this machine's, unless the session was granted every host", async () => {
    const server = createServer((socket) => socket.end("reached\n"));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const reach = `bash -c 'cat < /dev/tcp/127.0.0.1/${port}'`;
    expect(await run(reach)).not.toContain("reached");
    expect(await run(reach, { network: { isAllowed: () => true, isOpen: false } })).not.toContain("reached");
    expect(await run(reach, { network: { isAllowed: () => true, isOpen: true } })).toMatch(/^reached\n/);
    server.close();
  });
});
