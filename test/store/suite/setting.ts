/**
 * What every case of the store's suite stands on: a store of its own, a clock that it moves by hand, ids that count up,
 * and short ways to say a write. Nothing in here asserts anything but that a write which sets the scene was taken.
 */
import type { DraftLine, EventContext, LogLine } from "../../../src/core/events/envelope.ts";
import type { Message } from "../../../src/core/events/content.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { MintId, NodeId, SessionId, TurnId, WorkspaceId } from "../../../src/core/ids.ts";
import type { Clock } from "../../../src/core/ports/clock.ts";
import type { NewSession, SessionWrite, Store, WriteResult } from "../../../src/core/ports/store.ts";
import { initialState } from "../../../src/core/state.ts";
import type { SessionState, TurnState } from "../../../src/core/state.ts";
import { plainEdit } from "../plain-edit.ts";

/** Of all that is random in these tests; another one tries other lives. */
export const seed = Number(process.env["SERAI_SEED"] ?? 1);

export type OpenStore = (options: { readonly clock: Clock; readonly node?: NodeId }) => Promise<Store>;

/** What an adapter may leave out, each with the reason that its skipped case shows. */
export type Feature = "unicode_search" | "files_limit";
export type NotSupported = Partial<Record<Feature, string>>;

export interface Suite {
  readonly open: OpenStore;
  readonly notSupported: NotSupported;
}

export interface ManualClock extends Clock {
  /** Time passes. */
  advance(ms: number): void;
  /** Somebody sets the machine's clock; no time passes. */
  step(ms: number): void;
}

export function makeClock(startMs = Date.UTC(2026, 0, 1, 12)): ManualClock {
  let wall = startMs;
  let steady = 0;
  return {
    now: () => wall,
    monotonic: () => steady,
    advance(ms) {
      wall += ms;
      steady += ms;
    },
    step(ms) {
      wall += ms;
    },
  };
}

/** Ids whose digits count up, so that a failing case names the same ones each time. */
export function makeMint(clock: Clock): MintId {
  let count = 0;
  return (kind) => formatId(kind, clock.now(), `0000${(++count).toString(16).padStart(15, "0")}0`);
}

export type Committed = Extract<WriteResult, { readonly kind: "committed" }>;

/** Of a write; `state` stands for a fold of the whole log as it is when the write is made up. */
export type WriteParts = Omit<SessionWrite, "sessionId" | "events" | "fold"> & {
  readonly events?: SessionWrite["events"];
  readonly state?: SessionState;
};

export interface Setting extends AsyncDisposable {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly workspaceId: WorkspaceId;
  line(type: string, data?: unknown, context?: EventContext): DraftLine;
  /** The write that makes a session; `parts` go beside its `session.created`. */
  creation(create?: Partial<NewSession>, parts?: WriteParts): SessionWrite;
  make(create?: Partial<NewSession>, parts?: WriteParts): Promise<SessionId>;
  commit(write: SessionWrite): Promise<Committed>;
  /** A write of one fact from outside a turn. */
  fact(sessionId: SessionId, parts?: Omit<WriteParts, "state">): SessionWrite;
  /** A write at the epoch the session has now. */
  fenced(sessionId: SessionId, parts: WriteParts): Promise<SessionWrite>;
}

export async function openSetting({ open }: Suite): Promise<Setting> {
  const clock = makeClock();
  const mint = makeMint(clock);
  const node = mint("node");
  const store = await open({ clock, node });
  const workspaceId = mint("workspace");
  const line: Setting["line"] = (type, data = {}, context = {}) => ({
    id: mint("event"),
    type,
    contextJson: JSON.stringify(context),
    dataJson: JSON.stringify(data),
  });
  const creation: Setting["creation"] = (create = {}, { state = initialState, ...parts } = {}) => ({
    events: [line("session.created", { harness: create.harness ?? "hosted" })],
    fold: { state, through: 0 },
    ...parts,
    sessionId: mint("session"),
    create: {
      workspaceId,
      createdBy: null,
      harness: "hosted",
      conversationId: null,
      edit: plainEdit,
      idempotency: null,
      ...create,
    },
  });
  const commit: Setting["commit"] = async (write) => {
    const result = await store.write(write);
    if (result.kind !== "committed") throw new Error(`The scene could not be set: ${JSON.stringify(result)}`);
    return result;
  };
  return {
    store,
    clock,
    mint,
    node,
    workspaceId,
    line,
    creation,
    commit,
    async make(create, parts) {
      const write = creation(create, parts);
      await commit(write);
      return write.sessionId;
    },
    fact: (sessionId, parts = {}) => ({ events: [line("note.taken")], ...parts, sessionId }),
    async fenced(sessionId, { state, ...parts }) {
      const head = await store.readHead(sessionId);
      if (head === undefined) throw new Error(`There is no session "${sessionId}"`);
      const fold = state === undefined ? {} : { fold: { state, through: head.seq } };
      return { events: [], epoch: head.epoch, ...fold, ...parts, sessionId };
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

export function messageOf(mint: MintId, text: string): Message {
  return { id: mint("message"), role: "user", content: [{ type: "text", text }] };
}

/** A state in the middle of a turn, with everything that the fold keeps about one. */
export function turnState(mint: MintId, turn: Partial<TurnState> = {}, rest: Partial<SessionState> = {}): SessionState {
  const id: TurnId = mint("turn");
  return {
    ...initialState,
    turnCount: 1,
    ...rest,
    turn: {
      id,
      inputMessageId: mint("message"),
      startedAt: "2026-01-01T12:00:00.000Z",
      phase: "reasoning",
      execId: mint("exec"),
      iteration: 1,
      isReasonOpen: true,
      openMessageId: null,
      isActOpen: false,
      openCalls: [],
      toolCallCount: 0,
      failedCallCount: 0,
      repeat: { signature: 0, count: 0 },
      unreadCount: 0,
      needs: [],
      approvals: [],
      usage: { input_tokens: 0, output_tokens: 0 },
      lastText: "",
      ...turn,
    },
  };
}

/** Reads a log to its end in pages, as every follower does. */
export async function readAll(store: Store, sessionId: SessionId, pageSize = 100): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for (let after = 0; ;) {
    const page = await store.readLog({ sessionId, after, limit: pageSize });
    lines.push(...page.lines);
    if (page.through >= page.headSeq) return lines;
    if (page.through <= after) throw new Error(`Reading after ${after} moved nowhere`);
    after = page.through;
  }
}

/** Everything about a session that the port can show, for "nothing was changed". */
export async function snapshot(store: Store, sessionId: SessionId) {
  const files = await store.listFiles(sessionId, "/", { isRecursive: true });
  return {
    session: await store.readSession(sessionId),
    head: await store.readHead(sessionId),
    log: await readAll(store, sessionId),
    queue: await store.readQueue(sessionId),
    files,
    versions: await Promise.all(files.map(({ path }) => store.fileVersions(sessionId, path))),
    filesSize: await store.filesSize(sessionId),
    timers: await store.dueTimers(1000),
  };
}
