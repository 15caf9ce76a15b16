// What the protocols have in common: refusals in each vendor's shape, models, headers of the script.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModelServer, type ModelServer } from "./server.ts";
import {
  anthropicBody,
  AUTH,
  chatBody,
  GEMINI,
  geminiBody,
  post as postTo,
  responsesBody,
  type Answer,
} from "./wire-client.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await openModelServer({ apiKeys: ["good"] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function post(path: string, body: unknown, headers: Record<string, string> = AUTH): Promise<Answer> {
  return postTo(server.url + path, body, headers);
}

async function get(path: string, headers: Record<string, string> = AUTH): Promise<unknown> {
  const response = await fetch(server.url + path, { headers });
  expect(response.status).toBe(200);
  return response.json();
}

describe("all protocols", () => {
  const CALLS: [string, string, object][] = [
    ["anthropic", "/v1/messages", anthropicBody({ text: "Hi" })],
    ["responses", "/v1/responses", responsesBody({ text: "Hi" })],
    ["chat", "/v1/chat/completions", chatBody({ text: "Hi" })],
    ["gemini", `${GEMINI}:generateContent`, geminiBody({ text: "Hi" })],
  ];

  it.each(CALLS)("refuse a wrong key over %s as the vendor does", async (name, path, body) => {
    const refused = await post(path, body, { "x-api-key": "bad" });
    expect(refused.status).toBe(name === "gemini" ? 400 : 401);
    expect(JSON.parse(refused.text).error).toBeDefined();
    expect((await post(path, body, { authorization: "Bearer good" })).status).toBe(200);
  });

  it.each(CALLS)("refuse a broken body over %s with a 400 of the vendor's shape", async (_name, path, body) => {
    for (const broken of [
      "{",
      "null",
      "[]",
      '{"model": 3}',
      JSON.stringify({ ...body, messages: 1, input: 1, contents: 1 }),
    ]) {
      const refused = await post(path, broken);
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.text).error.message).toEqual(expect.any(String));
    }
  });

  it("refuse a script nobody can read with a 400 that says what is wrong with it", async () => {
    const prompts = [
      "```serai-script\n[{]\n```",
      "```serai-script\n[{}",
      '```serai-script\n[{"txet": "Hi"}]\n```',
      "```serai-script {} ```",
    ];
    for (const content of prompts) {
      const refused = await post("/v1/chat/completions", { model: "m", messages: [{ role: "user", content }] });
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.text).error.message).toMatch(/^serai-script/);
    }
  });

  it("answer an unknown path with a 404 of the likely vendor's shape", async () => {
    const anthropic = await post("/messages", {}, { ...AUTH, "anthropic-version": "2023-06-01" });
    const openai = await post("/v2/responses", {}, { authorization: "Bearer good" });
    expect([anthropic.status, openai.status]).toEqual([404, 404]);
    expect(JSON.parse(anthropic.text)).toMatchObject({ type: "error", error: { type: "not_found_error" } });
    expect(JSON.parse(openai.text)).toMatchObject({ error: { code: "model_not_found" } });
  });

  it("list models, and show one", async () => {
    const version = { ...AUTH, "anthropic-version": "2023-06-01" };
    expect(await get("/v1/models", version)).toMatchObject({ data: [{ type: "model" }, {}, {}], has_more: false });
    expect(await get("/v1/models", { authorization: "Bearer good" })).toMatchObject({ object: "list" });
    expect(await get("/v1beta/models?key=good", {})).toMatchObject({
      models: [{ name: "models/gemini-3-pro-preview" }, {}, {}],
    });
    expect(await get("/v1/models/my/model")).toMatchObject({ id: "my/model", object: "model" });
    expect(await get("/v1beta/models/gemini-x")).toMatchObject({ name: "models/gemini-x" });
  });

  it("send the headers a script asks for", async () => {
    const step = { text: "Hi", headers: { "anthropic-ratelimit-unified-status": "allowed_warning" } };
    const { headers } = await post("/v1/messages", anthropicBody(step));
    expect(headers.get("anthropic-ratelimit-unified-status")).toBe("allowed_warning");
  });
});
