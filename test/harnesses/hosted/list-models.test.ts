/** What each vendor's own list of models is read as, page by page; and what comes of lists that are none. */
import { describe, expect, it } from "vitest";
import { makeModelLister } from "../../../src/harnesses/hosted/list-models.ts";
import { redirect, serve, text } from "../../lib/fetch/local-server.ts";
import type { Answer } from "../../lib/fetch/local-server.ts";
import { openModelServer } from "../../model-server/server.ts";
import { accessTo, vendors } from "./vendors.ts";
import type { Vendor } from "./vendors.ts";

const lister = makeModelLister();
const signal = new AbortController().signal;
const json = (body: unknown): Answer => text(JSON.stringify(body), "application/json");

async function listAt(answers: Readonly<Record<string, Answer>>, name: Vendor["name"] = "openai_compatible") {
  await using server = await serve(answers);
  return await lister.list({ providerType: name, baseUrl: server.url, apiKey: "sk-canary-key" }, signal);
}

describe.each(vendors)("the models of $name", (vendor) => {
  it("are all that its list has, over all pages, with the key where the vendor wants it", async () => {
    const models = Array.from({ length: 2_500 }, (_, index) => `model-${index}`);
    await using server = await openModelServer({ models, apiKeys: ["key-for-tests"] });
    const listed = await lister.list(accessTo(vendor, server.url), signal);
    if (listed.kind !== "listed") throw new Error(JSON.stringify(listed));
    // The vendors page; the others' lists are one page. No more than a thousand are taken.
    expect(listed.models.map(({ vendorModel }) => vendorModel)).toEqual(models.slice(0, 1_000));
  });

  it("cannot be had with a wrong key, and the reason does not repeat it", async () => {
    await using server = await openModelServer({ apiKeys: ["another"] });
    const listed = await lister.list(accessTo(vendor, server.url, { apiKey: "sk-canary-key" }), signal);
    expect(listed).toMatchObject({ kind: "failed", error: expect.stringMatching(/^40[01]: ./) });
    expect(JSON.stringify(listed)).not.toContain("sk-canary-key");
  });
});

describe("a list of models", () => {
  it.each(["anthropic", "gemini"] as const)("of %s is read page by page", async (name) => {
    const pages: Readonly<Record<string, unknown>> = {
      anthropic: { data: [{ id: "a", display_name: "A" }], has_more: true, last_id: "a" },
      gemini: {
        models: [{ name: "models/a", displayName: "A", inputTokenLimit: 5, outputTokenLimit: 3 }],
        nextPageToken: "t",
      },
    };
    const last = { anthropic: { data: [{ id: "b" }], has_more: false }, gemini: { models: [{ name: "models/b" }] } };
    const answer: Answer = (request, response) => {
      const isNext = /after_id=a|pageToken=t/.test(request.url ?? "");
      return json(isNext ? last[name] : pages[name])(request, response);
    };
    const listed = await listAt({ "/v1/models": answer, "/v1beta/models": answer }, name);
    expect(listed).toMatchObject({
      models: [
        { vendorModel: "a", displayName: "A" },
        { vendorModel: "b", displayName: null },
      ],
    });
  });

  it("of Gemini has none that cannot answer, and says how much fits into each", async () => {
    const models = [
      {
        name: "models/gemini-x",
        inputTokenLimit: 1000,
        outputTokenLimit: 100,
        supportedGenerationMethods: ["generateContent"],
      },
      { name: "models/embedding-x", supportedGenerationMethods: ["embedContent"] },
    ];
    expect(await listAt({ "/v1beta/models": json({ models }) }, "gemini")).toEqual({
      kind: "listed",
      models: [{ vendorModel: "gemini-x", displayName: null, contextTokens: 1000, maxOutputTokens: 100 }],
    });
  });

  it("in OpenAI's manner is read as others extend it, without what answers no chat", async () => {
    const data = [
      { id: "qwen/qwen3", name: "Qwen 3", context_length: 32_000 },
      { id: "local", max_model_len: 4_096 },
      { id: "text-embedding-3-small" },
      { id: "whisper-1" },
      { id: "has spaces in it" },
    ];
    expect(await listAt({ "/v1/models": json({ object: "list", data }) })).toEqual({
      kind: "listed",
      models: [
        { vendorModel: "qwen/qwen3", displayName: "Qwen 3", contextTokens: 32_000, maxOutputTokens: null },
        { vendorModel: "local", displayName: null, contextTokens: 4_096, maxOutputTokens: null },
      ],
    });
  });

  it("that a small server does not have is not supported; the scripted provider has none either", async () => {
    expect(await listAt({})).toEqual({ kind: "not_supported" });
    expect(await listAt({}, "openai")).toMatchObject({ kind: "failed", error: expect.stringContaining("404") });
    expect(await lister.list({ providerType: "scripted", baseUrl: null, apiKey: null }, signal)).toEqual({
      kind: "not_supported",
    });
  });

  it.each([
    ["no JSON", text("<html>", "text/html"), "no list of models"],
    ["of another shape", json({ data: "none" }), "no list of models"],
    ["too large", text("x".repeat(17 * 1024 * 1024), "application/json"), "more than"],
    ["elsewhere", redirect("http://127.0.0.1:1/"), ""],
  ])("that is %s is said to be so", async (_, answer, words) => {
    const listed = await listAt({ "/v1/models": answer });
    expect(listed).toMatchObject({ kind: "failed", error: expect.stringContaining(words) });
  });

  it("of nobody, or without a key where one is needed, is said to be so", async () => {
    const nobody = { providerType: "openai_compatible", baseUrl: "http://127.0.0.1:1/v1", apiKey: null } as const;
    expect(await lister.list(nobody, signal)).toMatchObject({ kind: "failed" });
    expect(await lister.list({ providerType: "openai", baseUrl: null, apiKey: null }, signal)).toEqual({
      kind: "failed",
      error: "The openai provider has no API key",
    });
  });
});
