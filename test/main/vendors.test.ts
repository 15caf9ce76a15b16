/**
 * What a message asks for really reaches the vendor: over a real server, its real HTTP API, and each vendor's own wire.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwaitedMessage } from "../../src/doors/native/schema/message.ts";
import { vendors } from "../harnesses/hosted/vendors.ts";
import type { Vendor } from "../harnesses/hosted/vendors.ts";
import { picture } from "../lib/pictures.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer, RecordedRequest } from "../model-server/server.ts";
import { apiOf, startServer } from "./server-process.ts";
import type { Api, ServerProcess } from "./server-process.ts";

let folder: string;
let models: ModelServer;
let server: ServerProcess;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-vendors-"));
  models = await openModelServer();
  server = await startServer({ folder });
  api = apiOf(server);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = (await api.json(method, path, body)) as Answered<T>;
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

type Made = { readonly id: string };

/** A provider of this vendor at the model server, and two models of it. */
async function setUp({ name, vendorModel }: Vendor): Promise<{ readonly first: string; readonly second: string }> {
  const body = {
    name: `${name} ${Math.random()}`,
    provider_type: name,
    base_url: models.url,
    api_key: "key-for-tests",
  };
  const provider = await call<Made>("POST", "/providers", body);
  const make = (model_id: string) =>
    call<Made>("POST", `/providers/${provider.id}/models`, { model_id, can_see_images: true });
  return { first: (await make(vendorModel)).id, second: (await make(`${vendorModel}-2`)).id };
}

async function sessionOf(modelId: string): Promise<string> {
  const agents = await call<{ readonly data: readonly Made[] }>("GET", "/agents");
  return (await call<Made>("POST", "/sessions", { agent_id: agents.data[0]?.id, model_id: modelId })).id;
}

/** Sends and waits, and gives what the vendor was sent for it. */
async function ask(sessionId: string, body: object): Promise<RecordedRequest> {
  const before = models.requests.length;
  const answer = await call<AwaitedMessage>("POST", `/sessions/${sessionId}/messages?wait=true`, body);
  expect(answer).toMatchObject({ status: "completed", error: null });
  const sent = models.requests[before];
  if (sent === undefined) throw new Error("The vendor was not asked");
  return sent;
}

const text = (words: string) => ({ type: "text", text: words });
const bodyOf = ({ body }: RecordedRequest) => JSON.stringify(body);

async function upload(bytes: Uint8Array): Promise<string> {
  const form = new FormData();
  form.append("file", new File([Uint8Array.from(bytes)], "screenshot.png"));
  const response = await api.fetch("/images", { method: "POST", body: form });
  expect(response.status).toBe(201);
  return ((await response.json()) as Made).id;
}

/** Where each vendor wants to see the type of a picture. */
const typeFields: Readonly<Record<string, (mediaType: string) => string>> = {
  anthropic: (type) => `"media_type":"${type}"`,
  gemini: (type) => `"mimeType":"${type}"`,
};

describe.each(vendors)("a message for $name", (vendor) => {
  it("shows the model an uploaded picture and one that came inside it, byte for byte", async () => {
    const { first } = await setUp(vendor);
    const id = await sessionOf(first);
    const [png, gif] = [await picture("png", 64), await picture("gif", 48)];
    const sent = await ask(id, {
      message: {
        content: [
          text("What is in these?"),
          { type: "image_file", image_id: await upload(png), filename: "screenshot.png" },
          { type: "image", base64: gif.toString("base64"), media_type: "image/png" },
        ],
      },
    });
    const body = bodyOf(sent);
    for (const [bytes, type] of [
      [png, "image/png"],
      [gif, "image/gif"],
    ] as const) {
      expect(body).toContain(bytes.toString("base64"));
      expect(body).toContain(typeFields[vendor.name]?.(type) ?? `data:${type};base64,`);
    }
    // The next turn shows them again, and the vendor still takes the conversation.
    const next = await ask(id, { message: { content: [text("And now?")] } });
    expect(bodyOf(next)).toContain(gif.toString("base64"));
  });

  it("names a picture by its address where the vendor fetches it", async () => {
    const { first } = await setUp(vendor);
    const url = "https://example.com/pictures/a.png?size=large";
    const message = { message: { content: [text("And this?"), { type: "image", url }] } };
    const id = await sessionOf(first);
    if (vendor.name === "gemini") {
      expect(await api.json("POST", `/sessions/${id}/messages`, message)).toMatchObject({
        status: 400,
        body: { path: "/message/content/1/url" },
      });
      return;
    }
    expect(bodyOf(await ask(id, message))).toContain(url);
  });

  it("carries its controls, from either place, for its own turn only", async () => {
    const { first, second } = await setUp(vendor);
    const id = await sessionOf(first);
    const content = [text("Hi")];
    const plain = await ask(id, { message: { content } });
    const short = await ask(id, { message: { content, controls: { max_tokens: 321, temperature: 0.25 } } });
    expect(short.request?.maxTokens).toBe(321);
    // OpenAI's reasoning models take no temperature, and its package leaves it out.
    expect(short.request?.temperature).toBe(vendor.name === "openai" ? undefined : 0.25);
    const controls = { model_id: second, max_tokens: 1_200, reasoning: { effort: "high" } };
    const other = await ask(id, { message: { content, controls: { max_tokens: 1_500 } }, controls });
    expect(other.request).toMatchObject({ model: `${vendor.vendorModel}-2`, maxTokens: expect.any(Number) });
    const effort = other.request?.reasoning;
    if (vendor.thinks) expect(effort?.effort ?? effort?.budgetTokens).toBeDefined();
    const after = await ask(id, { message: { content } });
    expect(after.request?.model).toBe(plain.request?.model);
    expect(after.request?.maxTokens).toBe(plain.request?.maxTokens);
    expect(after.request?.temperature).toBeUndefined();
    expect(after.request?.reasoning).toEqual(plain.request?.reasoning);
  });
});

it("names what a model cannot see, and sends it nothing", async () => {
  const [vendor] = vendors;
  if (vendor === undefined) throw new Error("There are no vendors");
  const { first } = await setUp(vendor);
  await call("PATCH", `/models/${first}`, { can_see_images: false });
  const id = await sessionOf(first);
  const image = { type: "image", base64: (await picture("png")).toString("base64") };
  const before = models.requests.length;
  const refused = await api.json("POST", `/sessions/${id}/messages`, { message: { content: [text("Look"), image] } });
  expect(refused).toMatchObject({ status: 400, body: { code: "invalid_input", path: "/message/content/1" } });
  expect(models.requests).toHaveLength(before);
});
