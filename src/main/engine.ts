/**
 * The engine of a node: from a store to the use cases of sessions. Here the one circle is closed, by one late-bound
 * object: use cases wake the pulse, the pulse takes turns, turns run tools, tools are use cases.
 */
import type { CheckoutOf } from "../app/checkout-tools/checkout-tools.ts";
import { makeBeginAgain } from "../app/beginnings.ts";
import { makeCancelTurn } from "../app/cancel-turn.ts";
import { makeDeliver } from "../app/children/deliver.ts";
import type { DeliverDeps } from "../app/children/deliver.ts";
import { makeSessions } from "../app/children/sessions.ts";
import type { SessionsOf } from "../app/children/sessions.ts";
import { makeCommit } from "../app/commit.ts";
import type { CommitWrite } from "../app/commit.ts";
import { makeControlSession } from "../app/control-session.ts";
import { makeFindOrphans } from "../app/find-orphans.ts";
import { makeFireTimer } from "../app/fire-timer.ts";
import type { FireTimer } from "../app/fire-timer.ts";
import { makeLiveTexts } from "../app/live-texts.ts";
import { makePurge } from "../app/purge-session.ts";
import { Pulse } from "../app/pulse.ts";
import { Relay } from "../app/relay.ts";
import { makeIsRepeatable, makeResolveTurn } from "../app/resolve-turn.ts";
import type { ResolveTurn } from "../app/resolve-turn.ts";
import { Runners } from "../app/runners.ts";
import { makeSessionNotes } from "../app/session-notes.ts";
import { Tail } from "../app/tail.ts";
import { makeExpireReservations } from "../app/team/expire-reservations.ts";
import { makeFeedRings } from "../app/team/feed-rings.ts";
import { makeTeamOf } from "../app/team/tools/team-of.ts";
import type { TeamOf } from "../app/team/tools/team-of.ts";
import { makeTakeTurn } from "../app/take-turn.ts";
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import { Closers } from "../lib/closers.ts";
import type { HarnessName } from "../core/session-words.ts";
import { isSpawned } from "../core/project-work/spawned.ts";
import { pause } from "./pause.ts";
import { openReserveCalls } from "./checkout-parts.ts";
import type { ReserveCalls } from "../app/project-work/reserve-calls.ts";
import { openWork } from "./work-parts.ts";
import type { WorkMachinery } from "./work-parts.ts";
import { openCheckoutTools } from "./checkout-parts.ts";
import { makeEngineUses } from "./engine-uses.ts";
import type { EngineUses } from "./engine-uses.ts";
import type { EngineDeps, Machinery } from "./engine-parts.ts";

export type { EngineDeps } from "./engine-parts.ts";

export interface Engine extends AsyncDisposable {
  readonly uses: EngineUses;
  readonly commit: CommitWrite;
  readonly pulse: Pulse;
  readonly runners: Runners;
  readonly work: WorkMachinery;
}

export function openEngine(deps: EngineDeps): Engine {
  // Tools of turns are use cases over the machinery that runs the turns.
  const late: { -readonly [Name in keyof LateTools]?: LateTools[Name] } = {};
  const tools: LateTools = {
    sessionsOf: (id) => bound(late.sessionsOf)(id),
    teamOf: (id) => bound(late.teamOf)(id),
    checkoutOf: (id) => bound(late.checkoutOf)(id),
    reserveCalls: (id, facts) => bound(late.reserveCalls)(id, facts),
    beginAgain: (timer) => bound(late.beginAgain)(timer),
  };
  const machinery = openMachinery(deps, tools);
  const { commit, pulse, runners, relay, work } = machinery;
  const closers = new Closers();
  // Closed last: what the last turns have moved is seen to.
  closers.use(work.aftermath);
  closers.use(pulse);
  closers.use(relay);
  closers.use(runners);
  const uses = makeEngineUses(deps, machinery);
  late.sessionsOf = makeSessions({ ...deps, ...uses });
  late.checkoutOf = openCheckoutTools(deps, commit);
  late.reserveCalls = openReserveCalls(deps, { commit, answerApproval: uses.answerApproval });
  late.beginAgain = makeBeginAgain({ ...deps, ...uses, commit, beginnings: work.beginnings });
  late.teamOf = makeTeamOf({ ...deps, ...uses, commit, now: () => deps.clock.now() });
  return { commit, pulse, runners, uses, work, [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose]() };
}

