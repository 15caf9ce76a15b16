import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  makeEnvironmentProviders,
  SCRIPTED_MODEL_ID,
  SCRIPTED_PROVIDER_ID,
} from "../../../src/app/records/environment-providers.ts";
import { recordKinds } from "../../../src/core/ports/records.ts";
import { StorageFull } from "../../../src/core/ports/store.ts";
import { codeOf, member, openRecordsWorld, owner, stranger, valueOf, viewer } from "./records-world.ts";

const CANARY = "sk-canary-0123456789abcdef";
const remote = { name: "claude", providerType: "anthropic", apiKey: CANARY } as const;
const signal = new AbortController().signal;

describe("providers", () => {
  it("say that they have a key and never which", async () => {
    const { records } = await openRecordsWorld();
    const made = valueOf(await records.providers.create(member, remote));
    expect(made).toMatchObject({ keyState: "set", body: { key_source: "stored", base_url: null } });
    const shown = [
      made,
      await records.providers.get(owner, made.id),
      await records.providers.list(owner, { limit: 10 }),
    ];
    expect(JSON.stringify(shown)).not.toContain("canary");
  });

  it("hand their key to the model's call and to nobody else (canary)", async () => {
    const world = await openRecordsWorld({
      probe: ({ apiKey }) =>
        Promise.resolve({ ok: false, error: `invalid key ${apiKey} in header x-api-key: ${apiKey}` }),
    });
    const { records, store } = world;
    const provider = valueOf(await records.providers.create(member, remote));
    const model = valueOf(
      await records.models.create(member, { providerId: provider.id, vendorModel: "claude-sonnet-5-5" }),
    );
    const access = valueOf(await records.resolveModel({ workspaceId: member.workspaceId, modelIds: [model.id] }));
    expect(access.apiKey).toBe(CANARY);
    const tested = valueOf(await records.providers.test(member, { id: provider.id, signal }));
    expect(tested).toEqual({ ok: false, error: "invalid key (key) in header x-api-key: (key)" });

    const rows = await Promise.all(
      recordKinds.map((kind) => store.listRecords({ kind, includeArchived: true, limit: 100 })),
    );
    expect(rows.flatMap(({ records: found }) => found).length).toBeGreaterThanOrEqual(3);
    const refusals = [
      await records.providers.create(member, remote),
      await records.providers.create(member, { ...remote, name: "other", apiKey: `${CANARY} \u0007` }),
      await records.providers.update(member, { id: provider.id, apiKey: `${CANARY}é` }),
      await records.providers.update(member, { id: provider.id, apiKey: CANARY, version: 99 }),
    ];
    expect(refusals.map(codeOf)).toEqual(["already_exists", "invalid_input", "invalid_input", "version_conflict"]);
    store.writeRecord = () => Promise.reject(new StorageFull("The disk is full"));
    const fault = await records.providers
      .update(member, { id: provider.id, apiKey: CANARY })
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(StorageFull);
    expect(inspect([rows, refusals, fault], { depth: Infinity })).not.toContain("canary");
  });

  it("have their key set anew and taken away", async () => {
    const { records } = await openRecordsWorld();
    const { id } = valueOf(await records.providers.create(member, { ...remote, apiKey: null }));
    expect(valueOf(await records.providers.get(member, id)).keyState).toBe("unset");
    expect(valueOf(await records.providers.update(member, { id, apiKey: "sk-1" })).keyState).toBe("set");
    const renamed = valueOf(await records.providers.update(member, { id, name: "renamed" }));
    expect(renamed).toMatchObject({ name: "renamed", keyState: "set" });
    const model = valueOf(await records.models.create(member, { providerId: id, vendorModel: "m" }));
    const choice = { workspaceId: member.workspaceId, modelIds: [model.id] };
    expect(valueOf(await records.resolveModel(choice)).apiKey).toBe("sk-1");
    expect(valueOf(await records.providers.update(member, { id, apiKey: null }))).toMatchObject({
      keyState: "unset",
      body: { key_source: "none" },
    });
    expect(valueOf(await records.resolveModel(choice)).apiKey).toBeNull();
  });

  it("whose key was sealed under another secret key say so, and work again once it is set anew", async () => {
    const world = await openRecordsWorld();
    const made = valueOf(await world.records.providers.create(member, remote));
    const model = valueOf(await world.records.models.create(member, { providerId: made.id, vendorModel: "m" }));
    const { records } = world.open(new Uint8Array(32).fill(9));
    expect(valueOf(await records.providers.get(viewer, made.id)).keyState).toBe("needs_key");
    const choice = { workspaceId: member.workspaceId, modelIds: [model.id] };
    const refused = await records.resolveModel(choice);
    expect(refused).toMatchObject({
      ok: false,
      refusal: { code: "invalid_input", reason: expect.stringContaining("another secret key") },
    });
    const tested = valueOf(await records.providers.test(member, { id: made.id, signal }));
    expect(tested).toMatchObject({ ok: false, error: expect.stringContaining("another secret key") });
    valueOf(await records.providers.update(member, { id: made.id, apiKey: "sk-2" }));
    expect(valueOf(await records.resolveModel(choice)).apiKey).toBe("sk-2");
  });

  it("are deleted with their key, but not while a model needs them", async () => {
    const { records, store } = await openRecordsWorld();
    const { id } = valueOf(await records.providers.create(member, remote));
    const model = valueOf(await records.models.create(member, { providerId: id, vendorModel: "m" }));
    expect(await records.providers.remove(member, id)).toMatchObject({
      ok: false,
      refusal: { code: "in_use", name: "claude" },
    });
    valueOf(await records.models.remove(member, model.id));
    valueOf(await records.providers.remove(member, id));
    expect(codeOf(await records.providers.get(member, id))).toBe("not_found");
    expect((await store.listRecords({ kind: "secret", limit: 10 })).total).toBe(0);
  });

  it.each([
    ["http://models.example.com", "anthropic", "http://models.example.com/v1"],
    ["https://models.example.com/", "openai", "https://models.example.com/v1"],
    ["https://models.example.com", "gemini", "https://models.example.com/v1beta"],
    ["https://models.example.com/proxy/", "openai", "https://models.example.com/proxy"],
    ["HTTPS://Models.Example.com:443/v1", "openai", "https://models.example.com/v1"],
  ] as const)("keep the base URL %s of %s as %s", async (baseUrl, providerType, kept) => {
    const { records } = await openRecordsWorld();
    const made = valueOf(await records.providers.create(owner, { name: "p", providerType, baseUrl }));
    expect(made.body.base_url).toBe(kept);
  });

  it.each([
    "models",
    "ftp://a.example.com",
    "file:///etc/passwd",
    "https://user:pw@a.example.com",
    "https://a.example.com/?key=1",
    `https://a.example.com/${"x".repeat(2_000)}`,
  ])("refuse the base URL %.60s", async (baseUrl) => {
    const { records } = await openRecordsWorld();
    const answer = await records.providers.create(owner, { name: "p", providerType: "openai", baseUrl });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/base_url" } });
  });

  it("need a base URL where no vendor has one", async () => {
    const { records } = await openRecordsWorld();
    const answer = await records.providers.create(owner, { name: "p", providerType: "openai_compatible" });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/base_url" } });
  });

  it("reach a private address only when an owner says so", async () => {
    const hosts = { "inside.example.com": ["93.184.216.34", "10.0.0.7"], "outside.example.com": ["93.184.216.34"] };
    const { records } = await openRecordsWorld({ hosts });
    const create = (who: typeof owner, baseUrl: string) =>
      records.providers.create(who, { name: baseUrl, providerType: "openai_compatible", baseUrl });
    const privates = [
      "http://localhost:11434",
      "http://127.0.0.1:1",
      "http://[::1]/v1",
      "http://169.254.169.254/latest",
      "http://2130706433/",
      "http://db/v1",
      "https://inside.example.com/v1",
    ];
    for (const url of privates) {
      const answers = [codeOf(await create(member, url)), codeOf(await create(owner, url))];
      expect([url, ...answers]).toEqual([url, "forbidden", "accepted"]);
    }
    expect(codeOf(await create(member, "https://outside.example.com/v1"))).toBe("accepted");
    expect(codeOf(await create(member, "https://93.184.216.34/v1"))).toBe("invalid_input");
    expect(codeOf(await create(member, "https://nowhere.example.com/v1"))).toBe("invalid_input");
  });

  it("do not send a kept key to an address that a member chose", async () => {
    const hosts = { "evil.example.com": ["93.184.216.34"] };
    const { records } = await openRecordsWorld({ hosts });
    const { id } = valueOf(await records.providers.create(owner, remote));
    const baseUrl = "https://evil.example.com/v1";
    const answer = await records.providers.update(member, { id, baseUrl });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/api_key" } });
    const own = valueOf(await records.providers.update(member, { id, baseUrl, apiKey: "sk-own" }));
    expect(own).toMatchObject({ keyState: "set", body: { base_url: baseUrl } });
    expect(codeOf(await records.providers.update(owner, { id, baseUrl: null }))).toBe("accepted");
  });

  it("never join a new address and the old key, wherever the way is broken off", async () => {
    const hosts = { "evil.example.com": ["93.184.216.34"] };
    const { records, store } = await openRecordsWorld({ hosts });
    const { id } = valueOf(await records.providers.create(owner, remote));
    const model = valueOf(await records.models.create(owner, { providerId: id, vendorModel: "m" }));
    const write = store.writeRecord.bind(store);
    let writes = 0;
    store.writeRecord = (each) => (++writes === 2 ? Promise.reject(new Error("Power is gone")) : write(each));
    const change = { id, baseUrl: "https://evil.example.com/v1", apiKey: "sk-own" };
    await expect(records.providers.update(member, change)).rejects.toThrow("Power is gone");
    const access = valueOf(await records.resolveModel({ workspaceId: owner.workspaceId, modelIds: [model.id] }));
    expect(access).toMatchObject({ baseUrl: change.baseUrl, apiKey: null });
  });

  it("are tried with a model of theirs, within a deadline that ends with the request", async () => {
    const world = await openRecordsWorld();
    const { records, probed } = world;
    const { id } = valueOf(await records.providers.create(member, remote));
    expect(valueOf(await records.providers.test(member, { id, signal }))).toEqual({ ok: true });
    valueOf(
      await records.models.create(member, {
        providerId: id,
        vendorModel: "claude-opus-5-5",
        settings: { enabled: false },
      }),
    );
    valueOf(await records.models.create(member, { providerId: id, vendorModel: "claude-haiku-5-5" }));
    valueOf(await records.providers.test(member, { id, signal }));
    expect(probed.map(({ vendorModel }) => vendorModel)).toEqual(["claude-sonnet-5-5", "claude-haiku-5-5"]);
    const bare = valueOf(
      await records.providers.create(owner, {
        name: "b",
        providerType: "openai_compatible",
        baseUrl: "http://localhost:1",
      }),
    );
    expect(valueOf(await records.providers.test(owner, { id: bare.id, signal }))).toMatchObject({ ok: false });
    expect(codeOf(await records.providers.test(viewer, { id, signal }))).toBe("forbidden");
    expect(codeOf(await records.providers.test(stranger, { id, signal }))).toBe("not_found");
  });
});

