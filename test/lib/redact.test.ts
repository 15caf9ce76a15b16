/** What is taken out of a text that should not have a secret in it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeRedactor, redact } from "../../src/lib/redact.ts";

const SECRET = 's3cr3t/va+lue=with ünı & "more"!\'';
const b64 = (text: string) => Buffer.from(text).toString("base64");

describe("a secret in a text", () => {
  it.each([
    ["as it is", SECRET],
    ["in JSON", JSON.stringify({ key: SECRET })],
    ["in a URL", `https://x.test/?q=${encodeURIComponent(SECRET)}`],
    ["in a form", new URLSearchParams({ q: SECRET }).toString()],
    ["in base64", b64(SECRET)],
    ["in base64 behind a name", b64(`user:${SECRET}`)],
    ["in base64 between others", b64(`ab${SECRET}cd`)],
    ["in base64 for URLs", Buffer.from(SECRET).toString("base64url")],
    ["in hex", Buffer.from(SECRET).toString("hex")],
    ["in capital hex", Buffer.from(SECRET).toString("hex").toUpperCase()],
    ["in base64 that is broken into lines", b64(`user:${SECRET}`).replaceAll(/(.{10})/g, "$1\n")],
    ["broken into lines", SECRET.replaceAll(/(.{4})/g, "$1\r\n")],
  ])("is taken out %s", (_, text) => {
    const clean = redact(`before ${text} after`, [SECRET]);
    expect(clean).toMatch(/^before .*\[secret\].* after$/s);
    expect(clean.length).toBeLessThan(60);
  });

  it("leaves no six characters of it, whatever it is and wherever it stands in base64", () => {
    const secret = fc.string({ minLength: 12, maxLength: 40, unit: fc.constantFrom(..."abcXYZ019_-+/.$".split("")) });
    const around = fc.string({ maxLength: 5 });
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const clean = redact(`<${b64(before + value + after)}>`, [value]);
        const left = clean.slice(1, -1).split("[secret]");
        expect(left).toHaveLength(2);
        // What is left decodes to what stood around it, and bits of one character.
        expect(left[0]?.length).toBeLessThanOrEqual(Math.ceil((Buffer.byteLength(before) * 4) / 3) + 1);
      }),
    );
  });

  it("that has lines of its own is found with any line breaks", () => {
    const key = "-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----";
    expect(redact(`x ${key.replaceAll("\n", "\r\n")} y`, [key])).toBe("x [secret] y");
  });

  it("of sixteen thousand characters is taken out whole, and also where it is cut off", () => {
    const long = Array.from({ length: 4_000 }, (_, index) => index.toString(36).padStart(4, "-")).join("");
    expect(redact(`x ${long} y`, [long])).toBe("x [secret] y");
    expect(redact(`x ${b64(long)} y`, [long])).toBe("x [secret] y");
    expect(redact(`x ${long.slice(0, 5_000)}`, [long])).toBe("x [secret]");
  });

  it("is looked for among a hundred others", () => {
    const many = Array.from({ length: 100 }, (_, index) => `${SECRET}${index}`.split("").toReversed().join(""));
    const text = "Lorem ipsum dolor sit amet, ".repeat(2_500);
    expect(redact(`${text}${many[57]}`, many)).toBe(`${text}[secret]`);
  });

  it("that is longer goes before one that is part of it; short ones are left, and so are ordinary words", () => {
    expect(redact("abcdefgh abcdef abc", ["abcdef", "abcdefgh", "abc"])).toBe("[secret] [secret] abc");
    expect(redact("nothing here\nat all", [SECRET])).toBe("nothing here\nat all");
    expect(redact("a.b.c.d axbxcxd", ["a.b.c.d"])).toBe("[secret] axbxcxd");
  });

  it("is taken out of bytes, which stay as they are otherwise", () => {
    const { bytes } = makeRedactor([SECRET]);
    const given = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(SECRET), Buffer.from([0x80])]);
    expect(Buffer.from(bytes(given))).toEqual(
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("[secret]"), Buffer.from([0x80])]),
    );
    const other = Buffer.from([1, 2, 3]);
    expect(bytes(other)).toBe(other);
  });
});
