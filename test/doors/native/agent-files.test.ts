/** Agents as files and copies, organizations and users, at the native door. */
import { beforeAll, describe, expect, it } from "vitest";
import { callers, openRecordDoor } from "./open-records.ts";
import type { Answer, RecordDoor } from "./open-records.ts";

let door: RecordDoor;
beforeAll(async () => {
  door = await openRecordDoor();
});

const owner = (...args: Parameters<ReturnType<RecordDoor["as"]>>) => door.as("owner")(...args);

async function importAgent(text: string, type = "text/markdown"): Promise<Answer> {
  const headers = { authorization: `Bearer ${door.texts.owner}`, "content-type": type };
  const response = await door.fetchChecked("/api/v1/agents/import", { method: "POST", headers, body: text });
  const answered = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: answered,
    body: JSON.parse(answered) as Record<string, unknown>,
  };
}

describe("an agent's file", () => {
  it("becomes an agent", async () => {
    const provider = await owner("POST", "/providers", { name: "p", provider_type: "openai", api_key: "k" });
    const model = await owner("POST", `/providers/${String(provider.body["id"])}/models`, { model_id: "gpt-x" });
    const harness = await owner("POST", "/harnesses", { name: "careful" });
    const made = await importAgent(`---
name: researcher
display_name: The Researcher
description: "Looks: things up"
tags: [a, b]
harness: careful
model: gpt-x
max_iterations: 12
capabilities:
  - current_time
  - ref: session_file_system
    config: { max_file_size_mb: 2 }
network_access: { blocked: [Bad.example] }
---

You look things up.

---
Say where you looked.
`);
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/v1/agents/${String(made.body["id"])}`);
    expect(made.body).toMatchObject({
      name: "researcher",
      display_name: "The Researcher",
      description: "Looks: things up",
      tags: ["a", "b"],
      harness_id: harness.body["id"],
      default_model_id: model.body["id"],
      max_iterations: 12,
      capabilities: [{ ref: "current_time" }, { ref: "session_file_system", config: { max_file_size_mb: 2 } }],
      network_access: { allowed: [], blocked: ["bad.example"] },
      system_prompt: "You look things up.\n\n---\nSay where you looked.\n",
    });
  });

  it.each(["text/plain", "text/x-markdown; charset=utf-8", "application/octet-stream"])(
    "may come as %s",
    async (type) => {
      expect((await importAgent(`---\nname: ${type}\n---\nHi`, type)).status).toBe(201);
    },
  );

  it.each([
    ["no front matter", "You are an agent.", 400, ""],
    ["no name", "---\ndescription: x\n---\nHi", 400, "/name"],
    ["a name that is none", "---\nname: [a]\n---\nHi", 400, "/name"],
    ["broken YAML", "---\nname: [a\n---\nHi", 400, ""],
    ["a key twice", "---\nname: a\nname: b\n---\nHi", 400, ""],
    ["an alias", "---\nname: &x a\ndescription: *x\n---\nHi", 400, ""],
    ["nesting without end", `---\nname: ${"[".repeat(20_000)}\n---\nHi`, 400, ""],
    ["a capability that is none", "---\nname: x1\ncapabilities: [flying]\n---\nHi", 400, "/capabilities/0/ref"],
    ["capabilities of another kind", "---\nname: x2\ncapabilities: yes\n---\nHi", 400, "/capabilities"],
    [
      "a host that is none",
      "---\nname: x3\nnetwork_access: {allowed: [a/b]}\n---\nHi",
      400,
      "/network_access/allowed/0",
    ],
    ["a model that is not there", "---\nname: x4\nmodel: no-such\n---\nHi", 404, undefined],
    ["a harness that is not there", "---\nname: x5\nharness: no-such\n---\nHi", 404, undefined],
  ])("is refused with %s, and nothing is made", async (_, text, status, path) => {
    const before = (await owner("GET", "/agents")).body["total"];
    const refused = await importAgent(text);
    expect(refused).toMatchObject({ status, body: path === undefined ? { code: "not_found" } : { path } });
    expect((await owner("GET", "/agents")).body["total"]).toBe(before);
  });

  it("is refused under a name that is taken, as bytes that are no text, and when it is too large", async () => {
    await importAgent("---\nname: taken\n---\nHi");
    expect(await importAgent("---\nname: taken\n---\nHi")).toMatchObject({
      status: 409,
      body: { code: "already_exists" },
    });
    const init = {
      method: "POST",
      headers: { authorization: `Bearer ${door.texts.owner}`, "content-type": "text/plain" },
    };
    const broken = await door.fetchChecked("/api/v1/agents/import", { ...init, body: Uint8Array.of(0x2d, 0xff) });
    expect(broken.status).toBe(400);
    expect((await importAgent(`---\nname: large\n---\n${"x".repeat(1_100_000)}`)).status).toBe(413);
    expect((await importAgent("{}", "application/json")).status).toBe(415);
  });

  it("is given out as it can be taken in again", async () => {
    const body = {
      system_prompt: "\nLine one\n---\nLine three",
      description: "yes",
      tags: ["no", "2024-01-01", "é"],
      harness_id: (await owner("GET", "/harnesses?search=generic")).body["data"],
      capabilities: [{ ref: "current_time" }, { ref: "session_file_system", config: { max_file_size_mb: 3 } }],
      max_iterations: 3,
      network_access: { allowed: ["*.example.com"], blocked: [] },
      tools: [
        { type: "client_side", name: "ask", description: "Asks", parameters: { type: "object", properties: {} } },
      ],
      tool_policies: { "*": "approve" },
    };
    const [harness] = body.harness_id as { id: string }[];
    const made = await owner("POST", "/agents", { ...body, name: "Über: all", harness_id: harness?.id });
    const file = await owner("GET", `/agents/${String(made.body["id"])}/export`);
    expect(file.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="U-ber-all.md"');
    expect(file.text).toContain("harness: generic");
    await owner("DELETE", `/agents/${String(made.body["id"])}`);
    const again = await importAgent(file.text);
    const same = ({
      body: { id: _, version: __, created_at: ___, updated_at: ____, status: _____, archived_at: ______, ...rest },
    }: Answer) => rest;
    expect(again.status).toBe(201);
    expect(same(again)).toEqual(same(made));
  });
});

describe("a copy of an agent", () => {
  it("is like it under another name, given or not", async () => {
    const made = await owner("POST", "/agents", { name: "original", system_prompt: "x", tags: ["t"] });
    const copy = (body?: object) => owner("POST", `/agents/${String(made.body["id"])}/copy`, body);
    const names = [await copy(), await copy(), await copy({ name: "mine" })].map(({ status, body }) => [
      status,
      body["name"],
    ]);
    expect(names).toEqual([
      [201, "original copy"],
      [201, "original copy 2"],
      [201, "mine"],
    ]);
    expect(await copy({ name: "mine" })).toMatchObject({ status: 409 });
    expect(await copy({ name: "" })).toMatchObject({ status: 400, body: { path: "/name" } });
    const { body } = await owner("GET", "/agents?search=original%20copy%202");
    expect(body["data"]).toMatchObject([{ system_prompt: "x", tags: ["t"] }]);
    const long = await owner("POST", "/agents", { name: "😀".repeat(100), system_prompt: "" });
    expect((await owner("POST", `/agents/${String(long.body["id"])}/copy`)).status).toBe(201);
  });
});

describe("an organization", () => {
  const id = () => door.admin.workspaceId.replace("wsp_", "org_");

  it("is the workspace under the guide's name, and changes with it", async () => {
    const listed = await owner("GET", "/orgs");
    expect(listed.body).toMatchObject({ total: 1, data: [{ id: id(), workspace_id: door.admin.workspaceId }] });
    const changed = await owner("PATCH", `/orgs/${id()}`, { name: "Acme" });
    expect(changed.body).toMatchObject({ id: id(), name: "Acme" });
    expect((await owner("GET", `/workspaces/${door.admin.workspaceId}`)).body["display_name"]).toBe("Acme");
    expect((await owner("GET", "/orgs?search=acm")).body["total"]).toBe(1);
    expect((await owner("GET", "/orgs?search=nobody")).body["total"]).toBe(0);
    const stale = await owner("PATCH", `/orgs/${id()}`, { name: "x" }, { "if-match": '"1"' });
    expect(stale.status).toBe(409);
    expect((await owner("PATCH", `/orgs/${id()}`, { name: "" })).status).toBe(400);
    expect((await owner("GET", "/orgs/nonsense")).status).toBe(400);
  });

  it("can only be switched to by its own keys", async () => {
    const switchTo = (org_id: unknown) => owner("POST", "/users/me/switch-org", { org_id });
    expect(await switchTo(id())).toMatchObject({ status: 200, body: { success: true, org_id: id() } });
    expect((await switchTo("org_00000000000000000000000000000009")).status).toBe(404);
    expect((await switchTo(1)).status).toBe(400);
  });

  it("has users, with what their keys may do and nothing of their keys", async () => {
    const listed = await door.as("viewer")("GET", "/users");
    expect(listed.body).toMatchObject({
      total: 1,
      data: [{ id: door.admin.userId, roles: ["owner", "member", "viewer"], auth_provider: "keys", avatar_url: null }],
    });
    for (const caller of callers)
      if (door.texts[caller] !== null) expect(listed.text).not.toContain(door.texts[caller]);
    expect((await owner("GET", "/users?search=zz")).body["total"]).toBe(0);
  });
});

it("meets no fault in all this", () => expect(door.faults).toEqual([]));
