import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, test } from "vitest";

import { makeBashCapability } from "../../src/capabilities/bash/capability.ts";
import type { ToolPorts } from "../../src/core/ports/tools.ts";
import { makeSafeFetch } from "../../src/lib/fetch/safe-fetch.ts";
import { openShell } from "../../src/lib/shell/shell.ts";
import { idleDeps } from "./idle-deps.ts";
import { openToolWorld } from "./tool-world.ts";
import type { ToolWorld, ToolWorldOptions } from "./tool-world.ts";
import { noStorage } from "./no-storage.ts";

const refs = (config: Readonly<Record<string, unknown>> = {}) => [
  { ref: "bash", config },
  { ref: "session_file_system" },
];

const open = (config?: Readonly<Record<string, unknown>>, more?: ToolWorldOptions) => openToolWorld(refs(config), more);

const sh = (world: ToolWorld, command: string) => world.say("bash", { command });

describe("bash", () => {
  test("shows what was printed, on both streams, and the exit code", async () => {
    await using world = await open();
    await world.files.create("/a.txt", "alpha\nbeta\n");
    expect(await sh(world, "sort -r a.txt")).toBe("beta\nalpha\n[exit code 0]");
    expect(await sh(world, "echo out; echo err >&2; exit 3")).toBe("out\n[stderr]\nerr\n[exit code 3]");
    expect(await sh(world, "true")).toBe("[no output]\n[exit code 0]");
    expect(await world.say("bash", { command: "pwd; ls", cwd: "/workspace" })).toBe("/workspace\na.txt\n[exit code 0]");
    expect(await world.fail("bash", { command: "ls", cwd: "/nope" })).toBe(
      'Argument "cwd": there is no directory /nope',
    );
  });

  test("E1: changes the session's files, and the next call and the other tools see it", async () => {
    await using world = await open();
    await world.files.create("/old/a", "a");
    await world.files.create("/gone", "x");
    await sh(world, "mkdir -p made/deep; echo new > made/b; mv old lib; rm gone; cat <<EOF >> lib/a\nmore\nEOF");
    expect(await world.files.paths()).toEqual(["/lib", "/lib/a", "/made", "/made/b", "/made/deep"]);
    expect(await world.files.textOf("/lib/a")).toBe("amore\n");
    expect(await sh(world, "cat made/b lib/a")).toBe("new\namore\n[exit code 0]");
    expect(await world.say("read_file", { path: "/made/b" })).toContain("new");
    await world.say("write_file", { path: "/from-tool", content: "tool\n" });
    expect(await sh(world, "cat from-tool")).toContain("tool");
  });

  test("E1: changes them also when the command ends with a failure", async () => {
    await using world = await open();
    expect(await sh(world, "echo kept > kept; false")).toContain("[exit code 1]");
    expect(await sh(world, "set -e; echo also > also; nosuch; echo never > never")).toContain("[exit code 127]");
    expect(await world.files.paths()).toEqual(["/also", "/kept"]);
  });

  test("E1: moves files without storing them anew, also where they change places", async () => {
    await using world = await open();
    await world.files.create("/a", "was a");
    await world.files.create("/b", "was b");
    const blobs = world.files.blobCount();
    await sh(world, "mv a t; mv b a; mv t b; cp a c; mkdir d; cp b d/e");
    expect(await Promise.all(["/a", "/b", "/c", "/d/e"].map((path) => world.files.textOf(path)))).toEqual([
      "was b",
      "was a",
      "was b",
      "was a",
    ]);
    expect(world.files.blobCount()).toBe(blobs);
  });

  test("E1: is refused with everything it did if somebody changed one of its files meanwhile", async () => {
    await using world = await open();
    await using shell = openShell();
    await world.files.create("/a", "1");
    const files = world.files.toolFiles();
    const tool = makeBashCapability({ ...idleDeps, shell }).tools({})[0];
    const ports: ToolPorts = {
      files,
      session: { describe: async () => ({}), setTitle: async () => ({ ok: true }) },
      ...noStorage,
      now: () => 0,
    };
    await tool?.run(
      { command: "echo 2 >> a; echo x > other" },
      { callId: "call_1", ports, signal: new AbortController().signal },
    );
    await world.say("write_file", { path: "/a", content: "changed" });
    expect(await world.files.commitTool(files)).toEqual({ kind: "file_conflict", path: "/a" });
    expect(await world.files.paths()).toEqual(["/a"]);
  });

  test("leaves nothing behind when it is stopped at its time limit", async () => {
    await using world = await open();
    const result = await world.run("bash", { command: "echo x > made; while true; do :; done", timeout_ms: 1_000 });
    expect(result.status).toBe("timeout");
    expect(result.error).toContain("stopped after 1 s; none of its changes to files were kept");
    expect(await world.files.paths()).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  test("never runs longer than it is configured to, whatever it is asked for", async () => {
    await using world = await open({ timeout_seconds: 1 });
    const result = await world.run("bash", { command: "sleep 600", timeout_ms: 600_000 });
    expect(result).toMatchObject({ status: "timeout", error: expect.stringContaining("after 1 s") });
  });

  test("stops when its turn is cancelled, and leaves nothing behind", async () => {
    await using world = await open();
    const controller = new AbortController();
    const ended = world.run("bash", { command: "echo x > made; sleep 600" }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("Cancelled")), 300);
    expect(await ended).toMatchObject({ status: "cancelled" });
    expect(await world.files.paths()).toEqual([]);
  });

  test("shows beginning and end of 10 MB of output, and says how to see the rest", async () => {
    await using world = await open();
    const said = await sh(world, "seq 1 1000000; seq 1 600000");
    expect(Buffer.byteLength(JSON.stringify(said))).toBeLessThan(48 * 1024);
    expect(said).toMatch(/^1\n2\n3\n/);
    expect(said).toMatch(/\[… [\d,]+ characters left out; write the output to a file and read parts of it …\]/);
    expect(said).toMatch(/599999\n600000\n\[exit code 0\]$/);
    const binary = await sh(world, "head -c 100000 /dev/zero | cat; printf '\\001%.0s' {1..20000}");
    expect(Buffer.byteLength(JSON.stringify(binary))).toBeLessThan(62 * 1024);
  });

  test("hands its output on as soon as it has it", async () => {
    await using world = await open();
    const heard: string[] = [];
    await world.run(
      "bash",
      { command: "echo out; echo err >&2" },
      { onOutput: (stream, text) => heard.push(`${stream} ${text}`) },
    );
    expect(heard).toEqual(["stdout out\n", "stderr err\n"]);
  });

  test("says which of its files the session has no room for, and keeps the others", async () => {
    await using world = await open({}, { limits: { fileBytes: 1_000, sessionFilesBytes: 5_000 } });
    const result = await world.run("bash", { command: "echo small > small; seq 1 1000 > large; echo done" });
    expect(result).toMatchObject({ status: "error", error: expect.stringContaining("could not be kept: /large: ") });
    expect(result.content).toMatchObject([
      { text: expect.stringMatching(/^done\n\[exit code 0\]\n\[The command ran, but 1/) },
    ]);
    expect(await world.files.paths()).toEqual(["/small"]);
  });

  test("keeps read-only files as they are", async () => {
    await using world = await open();
    await world.files.create("/fixed", "fixed", { isReadonly: true });
    expect(await sh(world, "echo x > fixed; rm -f fixed; mv fixed x; cp fixed copy; cat fixed")).toContain("read-only");
    expect(await world.files.textOf("/fixed")).toBe("fixed");
    expect(await world.files.textOf("/copy")).toBe("fixed");
    await sh(world, "echo more >> copy");
    expect(await world.files.textOf("/copy")).toBe("fixedmore\n");
  });
});

describe("the network of bash", () => {
  async function serve() {
    const server = createServer((request, response) => response.end(`${request.method} ${request.url}\n`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A listening TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
    return { host: `127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
  }

  test("is none unless it is configured", async () => {
    await using server = await serve();
    await using world = await open({}, { allowPrivate: [server.host] });
    expect(await sh(world, `curl -s http://${server.host}/`)).toContain("curl: command not found");
  });

  test("is reached with curl where it is, and private addresses still are not", async () => {
    await using server = await serve();
    await using world = await open({ network: true }, { allowPrivate: [server.host] });
    expect(await sh(world, `curl -s -o page http://${server.host}/x; cat page`)).toBe("GET /x\n[exit code 0]");
    expect(await world.files.textOf("/page")).toBe("GET /x\n");
    const refused = await sh(world, "curl -sS http://169.254.169.254/latest/; curl -sS http://localhost:1/");
    expect(refused.match(/private address/g)).toHaveLength(2);
  });

  test("ends at the hosts that are allowed", async () => {
    await using server = await serve();
    await using world = await open(
      { network: true, allowed_domains: ["example.com"] },
      { allowPrivate: [server.host] },
    );
    expect(await sh(world, `curl -sS http://${server.host}/`)).toContain("not among the hosts that may be reached");
  });

  test("ends where the session's does", async () => {
    await using server = await serve();
    await using shell = openShell();
    await using world = await open();
    const fetch = makeSafeFetch({ lookup: async () => [], allowPrivate: [server.host], userAgent: "Serai/test" });
    const [tool] = makeBashCapability({ shell, fetch }).tools({ network: true });
    const ports: ToolPorts = {
      files: world.files.toolFiles(),
      session: { describe: async () => ({}), setTitle: async () => ({ ok: true }) },
      ...noStorage,
      network: { isAllowed: (hostname) => hostname !== "127.0.0.1" },
      now: () => 0,
    };
    const command = `curl -sS http://${server.host}/`;
    const result = await tool?.run({ command }, { callId: "call_1", ports, signal: new AbortController().signal });
    expect(JSON.stringify(result)).toContain("not among the hosts");
  });
});

describe("what bash says of itself", () => {
  test("is repeatable without a network, for then it changes nothing but files (T4), and not with one", () => {
    const hintsOf = (config: unknown) => makeBashCapability(idleDeps).tools(config)[0]?.definition.hints;
    expect(hintsOf({})).toEqual({ isRepeatable: true, isReadonly: false, concurrencyClass: "session_files" });
    expect(hintsOf({ network: true })).toMatchObject({ isRepeatable: false });
  });

  test.each([
    [{ timeout_seconds: 601 }, "/timeout_seconds"],
    [{ network: "yes" }, "/network"],
    [{ allowed_domains: ["https://example.com/"] }, "/allowed_domains/0"],
    [{ allowed_domains: ["example.com", "*.example.org", "10.0.0.1"], shell: "zsh" }, "/shell"],
  ])("is configured by %j only where that makes sense", (config, path) => {
    expect(makeBashCapability(idleDeps).checkConfig(config)).toMatchObject({ ok: false, path });
  });

  test("tells the model its time limit and whether there is a network", () => {
    const textOf = (config: unknown) => makeBashCapability(idleDeps).tools(config)[0]?.definition.description;
    expect(textOf({ timeout_seconds: 90 })).toMatch(/no network.*longer than 90 s/s);
    expect(textOf({ network: true })).toContain("reached with curl");
  });
});
