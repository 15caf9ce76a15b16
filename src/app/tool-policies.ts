/**
 * Who may carry out which tool: the client's own tools, and policies for the server's, as agents and sessions configure
 * them. The agent's come first, the session's override them; of the patterns of one of the two the tool's own name wins,
 * then the longest that matches.
 */
import type { Limits } from "../core/limits.ts";
import type { Capability, ToolDefinition } from "../core/ports/tools.ts";
import type { ClientTool, ToolPolicies } from "../core/records/client-tool.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { CapabilityRef } from "../core/session.ts";
import { compileGlob } from "../lib/glob.ts";

export interface ToolSettings {
  readonly tools: readonly ClientTool[];
  readonly policies: ToolPolicies;
  readonly capabilities: readonly CapabilityRef[];
}

/** Checks what somebody wants to configure; the refusal names the place. */
export type CheckTools = (settings: ToolSettings) => Outcome<void>;

export function makeCheckTools(
  capabilities: readonly Capability[],
  limits: Pick<Limits, "clientTools" | "toolPolicies">,
): CheckTools {
  return (settings) => {
    const { tools, policies } = settings;
    if (tools.length > limits.clientTools) {
      return refuse({ code: "too_large", what: "number of tools", limit: limits.clientTools, setting: "clientTools" });
    }
    const patterns = Object.keys(policies);
    if (patterns.length > limits.toolPolicies) {
      const limit = limits.toolPolicies;
      return refuse({ code: "too_large", what: "number of tool policies", limit, setting: "toolPolicies" });
    }
    const clash = findClash(tools, ownerOfNames(capabilities, settings.capabilities));
    return clash ?? checkPatterns(patterns);
  };
}

/** The server's tools that the references bring, by name. */
function ownerOfNames(
  capabilities: readonly Capability[],
  refs: readonly CapabilityRef[],
): ReadonlyMap<string, string> {
  return new Map(
    refs.flatMap(({ ref, config }) => {
      const capability = capabilities.find(({ id }) => id === ref);
      if (capability === undefined || !capability.checkConfig(config).ok) return [];
      return capability.tools(config).map(({ definition }) => [definition.name, `of the capability "${ref}"`] as const);
    }),
  );
}

function findClash(tools: readonly ClientTool[], owners: ReadonlyMap<string, string>) {
  const taken = new Map(owners);
  for (const [index, { name }] of tools.entries()) {
    const owner = taken.get(name);
    if (owner !== undefined) {
      const reason = `is the name of another tool, ${owner}`;
      return refuse({ code: "invalid_input", path: `/tools/${index}/name`, reason });
    }
    taken.set(name, `tools/${index}`);
  }
  return undefined;
}

function checkPatterns(patterns: readonly string[]): Outcome<void> {
  for (const pattern of patterns) {
    const compiled = compileGlob(pattern);
    if (compiled.kind === "compiled") continue;
    const path = `/tool_policies/${pattern.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return refuse({ code: "invalid_input", path, reason: `is no pattern: ${compiled.detail}` });
  }
  return accept(undefined);
}

type Said = "auto" | "approve" | undefined;

/** What one set of policies says about a tool, if anything. */
function readPolicies(policies: ToolPolicies): (name: string) => Said {
  const longestFirst = Object.entries(policies).toSorted(([left], [right]) => right.length - left.length);
  const globs = longestFirst.flatMap(([pattern, policy]) => {
    const compiled = compileGlob(pattern);
    return compiled.kind === "compiled" ? [{ glob: compiled.glob, policy }] : [];
  });
  return (name) =>
    Object.hasOwn(policies, name) ? policies[name] : globs.find(({ glob }) => glob.matches(name))?.policy;
}

/** @param levels the agent's policies, then the session's */
export function mergePolicies(levels: readonly ToolPolicies[]): (name: string) => Said {
  const read = levels.map(readPolicies);
  return (name) => read.map((said) => said(name)).findLast((said) => said !== undefined);
}

/** @param levels the agent's tools, then the session's, which take the place of those of the same name */
export function clientDefinitions(levels: readonly (readonly ClientTool[])[]): readonly ToolDefinition[] {
  const byName = new Map(levels.flat().map((tool) => [tool.name, tool]));
  return Array.from(byName.values(), ({ name, description, parameters }) => ({
    name,
    description,
    parameters: { type: "object", ...parameters },
    hints: { isRepeatable: false, isReadonly: false },
    policy: "client_side" as const,
  }));
}