function bound<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A tool ran before the engine was whole");
  return value;
}

interface LateTools {
  readonly sessionsOf: SessionsOf;
  readonly teamOf: TeamOf;
  readonly checkoutOf: CheckoutOf;
  readonly reserveCalls: ReserveCalls;
  readonly beginAgain: FireTimer;
}

function openMachinery(deps: EngineDeps, tools: LateTools): Machinery {
  const { store, bell, clock, mint, node, limits, onFault } = deps;
  const tail = new Tail();
  const live = makeLiveTexts((id) => bell.ring(id));
  const feedRings = makeFeedRings({ store, bell, onFault });
  const onCommitted = (id: SessionId, lines: readonly LogLine[]) => {
    tail.push(id, lines);
    bell.ring(id);
    feedRings.committed(id, lines);
    work.aftermath.committed(id, lines);
  };
  const commit = makeCommit({ store, onCommitted, onOutbox: () => relay.wake() });
  const onControl = (id: SessionId) => {
    runners.nudge(id);
    onOwed();
  };
  const work = openWork(deps, { commit, onControl });
  const turns = { ...deps, ...tools, ...work, notesOf: makeSessionNotes({ store, commit, mint, limits }) };
  const onOwed = () => pulse.soon();
  const runners = openRunners(deps, { commit, live, resolveTurn: makeResolveTurn(turns), onOwed, work, ...tools });
  const purge = makePurge({ store, images: deps.images, storage: deps.records.sessionStorage });
  const control = { store, commit, clock, mint, node, onControl, purge };
  const isRunning = (id: SessionId) => runners.isRunning(id);
  const pulse = new Pulse({
    store,
    node,
    runners,
    onFault,
    takeTurn: makeTakeTurn({ ...control, isRunning, isRepeatable: makeIsRepeatable(turns) }),
    findOrphans: makeFindOrphans({ store, node }),
    followed: () => tail.followed(),
    onGrown: (id) => bell.ring(id),
    fireTimer: makeFireTimer({ ...control, ...tools }),
    sweep: makeExpireReservations({ store, commit, mint }),
    onBeat: () => relay.wake(),
  });
  const stopping = { cancelTurn: makeCancelTurn(control), controlSession: makeControlSession(control) };
  const relay = openRelay(deps, { ...control, ...stopping });
  return { commit, tail, live, feedRings, runners, pulse, relay, purge, onControl, onOwed, work };
}

function openRelay({ store, onFault, points }: EngineDeps, delivering: DeliverDeps): Relay {
  const deliver = makeDeliver(delivering);
  return new Relay({
    store,
    onFault,
    async deliver(row) {
      await points?.(`tell:${row.kind}`);
      await deliver(row);
      await points?.(`told:${row.kind}`);
    },
  });
}

interface RunnersParts extends Pick<Machinery, "commit" | "live" | "onOwed" | "work">, Pick<LateTools, "reserveCalls"> {
  readonly resolveTurn: ResolveTurn;
}

function openRunners(deps: EngineDeps, parts: RunnersParts): Runners {
  const { commit, live, resolveTurn, onOwed, work, reserveCalls } = parts;
  const { store, clock, mint, node, limits, onFault, harness, spawning, points } = deps;
  const harnessOf = (name: HarnessName) => (isSpawned(name) ? spawning.harness : harness);
  const machines = { harnessOf, gate: work.gate, reserveCalls, ...work.settle };
  const shared = { store, clock, mint, node, live, pause, onFault, resolveTurn, ...machines };
  const bounds = { toolCallLimit: limits.toolCallsPerTurn, waits: limits };
  return new Runners({
    run: { ...shared, ...bounds, ...(points === undefined ? {} : { points }) },
    log: { store, commit, clock, node, pause },
    slots: limits.runningTurns,
    onFree: onOwed,
  });
}
