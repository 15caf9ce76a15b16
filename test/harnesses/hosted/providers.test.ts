import { afterEach, describe, expect, it, vi } from "vitest";
import type { ModelAccess, ProviderType } from "../../../src/core/ports/model.ts";
import { makeProviderProbe } from "../../../src/harnesses/hosted/probe.ts";
import { baseUrlOf } from "../../../src/harnesses/hosted/providers.ts";
import { openModelServer } from "../../model-server/server.ts";
import { drive, Log, scripted } from "./drive.ts";
import { accessTo, vendors } from "./vendors.ts";

describe("a provider's address (ruling 17)", () => {
  it.each([
    ["anthropic", null, "https://api.anthropic.com/v1"],
    ["anthropic", "http://localhost:1", "http://localhost:1/v1"],
    ["openai", "http://localhost:1/", "http://localhost:1/v1"],
    ["openai_completions", "http://localhost:1/api/", "http://localhost:1/api"],
    ["gemini", null, "https://generativelanguage.googleapis.com/v1beta"],
    ["gemini", "http://localhost:1", "http://localhost:1/v1beta"],
    ["openai_compatible", "http://localhost:11434", "http://localhost:11434/v1"],
    ["openai_compatible", "https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"],
  ] as const)("of %s at %s is %s", (providerType, baseUrl, expected) => {
    expect(baseUrlOf({ providerType, baseUrl })).toBe(expected);
  });
});

describe("an access that cannot work", () => {
  const failing = async (access: Partial<ModelAccess> & { providerType: ProviderType }) => {
    const log = Log.begin("Hi");
    await drive(log, { model: { ...scripted, vendorModel: "m", ...access } });
    return log.last("turn.failed");
  };

  afterEach(() => void vi.unstubAllEnvs());

  it.each(["anthropic", "openai", "openai_completions", "gemini"] as const)(
    "fails at once without a key for %s, whatever the environment has",
    async (providerType) => {
      for (const name of ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"])
        vi.stubEnv(name, "from-the-environment");
      expect(await failing({ providerType })).toMatchObject({
        error_code: "provider_misconfigured",
        error: expect.stringContaining("no API key"),
      });
    },
  );

  it("never sends a key of the environment to somebody's server", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "from-the-environment");
    await using server = await openModelServer();
    await drive(Log.begin("Hi"), {
      model: { ...scripted, providerType: "anthropic", baseUrl: server.url, vendorModel: "claude" },
    });
    expect(JSON.stringify(server.requests.map(({ headers }) => headers))).not.toContain("from-the-environment");
    expect(server.requests).toHaveLength(1);
  });

  it("names what is missing: an address, and one that is a URL", async () => {
    expect(await failing({ providerType: "openai_compatible" })).toMatchObject({
      error: expect.stringContaining("needs a base URL"),
    });
    expect(await failing({ providerType: "openai", baseUrl: "not a url", apiKey: "k" })).toMatchObject({
      error: expect.stringContaining("is no URL"),
    });
  });
});

describe("a probe", () => {
  const never = new AbortController().signal;

  it.each(vendors)("finds $name at work with one tiny call", async (vendor) => {
    await using server = await openModelServer({ apiKeys: ["key-for-tests"] });
    expect(await makeProviderProbe().probe(accessTo(vendor, server.url), never)).toEqual({ ok: true });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.request?.maxTokens).toBe(16);
  });

  it.each(vendors)("says what is wrong with $name, once and without the key", async (vendor) => {
    await using server = await openModelServer({ apiKeys: ["another"] });
    const outcome = await makeProviderProbe().probe(accessTo(vendor, server.url), never);
    expect(outcome).toMatchObject({ ok: false, error: expect.stringContaining("provider_misconfigured") });
    expect(JSON.stringify(outcome)).not.toContain("key-for-tests");
    expect(server.requests).toHaveLength(1);
  });

  it("says so when nobody listens, and when there is nothing to call", async () => {
    const [claude = vendors[0]] = vendors;
    const server = await openModelServer();
    await server[Symbol.asyncDispose]();
    if (claude === undefined) throw new Error("There are vendors");
    expect(await makeProviderProbe().probe(accessTo(claude, server.url), never)).toMatchObject({
      ok: false,
      error: expect.stringContaining("provider_unavailable"),
    });
    expect(await makeProviderProbe().probe({ ...scripted, providerType: "openai_compatible" }, never)).toMatchObject({
      ok: false,
    });
    expect(await makeProviderProbe().probe(scripted, never)).toEqual({ ok: true });
  });
});
