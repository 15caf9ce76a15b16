/**
 * Where a command began: an agent whose shell stays where a command has led it (`cd src; …`) tells the place after it, and
 * what the command's text names is meant from the place before it (I15).
 *
 * Invariant: only in memory, and bounded. After a restart the end of a command counts where its agent says that it is.
 */
import type { Clock } from "../../core/ports/clock.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import type { Principal } from "../principal.ts";
import { RecentMap } from "../recent-map.ts";
import type { HandleHook } from "./handle-hook.ts";

const CAPACITY = 2_000;
const DAY_MS = 24 * 60 * 60_000;

export function hearWhereBegun(handle: HandleHook, clock: Pick<Clock, "monotonic">): HandleHook {
  const places = new RecentMap<string, string>({ capacity: CAPACITY, lifeMs: DAY_MS, clock });
  return async (principal, call) => {
    const { event } = call;
    const name = nameOf(principal, event);
    if (name === undefined) return handle(principal, call);
    if (event.moment === "pre_tool") {
      if (event.cwd !== undefined) places.set(name, event.cwd);
      return handle(principal, call);
    }
    // It stays: an IDE may tell the end twice in one moment (R8).
    const cwd = places.get(name);
    return handle(principal, cwd === undefined ? call : { ...call, event: { ...event, cwd } });
  };
}

function nameOf({ workspaceId }: Principal, event: HookEvent): string | undefined {
  const { moment, tool, toolUseId, agentType, conversationId } = event;
  const isOfCommand = moment === "pre_tool" || moment === "post_tool" || moment === "tool_failed";
  if (!isOfCommand || tool?.kind !== "shell" || toolUseId === undefined) return undefined;
  return JSON.stringify([workspaceId, agentType, conversationId, toolUseId]);
}
