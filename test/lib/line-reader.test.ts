import { Readable } from "node:stream";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Line } from "../../src/lib/line-reader.ts";
import { readLines } from "../../src/lib/line-reader.ts";
import { cutUtf8 } from "../../src/lib/well-formed.ts";
import { collect } from "./collect.ts";

async function lines(chunks: readonly (string | Uint8Array)[], maxLineBytes = 1_000): Promise<readonly Line[]> {
  const stream = Readable.from(chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk)));
  return collect(readLines(stream, { maxLineBytes }));
}

async function texts(chunks: readonly (string | Uint8Array)[], maxLineBytes?: number): Promise<readonly string[]> {
  return (await lines(chunks, maxLineBytes)).map((line) => line.text);
}

describe("the line reader", () => {
  it("reads lines across chunks, with either line ending, the last one with or without", async () => {
    expect(await texts(["a\nb", "c\r", "\nd\n\ne"])).toEqual(["a", "bc", "d", "", "e"]);
    expect(await texts(["a\n"])).toEqual(["a"]);
    expect(await texts(["\n\n"])).toEqual(["", ""]);
    expect(await texts([])).toEqual([]);
    expect(await texts(["a\rb\n"])).toEqual(["a\rb"]);
  });

  it("cuts a line at the cap, between code points, says so, and goes on with the next", async () => {
    expect(await lines(["ééé\nab\n"], 5)).toEqual([
      { text: "éé", isCut: true },
      { text: "ab", isCut: false },
    ]);
    expect(await lines(["abc\r\n", "abcd\r\n", "abc"], 3)).toEqual([
      { text: "abc", isCut: false },
      { text: "abc", isCut: true },
      { text: "abc", isCut: false },
    ]);
  });

  it("cuts at the same place whether a line comes whole or in pieces", async () => {
    const content = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\r"), minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(content, fc.nat({ max: 20 }), fc.nat({ max: 20 }), async (text, cap, at) => {
        const bytes = Buffer.from(`${text}\n`);
        const [line] = await lines([bytes], cap);
        expect(await lines([bytes.subarray(0, at), bytes.subarray(at)], cap)).toEqual([line]);
        const whole = text.replace(/\r$/, "");
        expect(line).toEqual({ text: cutUtf8(whole, cap), isCut: Buffer.byteLength(whole) > cap });
      }),
      { numRuns: 500 },
    );
  });

  it("joins a code point that two chunks share", async () => {
    const smile = Buffer.from("😀");
    expect(await texts([smile.subarray(0, 1), smile.subarray(1, 3), smile.subarray(3), "\n"])).toEqual(["😀"]);
  });

  it("turns bytes that are not UTF-8 into U+FFFD and does not lose the lines after", async () => {
    expect(await texts([new Uint8Array([0x61, 0xff, 0x0a, 0xf0, 0x9f, 0x0a, 0x62])])).toEqual([
      "a\ufffd",
      "\ufffd",
      "b",
    ]);
  });

  it("keeps its own copy of a chunk that the stream uses again", async () => {
    async function* reusing(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.from("ab");
      yield chunk;
      chunk.write("cd");
      yield chunk;
    }
    expect((await collect(readLines(reusing(), { maxLineBytes: 10 }))).map((line) => line.text)).toEqual(["abcd"]);
  });

  it("keeps no more than the cap of an endless line", async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(1 << 20, "x");
      for (; sent < 300; sent++) yield chunk;
    }
    const before = process.memoryUsage().rss;
    const [line] = await collect(readLines(endless(), { maxLineBytes: 100 }));
    expect(line).toEqual({ text: "x".repeat(100), isCut: true });
    expect(sent).toBe(300);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });

  it("returns the stream when the loop is left early, and passes its failure on", async () => {
    let isReturned = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from("a\nb\n");
        throw new Error("broken pipe");
      } finally {
        isReturned = true;
      }
    }
    for await (const line of readLines(source(), { maxLineBytes: 10 })) {
      expect(line.text).toBe("a");
      break;
    }
    expect(isReturned).toBe(true);
    await expect(collect(readLines(source(), { maxLineBytes: 10 }))).rejects.toThrow("broken pipe");
  });

  it("finds the same lines however the bytes are cut into chunks", async () => {
    const content = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n", "\r\n", "\r") });
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.nat({ max: 5 })), async (text, cuts) => {
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of cuts) chunks.push(bytes.subarray(at, (at += size)));
        chunks.push(bytes.subarray(at));
        const expected = text.split("\n").map((line) => line.replace(/\r$/, ""));
        if (text === "" || text.endsWith("\n")) expected.pop();
        expect(await texts(chunks)).toEqual(expected);
      }),
    );
  });
});
