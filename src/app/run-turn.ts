/**
 * Carries out turns of one session while this node owns it: asks the harness for items, commits the facts of each
 * before the next, passes hints on, and ends with the one commit that ends the turn (A7). If that commit began the next
 * turn from the queue, it goes on with that one.
 *
 *   items ─▶ commit ─▶ committed ─▶ next item            cancelled ─▶ abort, commit the tail
 *               └────▶ ends, waits, held ─▶ done         lost      ─▶ abort, write nothing more
 */
import { cancelTail } from "../core/decide/end-turn.ts";
import type { EndInput } from "../core/decide/end-turn.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Harness, HarnessItem } from "../core/ports/harness.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { HarnessName } from "../core/session-words.ts";
import type { LiveTexts } from "./live-texts.ts";
import { failCalls, planFacts } from "./turn-facts.ts";
import type { FactsItem, WaitLimits } from "./turn-facts.ts";
import type { ResolvedTurn, ResolveTurn } from "./resolve-turn.ts";
import { settleItem } from "./project-work/settle-item.ts";
import type { SettleDeps } from "./project-work/settle-item.ts";
import type { ReserveCalls } from "./project-work/reserve-calls.ts";
import type { TurnGate } from "./project-work/turn-gate.ts";
import type { BusyState, StepOutcome, TurnLog } from "./turn-log.ts";
import { Changes } from "./changes.ts";
import { nextMessage } from "./next-message.ts";

export interface RunDeps extends SettleDeps {
  readonly store: Pick<SessionReads, "readQueue">;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly live: LiveTexts;
  readonly resolveTurn: ResolveTurn;
  readonly harnessOf: (name: HarnessName) => Harness;
  readonly gate: Pick<TurnGate, "enter" | "idle">;
  readonly reserveCalls?: ReserveCalls;
  readonly toolCallLimit: number;
  readonly waits: WaitLimits;
  /** Calls back whenever a control event may have come for the session; returns how to stop that. */
  readonly watch: (sessionId: SessionId, onNudge: () => void) => () => void;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onFault: (fault: unknown) => void;
  /** Named crash points for tests; absent in production. */
  readonly points?: (name: string) => void | Promise<void>;
}

/** How long an aborted harness may take to stop before its turn is ended without it. */
const STOP_MS = 1_000;

export async function runTurns(deps: RunDeps, log: TurnLog, signal: AbortSignal): Promise<void> {
  await log.loadConversation();
  while (log.standing !== "lost" && !signal.aborted) {
    const turnId = log.state.turn?.id;
    await runTurn(deps, log, signal);
    if (turnId !== undefined) deps.live.drop(log.sessionId, { turnId });
    const isNext = log.state.turn !== null && log.state.turn.id !== turnId;
    if (!isNext || log.standing !== "owner") return;
  }
}

/** One turn: from wherever it stands to its end, its park, or the loss of the session. */
async function runTurn(deps: RunDeps, log: TurnLog, stop: AbortSignal): Promise<void> {
  const turnId = log.state.turn?.id;
  const isSame = () => log.state.turn?.id === turnId && log.standing === "owner";
  while (isSame() && !stop.aborted) {
    if (log.state.hold !== "none") return park(deps, log);
    if (log.state.turn?.phase === "waiting") return;
    const resolved = await resolve(deps, log, stop);
    if (resolved === null) continue;
    if (resolved.kind === "refused") await failTurn(deps, log, resolved);
    else await runHarness(deps, log, { resolved, stop });
  }
  if (log.standing === "cancelled") await endCancelled(deps, log);
}

/** Null: it was cut short, and the turn is to be looked at again. Making a checkout may take minutes. */
async function resolve(deps: RunDeps, log: TurnLog, stop: AbortSignal): Promise<ResolvedTurn | null> {
  const watch = watchOver(deps, log, stop);
  try {
    const resolved = await deps.resolveTurn(log.sessionId, log.conversation.controls, watch.signal);
    return watch.signal.aborted ? null : resolved;
  } catch (cause) {
    if (watch.signal.aborted) return null;
    throw cause;
  } finally {
    watch.end();
  }
}

