import { describe, expect, it } from "vitest";
import { mediaTypeOf, sniff } from "../../src/lib/image-type.ts";
import { collect } from "./collect.ts";
import { longHeadedPng, picture } from "./pictures.ts";

async function* pieces(bytes: Uint8Array, size: number, onEnd: () => void = () => {}) {
  try {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  } finally {
    onEnd();
  }
}

describe("the kind of a picture", () => {
  it.each(["png", "jpeg", "gif", "webp", "avif", "tiff"] as const)("is told of %s by its bytes", async (kind) => {
    expect(await mediaTypeOf(await picture(kind))).toBe(`image/${kind}`);
  });

  it.each([
    ["an SVG, which is a program", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"],
    ["a page", "<!doctype html><script>alert(1)</script>"],
    ["a text", "hello"],
    ["nothing at all", ""],
    ["the beginning of a PNG", "\x89PNG\r\n\x1a\n"],
  ])("is nothing that is taken for %s", async (_, text) => {
    expect(["image/png", "image/jpeg", "image/gif", "image/webp"]).not.toContain(
      await mediaTypeOf(Buffer.from(text, "latin1")),
    );
  });

  it("is PNG for one that has much to say before its first pixel", async () => {
    expect(await mediaTypeOf(await longHeadedPng())).toBe("image/png");
  });
});

describe("a stream that is looked at", () => {
  it.each([1, 100, 4_100, 1_000_000])("comes back whole in pieces of %i", async (size) => {
    const bytes = Buffer.concat([await picture("png"), Buffer.alloc(50_000, 7)]);
    const { mediaType, content } = await sniff(pieces(bytes, size));
    expect(mediaType).toBe("image/png");
    expect(Buffer.concat(await collect(content)).equals(bytes)).toBe(true);
  });

  it("is closed when its reader leaves early", async () => {
    let isClosed = false;
    const { content } = await sniff(pieces(Buffer.alloc(100_000), 1_000, () => (isClosed = true)));
    for await (const chunk of content) if (chunk.length > 0) break;
    expect(isClosed).toBe(true);
  });
});
