/**
 * What the memory store holds, as plain maps. Everything it hands out is a value that no later write changes, so a
 * test may keep what it read and compare.
 */
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { EventId, KeyId, NodeId, SessionId } from "../../../src/core/ids.ts";
import type { Clock } from "../../../src/core/ports/clock.ts";
import type { FileRow, FileVersion } from "../../../src/core/ports/files.ts";
import type { KeyRow } from "../../../src/core/ports/keys.ts";
import type { FullText, RecordRow } from "../../../src/core/ports/records.ts";
import type { DueTimer, MessageKey, NewSession } from "../../../src/core/ports/store.ts";
import type { OutboxRow } from "../../../src/core/outbox.ts";
import type { QueuedMessage, SessionRecord } from "../../../src/core/session.ts";
import type { Budgets } from "./budgets.ts";
import type { TeamWorld } from "./team-rows.ts";

export interface Stored {
  /** As the port reads it; replaced as a whole by every write. */
  record: SessionRecord;
  readonly idempotency: NewSession["idempotency"];
  readonly keys: Map<string, MessageKey>;
  /** Events of other sessions that were made known here. */
  readonly told: Set<EventId>;
  log: LogLine[];
  /** The lines of each commit by the id of its first event, for the retry of an unknown commit (A8). */
  readonly commits: Map<EventId, readonly LogLine[]>;
  queue: readonly QueuedMessage[];
  readonly files: Map<string, FileRow>;
  fileVersions: readonly FileVersion[];
  /** `begun`: nothing can bring the session back; `done`: only its head is left. */
  purge: "none" | "begun" | "done";
}

/** What still has facts to show; of a purged session only the head is left. */
export function shownSessions({ sessions }: World): readonly Stored[] {
  return [...sessions.values()].filter(({ purge }) => purge !== "done");
}

export interface World {
  readonly clock: Clock;
  /** Treated as alive as long as the store is open. */
  readonly node: NodeId | null;
  readonly isAlone: boolean;
  readonly filesLimitBytes: number;
  readonly sessions: Map<SessionId, Stored>;
  /** Until when each node is alive, in milliseconds of the store's clock. */
  readonly nodes: Map<NodeId, number>;
  timers: readonly DueTimer[];
  outbox: readonly OutboxRow[];
  /** Of the last row of the outbox; none is used twice. */
  lastPlace: number;
  feed: readonly { readonly position: number; readonly line: LogLine }[];
  /** Of the last line of the feed; none is used twice. */
  lastPosition: number;
  records: readonly RecordRow[];
  /** By kind and id. */
  readonly fullTexts: Map<string, FullText>;
  readonly apiKeys: Map<KeyId, KeyRow>;
  readonly team: TeamWorld;
  readonly budgets: Budgets;
}

/** What the database would have made of it: no undefined, no shared references. */
export function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Negative, zero or positive by code unit, as a binary collation orders ASCII. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Wall time that follows the steady clock after the store was opened, so that a step of it moves no deadline (D5). */
export function anchoredClock(clock: Clock): Clock {
  const wall = clock.now();
  const steady = clock.monotonic();
  return { now: () => Math.floor(wall + clock.monotonic() - steady), monotonic: () => clock.monotonic() };
}