/** Aborts when the turn is taken away; rings when something was committed. */
function watchOver(deps: RunDeps, log: TurnLog, stop: AbortSignal) {
  const abort = new AbortController();
  const changes = new Changes();
  const unwatch = deps.watch(log.sessionId, () => {
    const looked = log.look().then((standing) => {
      if (standing !== "owner") abort.abort(new Error("The turn was taken away"));
      changes.ring();
    });
    looked.catch(deps.onFault);
  });
  return {
    changes,
    signal: AbortSignal.any([abort.signal, stop]),
    end: () => {
      unwatch();
      abort.abort(new Error("The run is over"));
    },
  };
}

async function runHarness(
  deps: RunDeps,
  log: TurnLog,
  { resolved, stop }: { readonly resolved: Extract<ResolvedTurn, { kind: "resolved" }>; readonly stop: AbortSignal },
): Promise<void> {
  const { signal, changes, end } = watchOver(deps, log, stop);
  const leave = resolved.gate === null ? nobodyWaits : await deps.gate.enter(resolved.gate, signal);
  if (leave === null) return end();
  // A turn that was paused in line has not begun to run, and is looked at again.
  if (log.state.hold !== "none" || (await isUnpaid(deps, log, resolved))) {
    leave();
    return end();
  }
  const view = () => ({ turn: (log.state as BusyState).turn, conversation: log.conversation });
  const mintStep = () => ({ execId: deps.mint("exec"), messageId: deps.mint("message") });
  const mintApproval = () => deps.mint("approval");
  const changed = (until: AbortSignal) => changes.rung(until);
  const items = deps
    .harnessOf(resolved.harness)
    .run({ ...resolved.input, sessionId: log.sessionId, view, mintStep, mintApproval, changed }, signal)
    [Symbol.asyncIterator]();
  try {
    for (;;) {
      const item = await nextItem(items, signal);
      if (item === null || !(await take(deps, log, { item, resolved }))) return;
    }
  } finally {
    end();
    await stopItems(deps, items);
    leave();
    await resolved.budget?.free();
  }
}

/** What calls models by itself is asked before it begins, and may pass the limit by what it then does (E2). */
async function isUnpaid(
  deps: RunDeps,
  log: TurnLog,
  resolved: Extract<ResolvedTurn, { kind: "resolved" }>,
): Promise<boolean> {
  if (resolved.budget === null || resolved.input.admitCall !== undefined) return false;
  const fact = await resolved.budget.exhausted();
  if (fact === null) return false;
  await commitFacts(deps, log, { item: { kind: "facts", facts: [fact], next: { kind: "waits" } }, resolved });
  return true;
}

function nobodyWaits(): void {}

/** The next item, or nothing at the end or as soon as the signal aborts; a deaf harness is not waited for. */
function nextItem(items: AsyncIterator<HarnessItem>, signal: AbortSignal): Promise<HarnessItem | null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(null);
    signal.addEventListener("abort", onAbort, { once: true });
    items.next().then(({ done, value }) => {
      signal.removeEventListener("abort", onAbort);
      resolve(done === true ? null : value);
    }, reject);
  });
}

async function stopItems(deps: RunDeps, items: AsyncIterator<HarnessItem>): Promise<void> {
  const stopped = Promise.resolve(items.return?.()).catch(deps.onFault);
  await Promise.race([stopped, deps.pause(STOP_MS)]);
}

/** False when the run is over. */
async function take(
  deps: RunDeps,
  log: TurnLog,
  { item, resolved }: { readonly item: HarnessItem; readonly resolved: Extract<ResolvedTurn, { kind: "resolved" }> },
): Promise<boolean> {
  if (item.kind === "hint") {
    const at = { sessionId: log.sessionId, turnId: log.state.turn?.id ?? "", epoch: log.epoch, afterSeq: log.seq };
    deps.live.append(at, item.hint);
    return true;
  }
  const turnId = log.state.turn?.id;
  const outcome = await commitFacts(deps, log, { item, resolved });
  dropWritten(deps, log, item);
  if (outcome.kind === "committed") resolved.budget?.committed(item.facts);
  if (outcome.kind === "committed") await deps.reserveCalls?.(log.sessionId, item.facts);
  if (outcome.kind !== "committed" || item.next.kind === "waits") return false;
  await deps.points?.(`after:${item.facts.at(-1)?.type ?? "nothing"}`);
  return (
    log.standing === "owner" &&
    log.state.turn?.id === turnId &&
    // A prompt that an agent works on cannot be halted between two steps; its turn ends first (ruling 7).
    (log.state.hold === "none" || resolved.input.spawned !== undefined) &&
    item.next.kind === "goes_on"
  );
}

