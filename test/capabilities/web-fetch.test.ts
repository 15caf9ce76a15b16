import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { makeWebFetchCapability } from "../../src/capabilities/web-fetch/capability.ts";
import { readHtml } from "../../src/capabilities/web-fetch/read-html.ts";
import type { ToolPorts } from "../../src/core/ports/tools.ts";
import { makeSafeFetch } from "../../src/lib/fetch/safe-fetch.ts";
import { redirect, serve, serveTls, text } from "../lib/fetch/local-server.ts";
import type { Answer, LocalServer } from "../lib/fetch/local-server.ts";
import { idleDeps } from "./idle-deps.ts";
import { openToolWorld } from "./tool-world.ts";

const pageFile = (name: string) => readFileSync(join(import.meta.dirname, "../fixtures/pages", name), "utf8");

/** A server with these pages, and a session that may reach it. */
async function open(answers: Readonly<Record<string, Answer>>, config: Readonly<Record<string, unknown>> = {}) {
  const server = await serve(answers);
  const world = await openToolWorld([{ ref: "web_fetch", config }], { allowPrivate: [server.host] });
  const fetch = (path: string, more = {}) => world.say("web_fetch", { url: server.url + path, ...more });
  const fail = (path: string, more = {}) => world.fail("web_fetch", { url: server.url + path, ...more });
  return {
    server,
    world,
    fetch,
    fail,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const html = (body: string): Answer => text(body, "text/html; charset=utf-8");

describe("web_fetch", () => {
  test("shows a page as Markdown, with its address and title", async () => {
    await using web = await open({
      "/old": redirect("/page"),
      "/page": html("<title>A page</title><nav>menu</nav><h1>Head</h1><p>Some <a href='next'>words</a>."),
    });
    expect(await web.fetch("/old")).toBe(
      `URL: ${web.server.url}/page\nContent-Type: text/html\nTitle: A page\n\n` +
        `# Head\n\nSome [words](${web.server.url}/next).`,
    );
  });

  test("shows the words alone, or the source, where that is asked for", async () => {
    const source = "<h1>Head</h1><p>Some <b>bold</b> <a href='x'>words</a></p>";
    await using web = await open({ "/": html(source) });
    expect(await web.fetch("/", { format: "text" })).toMatch(/\n\nHead\n\nSome bold words$/);
    expect(await web.fetch("/", { format: "raw" })).toContain(`\n\n${source}`);
  });

  test("shows other text as it is", async () => {
    await using web = await open({
      "/data": text('{"a":"<b>"}', "application/json"),
      "/plain": text("one\n  two\n"),
      "/latin": text(Buffer.from("caf\u00e9", "latin1"), "text/plain; charset=iso-8859-1"),
      "/empty": text("", "text/html"),
    });
    expect(await web.fetch("/data")).toMatch(/Content-Type: application\/json\n\n\{"a":"<b>"\}$/);
    expect(await web.fetch("/plain")).toContain("\n\none\n  two\n");
    expect(await web.fetch("/latin")).toContain("café");
    expect(await web.fetch("/empty")).toContain("[The page has no text]");
  });

  test("shows a long page in parts that join without a gap", async () => {
    const words = Array.from({ length: 30_000 }, (_, index) => `wörd${index}`).join(" ");
    await using web = await open({ "/": text(words, "text/plain; charset=utf-8") });
    let read = "";
    for (let offset: number | undefined = 0, parts = 0; offset !== undefined; parts++) {
      const said = await web.fetch("/", { offset });
      expect(Buffer.byteLength(JSON.stringify(said))).toBeLessThan(52 * 1024);
      expect(parts).toBeLessThan(10);
      const [, part = "", next] = /^.*?\n\n(.*?)(?:\n\[Characters .*?(?:offset=(\d+)|the end)\])?$/s.exec(said) ?? [];
      read += part;
      offset = next === undefined ? undefined : Number(next);
    }
    expect(read).toBe(words);
    expect(await web.fail("/", { offset: words.length })).toContain("is past its end");
    expect(await web.fetch("/", { max_bytes: 10 })).toMatch(
      /\n\nwörd0 wö\n\[Characters 0 to 8 of \d+; read on with offset=8\]$/,
    );
  });

  test("reads no more of a page than it is configured to, and says so", async () => {
    await using web = await open({ "/": text("x".repeat(5_000)) }, { max_bytes: 1_000 });
    expect(await web.fetch("/")).toMatch(/x{1000}\n\[the page goes on, only its first 1,000 bytes were fetched\]$/);
  });

  test("says what it cannot show", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
    await using web = await open({
      "/pdf": text("%PDF-1.7\n", "application/pdf"),
      "/png": text(png, "text/html"),
      "/zip": text(Buffer.from("PK\u0003\u0004"), "application/zip"),
    });
    expect(await web.fail("/pdf")).toBe(
      `${web.server.url}/pdf is a PDF document (application/pdf, 9 bytes); web_fetch shows text and HTML only`,
    );
    expect(await web.fail("/png")).toContain("is a picture (image/png, 16 bytes)");
    expect(await web.fail("/zip")).toContain("is not text (application/zip, 4 bytes)");
  });

  test("says what a server answered instead of a page", async () => {
    await using web = await open({
      "/gone": (_request, response) => response.writeHead(410, { "content-type": "text/plain" }).end("moved to /new\n"),
      "/broken": (_request, response) => response.writeHead(500, { "content-type": "text/html" }).end("<h1>Oops</h1>"),
    });
    expect(await web.fail("/gone")).toBe(`${web.server.url}/gone answered 410 Gone: moved to /new`);
    expect(await web.fail("/broken")).toBe(`${web.server.url}/broken answered 500 Internal Server Error`);
  });

  test("says why it did not get there", async () => {
    await using tls = await serveTls();
    await using web = await open({ "/in": redirect("http://192.168.0.1/"), "/slow": () => {} }, { timeout_seconds: 1 });
    await using world = await openToolWorld([{ ref: "web_fetch" }], { allowPrivate: [tls.host] });
    expect(await web.fail("/in")).toContain("192.168.0.1 is a private address or leads to one");
    expect(await web.fail("/slow")).toContain("did not answer in full within 1 s");
    expect(await world.fail("web_fetch", { url: tls.url })).toContain("signed by nobody but itself");
    expect(await world.fail("web_fetch", { url: "http://127.0.0.1:1/" })).toContain("private address");
    expect(await world.fail("web_fetch", { url: "no url" })).toContain("not an absolute URL");
    expect(world.faults).toEqual([]);
  });

  test("stops when its turn is cancelled", async () => {
    const asked = Promise.withResolvers<void>();
    await using web = await open({ "/": () => asked.resolve() });
    const controller = new AbortController();
    const ended = web.world.run("web_fetch", { url: web.server.url }, { signal: controller.signal });
    await asked.promise;
    controller.abort(new Error("Cancelled"));
    expect(await ended).toMatchObject({ status: "cancelled" });
  });
});

describe("the hosts of web_fetch", () => {
  const sayTo = async (server: LocalServer, config: unknown, network?: ToolPorts["network"]) => {
    const fetch = makeSafeFetch({ lookup: async () => [], allowPrivate: [server.host], userAgent: "Serai/test" });
    const [tool] = makeWebFetchCapability({ ...idleDeps, fetch }).tools(config);
    const notHere = () => Promise.reject(new Error("Not here"));
    const ports = {
      files: {
        stat: notHere,
        list: notHere,
        read: notHere,
        write: notHere,
        hold: notHere,
        makeDirectory: notHere,
        remove: notHere,
      },
      session: { describe: notHere, setTitle: notHere },
      now: () => 0,
      ...(network === undefined ? {} : { network }),
    } as unknown as ToolPorts;
    return JSON.stringify(
      await tool?.run({ url: server.url }, { callId: "call_1", ports, signal: new AbortController().signal }),
    );
  };

  test.each([
    [{}, true],
    [{ allowed_domains: ["127.0.0.1"] }, true],
    [{ allowed_domains: ["example.com"] }, false],
    [{ blocked_domains: ["127.0.0.1"] }, false],
    [{ allowed_domains: ["127.0.0.1"], blocked_domains: ["127.0.0.1"] }, false],
    [{ blocked_domains: ["example.com"] }, true],
  ])("under %j: reached %s", async (config, isReached) => {
    await using server = await serve({ "/": text("reached") });
    expect(await sayTo(server, config)).toContain(isReached ? "reached" : "not among the hosts");
    expect(server.seen).toEqual(isReached ? ["GET /"] : []);
  });

  test("end where the session's do", async () => {
    await using server = await serve({ "/": text("reached") });
    expect(await sayTo(server, {}, { isAllowed: () => true })).toContain("reached");
    expect(await sayTo(server, {}, { isAllowed: () => false })).toContain("not among the hosts");
  });
});

describe("a page of HTML", () => {
  const read = (source: string, format: "markdown" | "text" = "markdown") =>
    readHtml({ html: source, url: "http://h.example/x/y", format }).text;

  test("is read as Markdown", () => {
    const page = readHtml({ html: pageFile("article.html"), url: "http://h.example/x/y", format: "markdown" });
    expect(page.title).toBe("How to cross a desert");
    expect(`${page.text}\n`).toBe(pageFile("article.md"));
  });

  test("is read as plain text", () => {
    expect(`${read(pageFile("article.html"), "text")}\n`).toBe(pageFile("article.txt"));
  });

  test("without a main part, or with an empty one, is read as a whole", () => {
    expect(read("<header>Top</header><p>Words</p>")).toBe("Top\n\nWords");
    expect(read("<p>Words</p><main></main><p>More</p>")).toBe("Words\n\nMore");
  });

  test("makes links absolute, from its own address or its base, and keeps only those that lead somewhere", () => {
    expect(read('<a href="z">a</a> <a href="/z">b</a> <a href="//o.example/z">c</a> <a href="#f">d</a>')).toBe(
      "[a](http://h.example/x/z) [b](http://h.example/z) [c](http://o.example/z) [d](http://h.example/x/y#f)",
    );
    expect(read('<base href="https://b.example/d/"><a href="z">a</a>')).toBe("[a](https://b.example/d/z)");
    expect(read('<base href="javascript:x"><a href="javascript:alert(1)">a</a><a href="http://[">b</a>')).toBe("ab");
    expect(read('<a href="/wiki/A_(b)">a</a>')).toBe("[a](http://h.example/wiki/A_%28b%29)");
  });

  test("runs and loads nothing", () => {
    const source = `<script>globalThis.touched = 1</script><img src="x" onerror="globalThis.touched = 2" alt="i"><p>ok</p>`;
    expect(read(source)).toContain("ok");
    expect(globalThis).not.toHaveProperty("touched");
  });

  test("that is nested too deeply to be taken apart is still read", async () => {
    await using web = await open({ "/": html(`${"<div>".repeat(5_000)}deep${"</div>".repeat(5_000)}`) });
    expect(await web.fetch("/")).toMatch(/\n\ndeep$/);
  });
});

describe("what web_fetch says of itself", () => {
  test("is that it changes nothing and may be repeated", () => {
    const [tool] = makeWebFetchCapability(idleDeps).tools({});
    expect(tool?.definition.hints).toEqual({ isRepeatable: true, isReadonly: true });
  });

  test.each([
    [{ allowed_domains: ["http://example.com"] }, "/allowed_domains/0"],
    [{ blocked_domains: "example.com" }, "/blocked_domains"],
    [{ timeout_seconds: 0 }, "/timeout_seconds"],
    [{ max_bytes: 10 ** 12 }, "/max_bytes"],
    [{ allow_private: true }, "/allow_private"],
  ])("is configured by %j only where that makes sense", (config, path) => {
    expect(makeWebFetchCapability(idleDeps).checkConfig(config)).toMatchObject({ ok: false, path });
  });
});
