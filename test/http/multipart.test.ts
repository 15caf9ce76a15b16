/** Forms with a file: what comes of them, whole, cut anywhere, too large, or not forms at all. */
import { describe, expect, it } from "vitest";
import { openBody } from "../../src/http/body.ts";
import { readForm } from "../../src/http/multipart.ts";
import type { OpenForm } from "../../src/http/multipart.ts";

const limit = { maxBytes: 1_000, setting: "bodyBytes", maxDepth: 8, maxKeys: 100, maxValues: 100 };
const maxFileBytes = 1_000_000;

function requestOf(body: NonNullable<RequestInit["body"]>, contentType?: string): Request {
  const headers = contentType === undefined ? {} : { "content-type": contentType };
  return new Request("http://localhost/", { method: "POST", body, headers, duplex: "half" });
}

function read<T>(request: Request, use: (form: OpenForm) => Promise<T>) {
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const source = openBody({ incoming: undefined, request, header }, limit);
  const spec = { contentType: header("content-type"), fileField: "file", maxFileBytes, setting: "fileBytes" };
  return readForm(source, spec, use);
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readAll(form: OpenForm) {
  const bytes = await bytesOf(form.content);
  return { fileName: form.fileName, bytes, fields: Object.fromEntries(await form.fields()) };
}

function formOf(file: Uint8Array<ArrayBuffer> | string, name = "a.png"): FormData {
  const form = new FormData();
  form.append("before", "1");
  form.append("file", new File([file], name));
  form.append("session_id", "ses_1");
  return form;
}

const boundary = "xYz";
const type = `multipart/form-data; boundary=${boundary}`;
const part = (disposition: string, content: string) =>
  `--${boundary}\r\nContent-Disposition: ${disposition}\r\n\r\n${content}\r\n`;
const end = `--${boundary}--\r\n`;

async function problemOf(request: Request, use: (form: OpenForm) => Promise<unknown> = readAll) {
  const got = await read(request, use);
  if (got.ok) throw new Error(`Was read: ${JSON.stringify(got.value)}`);
  return got.problem;
}

describe("a form with a file", () => {
  it("gives the file as a stream and the fields before and after it", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const got = await read(requestOf(formOf(bytes)), readAll);
    expect(got).toEqual({
      ok: true,
      value: { fileName: "a.png", bytes: Buffer.from(bytes), fields: { before: "1", session_id: "ses_1" } },
    });
  });

  it.each(["報告 ü.png", "a'b\"c.png", "🙂.png"])("keeps the name %s", async (name) => {
    const got = await read(requestOf(formOf("x", name)), readAll);
    // Browsers and curl write a quote as %22, and nobody can tell that from these three characters.
    expect(got).toMatchObject({ ok: true, value: { fileName: name.replaceAll('"', "%22") } });
  });

  it.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\\\Users\\\\me\\\\cat.png", "cat.png"],
  ])("leaves out the folders of %s", async (name, kept) => {
    const text = part(`form-data; name="file"; filename="${name}"`, "x") + end;
    expect(await read(requestOf(text, type), readAll)).toMatchObject({ ok: true, value: { fileName: kept } });
  });

  it("takes the part as the file also without a file's name", async () => {
    const got = await read(requestOf(part('form-data; name="file"', "hello") + end, type), readAll);
    expect(got).toMatchObject({ ok: true, value: { fileName: "", bytes: Buffer.from("hello") } });
  });

  it("gives the same wherever the network cuts it", async () => {
    const text = Buffer.from(await new Response(formOf("0123456789\r\n--x\r\n")).arrayBuffer());
    const contentType = `multipart/form-data; boundary=${text.toString("latin1", 2, text.indexOf("\r\n"))}`;
    for (const size of [1, 2, 3, 7, 64]) {
      const pieces = ReadableStream.from(
        Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.subarray(i * size, (i + 1) * size)),
      );
      const got = await read(requestOf(pieces, contentType), readAll);
      expect(got).toMatchObject({ ok: true, value: { fields: { before: "1", session_id: "ses_1" } } });
      expect(got.ok && got.value.bytes.toString()).toBe("0123456789\r\n--x\r\n");
    }
  });

  it("is read no faster than its file is taken", async () => {
    let sent = 0;
    async function* slowly() {
      yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`);
      for (; sent < 600_000; sent += 10_000) yield Buffer.alloc(10_000, 1);
      yield Buffer.from(`\r\n${end}`);
    }
    const got = await read(requestOf(ReadableStream.from(slowly()), type), async ({ content }) => {
      const iterator = content[Symbol.asyncIterator]();
      await iterator.next();
      await new Promise((resolve) => setImmediate(resolve));
      const sentByThen = sent;
      let size = 10_000;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        size += next.value.length;
      return { sentByThen, size };
    });
    expect(got.ok && got.value.sentByThen).toBeLessThan(400_000);
    expect(sent).toBe(600_000);
  });

  it("stops reading when its file is not wanted any more", async () => {
    let isReturned = false;
    async function* endless() {
      try {
        yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`);
        for (;;) yield Buffer.alloc(10_000, 1);
      } finally {
        isReturned = true;
      }
    }
    const got = await read(requestOf(ReadableStream.from(endless()), type), async ({ content }) => {
      for await (const chunk of content) return chunk.length;
      return 0;
    });
    expect(got.ok).toBe(true);
    await expect.poll(() => isReturned).toBe(true);
  });
});

