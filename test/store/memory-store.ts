/**
 * The store port in memory, for tests that schedule around it. Deterministic: time comes from the clock it is given,
 * as wall time at the opening plus what `monotonic` has moved since; a test's clock moves both to let time pass.
 * Every method does its whole work synchronously when it is called and only then gives its promise, so between two
 * awaits of a caller nothing is half done. Never used by the server.
 */
import { defaultLimits } from "../../src/core/limits.ts";
import type { NodeId } from "../../src/core/ids.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryBudgets } from "./memory/budgets.ts";
import { memoryFeed } from "./memory/feed.ts";
import { memoryFiles } from "./memory/files.ts";
import { memoryLog } from "./memory/log.ts";
import { memoryOutbox } from "./memory/outbox.ts";
import { memoryPulse } from "./memory/pulse.ts";
import { memoryKeys, memoryRecords } from "./memory/records.ts";
import { memorySessions } from "./memory/sessions.ts";
import { memoryTeam } from "./memory/team-reads.ts";
import { emptyTeam } from "./memory/team-rows.ts";
import { anchoredClock } from "./memory/world.ts";
import type { World } from "./memory/world.ts";
import { applyWrite } from "./memory/write.ts";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Counts as alive while the store is open. Leave it out where a test wants nodes to die. */
  readonly node?: NodeId;
  /** As if a folder lock proved every other node dead. */
  readonly isAlone?: boolean;
  readonly filesLimitBytes?: number;
}

export async function openMemoryStore(options: MemoryStoreOptions): Promise<Store> {
  const world: World = {
    clock: anchoredClock(options.clock),
    node: options.node ?? null,
    isAlone: options.isAlone ?? false,
    filesLimitBytes: options.filesLimitBytes ?? defaultLimits.sessionFilesBytes,
    sessions: new Map(),
    nodes: new Map(),
    timers: [],
    outbox: [],
    lastPlace: 0,
    feed: [],
    lastPosition: 0,
    records: [],
    fullTexts: new Map(),
    apiKeys: new Map(),
    team: emptyTeam(),
    budgets: { spent: new Map(), holds: new Map() },
  };
  return {
    ...memorySessions(world),
    ...memoryLog(world),
    ...memoryPulse(world),
    ...memoryOutbox(world),
    ...memoryFiles(world),
    ...memoryFeed(world),
    ...memoryRecords(world),
    ...memoryKeys(world),
    ...memoryTeam(world),
    ...memoryBudgets(world.budgets),
    isAlone: world.isAlone,
    async write(write) {
      return applyWrite(world, write);
    },
    async [Symbol.asyncDispose]() {},
  };
}
