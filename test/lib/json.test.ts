import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalJson, parseStrictJson } from "../../src/lib/json.ts";
import { faultInText, shapeOfText } from "../../src/lib/json-text.ts";

/** [what, text, refusal] */
const REFUSED: readonly (readonly [string, string, object])[] = [
  ["nothing", "", { reason: "malformed", path: "", position: 0 }],
  ["an end that is missing", '{"a":[1,2', { reason: "malformed", path: "/a", position: 9 }],
  ["a comma too much", '{"a":[1,]}', { reason: "malformed", path: "/a/1", position: 8 }],
  ["a comma that is missing", '{"a":1 "b":2}', { reason: "malformed", path: "", position: 7 }],
  ["a colon that is missing", '{"a" 1}', { reason: "malformed", path: "/a", position: 5 }],
  ["a key without quotes", "{a:1}", { reason: "malformed", path: "", position: 1 }],
  ["text after the value", "{} x", { reason: "malformed", path: "", position: 3 }],
  ["a raw line break in a string", '["a\nb"]', { reason: "malformed", path: "/0", position: 3 }],
  ["an unknown escape", String.raw`["\x41"]`, { reason: "malformed", path: "/0", position: 2 }],
  ["a number with a leading zero", '{"n":[01]}', { reason: "malformed", path: "/n", position: 7 }],
  ["NaN", "[NaN]", { reason: "malformed", path: "/0", position: 1 }],
  ["a byte order mark", "\ufeff{}", { reason: "malformed", path: "", position: 0 }],
  ["a key twice", '{"a":{"b":1,"c":2,"b":3}}', { reason: "duplicate_key", path: "/a/b", position: 18 }],
  [
    "a key twice in two spellings",
    String.raw`{"a":1,"\u0061":2}`,
    { reason: "duplicate_key", path: "/a", position: 7 },
  ],
  [
    "a key twice of which one hides a fault",
    String.raw`{"a":"\u0000","a":2}`,
    { reason: "duplicate_key", path: "/a", position: 14 },
  ],
  ["__proto__", '[{"__proto__":{"isAdmin":true}}]', { reason: "forbidden_key", path: "/0/__proto__" }],
  ["__proto__ in escapes", String.raw`{"\u005f_proto__":1}`, { reason: "forbidden_key", path: "/__proto__" }],
  ["constructor.prototype", '{"constructor":{"prototype":{}}}', { reason: "forbidden_key", path: "/constructor" }],
  [
    "nesting that is too deep",
    "[".repeat(65) + "]".repeat(65),
    { reason: "too_deep", path: "/0".repeat(64), position: 64 },
  ],
  ["a million open brackets", "[".repeat(1_000_000), { reason: "too_deep", path: "/0".repeat(64), position: 64 }],
  ["NUL in a string", String.raw`{"a":{"b":["x\u0000"]}}`, { reason: "nul_character", path: "/a/b/0" }],
  ["NUL in a key", String.raw`{"a\u0000":1}`, { reason: "nul_character", path: "/a\0" }],
  ["a lone high surrogate", String.raw`["\ud800"]`, { reason: "lone_surrogate", path: "/0" }],
  ["a lone low surrogate", String.raw`{"x":"a\udc00b"}`, { reason: "lone_surrogate", path: "/x" }],
  ["a raw lone surrogate", '["\ud800"]', { reason: "lone_surrogate", path: "/0" }],
  ["a lone surrogate in a key", String.raw`{"\ud800":1}`, { reason: "lone_surrogate", path: "/\ufffd" }],
  ["a number beyond a double", '{"n":[1,1e400]}', { reason: "number_overflow", path: "/n/1" }],
  [
    "a slash and a tilde in a key, as RFC 6901 writes them",
    '{"a/b~c":[1e999]}',
    { reason: "number_overflow", path: "/a~1b~0c/0" },
  ],
];

