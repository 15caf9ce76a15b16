/**
 * The name under which a provisional grant waits for its tool use (D6). That of an agent within another says whose it is:
 * such an agent works on while its own is prompted, so that prompt says nothing of its tool uses.
 */
import type { HookEvent } from "./hook-event.ts";

const WITHIN = "within:";

export function grantNameOf({ toolUseId, subagentId }: Pick<HookEvent, "toolUseId" | "subagentId">): string | null {
  if (toolUseId === undefined) return null;
  return subagentId === undefined ? toolUseId : `${prefixOf(subagentId)}${toolUseId}`;
}

/** Of this agent within another, or of any. */
export function isNameWithin(name: string, subagentId?: string): boolean {
  return name.startsWith(subagentId === undefined ? WITHIN : prefixOf(subagentId));
}

export function toolUseOf(name: string): string {
  return isNameWithin(name) ? name.slice(name.indexOf("/") + 1) : name;
}

function prefixOf(subagentId: string): string {
  return `${WITHIN}${encodeURIComponent(subagentId.toWellFormed())}/`;
}
