/** Models as a provider lists them: added, brought up to date, marked when they are gone; and what people set stays. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ListedModel, ListedModels } from "../../../src/core/ports/model.ts";
import type { Model } from "../../../src/doors/native/schema/model.ts";
import { openRecordDoor } from "./open-records.ts";
import type { Call } from "./open-records.ts";

const CANARY = "sk-canary-4711";

let answer: ListedModels;
let asked: unknown[];
let owner: Call;
let provider: string;
let resolve: (modelId?: string) => Promise<unknown>;
beforeEach(async () => {
  asked = [];
  const list = (access: unknown) => {
    asked.push(access);
    return Promise.resolve(answer);
  };
  const door = await openRecordDoor({ lister: { list } });
  owner = door.as("owner");
  const body = { name: "mine", provider_type: "openai", api_key: CANARY };
  provider = String((await owner("POST", "/providers", body)).body["id"]);
  resolve = async () => door.uses.resolveModel({ workspaceId: door.admin.workspaceId, modelIds: [] });
});

const said = (vendorModel: string, more: Partial<ListedModel> = {}): ListedModel => ({
  vendorModel,
  displayName: null,
  contextTokens: null,
  maxOutputTokens: null,
  ...more,
});
const listed = (...models: (string | ListedModel)[]) => {
  answer = { kind: "listed", models: models.map((one) => (typeof one === "string" ? said(one) : one)) };
};
const sync = async () => (await owner("POST", `/providers/${provider}/sync-models`)).body;
async function models(query = ""): Promise<readonly Model[]> {
  const { body } = await owner("GET", `/providers/${provider}/models?limit=100${query}`);
  return (body["data"] as Model[]).toReversed();
}

describe("a provider's models", () => {
  it("K8: are looked up with its key, added once, and said to be discovered", async () => {
    listed("a", said("b", { displayName: "Bee", contextTokens: 9_000, maxOutputTokens: 900 }));
    expect(await sync()).toEqual({ status: "success", created: 2, updated: 0, stale: 0 });
    expect(asked).toMatchObject([{ providerType: "openai", apiKey: CANARY }]);
    expect(await sync()).toEqual({ status: "success", created: 0, updated: 0, stale: 0 });
    expect(await models()).toMatchObject([
      { model_id: "a", display_name: "a", source: "discovered", status: "active", is_favorite: false },
      { model_id: "b", display_name: "Bee", context_tokens: 9_000, max_output_tokens: 900 },
    ]);
    const { body } = await owner("GET", `/providers/${provider}`);
    expect(body["last_synced_at"]).toMatch(/^2027-/);
    expect(JSON.stringify(body)).not.toContain(CANARY);
    // The other name of the same route.
    expect((await owner("POST", `/llm-providers/${provider}/sync-models`)).status).toBe(200);
  });

  it("K8: follow what the vendor says, but for what a person set", async () => {
    listed(said("a", { displayName: "A", contextTokens: 1 }), said("b", { displayName: "B", contextTokens: 1 }));
    await sync();
    const [a] = await models();
    await owner("PATCH", `/models/${a?.id}`, { display_name: "My A", is_favorite: true });
    listed(said("a", { displayName: "A 2", contextTokens: 2 }), said("b", { displayName: "B", contextTokens: 1 }));
    expect(await sync()).toMatchObject({ created: 0, updated: 1, stale: 0 });
    expect(await models()).toMatchObject([
      { display_name: "My A", context_tokens: 2, is_favorite: true },
      { display_name: "B", context_tokens: 1 },
    ]);
    listed(said("a", { displayName: "A 3", contextTokens: null }), said("b", { displayName: "B", contextTokens: 1 }));
    expect(await sync()).toMatchObject({ updated: 1 });
    expect(await sync()).toMatchObject({ updated: 0 });
  });

  it("K8: are marked when the vendor lists them no more, left out of lists, and come back when it does", async () => {
    listed("a", "b");
    await sync();
    listed("b");
    expect(await sync()).toEqual({ status: "success", created: 0, updated: 0, stale: 1 });
    expect(await sync()).toMatchObject({ stale: 0 });
    expect((await models()).map(({ model_id }) => model_id)).toEqual(["b"]);
    expect(await models("&include_stale=true")).toMatchObject([{ model_id: "a", status: "stale" }, { model_id: "b" }]);
    listed("a", "b");
    expect(await sync()).toMatchObject({ created: 0, updated: 1 });
    expect(await models()).toHaveLength(2);
  });

  it("K8: that people added are theirs, whether the vendor lists them or not", async () => {
    await owner("POST", `/providers/${provider}/models`, { model_id: "a", display_name: "Mine" });
    await owner("POST", `/providers/${provider}/models`, { model_id: "private" });
    listed(said("a", { displayName: "A" }), "b");
    expect(await sync()).toEqual({ status: "success", created: 1, updated: 0, stale: 0 });
    expect(await models("&source=manual")).toMatchObject([{ display_name: "Mine" }, { model_id: "private" }]);
    expect(await models("&source=discovered")).toMatchObject([{ model_id: "b" }]);
    const { body } = await owner("GET", "/models?source=predefined");
    expect(body).toMatchObject({ total: 1, data: [{ model_id: "scripted" }] });
  });

  it("are found by favourites alone, over all providers", async () => {
    listed("a", "b");
    await sync();
    const [, b] = await models();
    await owner("PATCH", `/models/${b?.id}`, { is_favorite: true });
    expect((await owner("GET", "/models?favorites_only=true")).body).toMatchObject({
      total: 1,
      data: [{ model_id: "b" }],
    });
    expect((await owner("GET", "/llm-models?favorites_only=1&source=manual")).body).toMatchObject({ total: 0 });
  });

  it("go with their provider, unless a person added one or something goes by one", async () => {
    listed("a", "b");
    await sync();
    const [a] = await models();
    const agent = await owner("POST", "/agents", { name: "x", system_prompt: "", default_model_id: a?.id });
    const remove = () => owner("DELETE", `/providers/${provider}`);
    expect(await remove()).toMatchObject({ status: 409, body: { code: "in_use", by: 'agent "x"' } });
    await owner("PATCH", `/agents/${String(agent.body["id"])}`, { default_model_id: null });
    const added = await owner("POST", `/providers/${provider}/models`, { model_id: "mine" });
    expect(await remove()).toMatchObject({ status: 409, body: { code: "in_use" } });
    expect(await models()).toHaveLength(3);
    await owner("DELETE", `/models/${String(added.body["id"])}`);
    expect((await remove()).status).toBe(204);
    expect((await owner("GET", "/models?source=discovered&include_stale=true")).body).toMatchObject({ total: 0 });
  });

  it("that were only discovered answer by default after one that a person chose or that is known", async () => {
    listed("aaa-unknown", "gpt-5.5");
    await sync();
    expect(await resolve()).toMatchObject({ value: { vendorModel: "gpt-5.5" } });
    await owner("POST", `/providers/${provider}/models`, { model_id: "chosen" });
    expect(await resolve()).toMatchObject({ value: { vendorModel: "chosen" } });
  });

  it("K8: stay as they are when the provider fails, and that is a 502 in its words; one without a list says so", async () => {
    listed("a");
    await sync();
    answer = { kind: "failed", error: "401: bad key" };
    const failed = await owner("POST", `/providers/${provider}/sync-models`);
    expect(failed).toMatchObject({ status: 502, body: { code: "provider_failed" } });
    expect(failed.text).toContain("401: bad key");
    answer = { kind: "not_supported" };
    expect(await sync()).toEqual({ status: "not_supported" });
    expect(await models()).toHaveLength(1);
  });
});
