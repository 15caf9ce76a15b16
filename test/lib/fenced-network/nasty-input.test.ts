/** The proxy is part of the server: whatever a program or a host says, it neither falls nor keeps anything of it. */
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { pass } from "../../../src/lib/fenced-network/pass.ts";
import { allOf, answering, openHost, openProxyWorld, until } from "./proxy-world.ts";
import type { Host, ProxyWorld } from "./proxy-world.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const RULES = [{ allowed: ["127.0.0.2"], blocked: [] }];

let world: ProxyWorld;
beforeEach(async () => {
  world = await openProxyWorld({ rules: RULES });
});
afterEach(async () => {
  // Nothing is left of what a test did.
  await vi.waitFor(async () => expect(await world.held()).toBe(0));
  await world[Symbol.asyncDispose]();
});

async function host(treat: (socket: Socket) => void): Promise<Host & { readonly url: string; readonly at: string }> {
  const opened = await openHost(treat);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  const at = `127.0.0.2:${opened.port}`;
  return { ...opened, at, url: `http://${at}/` };
}

const head = (first: string, ...lines: string[]) => [first, ...lines, "", ""].join("\r\n");

describe("a request of a whole URL", () => {
  it("goes to the host that was asked about, by its own name, without what was for the proxy", async () => {
    const { url, at, heard } = await host(answering(OK));
    const own = [
      "Host: other.example",
      "Connection: close, X-Own",
      "X-Own: a",
      "Proxy-Authorization: Basic a",
      "TE: trailers",
    ];
    await world.say(head(`GET ${url}a?b#c HTTP/1.1`, ...own, "X-Theirs: b", "Upgrade: websocket"));
    const [first, ...lines] = heard().trimEnd().split("\r\n");
    expect([first, ...lines.map((line) => line.toLowerCase()).toSorted()]).toEqual([
      "GET /a?b HTTP/1.1",
      "connection: close",
      `host: ${at}`,
      "x-theirs: b",
    ]);
  });

  it.each(["u:p@", "u@", ":p@", "%E0%A4%A@"])("with a user in its URL is refused, in words: %s", async (user) => {
    const { at, heard } = await host(answering(OK));
    const said = await world.get(`http://${user}${at}/`);
    expect(said).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*send them as the header Authorization\n/);
    expect(heard()).toBe("");
  });

  it.each(["/", "*", "https://127.0.0.2/", "ftp://127.0.0.2/", "http://", "http://a b/", "//127.0.0.2/"])(
    "that is none is refused, in words: %s",
    async (url) => {
      const said = await world.get(url);
      expect(said).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    },
  );

  it("announces no trailers, which Node would throw at, and has its body in one piece or in many", async () => {
    const { url, heard } = await host(answering(OK));
    expect(await world.say(head(`GET ${url} HTTP/1.1`, "Host: a", "Trailer: a", "Connection: close"))).toMatch(/ 200 /);
    const chunks = "3\r\nabc\r\n0\r\na: b\r\n\r\n";
    const cut = ["Transfer-Encoding: chunked", "Trailer: a", "Connection: close, transfer-encoding"];
    expect(await world.say(head(`POST ${url} HTTP/1.1`, "Host: a", ...cut) + chunks)).toMatch(/ 200 /);
    // A method that has no body by itself, with one.
    expect(await world.say(head(`GET ${url} HTTP/1.1`, "Host: a", ...cut) + chunks)).toMatch(/ 200 /);
    const whole = ["Content-Length: 3", "Connection: close, content-length"];
    expect(await world.say(`${head(`PUT ${url} HTTP/1.1`, "Host: a", ...whole)}abc`)).toMatch(/ 200 /);
    expect(heard().match(/3\r\nabc\r\n0\r\n\r\n/g)).toHaveLength(2);
    expect(heard()).toMatch(/content-length: 3\r\n[^]*abc$/i);
    expect(heard()).not.toMatch(/trailer/i);
  });

  it("is answered with the answer's own length, or to its end, as its reader can take it", async () => {
    const chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: a\r\nKeep-Alive: timeout=9\r\nX: y\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    const { url } = await host(answering(chunked));
    const said = await world.say(head(`GET ${url} HTTP/1.0`));
    expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/);
    expect(said).toMatch(/^X: y\r$/im);
    expect(said).not.toMatch(/chunked|timeout=9|trailer/i);
    expect(await world.get(url)).toMatch(/Transfer-Encoding: chunked[^]*\r\n\r\n2\r\nok\r\n0\r\n\r\n$/);
  });

  it.each([
    ["a status that is none", "HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok"],
    ["another protocol that nobody asked for", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nok"],
    ["no HTTP", "SSH-2.0-OpenSSH_9.7\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(20_000)}\r\n`],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["nothing", ""],
  ])("that a host answers with %s is a 502 in words", async (_, answer) => {
    const { url, held } = await host(answering(answer));
    const said = await world.get(url);
    expect(said).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[^]*There was no answer from 127\.0\.0\.2/);
    await vi.waitFor(() => expect(held()).toBe(0));
  });

  it("that nobody listens to is a 502 in words", async () => {
    expect(await world.get("http://127.0.0.2:1/")).toMatch(
      / 502 [^]*There was no answer from 127\.0\.0\.2 \(ECONNREFUSED\)/,
    );
    expect(await world.get("http://127.0.0.2:0/")).toMatch(/ 502 /);
  });

  it("whose answer breaks off breaks off as well, and is no whole one", async () => {
    const { url } = await host(answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun"));
    expect(await world.get(url)).toMatch(/begun$/);
    const { url: cut } = await host(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n"));
    expect(await world.get(cut)).not.toContain("\r\n0\r\n");
  });

  it("with headers that are too long is a 431, and with no HTTP a 400", async () => {
    const { url, heard } = await host(answering(OK));
    expect(await world.say(head(`GET ${url} HTTP/1.1`, "Host: a", `X: ${"y".repeat(70_000)}`))).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(await world.say(head(`GET ${url}${"y".repeat(70_000)} HTTP/1.1`, "Host: a"))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await world.say("\x16\x03\x01 no HTTP\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard()).toBe("");
  });
});

describe("a body", () => {
  const waiting = (url: string) => head(`POST ${url} HTTP/1.1`, "Host: a", "Expect: 100-continue", "Content-Length: 3");

  it("that waits for a word is sent once the host has said it", async () => {
    const { url, heard } = await host((socket) => {
      socket.on("data", (chunk) => {
        if (chunk.includes("\r\n\r\n")) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
        if (chunk.toString().endsWith("abc")) socket.end(OK);
      });
    });
    const client = await world.connect();
    client.write(waiting(url));
    expect(await until(client, "\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    expect(heard()).toMatch(/expect: 100-continue/i);
    client.write("abc");
    expect(await until(client, "ok")).toMatch(/^HTTP\/1\.1 200 OK/);
    client.destroy();
  });

  it("that waits for a word and is not wanted is not asked for, and is no other request", async () => {
    const { url } = await host(answering("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"));
    const said = await world.say(waiting(url));
    expect(said).toMatch(/^HTTP\/1\.1 413 [^]*Connection: close\r\n[^]*no$/i);
    // Nor by ourselves.
    const refused = await world.say(waiting("http://evil.example/"));
    expect(refused).toMatch(/^HTTP\/1\.1 403 [^]*Connection: close\r\n/i);
  });

  it("that is still on its way is no other request once an early answer has come", async () => {
    const { url, heard } = await host(answering("HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"));
    const inside = head("GET http://evil.example/ HTTP/1.1", "Host: a");
    const client = await world.connect();
    client.write(head(`POST ${url} HTTP/1.1`, "Host: a", "Content-Length: 100000"));
    const said = allOf(client);
    await vi.waitFor(() => expect(heard()).not.toBe(""));
    client.write(inside);
    expect((await said).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401"]);
    expect(world.refused).toEqual([]);
  });

  it("of many megabytes comes through whole, both ways, with a slow reader on the other side", async () => {
    const MANY = 8 * 1024 * 1024;
    let got = 0;
    const { url } = await host((socket) => {
      socket.on("data", (chunk) => {
        got += chunk.length;
        socket.pause();
        setTimeout(() => socket.resume(), 1);
        if (got > MANY) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${MANY}\r\n\r\n${"y".repeat(MANY)}`);
      });
    });
    const lines = ["Host: a", "Connection: close", `Content-Length: ${MANY}`];
    const said = await world.say(head(`POST ${url} HTTP/1.1`, ...lines) + "x".repeat(MANY));
    expect(said.length - said.indexOf("\r\n\r\n") - 4).toBe(MANY);
  }, 30_000);

  it("whose sender goes away takes the connection to the host with it", async () => {
    const { url, held, heard } = await host(() => undefined);
    const client = await world.connect();
    client.write(`${head(`POST ${url} HTTP/1.1`, "Host: a", "Content-Length: 100")}abc`);
    await vi.waitFor(() => expect(heard()).toMatch(/abc$/));
    client.destroy();
    await vi.waitFor(() => expect(held()).toBe(0));
  });
});

describe("a tunnel", () => {
  const connectTo = (at: string) => head(`CONNECT ${at} HTTP/1.1`, `Host: ${at}`);

  it.each([
    "127.0.0.2",
    "evil@127.0.0.2:1",
    "127.0.0.2:1/",
    "127.0.0.2:99999",
    "127.0.0.2:1?a",
    "127.0.0.2:1#:2",
    ":443",
    "/",
  ])("to what is no host and port is refused, or goes to the port of TLS: %s", async (authority) => {
    const said = await world.say(connectTo(authority));
    expect(said).toMatch(authority === "127.0.0.2" ? /^HTTP\/1\.1 502 / : /^HTTP\/1\.1 400 [^]*(?:host:port|$)/);
  });

  it("that is refused says why, and is let go though its client stays", async () => {
    const client = await world.connect();
    client.write(`${connectTo("evil.example:443")}what a client says without waiting`);
    const said = await until(client, "evil.example\n");
    const [, length] = /Content-Length: (\d+)\r\n/.exec(said) ?? [];
    expect(said).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(said.slice(said.indexOf("\r\n\r\n") + 4)).toHaveLength(Number(length));
    client.on("error", () => undefined);
    await vi.waitFor(async () => expect(await world.held()).toBe(0), { timeout: 8_000 });
    client.destroy();
  }, 10_000);

  it("has what was said before it was there", async () => {
    const { at, heard } = await host(answering("pong"));
    const said = await world.say(`${connectTo(at)}ping`);
    expect([heard(), said]).toEqual(["ping", "HTTP/1.1 200 Connection Established\r\n\r\npong"]);
  });

  it("is closed by halves: who has said all has its answer, from either side", async () => {
    const { at, held } = await host((socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += String(chunk);
      });
      socket.on("end", () => void setTimeout(() => socket.end(`all of ${text}`), 20));
    });
    const client = await world.connect();
    client.write(connectTo(at));
    await until(client, "\r\n\r\n");
    client.end("it");
    expect(await allOf(client)).toBe("all of it");
    await vi.waitFor(() => expect(held()).toBe(0));

    const { at: early, heard, held: stillHeld } = await host((socket) => void socket.end("first"));
    const other = await world.connect();
    other.write(connectTo(early));
    await until(other, "first");
    other.write("second ");
    await sleep(20);
    other.end("third");
    await vi.waitFor(() => expect(heard()).toBe("second third"));
    await vi.waitFor(() => expect(stillHeld()).toBe(0));
    other.destroy();
  });

  it("whose client goes away while it is looked up or connected is given up", async () => {
    const { at, port, held, heard } = await host(() => undefined);
    const late = Promise.withResolvers<readonly string[]>();
    await using slow = await openProxyWorld({
      rules: [{ allowed: ["a", "127.0.0.2"], blocked: [] }],
      lookup: () => late.promise,
    });
    for (const [asked, authority] of [
      [slow, `a:${port}`],
      [world, at],
    ] as const) {
      const client = await asked.connect();
      client.write(connectTo(authority));
      await sleep(asked === slow ? 20 : 0);
      client.resetAndDestroy();
    }
    await vi.waitFor(async () => expect(await slow.held()).toBe(0));
    late.resolve(["127.0.0.2"]);
    await vi.waitFor(async () => expect([await world.held(), held(), heard()]).toEqual([0, 0, ""]));
  });

  it.each(["client", "host"])("whose %s breaks off takes the other with it", async (who) => {
    const sockets: Socket[] = [];
    const { at, held } = await host((socket) => void sockets.push(socket));
    const client = await world.connect();
    client.write(connectTo(at));
    await until(client, "\r\n\r\n");
    const closed = new Promise((resolve) => void client.on("error", () => undefined).once("close", resolve));
    client.resume();
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    if (who === "client") client.resetAndDestroy();
    else sockets[0]?.resetAndDestroy();
    if (who === "host") client.end();
    await closed;
    await vi.waitFor(() => expect(held()).toBe(0));
  });

  it("of which one half is closed and nothing moves any more is let go in the end", async () => {
    const sockets: Socket[] = [];
    const silent = await host((socket) => void sockets.push(socket));
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.2", resolve));
    onTestFinished(() => void server.close());
    const near = new Promise<Socket>((resolve) => void server.once("connection", resolve));
    const { connect } = await import("node:net");
    const client = connect({
      port: (server.address() as { port: number }).port,
      host: "127.0.0.2",
      allowHalfOpen: true,
    });
    const far = connect({ port: silent.port, host: "127.0.0.2", allowHalfOpen: true });
    const one = await near;
    pass(one, far, { halfClosedMs: 50 });
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    await sleep(100);
    // Open on both sides it stays, however quiet it is.
    expect([one.destroyed, far.destroyed]).toEqual([false, false]);
    client.end();
    await vi.waitFor(() => expect([one.destroyed, far.destroyed]).toEqual([true, true]));
    client.destroy();
  });
});
