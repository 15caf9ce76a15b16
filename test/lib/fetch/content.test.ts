import { describe, expect, test } from "vitest";

import { contentKindOf } from "../../../src/lib/fetch/content-kind.ts";
import { decodeText } from "../../../src/lib/fetch/decode-text.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PDF = Buffer.from("%PDF-1.7\n%âãÏÓ\n1 0 obj\n");
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);

describe("the kind of a content", () => {
  test.each<[string | undefined, string | Buffer, string, string]>([
    ["text/html; charset=utf-8", "<p>x", "html", "text/html"],
    ["TEXT/HTML", "x", "html", "text/html"],
    ["application/xhtml+xml", "<html/>", "html", "application/xhtml+xml"],
    ["text/plain", "<!doctype html><p>x", "text", "text/plain"],
    ["application/json", "{}", "text", "application/json"],
    ["application/ld+json", "{}", "text", "application/ld+json"],
    ["application/rss+xml", "<?xml version='1.0'?><rss/>", "text", "application/rss+xml"],
    ["application/javascript", "x", "text", "application/javascript"],
    [undefined, "just words", "text", "text/plain"],
    [undefined, "\n <!-- c --> <!DOCTYPE html><p>x", "html", "text/html"],
    ["application/octet-stream", "<html><body>", "html", "text/html"],
    ["application/octet-stream", Buffer.from([1, 0, 2]), "binary", "application/octet-stream"],
    ["text/plain", Buffer.from("a\0b"), "binary", "application/octet-stream"],
    ["text/plain", utf16("wide"), "text", "text/plain"],
    ["text/html", PNG, "image", "image/png"],
    ["image/png", PNG, "image", "image/png"],
    ["image/x-odd", "x", "image", "image/x-odd"],
    ["text/plain", PDF, "pdf", "application/pdf"],
    ["application/pdf", "not one", "pdf", "application/pdf"],
    ["application/zip", Buffer.from("PK\u0003\u0004"), "binary", "application/zip"],
    ["video/mp4", "x", "binary", "video/mp4"],
  ])("said to be %j and beginning with %j is %s", async (said, bytes, kind, mime) => {
    expect(await contentKindOf(said, Buffer.from(bytes))).toMatchObject({ kind, mime });
  });

  test("comes with the charset of its header", async () => {
    expect(await contentKindOf('text/html; x=y; Charset="ISO-8859-1"', Buffer.from("x"))).toMatchObject({
      charset: "ISO-8859-1",
    });
    expect(await contentKindOf("text/html", Buffer.from("x"))).toMatchObject({ charset: undefined });
  });
});

describe("a text", () => {
  const latin = Buffer.from("caf\u00e9", "latin1");

  test.each<[string, Buffer, string | undefined, string]>([
    ["UTF-8, unsaid", Buffer.from("café"), undefined, "café"],
    ["the header's charset", latin, "iso-8859-1", "café"],
    ["Japanese", Buffer.from([0x93, 0xfa, 0x96, 0x7b]), "Shift_JIS", "日本"],
    ["a byte order mark before the header", utf16("café"), "iso-8859-1", "café"],
    ["the mark of UTF-8, which is not shown", Buffer.from("\ufeffcafé"), undefined, "café"],
    ["big-endian UTF-16", Buffer.from([0xfe, 0xff, 0, 0x61]), undefined, "a"],
    [
      "what a meta element says",
      Buffer.concat([Buffer.from('<meta charset="windows-1252">'), latin]),
      undefined,
      '<meta charset="windows-1252">café',
    ],
    [
      "what an old meta element says",
      Buffer.concat([Buffer.from('<meta http-equiv=x content="text/html; charset=latin1">'), latin]),
      undefined,
      '<meta http-equiv=x content="text/html; charset=latin1">café',
    ],
    [
      "what XML says",
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>'), latin]),
      undefined,
      '<?xml version="1.0" encoding="ISO-8859-1"?>café',
    ],
    ["old bytes of which nobody says anything", latin, undefined, "café"],
    ["a charset that nobody knows", Buffer.from("café"), "x-unheard-of", "café"],
    [
      "a meta element that cannot be true",
      Buffer.from('<meta charset="utf-16">café'),
      undefined,
      '<meta charset="utf-16">café',
    ],
  ])("is read by %s", (_, bytes, charset, read) => {
    expect(decodeText(bytes, charset)).toBe(read);
  });

  test("of UTF-8 may have been cut within a character", () => {
    const cut = Buffer.from("café").subarray(0, 4);
    expect(decodeText(cut, undefined, true)).toBe("caf");
  });
});
