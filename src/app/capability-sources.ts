/** Several sources of a workspace's own capabilities as one. Their references begin differently, so none takes another's. */
import type { CapabilitySource } from "../core/ports/tools.ts";

export function joinSources(sources: readonly CapabilitySource[]): CapabilitySource {
  return {
    open: async (workspaceId, refs) => (await Promise.all(sources.map((each) => each.open(workspaceId, refs)))).flat(),
    async describe(workspaceId, ref) {
      for (const source of sources) {
        const found = await source.describe(workspaceId, ref);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    list: async (workspaceId) => (await Promise.all(sources.map((each) => each.list(workspaceId)))).flat(),
  };
}
