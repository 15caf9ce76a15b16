/**
 * A node of the engine without doors: use cases, runners and pulse over a given store. Several nodes may share a store.
 */
import { openLocalBell } from "../../src/bells/local-bell.ts";
import { makeAnswerApproval } from "../../src/app/answer-approval.ts";
import { makeCancelTurn } from "../../src/app/cancel-turn.ts";
import { makeCommit } from "../../src/app/commit.ts";
import { makeControlSession } from "../../src/app/control-session.ts";
import { makeCreateSession } from "../../src/app/create-session.ts";
import { makeFireTimer } from "../../src/app/fire-timer.ts";
import { makeGiveToolResults } from "../../src/app/give-tool-results.ts";
import { makeApprovalReads } from "../../src/app/list-approvals.ts";
import { makeApprovalRules } from "../../src/app/records/approval-rules.ts";
import { approvalRuleKind } from "../../src/app/records/kinds.ts";
import { makeOpenFollow } from "../../src/app/follow.ts";
import { makeLiveTexts } from "../../src/app/live-texts.ts";
import type { Principal } from "../../src/app/principal.ts";
import { Pulse } from "../../src/app/pulse.ts";
import { makePurge } from "../../src/app/purge-session.ts";
import { makeQueue } from "../../src/app/queue.ts";
import type { ResolveTurn } from "../../src/app/resolve-turn.ts";
import type { RunDeps } from "../../src/app/run-turn.ts";
import { Runners } from "../../src/app/runners.ts";
import { makeSendMessage } from "../../src/app/send-message.ts";
import { Tail } from "../../src/app/tail.ts";
import { makeFeedRings } from "../../src/app/team/feed-rings.ts";
import { makeFollowFeed } from "../../src/app/team/follow-feed.ts";
import { makeReadFeed } from "../../src/app/team/read-feed.ts";
import { makeTakeTurn } from "../../src/app/take-turn.ts";
import { formatId } from "../../src/core/ids.ts";
import type { AgentId, HarnessId, IdKind, MintId, ModelId, NodeId, WorkspaceId } from "../../src/core/ids.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import type { Limits } from "../../src/core/limits.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { Harness } from "../../src/core/ports/harness.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { accept } from "../../src/core/refusal.ts";
import { noImages } from "./no-images.ts";
import type { Intake } from "./no-images.ts";
import { TurnGate } from "../../src/app/project-work/turn-gate.ts";
import { noProjects } from "./no-projects.ts";

/** Ids that count: the same run gives the same ids. */
export function countingMint(seed: number): MintId {
  let count = 0;
  return <K extends IdKind>(kind: K) =>
    formatId<K>(kind, 1_700_000_000_000 + ++count, seed.toString(16).padStart(2, "0").repeat(10));
}

export const workspaceId = formatId("workspace", 1, "0".repeat(20)) as WorkspaceId;
export const principal: Principal = {
  workspaceId,
  userId: formatId("user", 1, "0".repeat(20)),
  keyId: null,
  role: "owner",
};

export const resolveNothing: ResolveTurn = () =>
  Promise.resolve({
    kind: "resolved",
    harness: "hosted",
    hasCheckout: false,
    gate: null,
    budget: null,
    input: {
      instructions: "",
      model: {
        providerType: "scripted",
        providerId: null,
        baseUrl: null,
        apiKey: null,
        modelId: null,
        vendorModel: "script",
        contextTokens: 100_000,
        maxOutputTokens: 1_000,
        price: null,
        canSeeImages: false,
      },
      controls: {},
      tools: { definitions: [], call: () => Promise.reject(new Error("No tools here")) },
      maxIterations: 100,
    },
    changesOf: () => [],
    dropChanges: () => undefined,
  });

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly node: NodeId;
  readonly mint: MintId;
  readonly harness: Harness;
  readonly slots?: number;
  readonly limits?: Partial<Limits>;
  readonly resolveTurn?: ResolveTurn;
  readonly pause?: (ms: number) => Promise<void>;
  readonly onFault?: (fault: unknown) => void;
  readonly intake?: Intake;
  /** How long answers are waited for. */
  readonly waits?: RunDeps["waits"];
}

