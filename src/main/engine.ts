/**
 * The engine of a node: from a store to the use cases of sessions. Here the one circle is closed, by one late-bound
 * object: use cases wake the pulse, the pulse takes turns, turns run tools, tools are use cases.
 */
import { makeAnswerApproval } from "../app/answer-approval.ts";
import { makeCancelTurn } from "../app/cancel-turn.ts";
import { makeCommit } from "../app/commit.ts";
import type { CommitWrite } from "../app/commit.ts";
import { makeControlSession } from "../app/control-session.ts";
import { makeCreateSession } from "../app/create-session.ts";
import { makeEditSession } from "../app/edit-session.ts";
import { makeFireTimer } from "../app/fire-timer.ts";
import { makeGiveToolResults } from "../app/give-tool-results.ts";
import { makeOpenFollow } from "../app/follow.ts";
import { makeGetSession } from "../app/get-session.ts";
import type { Images } from "../app/images/images.ts";
import { makeApprovalReads } from "../app/list-approvals.ts";
import { makeListMessages } from "../app/list-messages.ts";
import { makeLiveTexts } from "../app/live-texts.ts";
import { makeModelOfSession } from "../app/model-of-session.ts";
import { makePurge } from "../app/purge-session.ts";
import { Pulse } from "../app/pulse.ts";
import { makeQueue } from "../app/queue.ts";
import { makeReadEvents } from "../app/read-events.ts";
import type { Records } from "../app/records/records.ts";
import { makeIsRepeatable, makeResolveTurn } from "../app/resolve-turn.ts";
import type { RunDeps } from "../app/run-turn.ts";
import { Runners } from "../app/runners.ts";
import { makeSendMessage } from "../app/send-message.ts";
import { makeSessionNotes } from "../app/session-notes.ts";
import { makeSummariseEvents } from "../app/summarise-events.ts";
import { Tail } from "../app/tail.ts";
import { makeTakeTurn } from "../app/take-turn.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Bell } from "../core/ports/bell.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Blobs } from "../core/ports/files.ts";
import type { Harness } from "../core/ports/harness.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource } from "../core/ports/tools.ts";
import type { ApprovalUseCases } from "../doors/native/approvals.ts";
import type { SessionUseCases } from "../doors/native/use-cases.ts";
import { Closers } from "../lib/closers.ts";
import { sleep } from "../lib/deadline.ts";

export interface EngineDeps {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly limits: Limits;
  readonly harness: Harness;
  readonly capabilities: readonly Capability[];
  readonly ownCapabilities: CapabilitySource;
  readonly records: Records;
  readonly images: Images;
  readonly onFault: (fault: unknown) => void;
  readonly points?: RunDeps["points"];
}

export interface Engine extends AsyncDisposable {
  readonly uses: Omit<SessionUseCases, "listSessions"> & Omit<ApprovalUseCases, "approvalRules">;
  readonly commit: CommitWrite;
  readonly pulse: Pulse;
  readonly runners: Runners;
}

/** A pause that an abort cuts short; nobody minds which of the two ended it. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await sleep(ms, signal).catch((cause: unknown) => {
    if (signal?.aborted !== true) throw cause;
  });
}

export function openEngine(deps: EngineDeps): Engine {
  const { store, bell, clock, mint, node, limits, records, onFault } = deps;
  const tail = new Tail();
  const live = makeLiveTexts((id) => bell.ring(id));
  const commit = makeCommit({
    store,
    onCommitted: (id, lines) => {
      tail.push(id, lines);
      bell.ring(id);
    },
  });
  const soon = () => pulse.soon();
  const notesOf = makeSessionNotes({ store, commit, mint, limits });
  const turns = { ...deps, notesOf };
  const runners = new Runners({
    run: {
      ...{ store, clock, mint, node, live, pause, onFault, harness: deps.harness },
      resolveTurn: makeResolveTurn(turns),
      toolCallLimit: limits.toolCallsPerTurn,
      waits: limits,
      ...(deps.points === undefined ? {} : { points: deps.points }),
    },
    log: { store, commit, clock, node, pause },
    slots: limits.runningTurns,
    onFree: soon,
  });
  const onControl = (id: SessionId) => {
    runners.nudge(id);
    soon();
  };
  const purge = makePurge({ store, images: deps.images });
  const intake = { images: deps.images, modelOf: makeModelOfSession({ records }), limits };
  const control = { store, commit, clock, mint, node, onControl, purge };
  const pulse = new Pulse({
    ...{ store, node, runners, onFault },
    takeTurn: makeTakeTurn({
      ...control,
      isRunning: (id) => runners.isRunning(id),
      isRepeatable: makeIsRepeatable(turns),
    }),
    followed: () => tail.followed(),
    onGrown: (id) => bell.ring(id),
    fireTimer: makeFireTimer(control),
  });
  const parts = records.sessionParts;
  const closers = new Closers();
  closers.use(pulse);
  closers.use(runners);
  return {
    commit,
    pulse,
    runners,
    uses: {
      createSession: makeCreateSession({ store, commit, mint, parts, limits, blobs: deps.blobs }),
      getSession: makeGetSession({ store }),
      editSession: makeEditSession({ store, commit, mint, parts }),
      controlSession: makeControlSession(control),
      sendMessage: makeSendMessage({ ...control, ...intake, runners, limits, onOwed: soon }),
      listMessages: makeListMessages({ store }),
      queue: makeQueue({ ...control, ...intake }),
      cancelTurn: makeCancelTurn(control),
      approvals: makeApprovalReads({ store }),
      answerApproval: makeAnswerApproval({ ...control, runners, onOwed: soon, rules: records.approvalRules }),
      giveToolResults: makeGiveToolResults({ ...control, runners, onOwed: soon, limits }),
      readEvents: makeReadEvents({ store }),
      summariseEvents: makeSummariseEvents({ store }),
      openFollow: makeOpenFollow({ store, bell, tail, live }),
    },
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}
