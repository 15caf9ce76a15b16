import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { makeSafeFetch } from "../../../src/lib/fetch/safe-fetch.ts";
import type { FetchOutcome, FetchRequest, LookupAddresses } from "../../../src/lib/fetch/safe-fetch.ts";
import { redirect, serve, serveBytes, serveTls, text } from "./local-server.ts";
import type { Answer, LocalServer } from "./local-server.ts";

const nobody: LookupAddresses = () => Promise.reject(Object.assign(new Error("Not found"), { code: "ENOTFOUND" }));

function fetcher(allowPrivate: readonly string[] = [], lookup = nobody) {
  const fetch = makeSafeFetch({ lookup, allowPrivate, userAgent: "Serai/test" });
  return (url: string, more: Partial<FetchRequest> = {}) =>
    fetch({ url, maxBytes: 100_000, timeoutMs: 10_000, ...more });
}

const from = ({ host }: LocalServer) => fetcher([host]);

function bodyOf(outcome: FetchOutcome): string {
  if (outcome.kind !== "fetched") throw new Error(`${outcome.code}: ${outcome.detail}`);
  return Buffer.from(outcome.body).toString();
}

describe("a fetch", () => {
  test("gives status, headers and body", async () => {
    await using server = await serve({ "/a": text("hello", "text/plain; charset=utf-8") });
    expect(await from(server)(`${server.url}/a?b=c#d`)).toEqual({
      kind: "fetched",
      url: `${server.url}/a?b=c#d`,
      status: 200,
      statusText: "OK",
      headers: expect.objectContaining({ "content-type": "text/plain; charset=utf-8" }),
      body: Buffer.from("hello"),
      isCut: false,
    });
    expect(await from(server)(`${server.url}/nope`)).toMatchObject({ kind: "fetched", status: 404 });
  });

  test("says who it is and nothing else of its own", async () => {
    await using server = await serve({ "/": text("x") });
    await from(server)(server.url);
    expect(server.requests[0]?.headers).toEqual({
      host: server.host,
      connection: expect.any(String),
      "user-agent": "Serai/test",
      "accept-encoding": "gzip, deflate, br",
    });
  });

  test("sends what it is given, but no header that belongs to the connection", async () => {
    const sent = Promise.withResolvers<string>();
    await using server = await serve({
      async "/"(request, response) {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        sent.resolve(body);
        response.end();
      },
    });
    const headers = {
      "X-A": "b",
      Host: "elsewhere",
      "Content-Length": "1",
      "Transfer-Encoding": "chunked",
      Connection: "upgrade",
    };
    await from(server)(server.url, { method: "post", headers, body: "k=v" });
    expect(await sent.promise).toBe("k=v");
    expect(server.seen).toEqual(["POST /"]);
    expect(server.requests[0]?.headers).toMatchObject({ "x-a": "b", host: server.host, "content-length": "3" });
  });

  test.each([
    ["ftp://example.com/", "Only http: and https:"],
    ["file:///etc/passwd", "Only http: and https:"],
    ["data:text/plain,x", "Only http: and https:"],
    ["/relative", "not an absolute URL"],
    ["http://", "not an absolute URL"],
    ["http://user:word@example.com/", "a user name or a password"],
    [`http://example.com/${"x".repeat(9_000)}`, "not an absolute URL"],
  ])("of %s is refused", async (url, detail) => {
    expect(await fetcher()(url)).toEqual({
      kind: "refused",
      code: "invalid_request",
      detail: expect.stringContaining(detail),
    });
  });

  test("never says a password that stood in a URL", async () => {
    expect(JSON.stringify(await fetcher()("http://user:hunter2@example.com/"))).not.toContain("hunter2");
  });
});

