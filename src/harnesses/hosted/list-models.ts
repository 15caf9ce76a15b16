/**
 * What models a provider offers, by each vendor's own list (`POST /providers/{id}/sync-models`). Read page by page within
 * bounds; what a provider says of itself is never trusted to be small or well-formed. The key goes to the provider's own
 * address and follows no redirect.
 */
import { z } from "zod";
import type { ListedModel, ListedModels, ModelAccess, ModelLister, ProviderType } from "../../core/ports/model.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { detailOf, readFault } from "./faults/read-fault.ts";
import { AccessIncomplete, baseUrlOf } from "./providers.ts";

const DEADLINE_MS = 30_000;
const MAX_PAGES = 20;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_MODELS = 1_000;
/** As a record of ours may name one. */
const VENDOR_MODEL = /^[\x21-\x7e]{1,150}$/;

type Access = Pick<ModelAccess, "providerType" | "baseUrl" | "apiKey">;

interface Page {
  readonly models: readonly ListedModel[];
  /** The query of the next page. */
  readonly next: Readonly<Record<string, string>> | null;
}

interface Wire {
  readonly query: Readonly<Record<string, string>>;
  headers(apiKey: string): Readonly<Record<string, string>>;
  read(body: unknown): Page;
}

const count = z.number().int().positive().nullish().catch(null);
const name = z.string().nullish().catch(null);

const openAiList = z.object({
  data: z.array(
    z.looseObject({ id: z.string(), name, context_length: count, max_model_len: count, max_output_tokens: count }),
  ),
});

/** No list of OpenAI says what a model is for; these answer no chat. */
const NO_CHAT = /embed|whisper|tts|dall-e|moderation|image|audio|realtime|transcribe|sora|davinci|babbage|rerank/i;

const openAi: Wire = {
  query: {},
  headers: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  read(body) {
    const { data } = openAiList.parse(body);
    const models = data
      .filter(({ id }) => !NO_CHAT.test(id))
      .map((each) => ({
        vendorModel: each.id,
        displayName: each.name ?? null,
        contextTokens: each.context_length ?? each.max_model_len ?? null,
        maxOutputTokens: each.max_output_tokens ?? null,
      }));
    return { models, next: null };
  },
};

const anthropicList = z.object({
  data: z.array(z.looseObject({ id: z.string(), display_name: name, max_input_tokens: count, max_tokens: count })),
  has_more: z.boolean().default(false),
  last_id: z.string().nullish(),
});

const anthropic: Wire = {
  query: { limit: "1000" },
  headers: (apiKey) => ({ "x-api-key": apiKey, "anthropic-version": "2023-06-01" }),
  read(body) {
    const { data, has_more: hasMore, last_id: lastId } = anthropicList.parse(body);
    const models = data.map((each) => ({
      vendorModel: each.id,
      displayName: each.display_name ?? null,
      contextTokens: each.max_input_tokens ?? null,
      maxOutputTokens: each.max_tokens ?? null,
    }));
    return { models, next: hasMore && lastId ? { after_id: lastId } : null };
  },
};

const geminiList = z.object({
  models: z
    .array(
      z.looseObject({
        name: z.string(),
        displayName: name,
        inputTokenLimit: count,
        outputTokenLimit: count,
        supportedGenerationMethods: z.array(z.string()).nullish(),
      }),
    )
    .default([]),
  nextPageToken: z.string().nullish(),
});

const gemini: Wire = {
  query: { pageSize: "1000" },
  headers: (apiKey) => ({ "x-goog-api-key": apiKey }),
  read(body) {
    const { models, nextPageToken } = geminiList.parse(body);
    const chatting = models.filter(({ supportedGenerationMethods: can }) => can?.includes("generateContent") !== false);
    const listed = chatting.map((each) => ({
      vendorModel: each.name.replace(/^models\//, ""),
      displayName: each.displayName ?? null,
      contextTokens: each.inputTokenLimit ?? null,
      maxOutputTokens: each.outputTokenLimit ?? null,
    }));
    return { models: listed, next: nextPageToken ? { pageToken: nextPageToken } : null };
  },
};

const wires: Readonly<Record<ProviderType, Wire | null>> = {
  anthropic,
  openai: openAi,
  openai_completions: openAi,
  openai_compatible: openAi,
  gemini,
  scripted: null,
};

export function makeModelLister(): ModelLister {
  return {
    async list(access, signal) {
      const wire = wires[access.providerType];
      if (wire === null) return { kind: "not_supported" };
      using deadline = withDeadline(signal, DEADLINE_MS);
      try {
        return await listAll(wire, access, deadline.signal);
      } catch (cause) {
        if (deadline.signal.aborted)
          return { kind: "failed", error: `No answer within ${DEADLINE_MS / 1_000} seconds` };
        return { kind: "failed", error: sentenceOf(cause, access) };
      }
    },
  };
}

function sentenceOf(cause: unknown, { apiKey }: Access): string {
  if (cause instanceof z.ZodError || cause instanceof SyntaxError) return "What it answered is no list of models";
  if (cause instanceof AccessIncomplete || cause instanceof TooMuch) return cause.message;
  return readFault(cause, { nowMs: 0, apiKey }).detail;
}

class TooMuch extends Error {
  override readonly name = "TooMuch";
}

async function listAll(wire: Wire, access: Access, signal: AbortSignal): Promise<ListedModels> {
  const found = new Map<string, ListedModel>();
  let next: Page["next"] = {};
  for (let pages = 0; next !== null && pages < MAX_PAGES && found.size < MAX_MODELS; pages++) {
    const answer = await ask(access, { wire, query: { ...wire.query, ...next }, signal });
    if (!answer.ok) return refusalOf(answer, access);
    const page: Page = wire.read(JSON.parse(await readText(answer)));
    for (const model of page.models) if (VENDOR_MODEL.test(model.vendorModel)) found.set(model.vendorModel, model);
    next = page.next;
  }
  return { kind: "listed", models: [...found.values()].slice(0, MAX_MODELS) };
}

interface Asking {
  readonly wire: Wire;
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function ask(access: Access, { wire, query, signal }: Asking): Promise<Response> {
  const url = new URL(`${baseUrlOf(access)}/models`);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const { apiKey, baseUrl } = access;
  if (!apiKey && baseUrl === null) throw new AccessIncomplete(`The ${access.providerType} provider has no API key`);
  const headers = { accept: "application/json", ...wire.headers(apiKey || "none") };
  return fetch(url, { headers, signal, redirect: "error" });
}

/** Small servers have no such list. */
async function refusalOf(answer: Response, { providerType, apiKey }: Access): Promise<ListedModels> {
  const said = detailOf(await readText(answer), apiKey);
  if (providerType === "openai_compatible" && [404, 405, 501].includes(answer.status)) return { kind: "not_supported" };
  return { kind: "failed", error: `${answer.status}: ${said === "" ? answer.statusText : said}` };
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = answer.body ?? [];
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_PAGE_BYTES) throw new TooMuch(`Its list of models has more than ${MAX_PAGE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
