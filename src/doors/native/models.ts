/** Models of all providers, under both of their names: `/models` and `/llm-models`. Made at their provider. */
import type { z } from "zod";
import type { CreateModel, ModelListQuery, ModelSettings } from "../../app/records/models.ts";
import { boolParam, idParam } from "../../http/input.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeModel } from "./encode-record.ts";
import { envelopeOf, listQueryOf, recordQuery } from "./record-page.ts";
import { modelPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { editModelBody, model, modelList, modelSource } from "./schema/model.ts";
import type { createModelBody } from "./schema/model.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "models">;

interface Spelling {
  readonly base: string;
  readonly word: string;
}

const spellings: readonly Spelling[] = [
  { base: "/models", word: "Model" },
  { base: "/llm-models", word: "LlmModel" },
];

const group = "models";
const one = { description: "The model", schema: model, headers: versionHeaders } as const;
/** Which of a provider's, or of all. */
export const modelFilter = recordQuery.extend({
  source: modelSource.optional(),
  include_stale: boolParam().optional(),
  favorites_only: boolParam().optional(),
});
const modelQuery = modelFilter.extend({ provider_id: idParam("provider").optional() });

export function modelQueryOf(query: z.output<typeof modelFilter>): ModelListQuery {
  const { source, include_stale: includeStale, favorites_only: isFavorite } = query;
  return {
    ...listQueryOf(query),
    ...(source === undefined ? {} : { source }),
    ...(includeStale === undefined ? {} : { includeStale }),
    ...(isFavorite === undefined ? {} : { isFavorite }),
  };
}

export function modelRoutes(uses: Uses): readonly Route[] {
  return spellings.flatMap((at) => [
    listRoute(uses, at),
    getRoute(uses, at),
    editRoute(uses, at),
    deleteRoute(uses, at),
  ]);
}

function listRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: base,
      id: `list${word}s`,
      group,
      summary: "List models, newest first, then those of the server's environment",
      query: modelQuery,
      responses: { 200: { description: "A page of models", schema: modelList } },
      refusals: ["not_found"],
    },
    async ({ principal, query }) => {
      const { provider_id: providerId } = query;
      const page = await models.list(principal, {
        ...modelQueryOf(query),
        ...(providerId === undefined ? {} : { providerId }),
      });
      return answer(page, (found) => json(200, envelopeOf(found, query, encodeModel)));
    },
  );
}

function getRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: `${base}/{model_id}`,
      id: `get${word}`,
      group,
      summary: "Get a model",
      params: modelPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await models.get(principal, params.model_id), (found) => json(200, encodeModel(found), etagOf(found))),
  );
}

function editRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{model_id}`,
      id: `edit${word}`,
      group,
      summary: "Change what is said of a model",
      params: modelPath,
      body: { kind: "json", schema: editModelBody },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict", "read_only"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { display_name, ...settings } = request.body;
      const name = display_name === undefined ? {} : { display_name };
      const change = { id: request.params.model_id, patch: { ...name, ...settingsOf(settings) }, ...version.value };
      return answer(await models.update(request.principal, change), (changed) =>
        json(200, encodeModel(changed), etagOf(changed)),
      );
    },
  );
}

function deleteRoute({ models }: Uses, { base, word }: Spelling): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{model_id}`,
      id: `delete${word}`,
      group,
      summary: "Delete a model",
      params: modelPath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found", "in_use", "read_only"],
    },
    async ({ principal, params }) => answer(await models.remove(principal, params.model_id), () => empty(204)),
  );
}

export function createModelCommandOf(providerId: string, body: z.output<typeof createModelBody>): CreateModel {
  const { model_id: vendorModel, display_name, ...settings } = body;
  return { providerId, vendorModel, displayName: display_name ?? null, settings: settingsOf(settings) };
}

type WireSettings = Omit<z.output<typeof createModelBody>, "model_id" | "display_name">;

/** A price is one thing: it is set as a whole, so that no half of an old one is left in a new one. */
function settingsOf({ price, ...settings }: WireSettings): ModelSettings {
  if (price === undefined || price === null) return price === undefined ? settings : { ...settings, price };
  const { input, output, cache_read: cacheRead = null, cache_write: cacheWrite = null } = price;
  return { ...settings, price: { input, output, cacheRead, cacheWrite } };
}
