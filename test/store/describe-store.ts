/**
 * The conformance suite of the store port: what every adapter must do, in the words of `src/core/ports/store.ts` and of
 * the numbered rules. Each case opens a store of its own; nothing in here knows an adapter.
 *
 *   describeStore("sqlite", ({ clock, node }) => openSqliteStore({ folder, clock, node }))
 *
 * Contract of `open`: gives an empty store each time; disposing the store frees all it took.
 */
import { describe } from "vitest";
import { describeBudgets } from "./suite/budgets.ts";
import { describeClasses } from "./suite/classes.ts";
import { describeCommits } from "./suite/commits.ts";
import { describeFeed } from "./suite/feed.ts";
import { describeDeadlines } from "./suite/deadlines.ts";
import { describeFiles } from "./suite/files.ts";
import { describeIdempotency } from "./suite/idempotency.ts";
import { describeKeys } from "./suite/keys.ts";
import { describeLists } from "./suite/lists.ts";
import { describeLog } from "./suite/log.ts";
import { describeOutbox } from "./suite/outbox.ts";
import { describePastFiles } from "./suite/past-files.ts";
import { describePresence } from "./suite/presence.ts";
import { describePulse } from "./suite/pulse.ts";
import { describePurge } from "./suite/purge.ts";
import { describeQueue } from "./suite/queue.ts";
import { describeRecordSearch } from "./suite/record-search.ts";
import { describeRecords } from "./suite/records.ts";
import { describeRefusals } from "./suite/refusals.ts";
import { describeReservations } from "./suite/reservations.ts";
import type { NotSupported, OpenStore } from "./suite/setting.ts";
import { describeStatuses } from "./suite/statuses.ts";
import { describeTimers } from "./suite/timers.ts";

export function describeStore(name: string, open: OpenStore, notSupported: NotSupported = {}): void {
  const suite = { open, notSupported };
  const groups = [
    describeCommits,
    describeRefusals,
    describeClasses,
    describeBudgets,
    describeIdempotency,
    describeQueue,
    describeTimers,
    describePulse,
    describeOutbox,
    describeLog,
    describeFeed,
    describeLists,
    describeStatuses,
    describePurge,
    describeFiles,
    describePastFiles,
    describeRecords,
    describeRecordSearch,
    describeKeys,
    describePresence,
    describeReservations,
    describeDeadlines,
  ];
  describe(name, () => {
    for (const describeGroup of groups) describeGroup(suite);
  });
}
