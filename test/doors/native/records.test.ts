import { describe, expect, it } from "vitest";
import { openRecordDoor } from "./open-records.ts";
import type { Call } from "./open-records.ts";

const CANARY = "sk-canary-0123456789";

async function make(call: Call, path: string, body: unknown) {
  const made = await call("POST", path, body);
  expect(made.status).toBe(201);
  return made.body as { readonly id: string } & Record<string, unknown>;
}

describe("/agents (ruling 17)", () => {
  it("makes an agent of the guide's fields and answers it whole", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const answer = await member("POST", "/agents", {
      name: "support",
      system_prompt: "Help",
      capabilities: [{ ref: "session_file_system", config: { max_file_size_mb: 10 } }],
      unknown: "ignored",
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      name: "support",
      organization_id: expect.stringMatching(/^org_[0-9a-f]{32}$/),
      capabilities: [{ ref: "session_file_system", config: { max_file_size_mb: 10 } }],
      default_model_id: null,
      harness_id: null,
      status: "active",
      archived_at: null,
      version: 1,
    });
    expect(answer.body).not.toHaveProperty("unknown");
    expect(answer.headers.get("etag")).toBe('"1"');
    const found = await member("GET", answer.headers.get("location")?.replace("/api/v1", "") ?? "");
    expect(found.body).toEqual(answer.body);
  });

  it("refuses a duplicate name, a missing prompt, an unknown model and a wrong capability, each in its own words", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const body = { name: "a", system_prompt: "" };
    await make(member, "/agents", body);
    const answers = await Promise.all([
      member("POST", "/agents", body),
      member("POST", "/agents", { name: "b" }),
      member("POST", "/agents", { ...body, name: "b", default_model_id: "nonsense" }),
      member("POST", "/agents", { ...body, name: "b", harness_id: "nonsense" }),
      member("POST", "/agents", { ...body, name: "b", capabilities: [{ ref: "fly" }] }),
      member("POST", "/agents", { ...body, name: "b", capabilities: [{ ref: "session", config: { x: 1 } }] }),
      member("POST", "/agents", { ...body, name: " " }),
    ]);
    expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual([
      [409, "already_exists"],
      [400, "invalid_input"],
      [404, "not_found"],
      [404, "not_found"],
      [400, "invalid_input"],
      [400, "invalid_input"],
      [400, "invalid_input"],
    ]);
    expect(answers[4]?.body["path"]).toBe("/capabilities/0/ref");
    expect(String(answers[5]?.body["path"])).toContain("/capabilities/0/config");
  });

  it("lists newest first, by pages, by part of the name, with or without archived ones", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const made = [];
    for (const name of ["one", "two", "three"]) made.push(await make(member, "/agents", { name, system_prompt: "" }));
    const page = await member("GET", "/agents?limit=2&offset=1");
    expect(page.body).toMatchObject({ total: 4, offset: 1, limit: 2, has_more: true });
    expect((page.body["data"] as { name: string }[]).map(({ name }) => name)).toEqual(["two", "one"]);
    await member("DELETE", `/agents/${made[0]?.id}`);
    expect((await member("GET", "/agents?search=ON")).body["total"]).toBe(0);
    const all = await member("GET", "/agents?search=ON&include_archived=true");
    expect(all.body).toMatchObject({ total: 1, data: [{ name: "one", status: "archived" }] });
    expect((await member("GET", "/agents?limit=1000")).body["limit"]).toBe(100);
    expect((await member("GET", "/agents?limit=0")).status).toBe(400);
  });

  it("merges a PATCH, where null clears and a missing field stays", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const { id } = await make(member, "/agents", { name: "a", system_prompt: "Old", description: "Kind", tags: ["x"] });
    const changed = await member("PATCH", `/agents/${id}`, { system_prompt: "New", description: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { system_prompt: "New", description: null, tags: ["x"], version: 2 },
    });
    const renamed = await member("PATCH", `/agents/${id}`, { name: "b" });
    expect(renamed.body).toMatchObject({ name: "b", system_prompt: "New" });
  });

  it("tells whoever sends If-Match that somebody was faster", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const { id } = await make(member, "/agents", { name: "a", system_prompt: "" });
    const first = await member("PATCH", `/agents/${id}`, { description: "1" }, { "If-Match": '"1"' });
    const second = await member("PATCH", `/agents/${id}`, { description: "2" }, { "If-Match": 'W/"1"' });
    const nonsense = await member("PATCH", `/agents/${id}`, { description: "3" }, { "If-Match": '"x"' });
    const any = await member("PATCH", `/agents/${id}`, { description: "4" }, { "If-Match": "*" });
    expect([first, second, nonsense, any].map(({ status }) => status)).toEqual([200, 409, 400, 200]);
    expect(second.body["code"]).toBe("version_conflict");
  });

  it("replaces by PUT: by id what is there, by name also what is not", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const made = await member("PUT", "/agents/support%20bot", { system_prompt: "One", description: "x" });
    const again = await member("PUT", "/agents/support%20bot", { system_prompt: "Two" });
    expect([made.status, again.status]).toEqual([201, 200]);
    expect(again.body).toMatchObject({
      id: made.body["id"],
      name: "support bot",
      system_prompt: "Two",
      description: null,
    });
    const byId = await member("PUT", `/agents/${String(made.body["id"])}`, { name: "renamed", system_prompt: "Three" });
    expect(byId).toMatchObject({ status: 200, body: { name: "renamed", version: 3 } });
    expect((await member("PUT", "/agents/agt_123", { system_prompt: "" })).status).toBe(400);
  });

  it("archives by DELETE, keeps it readable, and brings it back by PATCH", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const { id } = await make(member, "/agents", { name: "a", system_prompt: "" });
    const gone = await member("DELETE", `/agents/${id}`);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await member("GET", `/agents/${id}`)).body["status"]).toBe("archived");
    const back = await member("PATCH", `/agents/${id}`, { status: "active" });
    expect(back.body).toMatchObject({ status: "active", archived_at: null });
  });
});

