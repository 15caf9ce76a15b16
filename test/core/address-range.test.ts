import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsAddress, parseRange } from "../../src/core/address-range.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

describe("a range of addresses", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.1.2.3/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["fd00::/8", "[fd00::]/8"],
    ["[FD00:0::]/08", "[fd00::]/8"],
    ["::ffff:10.0.0.0/104", "[::ffff:a00:0]/104"],
    ["::/0", "[::]/0"],
  ])("%s is read as %s", (text, range) => {
    expect(parseRange(text)).toBe(range);
    expect(parseRange(range)).toBe(range);
  });

  it.each([
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10/8",
    "256.0.0.0/8",
    "fd00::/129",
    "fd00:/8",
    "a.example/8",
    "*.example/8",
    "u:p@10.0.0.0/8",
    "10.0.0.0:80/8",
    "[10.0.0.0]/8",
    "/8",
    "*",
  ])("%j is none", (text) => expect(parseRange(text)).toBeUndefined());

  it("holds what Node's own list of subnets holds", () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant("ipv4" as const));
    const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant("ipv6" as const));
    const address = fc.oneof(
      fc.tuple(fc.ipV4(), fc.constant("ipv4" as const)),
      fc.tuple(fc.ipV6(), fc.constant("ipv6" as const)),
    );
    fc.assert(
      fc.property(fc.oneof(v4, v6), address, ([first, bits, family], [tried, version]) => {
        const range = parseRange(`${first}/${bits}`) ?? "";
        expect(holdsAddress(range, first)).toBe(true);
        // Whether IPv4 that is wrapped is in a range of IPv6, Node and we see differently.
        fc.pre(family === version);
        const list = new BlockList();
        list.addSubnet(first, bits, family);
        expect(holdsAddress(range, tried)).toBe(list.check(tried, version));
      }),
    );
  });

  it.each([
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["10.0.0.0/8", "[::ffff:a01:203]", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["127.0.0.1", "::ffff:127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["[::1]", "0:0:0:0:0:0:0:1", true],
    ["[fd00::]/8", "fdff::1", true],
    ["[fd00::]/8", "fe00::1", false],
    ["[fe80::]/10", "fe80::1%eth0", false],
    ["*", "10.0.0.1", false],
    ["localhost", "127.0.0.1", false],
    ["10.0.0.0/8", "a.example", false],
  ])("of %s: %s is in it: %s", (pattern, address, isIn) => expect(holdsAddress(pattern, address)).toBe(isIn));
});
