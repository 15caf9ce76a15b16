import { describe, expect, test } from "vitest";

import { HOST_RULE, isHostIn } from "../../../src/lib/fetch/host-rules.ts";

describe("a list of hosts", () => {
  test.each([
    ["example.com", "example.com", true],
    ["example.com", "www.example.com", true],
    ["example.com", "a.b.example.com", true],
    ["example.com", "EXAMPLE.com.", true],
    ["example.com", "example.com..", true],
    ["example.com", "notexample.com", false],
    ["example.com", "example.com.evil.org", false],
    ["example.com", "com", false],
    ["*.example.com", "www.example.com", true],
    ["*.example.com", "example.com", false],
    ["Bücher.de", "xn--bcher-kva.de", true],
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "110.0.0.1", false],
    ["::1", "[::1]", true],
  ])("with %s holds %s: %s", (rule, hostname, isIn) => {
    expect(isHostIn(["other.org", rule], hostname)).toBe(isIn);
  });

  test("that is empty holds nothing", () => {
    expect(isHostIn([], "example.com")).toBe(false);
  });

  test.each(["example.com", "*.example.com", "localhost", "bücher.de", "10.0.0.1", "::1", "a-b.example"])(
    "may hold %s",
    (rule) => {
      expect(HOST_RULE.test(rule)).toBe(true);
    },
  );

  test.each(["", "https://example.com", "example.com/", "example.com:80", "a b", "*", "*.", "ex*mple.com", "a@b", "?"])(
    "may not hold %j",
    (rule) => {
      expect(HOST_RULE.test(rule)).toBe(false);
    },
  );
});
