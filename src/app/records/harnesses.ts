/**
 * Harnesses (ruling 18): what carries out a turn and the ground that agents stand on. One may build on a parent; what
 * it builds on comes first, so a child adds to its parent's words and capabilities and takes nothing away.
 */
import type { HarnessBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { harnessNames } from "../../core/session.ts";
import type { CapabilityRef, HarnessName } from "../../core/session.ts";
import { checkBehaviour } from "./agents.ts";
import type { AgentDeps } from "./agents.ts";
import { findRecord, getRecord } from "./get-record.ts";
import { checkReference } from "./references.ts";
import type { KindDeps, Reader, Resource } from "./resource.ts";
import { makeResources } from "./resources.ts";
import type { Resources } from "./resources.ts";

export interface EffectiveHarness {
  readonly harness: Resource<HarnessBody>;
  readonly kind: HarnessName;
  /** Root first; empty ones are left out. */
  readonly systemPrompts: readonly string[];
  /** Root first; the same capability may come more than once. */
  readonly capabilities: readonly CapabilityRef[];
  /** The nearest one that is named. */
  readonly defaultModelId: string | null;
}

export interface Harnesses extends Resources<HarnessBody> {
  /** With everything it builds on, archived or not. */
  effective(reader: Reader, id: string): Promise<Outcome<EffectiveHarness>>;
}

const MAX_DEPTH = 8;

export function makeHarnesses(deps: AgentDeps): Harnesses {
  const { harness } = deps.kinds;
  const resources = makeResources({
    ...harness,
    kind: { ...harness.kind, admit: (body, reader, before) => admitHarness(deps, reader, { body, before }) },
  });
  return { ...resources, effective: (reader, id) => effectiveHarness(harness, reader, id) };
}

interface Admission {
  readonly body: HarnessBody;
  readonly before: Resource<HarnessBody> | undefined;
}

async function admitHarness(
  { kinds, limits, checkCapabilities }: AgentDeps,
  reader: Reader,
  { body, before }: Admission,
): Promise<Outcome<HarnessBody>> {
  if (nameOfKind(body.kind) === undefined) {
    const reason = `is no kind of harness; there are ${harnessNames.join(", ")}`;
    return refuse({ code: "invalid_input", path: "/kind", reason });
  }
  const behaviour = await checkBehaviour(body, reader, { limits, checkCapabilities });
  if (!behaviour.ok) return behaviour;
  const modelBefore = before?.body.default_model_id;
  const model = await checkReference(kinds.model, reader, { id: body.default_model_id, before: modelBefore });
  if (!model.ok) return model;
  const parent = await admitParent(kinds.harness, reader, { body, before });
  if (!parent.ok) return parent;
  return accept({ ...body, default_model_id: model.value, parent: parent.value, is_built_in: false });
}

/** A parent is named by its id or its name, and kept by its id. */
async function admitParent(
  deps: KindDeps<HarnessBody>,
  reader: Reader,
  { body, before }: Admission,
): Promise<Outcome<string | null>> {
  const { parent } = body;
  if (parent === undefined || parent === null) return accept(null);
  const named = await findRecord(deps, reader, parent);
  const known = await checkReference(deps, reader, { id: named?.id ?? parent, before: before?.body.parent });
  if (!known.ok || known.value === null) return known;
  const chain = await chainOf(deps, reader, known.value);
  if (chain.some(({ id }) => id === before?.id)) {
    return refuse({ code: "invalid_input", path: "/parent", reason: "cannot be a harness that builds on this one" });
  }
  if (chain.length >= MAX_DEPTH) {
    return refuse({
      code: "invalid_input",
      path: "/parent",
      reason: `would make more than ${MAX_DEPTH} harnesses build on another`,
    });
  }
  return known;
}

async function effectiveHarness(
  deps: KindDeps<HarnessBody>,
  reader: Reader,
  id: string,
): Promise<Outcome<EffectiveHarness>> {
  const found = await getRecord(deps, reader, id);
  if (!found.ok) return found;
  const chain = await chainOf(deps, reader, found.value.id);
  const bodies = chain.map(({ body }) => body).toReversed();
  return accept({
    harness: found.value,
    kind: nameOfKind(found.value.body.kind) ?? "hosted",
    systemPrompts: bodies.map(({ system_prompt }) => system_prompt).filter((prompt) => prompt !== ""),
    capabilities: bodies.flatMap(({ capabilities }) =>
      capabilities.map(({ ref, config }) => ({ ref, ...(config === undefined ? {} : { config }) })),
    ),
    defaultModelId: bodies.findLast((body) => (body.default_model_id ?? null) !== null)?.default_model_id ?? null,
  });
}

/** From the harness to its root. Two changes at once can close a circle that neither saw; the depth ends it. */
async function chainOf(
  deps: KindDeps<HarnessBody>,
  reader: Reader,
  id: string,
): Promise<readonly Resource<HarnessBody>[]> {
  const chain: Resource<HarnessBody>[] = [];
  for (let next: string | null = id; next !== null && chain.length < MAX_DEPTH;) {
    const found: Outcome<Resource<HarnessBody>> = await getRecord(deps, reader, next);
    if (!found.ok || chain.some((other) => other.id === found.value.id)) break;
    chain.push(found.value);
    next = found.value.body.parent ?? null;
  }
  return chain;
}

function nameOfKind(kind: string): HarnessName | undefined {
  return harnessNames.find((name) => name === kind);
}
