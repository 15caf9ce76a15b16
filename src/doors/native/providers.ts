/**
 * Providers and the models of one (ruling 17), under both of their names: `/providers` and `/llm-providers`.
 * Only an owner may point one at a private address; that is decided in `app/records/base-url`.
 */
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeModel, encodeProvider } from "./encode-record.ts";
import { createModelCommandOf, modelFilter, modelQueryOf } from "./models.ts";
import { envelopeOf, listQueryOf, recordQuery } from "./record-page.ts";
import { providerPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import {
  createModelBody,
  createProviderBody,
  editProviderBody,
  model,
  modelList,
  modelSync,
  provider,
  providerList,
  providerTest,
} from "./schema/model.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "providers" | "models">;

/** Where the routes stand, and what tells their operation ids apart. */
interface Spelling {
  readonly base: string;
  readonly word: string;
}

const spellings: readonly Spelling[] = [
  { base: "/providers", word: "Provider" },
  { base: "/llm-providers", word: "LlmProvider" },
];

const group = "providers";
const one = { description: "The provider", schema: provider, headers: versionHeaders } as const;

export function providerRoutes(uses: Uses): readonly Route[] {
  return spellings.flatMap((at) => [
    createRoute(uses, at),
    listRoute(uses, at),
    getRoute(uses, at),
    editRoute(uses, at),
    deleteRoute(uses, at),
    testRoute(uses, at),
    syncRoute(uses, at),
    addModelRoute(uses, at),
    listModelsRoute(uses, at),
  ]);
}

function createRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "post",
      path: base,
      id: `create${word}`,
      group,
      summary: "Add a provider of models",
      body: { kind: "json", schema: createProviderBody },
      responses: { 201: one },
      refusals: ["already_exists"],
    },
    async ({ principal, body: { name, provider_type: providerType, base_url, api_key } }) => {
      const command = { name, providerType, baseUrl: base_url ?? null, apiKey: api_key ?? null };
      return answer(await providers.create(principal, command), (made) =>
        json(201, encodeProvider(made), { ...etagOf(made), Location: `/api/v1/providers/${made.id}` }),
      );
    },
  );
}

function listRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: base,
      id: `list${word}s`,
      group,
      summary: "List providers, newest first, then those of the server's environment",
      query: recordQuery,
      responses: { 200: { description: "A page of providers", schema: providerList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await providers.list(principal, listQueryOf(query)), query, encodeProvider)),
  );
}

function getRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: `${base}/{provider_id}`,
      id: `get${word}`,
      group,
      summary: "Get a provider",
      params: providerPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await providers.get(principal, params.provider_id), (found) =>
        json(200, encodeProvider(found), etagOf(found)),
      ),
  );
}

function editRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{provider_id}`,
      id: `edit${word}`,
      group,
      summary: "Change a provider",
      description: "Whoever is no owner gives the key again with a new base URL.",
      params: providerPath,
      body: { kind: "json", schema: editProviderBody },
      responses: { 200: one },
      refusals: ["not_found", "already_exists", "version_conflict", "read_only"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, base_url, api_key } = request.body;
      const change = {
        id: request.params.provider_id,
        ...version.value,
        ...(name === undefined ? {} : { name }),
        ...(base_url === undefined ? {} : { baseUrl: base_url }),
        ...(api_key === undefined ? {} : { apiKey: api_key }),
      };
      return answer(await providers.update(request.principal, change), (changed) =>
        json(200, encodeProvider(changed), etagOf(changed)),
      );
    },
  );
}

function deleteRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{provider_id}`,
      id: `delete${word}`,
      group,
      summary: "Delete a provider and its key",
      params: providerPath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found", "in_use", "read_only"],
    },
    async ({ principal, params }) => answer(await providers.remove(principal, params.provider_id), () => empty(204)),
  );
}

function testRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "post",
      path: `${base}/{provider_id}/test`,
      id: `test${word}`,
      group,
      summary: "Try a provider with one small call",
      params: providerPath,
      responses: { 200: { description: "Whether it works, and if not, why", schema: providerTest } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await providers.test(principal, { id: params.provider_id }), (test) =>
        json(200, { ok: test.ok, error: test.ok ? null : test.error }),
      ),
  );
}

function addModelRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "post",
      path: `${base}/{provider_id}/models`,
      id: `add${word}Model`,
      group,
      summary: "Add a model to a provider",
      params: providerPath,
      body: { kind: "json", schema: createModelBody },
      responses: { 201: { description: "The model", schema: model, headers: versionHeaders } },
      refusals: ["not_found", "already_exists"],
    },
    async ({ principal, params, body }) =>
      answer(await models.create(principal, createModelCommandOf(params.provider_id, body)), (made) =>
        json(201, encodeModel(made), { ...etagOf(made), Location: `/api/v1/models/${made.id}` }),
      ),
  );
}

function syncRoute({ providers }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "post",
      path: `${base}/{provider_id}/sync-models`,
      id: `sync${word}Models`,
      group,
      summary: "Look up what models a provider offers",
      description:
        "New ones are added, those that are not listed any more are marked stale, and what people set or made stays.",
      params: providerPath,
      responses: { 200: { description: "What changed, or that it has no list", schema: modelSync } },
      refusals: ["not_found", "provider_failed"],
    },
    async ({ principal, params, signal }) =>
      answer(await providers.sync(principal, { id: params.provider_id, signal }), (synced) => json(200, synced)),
  );
}

function listModelsRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: `${base}/{provider_id}/models`,
      id: `list${word}Models`,
      group,
      summary: "List the models of a provider",
      params: providerPath,
      query: modelFilter,
      responses: { 200: { description: "A page of models", schema: modelList } },
      refusals: ["not_found"],
    },
    async ({ principal, params, query }) => {
      const page = await models.list(principal, { ...modelQueryOf(query), providerId: params.provider_id });
      return answer(page, (found) => json(200, envelopeOf(found, query, encodeModel)));
    },
  );
}
