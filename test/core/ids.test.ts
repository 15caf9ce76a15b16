/** Ids: what is formatted is read back, the long prefixes of others come out as ours, and nothing else is an id (S1, S2). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digitsOf, formatId, parseId, prefixOf } from "../../src/core/ids.ts";
import type { IdKind } from "../../src/core/ids.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

const SHORT_PREFIXES = {
  session: "ses",
  event: "evt",
  message: "msg",
  turn: "turn",
  exec: "exec",
  call: "call",
  agent: "agt",
  harness: "hrn",
  model: "mod",
  provider: "prv",
  image: "img",
  workspace: "wsp",
  organization: "org",
  project: "prj",
  user: "usr",
  key: "key",
  decision: "dec",
  reservation: "rsv",
  approval: "apr",
  rule: "rul",
  budget: "bdg",
  task: "tsk",
  node: "nod",
  request: "req",
  pins: "pin",
  chat: "chat",
  mcp_server: "mcp",
  storage: "sto",
  skill: "skill",
  convention: "cnv",
} as const satisfies Record<IdKind, string>;

const kinds = Object.keys(SHORT_PREFIXES) as readonly IdKind[];
const longPrefixes: readonly (readonly [string, IdKind])[] = [
  ["session", "session"],
  ["sess", "session"],
  ["agent", "agent"],
  ["event", "event"],
  ["model", "model"],
  ["message", "message"],
  ["image", "image"],
  ["provider", "provider"],
  ["harness", "harness"],
];

const anyKind = fc.constantFrom(...kinds);
const hexDigit = fc.nat({ max: 15 }).map((value) => value.toString(16));
const hex = (length: number) => fc.string({ unit: hexDigit, minLength: length, maxLength: length });
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const ids = fc.record({ kind: anyKind, ms: times, random: hex(20) });

describe("an id", () => {
  test.each(kinds)("S1: of a %s begins with its own short prefix", (kind) => {
    expect(prefixOf(kind)).toBe(SHORT_PREFIXES[kind]);
    expect(formatId(kind, 0, "0".repeat(20))).toBe(`${SHORT_PREFIXES[kind]}_00000000000070008000000000000000`);
  });

  test("S1: is laid out as a UUID of version 7: time, version, variant, 74 bits of chance", () => {
    fc.assert(
      fc.property(ids, ({ kind, ms, random }) => {
        const digits = digitsOf(formatId(kind, ms, random));
        expect(digits).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
        expect(Number.parseInt(digits.slice(0, 12), 16)).toBe(ms);
      }),
    );
  });

  test("S1: differs when the chance in it differs", () => {
    const place = fc.integer({ min: 0, max: 18 });
    fc.assert(
      fc.property(hex(20), place, hexDigit, (random, at, digit) => {
        const other = random.slice(0, at) + digit + random.slice(at + 1);
        const bits = (text: string) => text.slice(0, 3) + (Number.parseInt(text.charAt(3), 16) & 3) + text.slice(4, 19);
        const isSame = formatId("event", 1, random) === formatId("event", 1, other);
        expect(isSame).toBe(bits(random) === bits(other));
      }),
    );
  });

  test("S1: is read back as itself", () => {
    fc.assert(
      fc.property(ids, ({ kind, ms, random }) => {
        const id = formatId(kind, ms, random);
        expect(parseId(kind, id)).toBe(id);
      }),
    );
  });

  test("S1: is an id of one kind only", () => {
    fc.assert(
      fc.property(ids, anyKind, ({ kind, ms, random }, other) => {
        expect(parseId(other, formatId(kind, ms, random)) !== undefined).toBe(other === kind);
      }),
    );
  });

  test("S1: that a client brought may be a UUID of any version", () => {
    fc.assert(
      fc.property(anyKind, hex(32), (kind, digits) => {
        expect(parseId(kind, `${SHORT_PREFIXES[kind]}_${digits}`)).toBe(`${SHORT_PREFIXES[kind]}_${digits}`);
      }),
    );
  });

  test.each(longPrefixes)("S2: with the long prefix %s_ is read as ours", (prefix, kind) => {
    fc.assert(
      fc.property(hex(32), (digits) => {
        expect(parseId(kind, `${prefix}_${digits}`)).toBe(`${SHORT_PREFIXES[kind]}_${digits}`);
      }),
    );
  });

  test("S2: shows its workspace's digits under another door's prefix", () => {
    const workspace = formatId("workspace", 5, "ab".repeat(10));
    expect(parseId("organization", `org_${digitsOf(workspace)}`)).toBe(`org_${digitsOf(workspace)}`);
  });
});

describe("what is no id", () => {
  const digits = "0123456789abcdef0123456789abcdef";
  test.each([
    ["nothing", ""],
    ["digits alone", digits],
    ["a prefix alone", "ses_"],
    ["an underscore before the digits alone", `_${digits}`],
    ["capitals", `ses_${digits.toUpperCase()}`],
    ["a capital prefix", `SES_${digits}`],
    ["a UUID with hyphens", "ses_01234567-89ab-7def-8123-456789abcdef"],
    ["a digit too few", `ses_${digits.slice(1)}`],
    ["a digit too many", `ses_${digits}0`],
    ["a letter that is no digit", `ses_${digits.slice(1)}g`],
    ["a space before it", ` ses_${digits}`],
    ["a space after it", `ses_${digits} `],
    ["a line break after it", `ses_${digits}\n`],
    ["a second prefix", `ses_ses_${digits}`],
    ["a prefix of everything", `__proto___${digits}`],
    ["a hyphen for the underscore", `ses-${digits}`],
    ["digits of another script", `ses_${"٣".repeat(32)}`],
    ["NUL", `ses_${digits}\0`],
    ["the short form of the guide", "ses_01933b5a"],
  ])("S1: is refused: %s", (_, text) => {
    expect(kinds.map((kind) => parseId(kind, text))).toEqual(kinds.map(() => undefined));
  });

  test("S1: is refused, whatever it is, without a fault", () => {
    fc.assert(
      fc.property(anyKind, fc.string({ unit: "binary", maxLength: 80 }), (kind, text) => {
        expect(parseId(kind, text)).toBeUndefined();
      }),
    );
  });

  test("S1: is refused after any one change of an id", () => {
    const changes = fc.record({
      at: fc.nat({ max: 35 }),
      to: fc.string({ unit: "grapheme", minLength: 0, maxLength: 2 }),
    });
    fc.assert(
      fc.property(changes, ({ at, to }) => {
        const id = `ses_${digits}`;
        const changed = id.slice(0, at) + to + id.slice(at + 1);
        const isStill = /^ses_[0-9a-f]{32}$/.test(changed);
        expect(parseId("session", changed)).toBe(isStill ? changed : undefined);
      }),
    );
  });
});
