/**
 * Providers: where models are reached, and with which key.
 *
 * Invariant: a key goes in and never out. It is sealed in a record of its own, which is written before the provider
 * says it has one. A kept key is never sent to an address that somebody without the right to read it chose: whoever is
 * no owner gives the key anew with a new address.
 */
import type { ProviderBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { ProviderType } from "../../core/ports/model.ts";
import { requireRole } from "../keys/require-role.ts";
import type { Secrets, SecretState } from "../secrets.ts";
import { checkReach, tidyBaseUrl } from "./base-url.ts";
import type { LookupAddresses } from "./base-url.ts";
import { createRecord } from "./create-record.ts";
import { getRecord } from "./get-record.ts";
import { listRecords } from "./list-records.ts";
import type { RecordListQuery } from "./list-records.ts";
import { keyPlace } from "./model-access.ts";
import { removeProvider } from "./remove-provider.ts";
import type { ProviderKinds } from "./remove-provider.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";

export interface Provider extends Resource<ProviderBody> {
  readonly keyState: SecretState;
}

export interface CreateProvider {
  readonly name: unknown;
  readonly providerType: ProviderType;
  readonly baseUrl?: string | null;
  readonly apiKey?: string | null;
}

export interface UpdateProvider {
  readonly id: string;
  readonly name?: unknown;
  readonly baseUrl?: string | null;
  /** Null takes it away. */
  readonly apiKey?: string | null;
  readonly version?: number;
}

export interface Providers {
  create(writer: Writer, command: CreateProvider): Promise<Outcome<Provider>>;
  get(reader: Reader, id: string): Promise<Outcome<Provider>>;
  list(
    reader: Reader,
    query: RecordListQuery,
  ): Promise<{ readonly items: readonly Provider[]; readonly total: number }>;
  update(writer: Writer, change: UpdateProvider): Promise<Outcome<Provider>>;
  remove(writer: Writer, id: string): Promise<Outcome<Resource<ProviderBody>>>;
}

export interface ProviderDeps {
  readonly kinds: ProviderKinds;
  readonly secrets: Secrets;
  readonly lookup: LookupAddresses;
}

export function makeProviders(deps: ProviderDeps): Providers {
  const { provider } = deps.kinds;
  return {
    create: (writer, command) => createProvider(deps, writer, command),
    async get(reader, id) {
      const found = await getRecord(provider, reader, id);
      return found.ok ? accept(await withKeyState(deps, found.value)) : found;
    },
    async list(reader, query) {
      const { items, total } = await listRecords(provider, reader, query);
      return { items: await Promise.all(items.map((item) => withKeyState(deps, item))), total };
    },
    update: (writer, change) => updateProvider(deps, writer, change),
    remove: (writer, id) => remove(deps, writer, id),
  };
}

async function createProvider(deps: ProviderDeps, writer: Writer, command: CreateProvider): Promise<Outcome<Provider>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const { name, providerType: provider_type } = command;
  const base_url = await settleBaseUrl(deps, writer, { text: command.baseUrl, type: provider_type });
  if (!base_url.ok) return base_url;
  const apiKey = checkApiKey(command.apiKey);
  if (!apiKey.ok) return apiKey;
  const { provider: kind } = deps.kinds;
  const body = { provider_type, base_url: base_url.value, key_source: "none" } as const;
  const made = await createRecord(kind, writer, { name, body });
  if (!made.ok || apiKey.value === null) return made.ok ? accept({ ...made.value, keyState: "unset" }) : made;
  return keepKey(deps, writer, { provider: made.value, apiKey: apiKey.value });
}

