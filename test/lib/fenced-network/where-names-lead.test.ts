/** X18: a host that is allowed is a name, and a name leads anywhere: what is not public is reached only where rules name the address. */
import { describe, expect, it } from "vitest";
import type { NetworkRules } from "../../../src/core/network-rules.ts";
import { answering, openHost, openProxyWorld } from "./proxy-world.ts";

const rules = (...allowed: string[]): NetworkRules => ({ allowed, blocked: [] });
const OK = answering("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nreached");
const NO = "The network rules of this session do not let it reach";

describe("X18: a name that is allowed", () => {
  it.each([
    ["the metadata of a cloud", "169.254.169.254"],
    ["Azure's, which looks public", "168.63.129.16"],
    ["this machine", "127.0.0.1"],
    ["this machine by no address", "0.0.0.0"],
    ["a network of one's own", "10.1.2.3"],
    ["another", "192.168.1.1"],
    ["a provider's inside", "100.64.0.1"],
    ["this machine in IPv6", "::1"],
    ["a network of one's own in IPv6", "fd00::1"],
    ["a link", "fe80::1"],
    ["this machine in IPv4 wrapped into IPv6", "::ffff:127.0.0.1"],
    ["the metadata, wrapped", "::ffff:a9fe:a9fe"],
    ["this machine through 6to4", "2002:7f00:1::"],
    ["this machine through NAT64", "64:ff9b::7f00:1"],
  ])("does not lead to %s, by HTTP and by tunnel", async (_, address) => {
    await using world = await openProxyWorld({
      rules: [rules("*.attacker.example")],
      names: { "x.attacker.example": [[address]] },
    });
    for (const said of [
      await world.get("http://x.attacker.example/latest"),
      await world.tunnel("x.attacker.example:80"),
    ]) {
      expect(said).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
      expect(said).toContain(
        `${NO} x.attacker.example: it leads to ${address}, which is this machine's or not public.`,
      );
      expect(said).toMatch(
        /names the address, or a range with it such as 10\.0\.0\.0\/8, among the "allowed" of network_access/,
      );
    }
    expect(world.refused).toEqual(["x.attacker.example", "x.attacker.example"]);
  });

  it("does not lead anywhere if one of its addresses is private, whichever", async () => {
    const both = ["93.184.216.34", "10.0.0.1"];
    await using world = await openProxyWorld({
      rules: [rules("*.example")],
      names: { "a.example": [both], "b.example": [both.toReversed()] },
    });
    expect(await world.get("http://a.example/")).toContain("it leads to 10.0.0.1,");
    expect(await world.tunnel("b.example:443")).toContain("it leads to 10.0.0.1,");
  });

  it("does not lead to this machine by a public address of its own", async () => {
    await using world = await openProxyWorld({
      rules: [rules("a.example")],
      names: { "a.example": [["93.184.216.34"]] },
      machineAddresses: ["93.184.216.34"],
    });
    expect(await world.get("http://a.example:5432/")).toContain(`${NO} a.example: it leads to 93.184.216.34`);
  });

  it.each([
    "127.0.0.2",
    "127.1.2.3",
    "2130706434",
    "0x7f.0.0.2",
    "0177.0.0.02",
    "127.2",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
  ])("is no address in whatever spelling: %s", async (host) => {
    await using server = await openHost(OK);
    await using world = await openProxyWorld({ rules: [{ allowed: ["*"], blocked: ["evil.example"] }] });
    expect(await world.get(`http://${host}:${server.port}/`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await world.tunnel(`${host}:${server.port}`)).toMatch(/^HTTP\/1\.1 403 /);
    expect([server.held(), server.heard(), world.asked]).toEqual([0, "", []]);
  });

  it.each(["localhost", "localhost.", "metadata.google.internal", "db", "printer.local"])(
    "is not opened by its look: %s is asked for, and what it leads to counts",
    async (host) => {
      const bare = host.replace(/\.$/, "");
      await using world = await openProxyWorld({
        rules: [{ allowed: ["*"], blocked: ["evil.example"] }],
        names: { [bare]: [["127.0.0.2"]] },
      });
      expect(await world.get(`http://${host}/`)).toContain(`${NO} ${host}: it leads to 127.0.0.2`);
      expect(world.asked).toEqual([bare]);
    },
  );

  it.each(["evil.example", "evil.example.", "evil.example..", "EVIL.example..."])(
    "is the same with dots behind it: %s stays blocked, and is not looked up",
    async (host) => {
      await using world = await openProxyWorld({ rules: [{ allowed: ["*"], blocked: ["evil.example"] }] });
      expect(await world.get(`http://${host}/`)).toMatch(/^HTTP\/1\.1 403 /);
      expect(await world.tunnel(`${host}:443`)).toMatch(/^HTTP\/1\.1 403 /);
      expect(world.asked).toEqual([]);
    },
  );

  it("without an address is no refusal of ours, and says so", async () => {
    await using world = await openProxyWorld({ rules: [rules("*.example")], names: { "empty.example": [[]] } });
    for (const host of ["gone.example", "empty.example"]) {
      const words = new RegExp(`^HTTP/1\\.1 502 Bad Gateway\r\n[^]*No address was found for the host ${host}\n`);
      expect(await world.get(`http://${host}/`)).toMatch(words);
      expect(await world.tunnel(`${host}:443`)).toMatch(words);
    }
    expect(world.refused).toEqual([]);
  });
});

describe("X18: an address that is not public", () => {
  it.each([
    ["itself", "127.0.0.2"],
    ["a range with it", "127.0.0.0/8"],
    ["a range of wrapped ones", "[::ffff:0:0]/96"],
  ])("is reached where the rules name %s, by an allowed name and directly", async (_, pattern) => {
    await using server = await openHost(OK);
    await using world = await openProxyWorld({
      rules: [rules("db.example", pattern)],
      names: { "db.example": [["127.0.0.2"]] },
    });
    expect(await world.get(`http://db.example:${server.port}/`)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*reached/);
    expect(await world.tunnel(`db.example.:${server.port}`)).toMatch(/^HTTP\/1\.1 200 [^]*reached$/);
    expect(await world.get(`http://127.0.0.2:${server.port}/`)).toContain("reached");
    expect(await world.get(`http://other.example:${server.port}/`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(world.asked).toEqual(["db.example", "db.example"]);
  });

  it("is the one that was looked at: the name is asked for once, whatever it says next", async () => {
    await using right = await openHost(answering("HTTP/1.0 200 OK\r\n\r\nright"));
    const names = { "turns.example": [["127.0.0.2"], ["127.0.0.3"], ["127.0.0.3"]] };
    await using world = await openProxyWorld({ rules: [rules("turns.example", "127.0.0.2")], names });
    expect(await world.get(`http://turns.example:${right.port}/`)).toContain("right");
    expect(world.asked).toEqual(["turns.example"]);
    // Nothing is kept of it either.
    expect(await world.get(`http://turns.example:${right.port}/`)).toContain("it leads to 127.0.0.3");
    expect(await world.tunnel(`turns.example:${right.port}`)).toContain("it leads to 127.0.0.3");
  });

  it("is tried beside the other addresses of its name", async () => {
    await using server = await openHost(OK, "127.0.0.3");
    const names = { "two.example": [["127.0.0.2", "127.0.0.3"]] };
    await using world = await openProxyWorld({ rules: [rules("two.example", "127.0.0.0/8")], names });
    expect(await world.get(`http://two.example:${server.port}/`)).toContain("reached");
    expect(await world.tunnel(`two.example:${server.port}`)).toContain("reached");
  });

  it("is reached by the name localhost where the rules name localhost, and by no other name", async () => {
    await using server = await openHost(OK);
    const own = [["127.0.0.2"]];
    await using world = await openProxyWorld({
      rules: [rules("localhost", "*.attacker.example")],
      names: { localhost: own, "x.attacker.example": own },
    });
    expect(await world.get(`http://localhost:${server.port}/`)).toContain("reached");
    expect(await world.tunnel(`LOCALHOST.:${server.port}`)).toContain("reached");
    expect(await world.get(`http://x.attacker.example:${server.port}/`)).toContain("it leads to 127.0.0.2");
  });

  it("has to be named by each of project, agent and session that has rules: none of them can widen what another says", async () => {
    const names = { "x.attacker.example": [["127.0.0.2"]] };
    const project = rules("*.attacker.example");
    await using world = await openProxyWorld({ rules: [project, rules("*", "127.0.0.2")], names });
    expect(await world.get("http://x.attacker.example/")).toContain("it leads to 127.0.0.2");
  });

  it("stays closed where the rules block it or its range, and so does one that is public", async () => {
    const names = { "a.example": [["127.0.0.2"]], "b.example": [["93.184.216.34"]] };
    const blocked = ["127.0.0.0/8", "93.184.216.0/24"];
    await using world = await openProxyWorld({ rules: [{ allowed: ["*", "127.0.0.2"], blocked }], names });
    expect(await world.get("http://a.example/")).toContain("it leads to 127.0.0.2, which they block");
    expect(await world.tunnel("b.example:443")).toContain("it leads to 93.184.216.34, which they block");
    expect(await world.get("http://127.0.0.2/")).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("is reached where Serai's own tools are, at their port alone", async () => {
    await using server = await openHost(OK);
    await using other = await openHost(OK);
    const names = { "serai.lan": [["127.0.0.2"]] };
    const own = [`127.0.0.2:${server.port}`, `serai.lan:${server.port}`];
    await using world = await openProxyWorld({ rules: [{ allowed: [], blocked: ["*"] }], names, own });
    expect(await world.get(`http://127.0.0.2:${server.port}/mcp`)).toContain("reached");
    expect(await world.tunnel(`serai.lan:${server.port}`)).toContain("reached");
    expect(await world.get(`http://127.0.0.2:${other.port}/`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await world.tunnel(`serai.lan:${other.port}`)).toMatch(/^HTTP\/1\.1 403 /);
    // At the usual port a URL names none.
    const usual = { rules: [rules("serai.lan")], names, own: ["serai.lan"] };
    await using plain = await openProxyWorld(usual);
    expect(await plain.get(`http://serai.lan:${other.port}/`)).toContain("it leads to 127.0.0.2");
    expect(await plain.get("http://serai.lan:80/")).not.toContain("it leads to");
  });
});