describe("a private place", () => {
  test.each([
    "http://localhost/",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[ff02::1]/",
    "http://metadata.google.internal/",
    "http://printer.local/",
    "http://intranet/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://①②⑦.0.0.1/",
  ])("such as %s is refused before anything is dialled or looked up", async (url) => {
    const asked: string[] = [];
    const lookup: LookupAddresses = async (hostname) => [asked.push(hostname) ? "93.184.216.34" : ""];
    expect(await fetcher([], lookup)(url)).toMatchObject({ kind: "refused", code: "private_address" });
    expect(asked).toEqual([]);
  });

  test.each([
    ["127.0.0.1"],
    ["93.184.216.34", "10.0.0.1"],
    ["::1"],
    ["2606:2800:220:1::1", "::ffff:10.0.0.1"],
    ["nonsense"],
  ])("behind a public name (%s) is refused", async (...addresses) => {
    const outcome = await fetcher([], async () => addresses)("http://public.example.com/");
    expect(outcome).toMatchObject({ kind: "refused", code: "private_address" });
  });

  test("is not reached by way of a redirect", async () => {
    await using inside = await serve({ "/": text("secret") });
    await using server = await serve({
      "/a": redirect(inside.url),
      "/b": redirect("http://169.254.169.254/"),
      "/c": redirect("http://[::1]/"),
      "/d": redirect("file:///etc/passwd"),
      "/e": redirect("//localhost/"),
      "/f": redirect("http://user:word@example.com/"),
    });
    const fetch = from(server);
    for (const path of ["/a", "/b", "/c", "/e"]) {
      expect(await fetch(server.url + path)).toMatchObject({ kind: "refused", code: "private_address" });
    }
    for (const path of ["/d", "/f"]) {
      expect(await fetch(server.url + path)).toMatchObject({ kind: "refused", code: "invalid_request" });
    }
    expect(inside.seen).toEqual([]);
  });

  test("is not reached by a name that stands for something else as soon as it was looked at", async () => {
    await using checked = await serve({ "/": text("checked") });
    const answers = ["127.0.0.1", "10.0.0.1", "10.0.0.1"];
    const asked: string[] = [];
    const lookup: LookupAddresses = async (hostname) => [asked.push(hostname) > 0 ? (answers.shift() ?? "") : ""];
    const host = `rebind.example.com:${checked.port}`;
    expect(bodyOf(await fetcher([host], lookup)(`http://${host}/`))).toBe("checked");
    expect(asked).toEqual(["rebind.example.com"]);
    expect(checked.seen).toEqual(["GET /"]);
    // The next hop is another connection: what the name stands for then is looked at anew.
    const fresh = ["127.0.0.1", "10.0.0.1"];
    const changing: LookupAddresses = async () => [fresh.shift() ?? ""];
    await using first = await serve({ "/": redirect(`http://late.example.com:${checked.port}/`) });
    const outcome = await fetcher(
      [`early.example.com:${first.port}`],
      changing,
    )(`http://early.example.com:${first.port}/`);
    expect(outcome).toMatchObject({ code: "private_address", detail: expect.stringContaining("late.example.com") });
  });

  test("is reached where an admin has opened it, at that port and no other", async () => {
    await using server = await serve({ "/": text("open") });
    await using other = await serve({ "/": text("closed") });
    const fetch = fetcher([server.host]);
    expect(bodyOf(await fetch(server.url))).toBe("open");
    expect(await fetch(other.url)).toMatchObject({ code: "private_address" });
    expect(bodyOf(await fetcher(["127.0.0.1"])(other.url))).toBe("closed");
  });
});

