/** Tries a provider with one small call, so a wrong key or address is found before a turn depends on it. */
import type { ModelAccess, ProviderProbe } from "../../core/ports/model.ts";
import type { ModelBody, ProviderBody } from "../../core/records/bodies.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { requireRole } from "../keys/require-role.ts";
import { usualModelOf } from "./environment-providers.ts";
import { getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { accessOf } from "./model-access.ts";
import type { AccessDeps, NamedModel } from "./model-access.ts";
import type { Reader, Resource, Writer } from "./resource.ts";

export interface TestProviderDeps extends AccessDeps {
  readonly kinds: Pick<Kinds, "provider" | "model">;
  readonly probe: ProviderProbe;
}

export type ProviderTest = { readonly ok: true } | { readonly ok: false; readonly error: string };

export interface TestProvider {
  readonly id: string;
  /** Ends with the request that asked. */
  readonly signal?: AbortSignal;
}

const DEADLINE_MS = 20_000;

export async function testProvider(
  deps: TestProviderDeps,
  writer: Writer,
  { id, signal }: TestProvider,
): Promise<Outcome<ProviderTest>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const provider = await getRecord(deps.kinds.provider, writer, id);
  if (!provider.ok) return provider;
  const model = await modelToTry(deps, writer, provider.value);
  if (model === null) return accept({ ok: false, error: "The provider has no model to try; add one first" });
  const access = await accessOf(deps, provider.value, model);
  if (access.ok) return accept(await probe(deps.probe, access.value, signal));
  return access.refusal.code === "invalid_input" ? accept({ ok: false, error: access.refusal.reason }) : access;
}

async function probe(
  { probe }: ProviderProbe,
  access: ModelAccess,
  signal: AbortSignal | undefined,
): Promise<ProviderTest> {
  const deadline = withDeadline(signal, DEADLINE_MS);
  try {
    const result = await probe(access, deadline.signal);
    return result.ok ? result : { ok: false, error: withoutKey(result.error, access.apiKey) };
  } finally {
    deadline[Symbol.dispose]();
  }
}

/** Some servers repeat the key in their "no". */
function withoutKey(error: string, apiKey: string | null): string {
  return apiKey === null ? error : error.replaceAll(apiKey, "(key)");
}

async function modelToTry(
  { kinds }: TestProviderDeps,
  reader: Reader,
  provider: Resource<ProviderBody>,
): Promise<NamedModel | null> {
  for await (const model of eachRecord(kinds.model, reader)) {
    if (model.body.provider_id === provider.id && model.body.enabled) return namedModel(model);
  }
  const vendorModel = usualModelOf(provider.body.provider_type);
  return vendorModel === null ? null : { id: null, vendorModel, body: {} };
}

function namedModel({ id, body }: Resource<ModelBody>): NamedModel {
  return { id, vendorModel: body.model_id, body };
}
