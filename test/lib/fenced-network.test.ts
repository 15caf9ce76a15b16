/** Programs in a sandbox without a network reach what they are allowed to, and nothing else by any other way (C6). */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allowsHost, ruleOfAddress } from "../../src/core/network-rules.ts";
import { openFencedNetwork } from "../../src/lib/fenced-network/fenced-network.ts";
import type { FencedNetwork } from "../../src/lib/fenced-network/fenced-network.ts";
import { findSandbox, sandboxed } from "../../src/lib/sandbox.ts";

const found = await findSandbox();
/** With the Node that starts inside; a checkout may lie in a temporary folder, of which the sandbox has its own. */
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));

const RULES = [{ allowed: ["127.0.0.2", "*.attacker.example"], blocked: [] }];
const LEADS: Readonly<Record<string, readonly string[]>> = {
  "metadata.attacker.example": ["169.254.169.254"],
  "server.attacker.example": ["127.0.0.1"],
  "both.attacker.example": ["93.184.216.34", "127.0.0.1"],
  "named.attacker.example": ["127.0.0.2"],
};

/** More than what is in flight between two sockets. */
const BIG = 32 * 1024 * 1024;

let outside: Server;
let own: Server;
const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const answer = (word: string) =>
    createServer((request, response) =>
      response.end(request.url === "/big" ? Buffer.alloc(BIG) : `${word} ${request.url ?? ""}`),
    );
  [outside, own] = [answer("outside"), answer("own")];
  await new Promise<void>((done) => outside.listen(0, "127.0.0.2", done));
  await new Promise<void>((done) => own.listen(0, "127.0.0.1", done));
});
afterAll(() => {
  outside.close();
  own.close();
});

describe.skipIf(found.kind === "none")("C6: the network of a program by a list of hosts", () => {
  let folder = "";
  let network: FencedNetwork;
  const refused: string[] = [];

  beforeEach(async () => {
    refused.length = 0;
    // Longer than the path of a socket may be.
    folder = join(await realpath(await mkdtemp(join(tmpdir(), "serai-network-"))), "state-".repeat(20));
    await mkdir(folder);
    network = await openFencedNetwork({
      folder: join(folder, "network"),
      isAllowed: (hostname) => allowsHost(RULES, hostname),
      ruleOfAddress: (lead) => ruleOfAddress(RULES, lead),
      lookup: async (hostname) => LEADS[hostname] ?? [],
      ports: [portOf(own)],
      onRefused: (hostname) => refused.push(hostname),
    });
  });
  afterEach(async () => {
    await network[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    await rm(dirname(folder), { recursive: true, force: true });
  });

  function run(script: string, env: Readonly<Record<string, string>> = network.env) {
    if (found.kind === "none") throw new Error(found.why);
    const plan = { folder, writable: [folder], protected: [], hidden: [], readable: [CHECKOUT], hasNetwork: false };
    const line = sandboxed(found.command, plan, network.within({ command: "/bin/sh", args: ["-c", script] }));
    return new Promise<{ code: unknown; said: string }>((resolve) => {
      const options = { env: { PATH: process.env["PATH"], ...env }, cwd: folder };
      execFile(line.command, [...line.args], options, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}`.trim() }),
      );
    });
  }

  const fetching = (url: string) =>
    `node -e 'fetch("${url}").then(async (r) => console.log(r.status, await r.text()), (e) => console.log("no", e.cause?.message ?? e.message))'`;

  it("starts the program where it was, with its input and output, and ends as it ends", async () => {
    expect(await run("pwd; exit 7")).toEqual({ code: 7, said: folder });
    expect(await run("kill -TERM $$")).toMatchObject({ code: 143 });
  });

  it("finds the ports of this machine that were named, and no other", async () => {
    expect((await run(fetching(`http://127.0.0.1:${portOf(own)}/mcp`))).said).toBe("200 own /mcp");
    expect((await run(fetching(`http://127.0.0.1:${portOf(outside)}/`))).said).toMatch(/^no connect ECONNREFUSED/);
  });

  it("reaches a host that is allowed, by HTTP and through a tunnel", async () => {
    const url = `http://127.0.0.2:${portOf(outside)}`;
    expect((await run(`curl -sS ${url}/plain`)).said).toBe("outside /plain");
    expect((await run(`curl -sS --proxytunnel ${url}/tunnel`)).said).toBe("outside /tunnel");
    expect(refused).toEqual([]);
  });

  it("is told no about any other, in words, and no name of it is looked up", async () => {
    expect((await run("curl -sS http://evil.example/x")).said).toBe(
      "The network rules of this session do not let it reach evil.example",
    );
    expect((await run("curl -sS https://evil.example/x")).said).toMatch(/403/);
    expect(refused).toEqual(["evil.example", "evil.example"]);
  });

  it("X18: is told no where an allowed name leads to an address that is not public, and how a person opens it", async () => {
    const port = portOf(own);
    for (const [name, address] of [
      ["metadata", "169.254.169.254"],
      ["server", "127.0.0.1"],
      ["both", "127.0.0.1"],
    ]) {
      const host = `${name}.attacker.example`;
      const said = new RegExp(`not let it reach ${host}: it leads to ${address}, .*"allowed" of network_access`);
      const url = `${host}:${port}/`;
      const told = await run(`curl -sS http://${url}; curl -sS https://${url}`);
      expect(told.said).toMatch(said);
      expect(told.said).toMatch(/\n.*403/);
    }
    expect((await run(`curl -sS http://named.attacker.example:${portOf(outside)}/x`)).said).toBe("outside /x");
    expect((await run(`curl -sS --proxytunnel http://named.attacker.example:${portOf(outside)}/x`)).said).toBe(
      "outside /x",
    );
  });

  it("X18: is told no about this machine by its own spellings", async () => {
    const direct = { ...network.env, NO_PROXY: "", no_proxy: "" };
    for (const host of ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]) {
      const { said } = await run(`curl -sS http://${host}:${portOf(own)}/`, direct);
      expect(said).toContain("The network rules of this session do not let it reach");
    }
  });

  it("has what a host says to somebody who has said all, through both ends of the way", async () => {
    const script = `printf 'GET /half HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | node -e '
      const s = require("net").connect({ port: ${portOf(own)}, allowHalfOpen: true });
      process.stdin.pipe(s); s.pipe(process.stdout);'`;
    expect((await run(script)).said).toMatch(/^HTTP\/1\.1 200 OK[^]*own \/half/);
  });

  it("has the whole of what a host says, also where it reads slowly and the host has closed long since", async () => {
    const url = `http://127.0.0.2:${portOf(outside)}/big`;
    const slowly = "curl -sS --limit-rate 32M -H 'Connection: close'";
    expect((await run(`${slowly} ${url} | wc -c`)).said).toBe(String(BIG));
    expect((await run(`${slowly} --proxytunnel ${url} | wc -c`)).said).toBe(String(BIG));
  });

  it("has no way around the proxy: no address, no name, no socket of the machine", async () => {
    const direct = { NO_PROXY: "*", no_proxy: "*" };
    expect((await run(`curl -sS -m 2 http://127.0.0.2:${portOf(outside)}/`, direct)).code).not.toBe(0);
    expect((await run("curl -sS -m 2 http://1.1.1.1/", direct)).code).toBe(7);
    expect((await run("curl -sS -m 2 http://example.com/", direct)).code).toBe(6);
  });
});
