import { describe, expect, it } from "vitest";
import { member, openRecordsWorld, owner, stranger, valueOf, viewer } from "./records-world.ts";

const hosts = { "mcp.example.com": ["93.184.216.34"], "evil.example.com": ["93.184.216.35"], inside: ["10.0.0.7"] };
const url = "https://mcp.example.com/mcp";
const CANARY = "canary-4711-value";

async function openWorld() {
  const world = await openRecordsWorld({ hosts });
  return { ...world, servers: world.records.mcpServers };
}

const http = { name: "web", transport_type: "http", url } as const;
const stdio = { name: "run", transport_type: "stdio", command: "run-me", args: ["--fast"] } as const;

describe("an MCP server's record", () => {
  it("is found by its name and its id, with its values opened, in its own workspace only", async () => {
    const { servers } = await openWorld();
    const made = valueOf(await servers.create(member, { ...http, apiKey: CANARY, headers: { "X-Team": "blue" } }));
    const wanted = {
      kind: "found",
      target: {
        transport: { kind: "http", url, isPrivateAllowed: false },
        secrets: [CANARY, "blue", "blue"],
      },
    };
    for (const named of ["web", made.id]) {
      const found = await servers.find(member.workspaceId, named);
      expect(found).toMatchObject(wanted);
      expect(found).toHaveProperty("target.transport.headers", {
        Authorization: `Bearer ${CANARY}`,
        "X-Team": "blue",
      });
      expect(await servers.find(stranger.workspaceId, named)).toEqual({ kind: "absent" });
    }
  });

  it("tells names and never values, in no record of the store either", async () => {
    const { servers, store } = await openWorld();
    const made = valueOf(await servers.create(owner, { ...stdio, env: { TOKEN: CANARY } }));
    expect(made.body).toMatchObject({ env_names: ["TOKEN"], has_api_key: false });
    const changed = valueOf(await servers.update(owner, { id: made.id, description: "changed" }));
    expect(changed.body.env_names).toEqual(["TOKEN"]);
    expect(await servers.find(owner.workspaceId, "run")).toHaveProperty("target.transport.env", { TOKEN: CANARY });
    const shown = [made, changed, await servers.get(owner, made.id), await servers.list(owner, { limit: 10 })];
    expect(JSON.stringify(shown)).not.toContain(CANARY);
    const rows = await Promise.all(
      (["mcp_server", "secret"] as const).map((kind) => store.listRecords({ kind, limit: 10 })),
    );
    expect(rows.map(({ total }) => total)).toEqual([1, 1]);
    expect(JSON.stringify(rows)).not.toContain(CANARY);
    valueOf(await servers.remove(owner, made.id));
    expect((await store.listRecords({ kind: "secret", limit: 10 })).total).toBe(0);
  });

  it("that runs a program is an owner's to make, change and remove, and everybody's to use", async () => {
    const { servers } = await openWorld();
    expect(await servers.create(member, stdio)).toMatchObject({ refusal: { code: "forbidden" } });
    const made = valueOf(await servers.create(owner, stdio));
    expect(await servers.update(member, { id: made.id, args: ["-rf"] })).toMatchObject({
      refusal: { code: "forbidden" },
    });
    expect(await servers.remove(member, made.id)).toMatchObject({ refusal: { code: "forbidden" } });
    expect(await servers.find(member.workspaceId, "run")).toMatchObject({ kind: "found" });
    expect(await servers.test(viewer, made.id)).toMatchObject({ refusal: { code: "forbidden" } });
    expect(valueOf(await servers.test(member, made.id))).toEqual({ ok: true, tools: [] });
  });

  it("at a private address is an owner's to name", async () => {
    const { servers } = await openWorld();
    for (const inside of ["http://127.0.0.1:9000/mcp", "http://inside/mcp", "http://169.254.169.254/"]) {
      expect(await servers.create(member, { ...http, url: inside })).toMatchObject({ refusal: { code: "forbidden" } });
      const made = valueOf(await servers.create(owner, { ...http, name: inside, url: inside }));
      expect(made.body.is_private_allowed).toBe(true);
      const moved = valueOf(await servers.update(member, { id: made.id, url }));
      expect(moved.body.is_private_allowed).toBe(false);
    }
  });

  it("never sends what it was given to a place that a member chose afterwards", async () => {
    const { servers } = await openWorld();
    const made = valueOf(await servers.create(owner, { ...http, apiKey: CANARY, headers: { "X-Team": CANARY } }));
    const moved = { id: made.id, url: "https://evil.example.com" };
    expect(await servers.update(member, moved)).toMatchObject({ refusal: { path: "/api_key" } });
    expect(await servers.update(member, { ...moved, apiKey: null })).toMatchObject({ refusal: { path: "/headers" } });
    valueOf(await servers.update(member, { ...moved, apiKey: "another", headers: null }));
    expect(await servers.find(owner.workspaceId, "web")).toHaveProperty("target.transport.headers", {
      Authorization: "Bearer another",
    });
  });

  it("whose values belong to another version of it, or another secret key, is left out until they are set anew", async () => {
    const { servers, open, store } = await openWorld();
    const made = valueOf(await servers.create(owner, { ...http, apiKey: CANARY }));
    const others = open(new Uint8Array(32).fill(8)).records.mcpServers;
    expect(valueOf(await others.get(owner, made.id)).state).toBe("needs_key");
    expect(await others.find(owner.workspaceId, "web")).toEqual({ kind: "needs_key" });
    expect(valueOf(await others.test(owner, made.id))).toMatchObject({ ok: false });
    expect(valueOf(await others.update(owner, { id: made.id, apiKey: "fresh" })).state).toBe("active");
    const row = await store.readRecord("mcp_server", made.id, owner.workspaceId);
    const body = JSON.stringify({ ...JSON.parse(row?.body ?? ""), seal: "of another change" });
    await store.writeRecord({
      kind: "update",
      of: { kind: "mcp_server", id: made.id, workspaceId: owner.workspaceId },
      body,
    });
    expect(await others.find(owner.workspaceId, "web")).toEqual({ kind: "needs_key" });
  });

  it.each([
    [{ ...http, url: "mcp.example.com" }, "/url"],
    [{ ...http, url: "ftp://mcp.example.com" }, "/url"],
    [{ ...http, url: "https://user:word@mcp.example.com" }, "/url"],
    [{ ...http, url: "https://nowhere.example.com" }, "/url"],
    [{ ...http, command: "run" }, "/command"],
    [{ ...http, env: { A: "b" } }, "/env"],
    [{ ...http, headers: { "bad name": "x" } }, "/headers/bad name"],
    [{ ...http, headers: { Host: "x" } }, "/headers/Host"],
    [{ ...http, headers: { "X-A": "a\r\nb" } }, "/headers/X-A"],
    [{ ...http, apiKey: "a\nb" }, "/api_key"],
    [{ ...stdio, command: " " }, "/command"],
    [{ ...stdio, args: ["a\0"] }, "/args/0"],
    [{ ...stdio, url }, "/url"],
    [{ ...stdio, env: { "A=B": "c" } }, "/env/A=B"],
    [{ ...stdio, env: { A: "\0" } }, "/env/A"],
  ] as const)("refuses %j at its place", async (command, path) => {
    const { servers } = await openWorld();
    const as = command.transport_type === "stdio" ? owner : member;
    expect(await servers.create(as, command)).toMatchObject({ ok: false, refusal: { code: "invalid_input", path } });
  });
});
