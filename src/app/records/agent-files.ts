/**
 * Agents as files: what is said of one in YAML, its system prompt below it. A file names harness and model as people do,
 * because ids mean nothing on another server; what it names has to be there.
 */
import type { AgentBody, HarnessBody, ModelBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { formatFrontMatter, parseFrontMatter } from "../../lib/front-matter.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { findRecord, getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { notFound } from "./resource.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import type { Resources } from "./resources.ts";

export interface AgentFiles {
  /** The agent as a file, and what the file may be called. */
  format(reader: Reader, id: string): Promise<Outcome<{ readonly name: string; readonly text: string }>>;
  /** Makes the agent that a file describes. */
  take(writer: Writer, text: string): Promise<Outcome<Resource<AgentBody>>>;
}

export interface AgentFilesDeps {
  readonly kinds: Pick<Kinds, "harness" | "model">;
  readonly agents: Pick<Resources<AgentBody>, "get" | "create">;
}

export function makeAgentFiles(deps: AgentFilesDeps): AgentFiles {
  return {
    async format(reader, id) {
      const found = await deps.agents.get(reader, id);
      if (!found.ok) return found;
      const { name, body } = found.value;
      const text = await formatFrontMatter(await fieldsOf(deps, reader, found.value), body.system_prompt);
      return accept({ name: `${fileNameOf(name)}.md`, text });
    },
    async take(writer, text) {
      const parsed = await parseFrontMatter(text);
      if (parsed.kind === "refused") {
        return refuse({ code: "invalid_input", path: "", reason: `the file ${parsed.detail}` });
      }
      const named = await readNames(deps, writer, parsed.fields);
      if (!named.ok) return named;
      const { name, capabilities, system_prompt: _, ...fields } = parsed.fields;
      const refs = capabilities === undefined ? {} : { capabilities: refsOf(capabilities) };
      const body = { ...fields, ...refs, ...named.value, system_prompt: parsed.text };
      return deps.agents.create(writer, { name, body });
    },
  };
}

/** Without what says nothing. */
async function fieldsOf(
  { kinds }: AgentFilesDeps,
  reader: Reader,
  { name, body }: Resource<AgentBody>,
): Promise<Readonly<Record<string, unknown>>> {
  const { system_prompt: _, default_model_id, harness_id, ...fields } = body;
  const model = default_model_id ? await getRecord(kinds.model, reader, default_model_id) : null;
  const harness = harness_id ? await getRecord(kinds.harness, reader, harness_id) : null;
  const named = {
    name,
    ...(harness?.ok === true ? { harness: harness.value.name } : {}),
    ...(model?.ok === true ? { model: model.value.body.model_id } : {}),
  };
  const said = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  return { ...named, ...Object.fromEntries(said) };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** A capability without a configuration may be given by its id alone. */
function refsOf(capabilities: JsonValue): JsonValue {
  if (!Array.isArray(capabilities)) return capabilities;
  // What JSON can say; the narrowing of a readonly list loses it.
  return (capabilities as readonly JsonValue[]).map((each) => (typeof each === "string" ? { ref: each } : each));
}

async function readNames(
  { kinds }: AgentFilesDeps,
  reader: Reader,
  { harness, model }: JsonObject,
): Promise<Outcome<Pick<AgentBody, "harness_id" | "default_model_id">>> {
  const harnessId = typeof harness === "string" ? await findHarness(kinds, reader, harness) : accept(null);
  if (!harnessId.ok) return harnessId;
  const modelId = typeof model === "string" ? await findModel(kinds, reader, model) : accept(null);
  if (!modelId.ok) return modelId;
  return accept({
    ...(harnessId.value === null ? {} : { harness_id: harnessId.value }),
    ...(modelId.value === null ? {} : { default_model_id: modelId.value }),
  });
}

async function findHarness(
  { harness }: Pick<Kinds, "harness">,
  reader: Reader,
  name: string,
): Promise<Outcome<string>> {
  const found: Resource<HarnessBody> | undefined = await findRecord(harness, reader, name);
  return found === undefined ? notFound(harness, name) : accept(found.id);
}

/** By the vendor's name for it, or by the name that it is shown under. */
async function findModel({ model }: Pick<Kinds, "model">, reader: Reader, name: string): Promise<Outcome<string>> {
  const isMeant = ({ enabled, model_id, display_name }: ModelBody) =>
    enabled && (model_id === name || display_name === name);
  for await (const each of eachRecord(model, reader)) if (isMeant(each.body)) return accept(each.id);
  return notFound(model, name);
}

/** What every file system takes. */
function fileNameOf(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/[^\w.-]+/g, "-");
  return plain.replaceAll(/^[-.]+|[-.]+$/g, "").slice(0, 100) || "agent";
}
