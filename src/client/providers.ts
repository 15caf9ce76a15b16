/** Providers and their models. A provider's key goes in and never comes out. */
import type {
  Model as WireModel,
  ModelList as WireModelList,
  Provider as WireProvider,
  ProviderList as WireProviderList,
  ProviderTest as WireProviderTest,
} from "../doors/native/schema/model.ts";
import type {
  CreateModel,
  CreateProvider,
  EditModel,
  EditProvider,
  Model,
  ModelList,
  PageQuery,
  Provider,
  ProviderList,
  ProviderTest,
} from "./shapes.ts";
import type { Transport } from "./transport.ts";

export interface Providers {
  list(query?: PageQuery): Promise<ProviderList>;
  get(providerId: string): Promise<Provider>;
  create(provider: CreateProvider): Promise<Provider>;
  update(providerId: string, change: EditProvider): Promise<Provider>;
  delete(providerId: string): Promise<void>;
  /** One small call to the provider, to see whether address and key are right. */
  test(providerId: string): Promise<ProviderTest>;
}

export interface Models {
  list(query?: PageQuery & { readonly providerId?: string }): Promise<ModelList>;
  get(modelId: string): Promise<Model>;
  create(providerId: string, model: CreateModel): Promise<Model>;
  update(modelId: string, change: EditModel): Promise<Model>;
  delete(modelId: string): Promise<void>;
}

function providerPath(id: string, rest = ""): string {
  return `/providers/${encodeURIComponent(id)}${rest}`;
}

export function makeProviders({ json, empty }: Transport): Providers {
  return {
    list: (query) => json<WireProviderList>({ method: "GET", path: "/providers", query: { ...query } }),
    get: (id) => json<WireProvider>({ method: "GET", path: providerPath(id) }),
    create: (provider) => json<WireProvider>({ method: "POST", path: "/providers", json: provider }),
    update: (id, change) => json<WireProvider>({ method: "PATCH", path: providerPath(id), json: change }),
    delete: (id) => empty({ method: "DELETE", path: providerPath(id) }),
    test: (id) => json<WireProviderTest>({ method: "POST", path: providerPath(id, "/test") }),
  };
}

export function makeModels({ json, empty }: Transport): Models {
  const at = (id: string) => `/models/${encodeURIComponent(id)}`;
  return {
    list: (query) => json<WireModelList>({ method: "GET", path: "/models", query: { ...query } }),
    get: (id) => json<WireModel>({ method: "GET", path: at(id) }),
    create: (providerId, model) =>
      json<WireModel>({ method: "POST", path: providerPath(providerId, "/models"), json: model }),
    update: (id, change) => json<WireModel>({ method: "PATCH", path: at(id), json: change }),
    delete: (id) => empty({ method: "DELETE", path: at(id) }),
  };
}
