/** What an engine is made from, and what it is made into. */
import type { CommitWrite } from "../app/commit.ts";
import type { Images } from "../app/images/images.ts";
import type { LiveTexts } from "../app/live-texts.ts";
import type { Pulse } from "../app/pulse.ts";
import type { Records } from "../app/records/records.ts";
import type { Relay } from "../app/relay.ts";
import type { RunDeps } from "../app/run-turn.ts";
import type { Runners } from "../app/runners.ts";
import type { Tail } from "../app/tail.ts";
import type { FeedRings } from "../app/team/feed-rings.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Bell } from "../core/ports/bell.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Blobs } from "../core/ports/files.ts";
import type { Checkouts } from "../core/ports/checkouts.ts";
import type { Harness } from "../core/ports/harness.ts";
import type { CommandGround } from "./checkout-parts.ts";
import type { Spawning, WorkMachinery } from "./work-parts.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource } from "../core/ports/tools.ts";

export interface EngineDeps {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly limits: Limits;
  readonly harness: Harness;
  readonly spawning: Spawning;
  readonly checkouts: Checkouts;
  readonly commands: CommandGround;
  readonly capabilities: readonly Capability[];
  readonly ownCapabilities: CapabilitySource;
  readonly records: Records;
  readonly images: Images;
  readonly onFault: (fault: unknown) => void;
  readonly points?: RunDeps["points"];
}

/** Everything of a node that outlives a single request. */
export interface Machinery {
  readonly commit: CommitWrite;
  readonly tail: Tail;
  readonly feedRings: FeedRings;
  readonly live: LiveTexts;
  readonly runners: Runners;
  readonly pulse: Pulse;
  readonly relay: Relay;
  readonly purge: (sessionId: SessionId) => Promise<void>;
  /** A control event was committed: its runner should look, and what is owed should find one. */
  readonly onControl: (sessionId: SessionId) => void;
  readonly onOwed: () => void;
  readonly work: WorkMachinery;
}