describe("models", () => {
  it("belong to a provider that is there, once each", async () => {
    const { records } = await openRecordsWorld();
    const { id } = valueOf(await records.providers.create(member, remote));
    const model = valueOf(await records.models.create(member, { providerId: id, vendorModel: "m" }));
    expect(model.body).toMatchObject({ provider_id: id, model_id: "m", display_name: "m", enabled: true });
    const again = await records.models.create(member, { providerId: id, vendorModel: "m", displayName: "M" });
    expect(again).toEqual({ ok: false, refusal: { code: "already_exists", kind: "model", name: "m" } });
    expect(codeOf(await records.models.create(stranger, { providerId: id, vendorModel: "m" }))).toBe("not_found");
    expect(codeOf(await records.models.create(member, { providerId: id, vendorModel: "a b" }))).toBe("invalid_input");
  });

  it("are listed by provider, those of the environment too", async () => {
    const { records } = await openRecordsWorld({ environment: { ANTHROPIC_API_KEY: "sk" } });
    const [anthropic] = (await records.providers.list(viewer, { limit: 10 })).items;
    const providerId = anthropic?.id ?? "";
    const own = valueOf(await records.models.create(member, { providerId, vendorModel: "claude-fable-5-2" }));
    const page = valueOf(await records.models.list(viewer, { providerId, limit: 2 }));
    expect(page).toMatchObject({ total: 4, items: [{ id: own.id }, { isVirtual: true }] });
    expect(valueOf(await records.models.list(viewer, { limit: 10 })).total).toBe(5);
    expect(codeOf(await records.models.list(viewer, { providerId: "prv_1", limit: 2 }))).toBe("not_found");
  });

  it("stay while an agent, a harness or the workspace names them", async () => {
    const world = await openRecordsWorld();
    const { records, store } = world;
    const body = JSON.stringify({ display_name: "One" });
    const record = { kind: "workspace", id: owner.workspaceId, name: "one", body } as const;
    const { ROOT_WORKSPACE_ID } = await import("../../../src/app/records/virtual.ts");
    await store.writeRecord({ kind: "create", record: { ...record, workspaceId: ROOT_WORKSPACE_ID } });
    const { id: providerId } = valueOf(await records.providers.create(owner, remote));
    const { id } = valueOf(await records.models.create(owner, { providerId, vendorModel: "m" }));
    const inUseBy = async () => {
      const answer = await records.models.remove(owner, id);
      return answer.ok || answer.refusal.code !== "in_use" ? codeOf(answer) : answer.refusal.by;
    };
    valueOf(await records.workspaces.update(owner, { id: owner.workspaceId, patch: { default_model_id: id } }));
    expect(await inUseBy()).toBe('workspace "one"');
    const harness = valueOf(
      await records.harnesses.create(owner, { name: "h", body: { kind: "hosted", default_model_id: id } }),
    );
    expect(await inUseBy()).toBe('harness "h"');
    const agent = valueOf(
      await records.agents.create(owner, { name: "a", body: { system_prompt: "", default_model_id: id } }),
    );
    expect(await inUseBy()).toBe('agent "a"');
    valueOf(await records.agents.remove(owner, agent.id));
    valueOf(await records.harnesses.remove(owner, harness.id));
    valueOf(await records.workspaces.update(owner, { id: owner.workspaceId, patch: { default_model_id: null } }));
    expect(await inUseBy()).toBe("accepted");
  });
});