describe("/providers and /models (ruling 17)", () => {
  it("take a key and never give it back, under either spelling (canary)", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const provider = await make(member, "/providers", { name: "claude", provider_type: "anthropic", api_key: CANARY });
    expect(provider).toMatchObject({ api_key_set: true, key_source: "stored", status: "active", base_url: null });
    const answers = await Promise.all([
      member("GET", "/providers"),
      member("GET", `/llm-providers/${provider.id}`),
      member("PATCH", `/providers/${provider.id}`, { api_key: `${CANARY}2`, name: "c" }),
      member("POST", "/providers", { name: "c2", provider_type: "anthropic", api_key: `${CANARY} with spaces` }),
      member("POST", "/llm-providers", { name: "claude", provider_type: "nonsense", api_key: CANARY }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 400]);
    for (const { text } of answers) expect(text).not.toContain("canary");
  });

  it("keep models with what is known of them, and what is told about them", async () => {
    const { as } = await openRecordDoor();
    const member = as("member");
    const { id } = await make(member, "/providers", { name: "claude", provider_type: "anthropic" });
    const known = await make(member, `/providers/${id}/models`, { model_id: "claude-opus-5-5", display_name: "Opus" });
    expect(known).toMatchObject({
      provider_id: id,
      display_name: "Opus",
      enabled: true,
      source: "manual",
      context_tokens: 1_000_000,
    });
    expect(known["price"]).toMatchObject({ input: 4, output: 20, cache_read: 0.2 });
    const told = await make(member, `/llm-providers/${id}/models`, {
      model_id: "mine",
      price: { input: 1, output: 2, cache_read: null },
    });
    expect(told["price"]).toEqual({ input: 1, output: 2, cache_read: null, cache_write: null });
    const changed = await member("PATCH", `/models/${known.id}`, {
      price: { input: 9, output: 9 },
      enabled: false,
      display_name: "O",
    });
    expect(changed.body).toMatchObject({
      status: "disabled",
      display_name: "O",
      price: { input: 9, cache_read: null },
    });
    const cleared = await member("PATCH", `/llm-models/${known.id}`, { price: null, context_tokens: null });
    expect(cleared.body).toMatchObject({ price: { input: 4 }, context_tokens: 1_000_000 });
    expect((await member("GET", `/models?provider_id=${id}`)).body["total"]).toBe(2);
    expect((await member("POST", `/providers/${id}/models`, { model_id: "mine" })).status).toBe(409);
    expect((await member("DELETE", `/providers/${id}`)).body).toMatchObject({ status: 409, code: "in_use" });
  });

  it("try a provider and say what was wrong, without its key", async () => {
    const { as, probed } = await openRecordDoor({
      probe: ({ apiKey }) => Promise.resolve({ ok: false, error: `no: ${apiKey}` }),
    });
    const member = as("member");
    const { id } = await make(member, "/providers", { name: "claude", provider_type: "anthropic", api_key: CANARY });
    const tested = await member("POST", `/providers/${id}/test`);
    expect(tested).toMatchObject({ status: 200, body: { ok: false, error: "no: (key)" } });
    expect(probed[0]).toMatchObject({ apiKey: CANARY, providerType: "anthropic" });
  });

  it("show those of the environment as built in", async () => {
    const { as } = await openRecordDoor({ environment: { ANTHROPIC_API_KEY: CANARY } });
    const [providers, models] = [await as("viewer")("GET", "/providers"), await as("viewer")("GET", "/models")];
    expect(providers.body).toMatchObject({
      total: 2,
      data: [
        { provider_type: "anthropic", api_key_set: true, key_source: "environment", is_built_in: true },
        { provider_type: "scripted", api_key_set: false, is_built_in: true },
      ],
    });
    expect(models.body).toMatchObject({ total: 4, data: [{ source: "predefined" }, {}, {}, { model_id: "scripted" }] });
    expect(providers.text + models.text).not.toContain("canary");
  });

  it("let only an owner name a private address", async () => {
    const { as } = await openRecordDoor();
    const body = { name: "ollama", provider_type: "openai_compatible", base_url: "http://127.0.0.1:11434" };
    expect((await as("member")("POST", "/providers", body)).body).toMatchObject({ status: 403, code: "forbidden" });
    expect((await make(as("owner"), "/providers", body))["base_url"]).toBe("http://127.0.0.1:11434/v1");
  });
});

