import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64 } from "../../src/lib/base64.ts";

describe("decoding base64", () => {
  it("gives back any bytes, also when they were broken into lines", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(decodeBase64(text)).toEqual(Buffer.from(bytes));
        expect(decodeBase64(text.replaceAll(/(.{76})/g, "$1\r\n"))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("agrees with the pattern of RFC 4648 on what is base64", () => {
    const pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
    const texts = fc.string({ unit: fc.constantFrom("A", "z", "9", "+", "/", "=", "-", "_", " ", "é"), maxLength: 12 });
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeBase64(text) !== undefined).toBe(pattern.test(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