function dropWritten(deps: RunDeps, log: TurnLog, item: FactsItem): void {
  for (const fact of item.facts) {
    if (fact.type === "output.message.completed") deps.live.drop(log.sessionId, { key: fact.data.message.id });
    if (fact.type === "tool.completed") deps.live.drop(log.sessionId, { key: fact.data.tool_call_id });
  }
}

async function commitFacts(
  deps: RunDeps,
  log: TurnLog,
  { item, resolved }: { readonly item: FactsItem; readonly resolved: Extract<ResolvedTurn, { kind: "resolved" }> },
): Promise<StepOutcome> {
  const settled = await settleItem(deps, log, { item, resolved });
  let facts = settled.item;
  for (;;) {
    const outcome = await log.commit(async (state) => {
      const end = await endInput(deps, log, state);
      const { toolCallLimit, waits } = deps;
      return settled.extend(planFacts(state, facts, { ...end, changesOf: resolved.changesOf, toolCallLimit, waits }));
    });
    if (outcome.kind !== "file_conflict" && outcome.kind !== "files_full") return outcome;
    facts = withoutFiles(facts, outcome, resolved);
  }
}

/** A call whose files cannot be committed has failed, whatever it thought: its changes go and the model is told. */
function withoutFiles(
  item: FactsItem,
  outcome: Extract<StepOutcome, { kind: "file_conflict" | "files_full" }>,
  resolved: Extract<ResolvedTurn, { kind: "resolved" }>,
): FactsItem {
  const isHit = (callId: string) =>
    resolved.changesOf(callId).some((change) => outcome.kind === "files_full" || change.path === outcome.path);
  const error =
    outcome.kind === "files_full"
      ? "The session's file space is full; delete files, or write less"
      : `${outcome.path} was changed by somebody else while the tool ran; read it again and repeat the call`;
  const hit = item.facts.flatMap((fact) =>
    fact.type === "tool.completed" && isHit(fact.data.tool_call_id) ? [fact.data.tool_call_id] : [],
  );
  if (hit.length === 0) throw new Error(`A commit met ${outcome.kind} without a call that changes files`);
  for (const callId of hit) resolved.dropChanges(callId);
  return failCalls(item, (callId) => hit.includes(callId), error);
}

async function endInput(deps: RunDeps, log: TurnLog, state: BusyState): Promise<EndInput> {
  const queued = state.queuedCount > 0 && state.hold === "none" ? await deps.store.readQueue(log.sessionId) : [];
  const next = nextMessage(queued);
  return { mint: deps.mint, runner: deps.node, agentId: null, nowMs: deps.clock.now(), next };
}

async function park(deps: RunDeps, log: TurnLog): Promise<void> {
  await log.commit(() => ({ events: [], raises: true, owner: null, takes: "reset" }));
}

async function endCancelled(deps: RunDeps, log: TurnLog): Promise<void> {
  await log.commitTail(async (state) => cancelTail(state, await endInput(deps, log, state)));
}

/** Ends a turn that could not even begin to run, in the order of T5. */
async function failTurn(deps: RunDeps, log: TurnLog, why: Extract<ResolvedTurn, { kind: "refused" }>): Promise<void> {
  await log.commit(async (state) => {
    const input = await endInput(deps, log, state);
    const { turn } = state;
    const item: FactsItem = {
      kind: "facts",
      facts: [
        {
          type: "reason.completed",
          data: { turn_id: turn.id, success: false, has_tool_calls: false, tool_call_count: 0, error: why.error },
        },
        {
          type: "output.message.completed",
          data: {
            message: {
              id: turn.openMessageId ?? deps.mint("message"),
              role: "agent",
              content: [{ type: "text", text: why.error }],
            },
            error_code: why.errorCode,
          },
        },
      ],
      next: { kind: "ends", end: { kind: "failed", error: why.error, errorCode: why.errorCode } },
    };
    const { toolCallLimit, waits } = deps;
    return planFacts(state, item, { ...input, changesOf: () => [], toolCallLimit, waits });
  });
}