describe("/harnesses (ruling 18) and /capabilities", () => {
  it("have those that come with the server", async () => {
    const { as } = await openRecordDoor();
    const viewer = as("viewer");
    const { body } = await viewer("GET", "/harnesses");
    expect(body).toMatchObject({
      total: 2,
      data: [{ name: "generic", is_built_in: true, kind: "hosted" }, { name: "platform-chat" }],
    });
    const [generic] = body["data"] as { id: string }[];
    expect((await viewer("GET", `/harnesses/${generic?.id.replace("hrn_", "harness_")}`)).status).toBe(200);
  });

  it("can build on one another by name", async () => {
    const { as } = await openRecordDoor();
    const made = await make(as("member"), "/harnesses", { name: "mine", system_prompt: "x", parent: "generic" });
    expect(made).toMatchObject({
      kind: "hosted",
      is_built_in: false,
      parent_harness_id: expect.stringMatching(/^hrn_/),
    });
    const patched = await as("member")("PATCH", `/harnesses/${made.id}`, { parent: null });
    expect(patched.body["parent_harness_id"]).toBeNull();
  });

  it("list capabilities under both names of the guide, with their tools", async () => {
    const { as } = await openRecordDoor();
    const { body } = await as("viewer")("GET", "/capabilities");
    expect(body["items"]).toEqual(body["data"]);
    const ids = (body["data"] as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["session_file_system", "current_time", "todo_list", "session"]));
    expect(body["total"]).toBe(ids.length);
    const files = await as("viewer")("GET", "/capabilities/session_file_system");
    const names = (files.body["tool_definitions"] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["read_file", "write_file", "edit_file", "grep_files"]));
    expect((await as("viewer")("GET", "/capabilities?search=clock%20nothing")).body["total"]).toBe(0);
  });
});