export type Engine = ReturnType<typeof openEngine>;

export function openEngine(options: EngineOptions) {
  const { store, clock, node, mint, harness, slots = 64, resolveTurn = resolveNothing } = options;
  const { waits = defaultLimits } = options;
  const pause = options.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref()));
  const faults: unknown[] = [];
  const onFault = options.onFault ?? ((fault: unknown) => void faults.push(fault));
  const bell = openLocalBell();
  const tail = new Tail();
  const live = makeLiveTexts((id) => bell.ring(id));
  const feedRings = makeFeedRings({ store, bell, onFault });
  const commit = makeCommit({
    store,
    onCommitted: (id, lines) => {
      tail.push(id, lines);
      bell.ring(id);
      feedRings.committed(id, lines);
    },
  });
  const soon = () => pulse.soon();
  const runners = new Runners({
    run: {
      store,
      clock,
      mint,
      node,
      live,
      resolveTurn,
      harnessOf: () => harness,
      gate: new TurnGate(),
      toolCallLimit: 1_000,
      waits,
      pause,
      onFault,
    },
    log: { store, commit, clock, node, pause },
    slots,
    onFree: soon,
  });
  const control = { store, commit, clock, mint };
  const onControl = (id: Parameters<Runners["nudge"]>[0]) => {
    runners.nudge(id);
    soon();
  };
  const intake = { ...(options.intake ?? noImages), limits: { ...defaultLimits, ...options.limits } };
  const rules = makeApprovalRules({ approvalRule: { store, mint, kind: approvalRuleKind } });
  const answering = { ...control, node, runners, onOwed: soon };
  const purge = makePurge({ store, images: intake.images, storage: { erase: () => Promise.resolve() } });
  const takeTurn = makeTakeTurn({
    ...control,
    node,
    isRunning: (id) => runners.isRunning(id),
    isRepeatable: () => Promise.resolve(false),
  });
  const fireTimer = makeFireTimer({ ...control, onControl, purge });
  const pulse = new Pulse({
    store,
    node,
    runners,
    takeTurn,
    followed: () => tail.followed(),
    onGrown: (id) => bell.ring(id),
    fireTimer,
    onFault,
  });
  const parts = {
    ...noProjects,
    checkAgent: (_: WorkspaceId, id: string) => Promise.resolve(accept(id as AgentId)),
    checkHarness: (_: WorkspaceId, id: string) => Promise.resolve(accept(id as HarnessId)),
    findHarness: (_: WorkspaceId, name: string) => Promise.resolve(accept(name as HarnessId)),
    checkModel: (_: WorkspaceId, id: string) => Promise.resolve(accept(id as ModelId)),
    checkCapabilities: () => accept(undefined),
    checkTools: () => accept(undefined),
  };
  const blobs = { put: () => Promise.reject(new Error("No blobs here")) };
  return {
    store,
    node,
    bell,
    tail,
    live,
    commit,
    runners,
    pulse,
    takeTurn,
    fireTimer,
    faults,
    createSession: makeCreateSession({ store, commit, mint, parts, blobs, limits: defaultLimits }),
    sendMessage: makeSendMessage({ ...control, ...intake, node, runners, onOwed: soon }),
    cancelTurn: makeCancelTurn({ ...control, onControl }),
    controlSession: makeControlSession({ ...control, onControl, purge }),
    approvals: makeApprovalReads({ store }),
    answerApproval: makeAnswerApproval({ ...answering, rules }),
    giveToolResults: makeGiveToolResults({ ...answering, limits: defaultLimits }),
    rules,
    queue: makeQueue({ ...control, ...intake, onControl }),
    openFollow: makeOpenFollow({ store, bell, tail, live }),
    readFeed: makeReadFeed({ store }),
    followFeed: makeFollowFeed({ store, rings: feedRings }),
    async [Symbol.asyncDispose]() {
      await runners[Symbol.asyncDispose]();
      await pulse[Symbol.asyncDispose]();
    },
  };
}
