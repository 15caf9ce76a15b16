import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowsEveryHost, allowsHost, parseHostPattern } from "../../src/core/network-rules.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

describe("a pattern of hosts", () => {
  it.each([
    ["example.com", "example.com"],
    ["Example.COM.", "example.com"],
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
