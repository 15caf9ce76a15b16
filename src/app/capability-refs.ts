/**
 * Which capabilities an agent and its session have: additive, each once, configuration merged key by key with the later
 * one winning (the harness's first, then the agent's, then the session's).
 */
import type { WorkspaceId } from "../core/ids.ts";
import type { Capability } from "../core/ports/tools.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { CapabilityRef } from "../core/session.ts";

/** In the order in which they were first named. */
export function mergeCapabilityRefs(refs: readonly CapabilityRef[]): readonly CapabilityRef[] {
  const merged = new Map<string, CapabilityRef>();
  for (const { ref, config } of refs) {
    const before = merged.get(ref)?.config;
    const both = config === undefined ? before : { ...before, ...config };
    merged.set(ref, both === undefined ? { ref } : { ref, config: both });
  }
  return [...merged.values()];
}

export type CheckCapabilities = (
  refs: readonly CapabilityRef[],
  workspaceId: WorkspaceId,
) => Outcome<void> | Promise<Outcome<void>>;

/** Those that are a workspace's own. Contract: nothing for a reference to what is not there. */
export type FindOwnCapability = (workspaceId: WorkspaceId, ref: string) => Promise<CheckedCapability | undefined>;

type CheckedCapability = Pick<Capability, "checkConfig">;

/** Checks what somebody wants to configure; the refusal names the place in the list. */
export function makeCheckCapabilities(
  capabilities: readonly Capability[],
  findOwn: FindOwnCapability = () => Promise.resolve(undefined),
): CheckCapabilities {
  return async (refs, workspaceId) => {
    for (const [index, { ref, config }] of refs.entries()) {
      const known: CheckedCapability | undefined = capabilities.find(({ id }) => id === ref);
      const capability = known ?? (await findOwn(workspaceId, ref));
      if (capability === undefined) {
        const reason = `There is no capability "${ref}"; there are ${capabilities.map(({ id }) => id).join(", ")}`;
        return refuse({ code: "invalid_input", path: `/capabilities/${index}/ref`, reason });
      }
      const checked = capability.checkConfig(config);
      if (checked.ok) continue;
      const path = `/capabilities/${index}/config${checked.path}`;
      return refuse({ code: "invalid_input", path, reason: checked.reason });
    }
    return accept(undefined);
  };
}
