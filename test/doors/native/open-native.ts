/**
 * The native door over real use cases and a memory store, in process or listening. One agent and one model exist in the
 * workspace of the owner's key; turns run on a harness that a test steers.
 */
import { openFolderBlobs } from "../../../src/blobs/folder-blobs.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCreateSession } from "../../../src/app/create-session.ts";
import { makeEditSession } from "../../../src/app/edit-session.ts";
import { makeGetSession } from "../../../src/app/get-session.ts";
import { makeAwaitTurn } from "../../../src/app/await-turn.ts";
import { makeImages } from "../../../src/app/images/images.ts";
import { makeListMessages } from "../../../src/app/list-messages.ts";
import { makeCheckTools } from "../../../src/app/tool-policies.ts";
import type { Principal } from "../../../src/app/principal.ts";
import { TurnGate } from "../../../src/app/project-work/turn-gate.ts";
import { makeReadEvents } from "../../../src/app/read-events.ts";
import { makeSummariseEvents } from "../../../src/app/summarise-events.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { IdKind, MintId, WorkspaceId } from "../../../src/core/ids.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { Limits } from "../../../src/core/limits.ts";
import type { Clock } from "../../../src/core/ports/clock.ts";
import type { Harness } from "../../../src/core/ports/harness.ts";
import type { ModelAccess } from "../../../src/core/ports/model.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { accept, refuse } from "../../../src/core/refusal.ts";
import type { Outcome } from "../../../src/core/refusal.ts";
import { makeNativeDoor, makeServerDoor } from "../../../src/doors/native/door.ts";
import type { NativeUseCases } from "../../../src/doors/native/use-cases.ts";
import { makeHttpApp } from "../../../src/http/app.ts";
import type { HttpApp } from "../../../src/http/app.ts";
import type { Fault } from "../../../src/http/deps.ts";
import type { GateSettings } from "../../../src/http/gate.ts";
import { openGrep } from "../../../src/lib/grep/grep.ts";
import type { Grep } from "../../../src/lib/grep/grep.ts";
import { makeThumbnailer } from "../../../src/lib/thumbnail.ts";
import type { Thumbnailer } from "../../../src/lib/thumbnail.ts";
import { makeReservationUses } from "../../../src/main/reservation-uses.ts";
import { makeSessionUses } from "../../../src/main/session-uses.ts";
import { makeFileUses } from "../../../src/main/file-uses.ts";
import { makeTeamUses } from "../../../src/main/team-uses.ts";
import { openHttpServer } from "../../../src/http/server.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { defaultStreamSettings } from "../../../src/http/sse/stream-settings.ts";
import type { StreamSettings } from "../../../src/http/sse/stream-settings.ts";
import { makeStreams } from "../../../src/http/sse/streams.ts";
import type { Streams } from "../../../src/http/sse/streams.ts";
import type { ModelOfSession } from "../../../src/app/model-of-session.ts";
import { openEngine, principal as owner } from "../../app/engine-world.ts";
import { scripted } from "../../harnesses/hosted/drive.ts";
import type { Engine } from "../../app/engine-world.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeRecordUses } from "./record-uses.ts";
import { makeWorkUses } from "../../../src/app/project-work/work-uses.ts";
import { openCheckouts } from "../../../src/checkouts/checkouts.ts";
import { makeKeyedQueue } from "../../../src/lib/keyed-queue.ts";
import { noProjects } from "../../app/no-projects.ts";

export const agentId = formatId("agent", 1, "a".repeat(20));
export const modelId = formatId("model", 1, "b".repeat(20));
export const keys = {
  owner: "key-of-the-owner",
  member: "key-of-a-member",
  viewer: "key-of-a-viewer",
  stranger: "key-of-another-workspace",
} as const;

const otherWorkspace = formatId("workspace", 2, "1".repeat(20)) as WorkspaceId;
const principals: Readonly<Record<string, Principal>> = {
  [keys.owner]: owner,
  [keys.member]: { ...owner, role: "member", keyId: formatId("key", 1, "2".repeat(20)) },
  [keys.viewer]: { ...owner, role: "viewer", keyId: formatId("key", 2, "3".repeat(20)) },
  [keys.stranger]: { ...owner, workspaceId: otherWorkspace, keyId: formatId("key", 3, "4".repeat(20)) },
};

