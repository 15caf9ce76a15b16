import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allowsEveryHost,
  allowsHost,
  parseHostPattern,
  parseNetworkPattern,
  restrictsHosts,
  ruleOfAddress,
} from "../../src/core/network-rules.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

describe("a pattern of hosts", () => {
  it.each([
    ["example.com", "example.com"],
    ["Example.COM.", "example.com"],
    ["example.com..", "example.com"],
    ["*.Example.com", "*.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["127.1", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["*", "*"],
  ])("%s is read as %s", (text, pattern) => expect(parseHostPattern(text)).toBe(pattern));

  it.each([
    "",
    "*.",
    "a b",
    "http://a.b",
    "a.b/c",
    "a.b:80",
    "u@a.b",
    "a?b",
    "a#b",
    "a*b",
    "*.*",
    "::1",
    "a\\b",
    "%61.b",
  ])("%j is none", (text) => expect(parseHostPattern(text)).toBeUndefined());

  it("may be a range of addresses in network rules, and nowhere else", () => {
    expect([parseNetworkPattern("10.0.0.0/8"), parseHostPattern("10.0.0.0/8")]).toEqual(["10.0.0.0/8", undefined]);
    expect([parseNetworkPattern("*.A.example"), parseNetworkPattern("a.b/c")]).toEqual(["*.a.example", undefined]);
  });

  it("reads what it has written as itself", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.domain(),
          fc.domain().map((host) => `*.${host}`),
          fc.string(),
        ),
        (text) => {
          const pattern = parseHostPattern(text);
          if (pattern !== undefined) expect(parseHostPattern(pattern)).toBe(pattern);
        },
      ),
    );
  });
});

describe("rules for the network", () => {
  const rules = (allowed: readonly string[], blocked: readonly string[] = []) => ({ allowed, blocked });

  it("let every host through where nothing is said", () => {
    expect(allowsHost([], "a.example")).toBe(true);
    expect(allowsHost([rules([])], "a.example")).toBe(true);
  });

  it("know a host, the hosts below one, and every host", () => {
    const some = [rules(["a.example", "*.b.example"])];
    const through = ["a.example", "a.example.", "x.b.example", "x.y.b.example"].map((host) => allowsHost(some, host));
    expect(through).toEqual([true, true, true, true]);
    const not = ["b.example", "xb.example", "x.a.example", "c.example"].map((host) => allowsHost(some, host));
    expect(not).toEqual([false, false, false, false]);
    expect(allowsHost([rules(["*"])], "anything.example")).toBe(true);
    expect(allowsHost([rules([], ["*"])], "anything.example")).toBe(false);
  });

  it("block before they allow", () => {
    const most = [rules(["*.example"], ["bad.example", "*.bad.example"])];
    expect(allowsHost(most, "good.example")).toBe(true);
    expect(allowsHost(most, "bad.example")).toBe(false);
    expect(allowsHost(most, "very.bad.example")).toBe(false);
  });

  it("know a host by however many dots it ends in", () => {
    const but = [rules([], ["a.example", "*.b.example"])];
    const not = ["a.example..", "x.b.example...", "a.example."].map((host) => allowsHost(but, host));
    expect(not).toEqual([false, false, false]);
  });

  it("know an address by its ranges, and in any spelling of it", () => {
    const some = [rules(["10.0.0.0/8", "[fd00::]/8"], ["10.9.9.9"])];
    expect(["10.1.2.3", "[fd12::1]", "[::ffff:a01:203]"].map((host) => allowsHost(some, host))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["11.0.0.1", "10.9.9.9", "[::ffff:a09:909]"].map((host) => allowsHost(some, host))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("of agent and session must both let a host through: a session takes away and never adds", () => {
    const host = fc.constantFrom("a.example", "b.example", "x.a.example", "c.test");
    const pattern = fc.constantFrom("a.example", "b.example", "*.a.example", "*.example", "*", "c.test");
    const one = fc.record({
      allowed: fc.array(pattern, { maxLength: 3 }),
      blocked: fc.array(pattern, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(one, one, host, (agent, session, name) => {
        expect(allowsHost([agent, session], name)).toBe(allowsHost([agent], name) && allowsHost([session], name));
      }),
    );
  });

  it.each([
    [[], false],
    [[{ allowed: [], blocked: [] }], false],
    [[{ allowed: ["*"], blocked: [] }], true],
    [
      [
        { allowed: ["*", "a.example"], blocked: [] },
        { allowed: [], blocked: [] },
      ],
      true,
    ],
    [
      [
        { allowed: ["*"], blocked: [] },
        { allowed: ["a.example"], blocked: [] },
      ],
      false,
    ],
    [[{ allowed: ["*"], blocked: ["a.example"] }], false],
    [[{ allowed: ["*.example"], blocked: [] }], false],
  ])("K12: %j grant every host: %s", (rules, isOpen) => {
    expect(allowsEveryHost(rules)).toBe(isOpen);
  });
});

describe("X18: what rules say of an address that a host leads to", () => {
  const rules = (allowed: readonly string[], blocked: readonly string[] = []) => ({ allowed, blocked });
  const lead = { hostname: "a.example", address: "10.0.0.1" };

  it.each([
    ["unsaid", [rules(["a.example"])]],
    ["unsaid", [rules(["*"])]],
    ["unsaid", [rules(["*"], ["b.example"])]],
    ["unsaid", [rules(["10.0.0.2", "11.0.0.0/8", "localhost"])]],
    ["named", [rules(["a.example", "10.0.0.1"])]],
    ["named", [rules(["a.example", "10.0.0.0/8"])]],
    ["blocked", [rules(["10.0.0.1"], ["10.0.0.0/8"])]],
    ["blocked", [rules(["10.0.0.1"]), rules([], ["10.0.0.1"])]],
    // Those that take nothing away say nothing.
    ["named", [rules([]), rules(["*"]), rules(["10.0.0.1"])]],
    ["unsaid", [rules([], ["b.example"]), rules(["10.0.0.1"])]],
    ["named", [rules(["*", "10.0.0.1"], ["b.example"]), rules(["10.0.0.1"])]],
  ] as const)("%s: %j", (said, all) => expect(ruleOfAddress(all, lead)).toBe(said));

  it.each([
    ["localhost", "127.0.0.1", "named"],
    ["localhost.", "::1", "named"],
    ["localhost", "::ffff:127.0.0.1", "named"],
    ["localhost", "10.0.0.1", "unsaid"],
    ["x.localhost", "127.0.0.1", "unsaid"],
    ["a.example", "127.0.0.1", "unsaid"],
  ] as const)("%s at %s, where localhost is allowed: %s", (hostname, address, said) =>
    expect(ruleOfAddress([rules(["localhost", "*"], ["b.example"])], { hostname, address })).toBe(said),
  );

  it("none of several rules widens what another has left", () => {
    const pattern = fc.constantFrom("*", "a.example", "10.0.0.1", "10.0.0.0/8", "127.0.0.1");
    const one = fc.record({
      allowed: fc.array(pattern, { maxLength: 3 }),
      blocked: fc.array(pattern, { maxLength: 1 }),
    });
    // Without a rule that takes anything away there is no fence.
    const reaches = (all: Parameters<typeof ruleOfAddress>[0]) =>
      !restrictsHosts(all) || (allowsHost(all, lead.hostname) && ruleOfAddress(all, lead) === "named");
    fc.assert(
      fc.property(fc.array(one, { maxLength: 3 }), one, (some, more) => {
        if (reaches([...some, more])) expect([reaches(some), reaches([more])]).toEqual([true, true]);
      }),
    );
  });
});