describe("the environment", () => {
  const environment = {
    ANTHROPIC_API_KEY: "sk-a",
    OPENAI_API_KEY: " sk-o ",
    GEMINI_API_KEY: "",
    GEMINI_BASE_URL: "http://127.0.0.1:9",
  };

  it("brings the providers whose keys it holds, and always the scripted one", () => {
    const { providers, models, keyOf, defaultModelId } = makeEnvironmentProviders(environment);
    expect(providers.map(({ body }) => body.provider_type)).toEqual(["anthropic", "openai", "scripted"]);
    expect(models).toHaveLength(7);
    expect(defaultModelId).toBe(models[0]?.id);
    expect(providers.map(({ id }) => keyOf(id))).toEqual(["sk-a", "sk-o", null]);
    expect(JSON.stringify([providers, models])).not.toContain("sk-");
  });

  it("gives the same ids after every start", () => {
    const ids = () => makeEnvironmentProviders(environment).models.map(({ id }) => id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(7);
  });

  it("has base URLs of its own, to anywhere; one that cannot be used is reported and its provider left out", () => {
    const good = makeEnvironmentProviders({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://localhost:8080/" });
    expect(good.providers[0]?.body.base_url).toBe("http://localhost:8080/v1");
    const bad = makeEnvironmentProviders({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: "localhost" });
    expect(bad.providers.map(({ body }) => body.provider_type)).toEqual(["scripted"]);
    expect(bad.refusals).toMatchObject([{ variable: "OPENAI_BASE_URL", refusal: { code: "invalid_input" } }]);
  });

  it("is changed by nobody through the server", async () => {
    const { records } = await openRecordsWorld({ environment });
    for (const { id } of (await records.providers.list(owner, { limit: 10 })).items) {
      expect(codeOf(await records.providers.update(owner, { id, apiKey: "sk" }))).toBe("read_only");
      expect(codeOf(await records.providers.remove(owner, id))).toBe("read_only");
    }
    expect(codeOf(await records.models.update(owner, { id: SCRIPTED_MODEL_ID, patch: { enabled: false } }))).toBe(
      "read_only",
    );
    expect(codeOf(await records.models.remove(owner, SCRIPTED_MODEL_ID))).toBe("read_only");
  });
});

describe("which model answers", () => {
  const { workspaceId } = member;

  it("is the scripted one when nothing is configured", async () => {
    const { records } = await openRecordsWorld();
    const access = valueOf(await records.resolveModel({ workspaceId, modelIds: [null, undefined] }));
    expect(access).toMatchObject({
      providerType: "scripted",
      providerId: SCRIPTED_PROVIDER_ID,
      modelId: SCRIPTED_MODEL_ID,
      vendorModel: "scripted",
      apiKey: null,
    });
  });

  it("is the first of the environment when nothing is named", async () => {
    const { records } = await openRecordsWorld({ environment: { OPENAI_API_KEY: "sk-o" } });
    const access = valueOf(await records.resolveModel({ workspaceId, modelIds: [] }));
    expect(access).toMatchObject({
      providerType: "openai",
      apiKey: "sk-o",
      canSeeImages: true,
      contextTokens: 272_000,
    });
    expect(access.price).not.toBeNull();
  });

  it("is the oldest enabled one that was configured when the environment has none", async () => {
    const { records } = await openRecordsWorld();
    const { id: providerId } = valueOf(await records.providers.create(member, remote));
    const old = valueOf(await records.models.create(member, { providerId, vendorModel: "old" }));
    valueOf(await records.models.create(member, { providerId, vendorModel: "new" }));
    const first = valueOf(await records.resolveModel({ workspaceId, modelIds: [] }));
    valueOf(await records.models.update(member, { id: old.id, patch: { enabled: false } }));
    const then = valueOf(await records.resolveModel({ workspaceId, modelIds: [] }));
    expect([first.vendorModel, then.vendorModel]).toEqual(["old", "new"]);
    const other = valueOf(await records.resolveModel({ workspaceId: stranger.workspaceId, modelIds: [] }));
    expect(other.providerType).toBe("scripted");
  });

  it("is the nearest one that is named, and no other in its stead", async () => {
    const { records } = await openRecordsWorld();
    const { id: providerId } = valueOf(await records.providers.create(member, remote));
    const near = valueOf(await records.models.create(member, { providerId, vendorModel: "near" }));
    const far = valueOf(await records.models.create(member, { providerId, vendorModel: "far" }));
    const modelIds = [null, near.id, far.id];
    expect(valueOf(await records.resolveModel({ workspaceId, modelIds })).vendorModel).toBe("near");
    valueOf(await records.models.update(member, { id: near.id, patch: { enabled: false } }));
    expect(codeOf(await records.resolveModel({ workspaceId, modelIds }))).toBe("invalid_input");
    valueOf(await records.models.remove(member, near.id));
    expect(codeOf(await records.resolveModel({ workspaceId, modelIds }))).toBe("not_found");
    expect(codeOf(await records.resolveModel({ workspaceId: stranger.workspaceId, modelIds: [far.id] }))).toBe(
      "not_found",
    );
  });

  it("is described by its record before the price table, and cautiously when nobody knows it", async () => {
    const { records } = await openRecordsWorld();
    const { id: providerId } = valueOf(await records.providers.create(member, remote));
    const settings = { context_tokens: 9_000, price: { input: 1, output: 2 }, can_see_images: true };
    const told = valueOf(await records.models.create(member, { providerId, vendorModel: "mine", settings }));
    const access = valueOf(await records.resolveModel({ workspaceId, modelIds: [told.id] }));
    expect(access).toMatchObject({
      contextTokens: 9_000,
      maxOutputTokens: 4_096,
      price: { input: 1, output: 2 },
      canSeeImages: true,
    });
    const unknown = valueOf(await records.models.create(member, { providerId, vendorModel: "unheard-of" }));
    const cautious = valueOf(await records.resolveModel({ workspaceId, modelIds: [unknown.id] }));
    expect(cautious).toMatchObject({ contextTokens: 32_000, price: null, canSeeImages: false });
  });
});
