import { describe, expect, it } from "vitest";
import { bareHost, isPrivateAddress, isPrivateHost } from "../../src/lib/private-address.ts";

describe("private addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "ff02::1",
    "no address",
  ])("counts %s as private", (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001:80b::200e"])(
    "counts %s as public",
    (address) => expect(isPrivateAddress(address)).toBe(false),
  );

  it.each([
    "localhost",
    "api.localhost",
    "db",
    "printer.local",
    "metadata.google.internal",
    "LOCALHOST.",
    "[::1]",
    "127.0.0.1",
  ])("counts the host %s as private without asking anybody", (host) => expect(isPrivateHost(host)).toBe(true));

  it("leaves other names to a resolver", () => {
    expect(isPrivateHost("api.anthropic.com")).toBe(false);
    expect(isPrivateHost("notlocalhost.com")).toBe(false);
  });

  it("sees through the spellings that a URL allows for an address", () => {
    for (const text of [
      "http://0x7f.1/",
      "http://2130706433/",
      "http://127.1/",
      "http://[::ffff:7f00:1]/",
      "http://localhost./",
    ]) {
      expect([text, isPrivateHost(new URL(text).hostname)]).toEqual([text, true]);
    }
  });

  it("gives hosts as a resolver takes them", () => {
    expect(bareHost("[2606:4700::1111]")).toBe("2606:4700::1111");
    expect(bareHost("example.com.")).toBe("example.com");
    // Some resolvers pass over what is too much, so rules have to.
    expect(bareHost("example.com..")).toBe("example.com");
  });
});