describe("/keys, /workspaces and /auth", () => {
  it("show a key's text in one answer only", async () => {
    const { as, fetchChecked } = await openRecordDoor();
    const owner = as("owner");
    const made = await owner("POST", "/auth/api-keys", {
      name: "ci",
      role: "viewer",
      prefix: "ek",
      expires_in_days: 7,
    });
    expect(made).toMatchObject({ status: 201, body: { role: "viewer", status: "active", source: "minted" } });
    expect(made.headers.get("cache-control")).toBe("no-store");
    const text = String(made.body["key"]);
    expect(text).toMatch(/^ek_/);
    const me = await fetchChecked("/v1/auth/me", { headers: { authorization: text } });
    expect(await me.json()).toMatchObject({
      role: "viewer",
      roles: ["viewer"],
      name: "Admin",
      key_id: made.body["id"],
    });
    const shown = (await owner("GET", "/keys")).text + (await owner("GET", `/keys/${String(made.body["id"])}`)).text;
    expect(shown).not.toContain(text.slice(-43));
    expect(shown).not.toContain("sha256");
  });

  it("refuse a key from the moment it is revoked", async () => {
    const { as, fetchChecked } = await openRecordDoor();
    const owner = as("owner");
    const { key, id } = (await owner("POST", "/keys", { name: "ci" })).body;
    const who = async () => (await fetchChecked("/v1/auth/me", { headers: { "x-api-key": String(key) } })).status;
    expect(await who()).toBe(200);
    expect((await owner("DELETE", `/keys/${String(id)}`)).status).toBe(204);
    expect(await who()).toBe(401);
    expect((await owner("GET", `/keys/${String(id)}`)).body["status"]).toBe("revoked");
    expect((await owner("DELETE", `/keys/${String(id)}`)).status).toBe(204);
  });

  it("make a workspace that its own key opens, and nobody else's", async () => {
    const { as, fetchChecked } = await openRecordDoor();
    const made = await make(as("owner"), "/workspaces", { name: "team-two", display_name: "Team Two" });
    const headers = { authorization: `Bearer ${String(made["key"])}` };
    const list = await fetchChecked("/api/v1/workspaces", { headers });
    expect(await list.json()).toMatchObject({
      total: 1,
      data: [{ id: made.id, slug: "team-two", display_name: "Team Two" }],
    });
    const agents = await fetchChecked("/api/v1/agents", { headers });
    expect(await agents.json()).toMatchObject({ total: 1, data: [{ name: "assistant" }] });
    expect((await as("owner")("GET", `/workspaces/${made.id}`)).status).toBe(404);
    expect((await as("owner")("POST", "/workspaces", { name: "team-two" })).status).toBe(409);
    expect((await as("owner")("POST", "/workspaces", { name: "Team Two" })).status).toBe(400);
  });

  it("are of the person that they name, made with the first of theirs", async () => {
    const { as } = await openRecordDoor();
    const owner = as("owner");
    const mint = async (user_name?: string) =>
      (await owner("POST", "/keys", { name: "laptop", ...(user_name === undefined ? {} : { user_name }) })).body;
    const [mine, first, second, other] = [await mint(), await mint("Ada"), await mint("Ada"), await mint("Grace")];
    expect(second["user_id"]).toBe(first["user_id"]);
    expect(new Set([mine, first, other].map((key) => key["user_id"])).size).toBe(3);
    const users = (await owner("GET", "/users")).body as unknown as { data: readonly { name: string }[] };
    expect(JSON.stringify(users)).toContain("Grace");
    expect((await owner("POST", "/keys", { name: "laptop", user_name: "" })).status).toBe(400);
  });

  it("set a workspace's name and defaults", async () => {
    const { as, admin } = await openRecordDoor();
    const owner = as("owner");
    const agent = await make(owner, "/agents", { name: "a", system_prompt: "" });
    const path = `/workspaces/${admin.workspaceId}`;
    const changed = await owner("PATCH", path, { display_name: "Ours", default_agent_id: agent.id });
    expect(changed.body).toMatchObject({
      display_name: "Ours",
      default_agent_id: agent.id,
      default_model_id: null,
      default_project_id: null,
      slug: "default",
    });
    expect((await owner("PATCH", path, { branch_policy: "deny" })).body).toMatchObject({ branch_policy: "deny" });
    expect((await owner("PATCH", path, { branch_policy: "maybe" })).status).toBe(400);
    expect(changed.body["strict_hooks"]).toBe(false);
    expect((await owner("PATCH", path, { strict_hooks: true })).body).toMatchObject({ strict_hooks: true });
    expect((await owner("PATCH", path, { default_model_id: "nonsense" })).status).toBe(404);
    expect((await owner("PATCH", path, { default_agent_id: null })).body["default_agent_id"]).toBeNull();
  });

  it("turn the terminal's token into a cookie, once", async () => {
    const { as, uses, admin, fetchChecked } = await openRecordDoor();
    const token = uses.signIn.issue({ ...admin, role: "owner" });
    const signedIn = await as("none")("POST", "/auth/sign-in", { token });
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^serai_key=srk_[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(signedIn.text).not.toContain("srk_");
    const [pair = ""] = cookie.split(";");
    const me = await fetchChecked("/v1/auth/me", { headers: { cookie: pair } });
    expect(await me.json()).toMatchObject({ role: "owner", workspace_id: admin.workspaceId });
    expect((await as("none")("POST", "/auth/sign-in", { token })).status).toBe(401);
    const out = await as("none")("POST", "/auth/sign-out");
    expect(out.headers.get("set-cookie")).toMatch(/^serai_key=; .*Max-Age=0/);
  });
});