async function updateProvider(deps: ProviderDeps, writer: Writer, change: UpdateProvider): Promise<Outcome<Provider>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const { provider: kind } = deps.kinds;
  const before = await getRecord(kind, writer, change.id);
  if (!before.ok) return before;
  if (before.value.isVirtual) return refuse({ code: "read_only", kind: "provider", name: before.value.name });
  const apiKey = change.apiKey === undefined ? accept(undefined) : checkApiKey(change.apiKey);
  if (!apiKey.ok) return apiKey;
  const patch = await patchOf(deps, writer, { before: before.value, change, hasNewKey: apiKey.value !== undefined });
  if (!patch.ok) return patch;
  const after = await updateRecord(kind, writer, {
    ...nameAndVersion(change),
    id: before.value.id,
    patch: patch.value,
  });
  if (!after.ok) return after;
  if (typeof apiKey.value === "string") return keepKey(deps, writer, { provider: after.value, apiKey: apiKey.value });
  if (apiKey.value === null) await deps.secrets.remove(keyPlace(after.value));
  return accept(await withKeyState(deps, after.value));
}

function nameAndVersion({ name, version }: UpdateProvider) {
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

interface ProviderPatch {
  readonly before: Resource<ProviderBody>;
  readonly change: UpdateProvider;
  readonly hasNewKey: boolean;
}

/** Until a new key is kept the provider has none, so that the old one never meets the new address. */
async function patchOf(
  deps: ProviderDeps,
  writer: Writer,
  { before, change, hasNewKey }: ProviderPatch,
): Promise<Outcome<Partial<ProviderBody>>> {
  const key = hasNewKey ? { key_source: "none" as const } : {};
  if (change.baseUrl === undefined) return accept(key);
  const base_url = await settleBaseUrl(deps, writer, { text: change.baseUrl, type: before.body.provider_type });
  if (!base_url.ok) return base_url;
  const isMoved = base_url.value !== (before.body.base_url ?? null);
  if (isMoved && writer.role !== "owner" && before.body.key_source === "stored" && !hasNewKey) {
    return refuse({ code: "invalid_input", path: "/api_key", reason: "must be given again with a new base URL" });
  }
  return accept({ ...key, base_url: base_url.value });
}

async function settleBaseUrl(
  { lookup }: ProviderDeps,
  writer: Writer,
  { text, type }: { readonly text: string | null | undefined; readonly type: ProviderType },
): Promise<Outcome<string | null>> {
  if (text === undefined || text === null || text === "") {
    if (type !== "openai_compatible") return accept(null);
    return refuse({ code: "invalid_input", path: "/base_url", reason: "is needed for this type of provider" });
  }
  const tidy = tidyBaseUrl(text, type);
  if (!tidy.ok) return tidy;
  const reach = await checkReach(writer, tidy.value, lookup);
  return reach.ok ? tidy : reach;
}

/** What can stand in a header. The value is in no refusal. */
const API_KEY = /^[\x21-\x7e]{1,4096}$/;

function checkApiKey(apiKey: string | null | undefined): Outcome<string | null> {
  const tidy = apiKey?.trim() ?? "";
  if (tidy === "") return accept(null);
  if (API_KEY.test(tidy)) return accept(tidy);
  return refuse({
    code: "invalid_input",
    path: "/api_key",
    reason: "must have printable ASCII characters and no spaces",
  });
}

async function keepKey(
  { kinds, secrets }: ProviderDeps,
  writer: Writer,
  { provider, apiKey }: { readonly provider: Resource<ProviderBody>; readonly apiKey: string },
): Promise<Outcome<Provider>> {
  await secrets.put(keyPlace(provider), apiKey);
  const said = await updateRecord(kinds.provider, writer, { id: provider.id, patch: { key_source: "stored" } });
  return said.ok ? accept({ ...said.value, keyState: "set" }) : said;
}

async function remove({ kinds, secrets }: ProviderDeps, writer: Writer, id: string) {
  const removed = await removeProvider(kinds, writer, id);
  if (removed.ok) await secrets.remove(keyPlace(removed.value));
  return removed;
}

async function withKeyState({ secrets }: ProviderDeps, provider: Resource<ProviderBody>): Promise<Provider> {
  const { key_source } = provider.body;
  if (key_source !== "stored") return { ...provider, keyState: key_source === "environment" ? "set" : "unset" };
  return { ...provider, keyState: await secrets.state(keyPlace(provider)) };
}