export interface NativeOptions {
  readonly limits?: Partial<Limits>;
  readonly streams?: Partial<StreamSettings>;
  readonly gate?: Partial<GateSettings>;
  readonly harness?: Harness;
  /** 0: turns are owed and nobody runs them. */
  readonly slots?: number;
  /** Otherwise a fault fails the test when this is closed. */
  readonly allowsFaults?: boolean;
  readonly thumbnailer?: Thumbnailer;
  /** The one model, as messages meet it on their way in; it sees images unless told. */
  readonly model?: Partial<ModelAccess>;
  /** Stands around the store, to make it break. */
  readonly wrapStore?: (store: Store) => Store;
}

export interface Native extends AsyncDisposable {
  readonly app: HttpApp;
  readonly engine: Engine;
  readonly store: Store;
  readonly streams: Streams;
  readonly faults: Fault[];
  /** Keys that were revoked in the meantime. */
  readonly revoked: Set<string>;
  listen(): Promise<HttpServer>;
}

/** Ends at once with an answer; replaced where a test needs more. */
export const silentHarness: Harness = {
  name: "hosted",
  // eslint-disable-next-line require-yield -- a harness that has nothing to say until it is stopped
  async *run(_, signal) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  },
};

function countingMint(): MintId {
  let count = 0;
  return <K extends IdKind>(kind: K) => formatId<K>(kind, 1_700_000_000_000 + ++count, "c".repeat(20));
}

const parts = {
  ...noProjects,
  checkAgent: (workspaceId: WorkspaceId, id: string) => Promise.resolve(known("agent", { workspaceId, id }, agentId)),
  checkModel: (workspaceId: WorkspaceId, id: string) => Promise.resolve(known("model", { workspaceId, id }, modelId)),
  checkHarness: (_: WorkspaceId, id: string) =>
    Promise.resolve(refuse({ code: "not_found", kind: "harness", id }) as Outcome<never>),
  findHarness: (_: WorkspaceId, id: string) =>
    Promise.resolve(refuse({ code: "not_found", kind: "harness", id }) as Outcome<never>),
  checkCapabilities: () => accept(undefined),
  checkTools: makeCheckTools([], defaultLimits),
};

/** Every message is for the one model; a message that names another names nothing. */
function makeModelOf(model: Partial<ModelAccess> = {}): ModelOfSession {
  return (_, controls) => {
    const id = controls.model_id ?? modelId;
    if (id !== modelId) return Promise.resolve(refuse({ code: "not_found", kind: "model", id }));
    return Promise.resolve(accept({ ...scripted, modelId, canSeeImages: true, ...model }));
  };
}

function known<T extends string>(
  kind: "agent" | "model",
  asked: { readonly workspaceId: WorkspaceId; readonly id: string },
  mine: T,
): Outcome<T> {
  const isMine = asked.id === mine && asked.workspaceId === owner.workspaceId;
  return isMine ? accept(mine) : refuse({ code: "not_found", kind, id: asked.id });
}

