/**
 * Hooks of an IDE that gives nothing an id, as if it did (R8, D6). An event that several files of hooks ask for is heard
 * once: all its firings have one moment. A tool use is called by its input and the moment before it ran; what comes after
 * it is matched by the input. And a sub-agent's sub-agent, which names the one between as its parent, is the root's.
 *
 * Invariant: only in memory, and bounded. After a restart the end of a tool use that began before it has a name of its own.
 */
import type { Clock } from "../../core/ports/clock.ts";
import { accept } from "../../core/refusal.ts";
import type { Firing, HookEvent, HookMoment } from "../../core/team/hook-event.ts";
import { RecentMap } from "../recent-map.ts";
import type { HandleHook } from "./handle-hook.ts";
import { ALLOW } from "./told.ts";

const CAPACITY = 2_000;
const DAY_MS = 24 * 60 * 60_000;

const OF_TOOL_USES: ReadonlySet<HookMoment> = new Set(["pre_tool", "post_tool", "tool_failed"]);

/** The last tool use with one input; `endedAt`: the moment of the firing that ended it. */
interface Call {
  readonly id: string;
  readonly endedAt?: string;
}

export function hearOnce(handle: HandleHook, clock: Pick<Clock, "monotonic">): HandleHook {
  const bounds = { capacity: CAPACITY, lifeMs: DAY_MS, clock };
  const roots = new RecentMap<string, string>(bounds);
  const heard = new RecentMap<string, string>(bounds);
  const calls = new RecentMap<string, Call>(bounds);
  return async (principal, call) => {
    const { agentType } = call.event;
    const family = (id: string) => JSON.stringify([principal.workspaceId, agentType, id]);
    const event = ofRoot(call.event, { roots, family });
    const { firing, moment } = event;
    if (firing === undefined) return handle(principal, { ...call, event });
    const name = JSON.stringify([family(event.conversationId), event.subagentId, firing.input]);
    if (OF_TOOL_USES.has(moment)) {
      const toolUseId = idOf(calls, { name, ...event, firing });
      return handle(principal, { ...call, event: { ...event, toolUseId } });
    }
    if (heard.get(`${moment} ${name}`) === firing.at) return accept({ sessionId: "", ...ALLOW });
    heard.set(`${moment} ${name}`, firing.at);
    return handle(principal, { ...call, event });
  };
}

interface Families {
  readonly roots: RecentMap<string, string>;
  readonly family: (id: string) => string;
}

function ofRoot(event: HookEvent, { roots, family }: Families): HookEvent {
  const { conversationId, subagentId } = event;
  // Nobody has a sub-agent: no hook pays for those who might.
  const root = (roots.size === 0 ? undefined : roots.get(family(conversationId))) ?? conversationId;
  if (subagentId !== undefined && subagentId !== root) roots.set(family(subagentId), root);
  return root === conversationId ? event : { ...event, conversationId: root };
}

interface Use extends Pick<HookEvent, "moment" | "subagentId"> {
  readonly name: string;
  readonly firing: Firing;
}

/** Two with one input, one after the other, are two: the later one began later. */
function idOf(calls: RecentMap<string, Call>, { name, moment, subagentId, firing }: Use): string {
  const id = [firing.input, firing.at, subagentId].filter((part) => part !== undefined).join("-");
  const known = calls.get(name);
  if (moment === "pre_tool") {
    if (known?.id !== id) calls.set(name, { id });
    return id;
  }
  const isItsEnd = known !== undefined && (known.endedAt === undefined || known.endedAt === firing.at);
  if (!isItsEnd) return id;
  calls.set(name, { id: known.id, endedAt: firing.at });
  return known.id;
}