describe("what is no such form", () => {
  it("is a 415 with another content type", async () => {
    expect(await problemOf(requestOf("{}", "application/json"))).toMatchObject({
      status: 415,
      detail: 'The body must be multipart/form-data, and "application/json" was sent',
    });
  });

  it.each([
    ["without a boundary", requestOf("x", "multipart/form-data"), "Content-Type"],
    ["with nothing in it", requestOf(end, type), "/file"],
    ["without the file", requestOf(part('form-data; name="other"', "x") + end, type), "/file"],
    ["of text that is no form", requestOf("hello", type), ""],
    ["with an empty body", requestOf("", type), ""],
    ["without a name on its parts", requestOf(part("form-data", "x") + end, type), "/file"],
    [
      "with two files",
      requestOf(
        part('form-data; name="file"; filename="a"', "x") + part('form-data; name="file"; filename="b"', "y") + end,
        type,
      ),
      "",
    ],
    [
      "with a field twice",
      requestOf(part('form-data; name="a"', "1") + part('form-data; name="a"', "2") + end, type),
      "/a",
    ],
    [
      "with an endless field",
      requestOf(part('form-data; name="file"', "x") + part('form-data; name="a"', "1".repeat(5_000)) + end, type),
      "/a",
    ],
    [
      "with a hundred fields",
      requestOf(Array.from({ length: 100 }, (_, i) => part(`form-data; name="f${i}"`, "1")).join("") + end, type),
      "",
    ],
  ])("is a 400 %s", async (_, request, path) => {
    expect(await problemOf(request)).toMatchObject({ status: 400, code: "invalid_input", fields: { path } });
  });

  it("is a 400 wherever it breaks off", async () => {
    const text =
      part('form-data; name="a"', "1") + part('form-data; name="file"; filename="a.png"', "0123456789") + end;
    for (let length = 0; length < text.length - 4; length += 3) {
      expect(await problemOf(requestOf(text.slice(0, length), type)), `cut at ${length}`).toMatchObject({
        status: 400,
      });
    }
  });

  it("is a 413 when what is not the file does not end", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(10_000, 1);
    }
    expect(await problemOf(requestOf(ReadableStream.from(endless()), type))).toMatchObject({
      status: 413,
      fields: { setting: "fileBytes" },
    });
  });

  it("passes on what goes wrong in the hands of its taker", async () => {
    const fails = () => Promise.reject(new Error("The disk is on fire"));
    const request = requestOf(part('form-data; name="file"', "x") + end, type);
    await expect(read(request, fails)).rejects.toThrow("The disk is on fire");
  });
});