export async function openNative(options: NativeOptions = {}): Promise<Native> {
  const limits = { ...defaultLimits, ...options.limits };
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const mint = countingMint();
  const memory = await openMemoryStore({ clock, filesLimitBytes: limits.sessionFilesBytes });
  const store = options.wrapStore?.(memory) ?? memory;
  const harness = options.harness ?? silentHarness;
  const folder = await mkdtemp(join(tmpdir(), "serai-native-"));
  const blobs = await openFolderBlobs({ folder });
  const grep = openGrep();
  const images = makeImages({ store, blobs, mint, limits, thumbnailer: options.thumbnailer ?? makeThumbnailer() });
  const engine = openEngine({
    store,
    clock,
    mint,
    harness,
    node: mint("node"),
    slots: options.slots ?? 64,
    limits,
    intake: { images, modelOf: makeModelOf(options.model) },
  });
  const faults: Fault[] = [];
  const revoked = new Set<string>();
  const streams = makeStreams({
    settings: { ...defaultStreamSettings, ...options.streams },
    now: () => performance.now(),
    random: Math.random,
    isStillValid: (who) => !revoked.has(who.keyId ?? ""),
    onFault: (error) => faults.push({ requestId: "stream", method: "GET", path: "sse", error }),
  });
  const stopping = new AbortController();
  const known = { store, mint, clock, limits, blobs, images, grep, stopping: stopping.signal };
  const uses = bindUseCases(engine, known);
  const server = { version: "0.0.0-test", authMode: "keys" };
  const native = makeNativeDoor({ uses, limits, streams, server, now: () => Date.now() });
  const root = makeServerDoor({ server, doors: [native], uses, now: () => Date.now() });
  const app = makeHttpApp([root, native], {
    authenticate: (secret) => Promise.resolve(whoIs(secret, revoked)),
    isStillValid: () => true,
    mint,
    limits,
    gate: { allowedHosts: [], corsOrigins: [], ...options.gate },
    onFault: (fault) => faults.push(fault),
  });
  const servers: HttpServer[] = [];
  return {
    app,
    engine,
    store,
    streams,
    faults,
    revoked,
    async listen() {
      const opened = await openHttpServer({ app, host: "127.0.0.1", port: 0, streams, closeDeadlineMs: 1_000 });
      servers.push(opened);
      return opened;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(servers.map((opened) => opened[Symbol.asyncDispose]()));
      await streams[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await grep[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      if (faults.length > 0 && options.allowsFaults !== true) {
        throw new Error(`Something broke at ${faults[0]?.method} ${faults[0]?.path}`, { cause: faults[0]?.error });
      }
    },
  };
}

function whoIs(secret: string, revoked: ReadonlySet<string>): Outcome<Principal> {
  const who = Object.hasOwn(principals, secret) ? principals[secret] : undefined;
  if (who === undefined) return refuse({ code: "unauthenticated", reason: "the key is unknown" });
  return revoked.has(who.keyId ?? "")
    ? refuse({ code: "unauthenticated", reason: "the key was revoked" })
    : accept(who);
}

function bindUseCases(
  engine: Engine,
  {
    store,
    mint,
    clock,
    limits,
    blobs,
    images,
    grep,
    stopping,
  }: {
    readonly store: Store;
    readonly mint: MintId;
    readonly clock: Clock;
    readonly limits: Limits;
    readonly blobs: Awaited<ReturnType<typeof openFolderBlobs>>;
    readonly images: ReturnType<typeof makeImages>;
    readonly grep: Grep;
    readonly stopping: AbortSignal;
  },
): NativeUseCases {
  const sessions = { store, commit: engine.commit, mint, parts, blobs, limits };
  const records = makeRecordUses({ store, mint, clock, limits });
  const createSession = makeCreateSession(sessions);
  const { catalogue: capabilities } = records;
  return {
    ...records,
    agentPrograms: {
      list: () => Promise.resolve([]),
      isolation: () => Promise.resolve({ kind: "none", why: "Nothing is started here" }),
    },
    // No session here has a working tree.
    ...makeWorkUses({
      ...{ store, mint, clock, commit: engine.commit, projects: records.projects, queue: makeKeyedQueue() },
      checkouts: openCheckouts({ folder: "/nowhere", now: () => clock.now() }),
      onControl: () => undefined,
      ensureCheckout: () => Promise.resolve(accept(null)),
    }),
    ...makeSessionUses({ ...sessions, clock, records, capabilities, createSession }),
    createSession,
    editSession: makeEditSession({ ...sessions, queue: makeKeyedQueue() }),
    getSession: makeGetSession({ store }),
    listMessages: makeListMessages({ store }),
    readEvents: makeReadEvents({ store }),
    summariseEvents: makeSummariseEvents({ store }),
    controlSession: engine.controlSession,
    sendMessage: engine.sendMessage,
    cancelTurn: engine.cancelTurn,
    approvals: engine.approvals,
    answerApproval: engine.answerApproval,
    giveToolResults: engine.giveToolResults,
    queue: engine.queue,
    openFollow: engine.openFollow,
    readFeed: engine.readFeed,
    followFeed: engine.followFeed,
    ...makeTeamUses({ store, commit: engine.commit, mint, clock, records }),
    ...makeReservationUses({ store, commit: engine.commit, mint, clock, records }),
    awaitTurn: makeAwaitTurn({ store, openFollow: engine.openFollow, stopping, gate: new TurnGate() }),
    images,
    ...makeFileUses({ store, commit: engine.commit, blobs, limits, mint, grep }),
  };
}