describe("strict JSON", () => {
  it.each(REFUSED)("refuses %s and names the place", (_, text, refusal) => {
    expect(parseStrictJson(text)).toEqual({ kind: "refused", ...refusal });
  });

  it("accepts what looks forbidden and is not", () => {
    for (const text of [
      '{"constructor":"Mason & Sons"}',
      '{"prototype":{"constructor":1}}',
      '{"proto":"__proto__"}',
      '["\\ud83d\\ude00","😀"]',
      '{"a":{"b":1},"b":{"a":1}}',
      '["{\\"a\\":1,\\"a\\":2}"]',
      '["\\\\u0000 \\\\ud800"]',
      " \t\r\n[1] ",
      "[".repeat(64) + "]".repeat(64),
      "1e308",
      '"x"',
    ]) {
      expect(parseStrictJson(text)).toEqual({ kind: "parsed", value: JSON.parse(text) });
    }
  });

  it("takes another depth when told", () => {
    expect(parseStrictJson("[[1]]", { maxDepth: 2 })).toMatchObject({ kind: "parsed" });
    expect(parseStrictJson("[[[1]]]", { maxDepth: 2 })).toMatchObject({ reason: "too_deep", path: "/0/0" });
    expect(parseStrictJson("1", { maxDepth: 0 })).toMatchObject({ kind: "parsed" });
  });

  it("takes so many keys and values as it is told, and looks no further than that", () => {
    const bounds = { maxKeys: 2, maxValues: 3 };
    expect(parseStrictJson('{"a":1,"b":[1,2,3]}', bounds)).toMatchObject({ kind: "parsed" });
    expect(parseStrictJson('{"a":1,"b":{"c":1,"d":2}}', bounds)).toMatchObject({ kind: "parsed" });
    expect(parseStrictJson('[{"a":1,"b":{"c":1},"d":2}]', bounds)).toEqual({
      kind: "refused",
      reason: "too_many_keys",
      path: "",
    });
    expect(parseStrictJson("[1,2,3,4,5]", bounds)).toEqual({ kind: "refused", reason: "too_many_values", path: "" });
    expect(parseStrictJson('[":,:,:,:,","{}"]', bounds)).toMatchObject({ kind: "parsed" });
    expect(shapeOfText("]:".repeat(1_000))).toEqual({ depth: 0, keys: 0, widest: 0, commas: 0 });
    const endless = "[".concat("0,".repeat(1_000_000));
    expect(shapeOfText(endless, { depth: 64, widest: 9, commas: 9 })).toEqual({
      depth: 1,
      keys: 0,
      widest: 0,
      commas: 10,
    });
  });

  it("gives back every value that can be written", () => {
    const text = fc.string({ unit: "binary" }).filter((s) => !s.includes("\0"));
    const value = fc.jsonValue({ stringUnit: "binary", maxDepth: 6 });
    const isPlain = (v: unknown) => !/__proto__|constructor|\\u0000/.test(JSON.stringify(v));
    fc.assert(
      fc.property(fc.oneof(text, value.filter(isPlain)), (original) => {
        const written = canonicalJson(original);
        expect(parseStrictJson(written)).toEqual({ kind: "parsed", value: JSON.parse(written) });
      }),
      { numRuns: 500 },
    );
  });

  it("calls malformed exactly what the platform's parser throws at", () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\'.split(""),
      " ",
      "\n",
      '"a"',
      '"b"',
      "0",
      "-1",
      "1.5e3",
      "01",
      "true",
      "null",
      "nul",
      "\\u00",
      '"\\n"',
    );
    const soup = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(""));
    const broken = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom(...'{}[],:"0 \\'.split(""), ""))
      .map(
        ([json, at, char]) => json.slice(0, at % (json.length + 1)) + char + json.slice((at % (json.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(soup, broken, fc.json()), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const reason = faultInText(text, 1_000)?.reason;
        expect(parses ? [undefined, "duplicate_key"] : ["malformed", "duplicate_key"]).toContain(reason);
        const outcome = parseStrictJson(text);
        if (reason !== undefined) expect(outcome).toMatchObject({ kind: "refused", reason });
        else
          expect(["parsed", "number_overflow", "forbidden_key", "duplicate_key"]).toContain(
            outcome.kind === "parsed" ? "parsed" : outcome.reason,
          );
      }),
      { numRuns: 3_000 },
    );
  });

  it("counts every key and every level of a well-formed text", () => {
    expect(shapeOfText('{"a{[:":[{"b\\"":":"},[[]]],"c":{}}')).toEqual({ depth: 4, keys: 3, widest: 2, commas: 2 });
  });

  it("reads a megabyte of escaped quotes and of digits in linear time", () => {
    const started = performance.now();
    const size = 1_000_000;
    expect(parseStrictJson(`"${'\\"'.repeat(size / 2)}"`).kind).toBe("parsed");
    expect(parseStrictJson(`"${"\\".repeat(size)}"`).kind).toBe("parsed");
    expect(parseStrictJson(`[${"1".repeat(size)}]`)).toMatchObject({ reason: "number_overflow" });
    expect(parseStrictJson(`[${"1".repeat(size)}x]`)).toMatchObject({ reason: "malformed", position: size + 1 });
    expect(parseStrictJson(`["${"\\n".repeat(size / 2)}`)).toMatchObject({ reason: "malformed" });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("canonical JSON", () => {
  it("keeps the order of members and writes no space", () => {
    expect(canonicalJson({ b: 1, a: [true, null, "é\n"], c: {} })).toBe('{"b":1,"a":[true,null,"é\\n"],"c":{}}');
    expect(canonicalJson(Object.assign(Object.create(null), { row: 1 }))).toBe('{"row":1}');
  });

  it.each<readonly [string, unknown, string]>([
    ["a member that is undefined", { a: { b: undefined } }, 'Cannot write "/a/b" as JSON: undefined'],
    ["an item that is undefined", [1, undefined], 'Cannot write "/1" as JSON: undefined'],
    ["a hole in a list", Array(2), 'Cannot write "/0" as JSON: undefined'],
    ["nothing at all", undefined, 'Cannot write "" as JSON: undefined'],
    ["NaN", { n: Number.NaN }, 'Cannot write "/n" as JSON: NaN'],
    ["infinity", [-Infinity], 'Cannot write "/0" as JSON: -Infinity'],
    ["a bigint", { n: 1n }, 'Cannot write "/n" as JSON: bigint'],
    ["a function", { toJSON: () => 1 }, 'Cannot write "/toJSON" as JSON: function'],
    ["a date", { at: new Date(0) }, 'Cannot write "/at" as JSON: not a plain object'],
    ["a map", new Map(), 'Cannot write "" as JSON: not a plain object'],
    ["a lone surrogate", { t: "\ud800" }, 'Cannot write "/t" as JSON: lone surrogate'],
    [
      "a lone surrogate in a key",
      { a: { "\udc00": 1 } },
      'Cannot write "/a/\ufffd" as JSON: lone surrogate in the key',
    ],
  ])("throws at %s and names the place", (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError(message));
  });
});
