/** Agents: a name for a way of working. An archived agent keeps its sessions going and takes no new ones. */
import type { Limits } from "../../core/limits.ts";
import type { AgentBody, HarnessBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { CapabilityRef } from "../../core/session.ts";
import type { CheckCapabilities } from "../capability-refs.ts";
import type { CheckTools } from "../tool-policies.ts";
import { copyAgent } from "./copy-agent.ts";
import type { CopyAgent } from "./copy-agent.ts";
import type { Kinds } from "./kinds.ts";
import { checkReference } from "./references.ts";
import { parseBody } from "./resource.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import { makeResources } from "./resources.ts";
import type { Resources } from "./resources.ts";

export interface Agents extends Resources<AgentBody> {
  /** What making an agent would say of this body. */
  check(reader: Reader, body: unknown): Promise<Outcome<AgentBody>>;
  copy(writer: Writer, command: CopyAgent): Promise<Outcome<Resource<AgentBody>>>;
}

export interface AgentDeps {
  readonly kinds: Pick<Kinds, "agent" | "harness" | "model">;
  readonly limits: BehaviourLimits;
  readonly checkCapabilities: CheckCapabilities;
  readonly checkTools: CheckTools;
}

export function makeAgents(deps: AgentDeps): Agents {
  const { agent } = deps.kinds;
  const resources = makeResources({
    ...agent,
    kind: { ...agent.kind, admit: (body, reader, before) => admitAgent(deps, reader, { body, before }) },
  });
  return {
    ...resources,
    async check(reader, body) {
      const parsed = parseBody(agent, body);
      return parsed.ok ? admitAgent(deps, reader, { body: parsed.value, before: undefined }) : parsed;
    },
    copy: (writer, command) => copyAgent(resources, writer, command),
  };
}

async function admitAgent(
  { kinds, limits, checkCapabilities, checkTools }: AgentDeps,
  reader: Reader,
  { body, before }: { readonly body: AgentBody; readonly before: Resource<AgentBody> | undefined },
): Promise<Outcome<AgentBody>> {
  const behaviour = await checkBehaviour(body, reader, { limits, checkCapabilities });
  if (!behaviour.ok) return behaviour;
  const { tools, tool_policies: policies, capabilities } = body;
  const tooling = checkTools({ tools, policies, capabilities: refsOf(capabilities) });
  if (!tooling.ok) return tooling;
  const tags = checkTags(body.tags, limits);
  if (!tags.ok) return tags;
  const modelBefore = before?.body.default_model_id;
  const model = await checkReference(kinds.model, reader, { id: body.default_model_id, before: modelBefore });
  if (!model.ok) return model;
  const harnessBefore = before?.body.harness_id;
  const harness = await checkReference(kinds.harness, reader, { id: body.harness_id, before: harnessBefore });
  if (!harness.ok) return harness;
  return accept({ ...body, default_model_id: model.value, harness_id: harness.value });
}

export type BehaviourLimits = Pick<Limits, "systemPromptBytes" | "capabilities" | "tags" | "tagLength">;

/** What agents and harnesses have in common. */
export async function checkBehaviour(
  { system_prompt, capabilities }: Pick<AgentBody | HarnessBody, "system_prompt" | "capabilities">,
  { workspaceId }: Reader,
  { limits, checkCapabilities }: Pick<AgentDeps, "limits" | "checkCapabilities">,
): Promise<Outcome<unknown>> {
  if (Buffer.byteLength(system_prompt) > limits.systemPromptBytes) {
    const limit = limits.systemPromptBytes;
    return refuse({ code: "too_large", what: "system prompt", limit, setting: "systemPromptBytes" });
  }
  if (capabilities.length > limits.capabilities) {
    const limit = limits.capabilities;
    return refuse({ code: "too_large", what: "number of capabilities", limit, setting: "capabilities" });
  }
  return checkCapabilities(refsOf(capabilities), workspaceId);
}

/** A stored reference without a configuration has the key left out, not undefined. */
function refsOf(capabilities: AgentBody["capabilities"]): readonly CapabilityRef[] {
  return capabilities.map(({ ref, config }) => ({ ref, ...(config === undefined ? {} : { config }) }));
}

function checkTags(tags: readonly string[], limits: BehaviourLimits): Outcome<null> {
  if (tags.length > limits.tags) {
    return refuse({ code: "too_large", what: "number of tags", limit: limits.tags, setting: "tags" });
  }
  if (tags.some((tag) => tag.length > limits.tagLength)) {
    return refuse({ code: "too_large", what: "tag", limit: limits.tagLength, setting: "tagLength" });
  }
  return accept(null);
}
