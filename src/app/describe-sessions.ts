/**
 * What is said of sessions beside their own facts: what their capabilities light up in a user interface, and whether the
 * one who asks has pinned them. For a page as cheap as for one: each agent and harness is looked up once.
 */
import type { Capability } from "../core/ports/tools.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { CapabilityRef, EditFacts, Need, SessionRecord } from "../core/session.ts";
import type { Pins } from "./pins.ts";
import type { Principal } from "./principal.ts";
import type { Records } from "./records/records.ts";
import { mergeCapabilityRefs } from "./capability-refs.ts";
import type { Reader } from "./records/resource.ts";
import { refsOf } from "./turn-setup.ts";

export interface DescribedSession {
  readonly record: SessionRecord;
  readonly features: readonly string[];
  readonly isPinned: boolean;
  /** Of the sessions below it, what somebody has to do something about. */
  readonly needsBelow: readonly Need[];
}

export interface DescribeSessionsDeps {
  readonly store: Pick<SessionReads, "needsBelow">;
  readonly records: Pick<Records, "agents" | "harnesses">;
  readonly capabilities: readonly Capability[];
  readonly pins: Pick<Pins, "of">;
}

export type DescribeSessions = (
  principal: Pick<Principal, "workspaceId" | "userId">,
  records: readonly SessionRecord[],
) => Promise<readonly DescribedSession[]>;

export function makeDescribeSessions({ store, records, capabilities, pins }: DescribeSessionsDeps): DescribeSessions {
  return async (principal, sessions) => {
    const pinned = await pins.of(principal);
    const below = await needsBelow(store, sessions);
    const known = new Map<string, readonly CapabilityRef[]>();
    const described: DescribedSession[] = [];
    for (const record of sessions) {
      const { agentId, harnessId, settings } = record.edit;
      const key = `${agentId} ${harnessId}`;
      const inherited = known.get(key) ?? (await inheritedRefs(records, principal, record.edit));
      known.set(key, inherited);
      const features = featuresOf([...inherited, ...(settings.capabilities ?? [])], capabilities);
      described.push({ record, features, isPinned: pinned.has(record.id), needsBelow: below(record.id) });
    }
    return described;
  };
}

/** Asked of the sessions themselves and copied nowhere (C4). Waiting for sessions asks nothing of anybody. */
async function needsBelow(
  store: DescribeSessionsDeps["store"],
  sessions: readonly SessionRecord[],
): Promise<(id: SessionId) => readonly Need[]> {
  const roots = sessions.filter(({ rootId }) => rootId === null).map(({ id }) => id);
  const needs = roots.length === 0 ? new Map<SessionId, ReadonlySet<Need>>() : await store.needsBelow(roots);
  return (id) => [...(needs.get(id) ?? [])].filter((need) => need !== "sessions");
}

/** What harness and agent bring; nothing of one that is gone. */
async function inheritedRefs(
  { agents, harnesses }: DescribeSessionsDeps["records"],
  reader: Reader,
  { agentId, harnessId }: Pick<EditFacts, "agentId" | "harnessId">,
): Promise<readonly CapabilityRef[]> {
  const agent = agentId === null ? null : await agents.get(reader, agentId);
  const body = agent?.ok === true ? agent.value.body : null;
  const under = harnessId ?? body?.harness_id ?? null;
  const harness = under === null ? null : await harnesses.effective(reader, under);
  return [...(harness?.ok === true ? harness.value.capabilities : []), ...refsOf(body?.capabilities ?? [])];
}

function featuresOf(refs: readonly CapabilityRef[], known: readonly Capability[]): readonly string[] {
  const features = mergeCapabilityRefs(refs).flatMap(({ ref }) => known.find(({ id }) => id === ref)?.features ?? []);
  return [...new Set(features)];
}