describe("redirects", () => {
  test("are followed, relative ones too, and the last address is given", async () => {
    await using server = await serve({ "/a": redirect("b/c"), "/b/c": redirect("../d", 308), "/d": text("end") });
    const outcome = await from(server)(`${server.url}/a`);
    expect(outcome).toMatchObject({ url: `${server.url}/d` });
    expect(bodyOf(outcome)).toBe("end");
  });

  test("are followed five times and no further", async () => {
    await using server = await serve({
      "/loop": redirect("/loop"),
      ...Object.fromEntries([1, 2, 3, 4, 5].map((step) => [`/${step}`, redirect(`/${step + 1}`)])),
      "/6": text("six"),
    });
    expect(await from(server)(`${server.url}/loop`)).toMatchObject({ code: "too_many_redirects" });
    expect(server.seen).toHaveLength(6);
    expect(bodyOf(await from(server)(`${server.url}/1`))).toBe("six");
  });

  test("are given as they are to who does not want them followed", async () => {
    await using server = await serve({ "/a": redirect("/b") });
    expect(await from(server)(`${server.url}/a`, { maxRedirects: 0 })).toMatchObject({
      status: 302,
      headers: { location: "/b" },
    });
  });

  test("make a GET of a POST where they say so, and take no credentials to another origin", async () => {
    await using target = await serve({ "/": text("end") });
    await using server = await serve({
      "/see": redirect("/end", 303),
      "/same": redirect("/end", 307),
      "/end": text("end"),
      "/away": redirect(target.url),
    });
    const fetch = fetcher([server.host, target.host]);
    const post = {
      method: "POST",
      body: "x",
      headers: { authorization: "Bearer x", "content-type": "text/plain", "x-a": "b" },
    };
    for (const path of ["/see", "/same", "/away"]) await fetch(server.url + path, post);
    expect(server.seen).toEqual(["POST /see", "GET /end", "POST /same", "POST /end", "POST /away"]);
    expect(server.requests[1]?.headers).toMatchObject({ authorization: "Bearer x", "x-a": "b" });
    expect(server.requests[1]?.headers).not.toHaveProperty("content-type");
    expect(target.seen).toEqual(["GET /"]);
    expect(target.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(target.requests[0]?.headers).toHaveProperty("x-a");
  });

  test("are asked about host by host", async () => {
    await using target = await serve({ "/": text("end") }, "127.0.0.2");
    await using server = await serve({ "/": redirect(target.url) });
    const asked: string[] = [];
    const isAllowed = (hostname: string) => asked.push(hostname) === 1;
    expect(await fetcher([server.host, target.host])(server.url, { isAllowed })).toMatchObject({
      code: "host_not_allowed",
      detail: "127.0.0.2 is not among the hosts that may be reached",
    });
    expect(asked).toEqual(["127.0.0.1", "127.0.0.2"]);
  });
});

describe("a body", () => {
  test("is read up to the limit and no further", async () => {
    await using server = await serve({
      "/exact": text("x".repeat(1_000)),
      "/endless"(_request, response) {
        response.writeHead(200, { "content-type": "text/plain" });
        const more = () => {
          while (response.write("y".repeat(16_384)));
        };
        response.on("drain", more);
        more();
      },
    });
    expect(await from(server)(`${server.url}/exact`, { maxBytes: 1_000 })).toMatchObject({ isCut: false });
    expect(await from(server)(`${server.url}/exact`, { maxBytes: 999 })).toMatchObject({ isCut: true });
    const outcome = await from(server)(`${server.url}/endless`);
    expect(outcome).toMatchObject({ isCut: true });
    expect(bodyOf(outcome)).toHaveLength(100_000);
  });

  test.each([
    ["gzip", gzipSync("packed")],
    ["x-gzip", gzipSync("packed")],
    ["deflate", deflateSync("packed")],
    ["br", brotliCompressSync("packed")],
    ["deflate, gzip", gzipSync(deflateSync("packed"))],
    ["identity", Buffer.from("packed")],
  ])("that is compressed (%s) is unpacked", async (encoding, bytes) => {
    await using server = await serve({
      "/": (_request, response) => response.writeHead(200, { "content-encoding": encoding }).end(bytes),
    });
    const outcome = await from(server)(server.url);
    expect(bodyOf(outcome)).toBe("packed");
    expect(outcome).not.toHaveProperty("headers.content-encoding");
  });

  test("of a few kilobytes that unpacks to gigabytes is stopped at the limit", async () => {
    // Two layers: 1 GiB of zeros in 1 MB, and that in a few KB.
    const layer = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const bomb = gzipSync(Buffer.concat(Array.from({ length: 16 }, () => layer)), { level: 9 });
    await using server = await serve({
      "/": (_request, response) => response.writeHead(200, { "content-encoding": "gzip, gzip" }).end(bomb),
    });
    const before = process.memoryUsage().rss;
    expect(await from(server)(server.url)).toMatchObject({ isCut: true, body: { length: 100_000 } });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test("that is not what it says it is, or cannot be unpacked, is refused", async () => {
    const packed =
      (encoding: string): Answer =>
      (_request, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end("not packed");
    await using server = await serve({
      "/gzip": packed("gzip"),
      "/br": packed("br"),
      "/zip": packed("compress"),
      "/many": packed("gzip, gzip, gzip"),
    });
    for (const path of ["/gzip", "/br", "/zip", "/many"]) {
      expect(await from(server)(server.url + path)).toMatchObject({ kind: "refused", code: "broken_answer" });
    }
  });

  test("of an answer that has none is empty, whatever its headers say", async () => {
    await using server = await serve({
      "/none": (_request, response) => response.writeHead(204, { "content-encoding": "gzip" }).end(),
      "/head": (_request, response) =>
        response.writeHead(200, { "content-encoding": "gzip", "content-length": "100" }).end(),
      "/empty": (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(),
    });
    const fetch = from(server);
    expect(await fetch(`${server.url}/none`)).toMatchObject({ status: 204, body: { length: 0 } });
    expect(await fetch(`${server.url}/head`, { method: "HEAD" })).toMatchObject({ status: 200, body: { length: 0 } });
    expect(await fetch(`${server.url}/empty`)).toMatchObject({ status: 200, body: { length: 0 } });
  });
});

describe("a fetch that fails", () => {
  test("names an untrusted certificate", async () => {
    await using server = await serveTls();
    expect(await from(server)(server.url)).toEqual({
      kind: "refused",
      code: "untrusted_certificate",
      detail: `The certificate of ${server.host} is signed by nobody but itself, so it is not trusted`,
    });
  });

  test("says so when nobody is there, or nobody speaks HTTP or TLS", async () => {
    const closed = await serve({});
    await closed[Symbol.asyncDispose]();
    expect(await from(closed)(closed.url)).toMatchObject({
      code: "unreachable",
      detail: `${closed.host} does not take connections`,
    });
    await using garbage = await serveBytes("SSH-2.0-OpenSSH_9.2\r\n");
    expect(await from(garbage)(garbage.url)).toMatchObject({ code: "broken_answer" });
    expect(await from(garbage)(garbage.url.replace("http:", "https:"))).toMatchObject({ code: "unreachable" });
    await using silent = await serveBytes("");
    expect(await from(silent)(silent.url)).toMatchObject({
      code: "unreachable",
      detail: expect.stringContaining("closed the connection"),
    });
    expect(await fetcher()("http://nowhere.example.com/")).toMatchObject({ code: "unknown_host" });
    expect(await fetcher([], async () => [])("http://nowhere.example.com/")).toMatchObject({ code: "unknown_host" });
  });

  test("says so when a body breaks off or headers do not end", async () => {
    await using server = await serve({
      "/breaks": (_request, response) => {
        response.writeHead(200, { "content-length": "1000" }).write("part");
        setTimeout(() => response.destroy(), 50);
      },
      "/headers": (_request, response) => response.writeHead(200, { "x-long": "x".repeat(60_000) }).end(),
    });
    expect(await from(server)(`${server.url}/breaks`)).toMatchObject({ kind: "refused", code: "unreachable" });
    expect(await from(server)(`${server.url}/headers`)).toMatchObject({ kind: "refused", code: "broken_answer" });
  });

  test("is over at its time limit, however slowly the other side goes on", async () => {
    await using server = await serve({
      "/silent": () => {},
      "/drips"(_request, response) {
        response.writeHead(200);
        const timer = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(timer));
      },
    });
    for (const path of ["/silent", "/drips"]) {
      expect(await from(server)(server.url + path, { timeoutMs: 300 })).toMatchObject({
        code: "timed_out",
        detail: `${server.host} did not answer in full within 0.3 s`,
      });
    }
    const deaf: LookupAddresses = () => new Promise(() => {});
    expect(await fetcher([], deaf)("http://slow.example.com/", { timeoutMs: 100 })).toMatchObject({
      code: "timed_out",
    });
  });

  test("rejects with the reason of an abort", async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await serve({ "/": () => asked.resolve() });
    const controller = new AbortController();
    const outcome = from(server)(server.url, { signal: controller.signal });
    await asked.promise;
    const reason = new Error("No longer wanted");
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    await expect(from(server)(server.url, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("says so when it cannot be sent at all", async () => {
    await using server = await serve({ "/": text("x") });
    expect(await from(server)(server.url, { method: "GE T" })).toMatchObject({ code: "invalid_request" });
    expect(await from(server)(server.url, { headers: { "bad header": "x" } })).toMatchObject({
      code: "invalid_request",
    });
  });
});
