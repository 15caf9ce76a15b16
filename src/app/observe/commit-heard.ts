/**
 * Commits what a hook told. Facts stand inside the turn that runs: they are committed at the epoch at which it was seen
 * running, so none of them can come after its end (E6), and cost one read and one write however long the turn is. A
 * prompt, an end and a reopening are decisions on the fold, like any control.
 */
import { decideClose } from "../../core/decide/close.ts";
import { foldDrafts } from "../../core/decide/fold-drafts.ts";
import { decideAnswered, decideHeard } from "../../core/decide/observe.ts";
import type { Heard, ObserveInput } from "../../core/decide/observe.ts";
import { draft, turnContext } from "../../core/decide/plan.ts";
import type { Plan } from "../../core/decide/plan.ts";
import type { Message } from "../../core/events/content.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { EventContext, Fact } from "../../core/events/envelope.ts";
import type { KeyId, MintId, SessionId } from "../../core/ids.ts";
import type { SessionReads, WriteResult } from "../../core/ports/store.ts";
import type { TeamWrite } from "../../core/ports/team.ts";
import { accept } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { SessionState } from "../../core/state.ts";
import { decideAndCommit } from "../decide-and-commit.ts";
import type { ControlDeps } from "../decide-and-commit.ts";
import type { Watched } from "./watched-session.ts";

export interface CommitHeardDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readSession" | "readQueue">;
  readonly mint: MintId;
  readonly onControl: (sessionId: SessionId) => void;
}

export type Ending =
  | { readonly kind: "turn"; readonly answer?: Message }
  | { readonly kind: "session"; readonly answer?: Message; readonly reason?: string };

export interface HeardWrite extends Heard {
  readonly facts: readonly Fact[];
  readonly team: TeamWrite;
  readonly ending?: Ending;
  /** Set with a first prompt. */
  readonly title?: string;
  /** The key that a prompt came with. */
  readonly keyId?: KeyId | null;
}

/** `news_moved`: of what was to be delivered, something has been by another hook of the same agent. */
export type HeardResult = Exclude<WriteResult, { kind: "stale" }> | { readonly kind: "news_moved" };

export async function commitHeard(deps: CommitHeardDeps, watched: Watched, heard: HeardWrite): Promise<HeardResult> {
  const isEnded = watched.session.facts.lifecycle !== "open";
  const decides = heard.prompt !== undefined || heard.delivered.length > 0 || heard.ending !== undefined || isEnded;
  return decides ? commitDecision(deps, watched.session.id, heard) : commitFacts(deps, watched.session, heard);
}

const ATTEMPTS = 100;

async function commitFacts(
  { store, commit, mint }: CommitHeardDeps,
  first: SessionRecord,
  { facts, team }: HeardWrite,
): Promise<HeardResult> {
  let session: SessionRecord | undefined = first;
  for (let attempt = 0; session !== undefined && attempt < ATTEMPTS; attempt++) {
    const context = contextOf(session);
    const events = facts.map((fact) => encodeDraft(draft(mint, context, fact)));
    const result = await commit({ sessionId: session.id, epoch: session.head.epoch, events, team });
    if (result.kind !== "stale") return result;
    session = await store.readSession(session.id);
  }
  if (session === undefined) return { kind: "absent" };
  throw new Error(`Session ${session.id} moved on ${ATTEMPTS} times while a hook's facts were being committed`);
}

function contextOf({ facts, head }: SessionRecord): EventContext {
  const isRunning = head.deletedAt === null && (facts.turn === "active" || facts.turn === "waiting");
  return !isRunning || facts.turnId === null ? {} : { turn_id: facts.turnId, trace_id: facts.turnId };
}

async function commitDecision(deps: CommitHeardDeps, sessionId: SessionId, heard: HeardWrite): Promise<HeardResult> {
  const controlled = await decideAndCommit(deps, {
    sessionId,
    decide: async ({ state, record }) => {
      if (!(await isWaiting(deps, sessionId, heard.delivered))) return accept({ plan: null, answer: null });
      const input = { mint: deps.mint, runner: null, agentId: null, nowMs: deps.clock.now() };
      const plan = decide(state, { sessionId, heard }, input);
      return accept({ plan: complete(plan, { state, record, heard }, input), answer: null });
    },
  });
  if (!controlled.ok) return { kind: "absent" };
  deps.onControl(sessionId);
  const { result } = controlled.value;
  return result ?? { kind: "news_moved" };
}

async function isWaiting(
  { store }: CommitHeardDeps,
  sessionId: SessionId,
  delivered: Heard["delivered"],
): Promise<boolean> {
  if (delivered.length === 0) return true;
  const waiting = new Set((await store.readQueue(sessionId)).map(({ messageId }) => messageId));
  return delivered.every(({ messageId }) => waiting.has(messageId));
}

const NOTHING: Plan = { events: [], raises: false };

function decide(
  state: SessionState,
  { sessionId, heard }: { readonly sessionId: SessionId; readonly heard: HeardWrite },
  input: ObserveInput,
): Plan {
  const { ending } = heard;
  if (ending === undefined) return decideHeard(state, heard, input) ?? NOTHING;
  const answered = decideAnswered(state, ending.answer, input) ?? NOTHING;
  if (ending.kind === "turn") return answered;
  const after = foldDrafts(state, answered.events, input.nowMs);
  const said = ending.reason === undefined ? {} : { reason: ending.reason };
  const closed = decideClose(after, { action: "complete", sessionId, hasOwner: false, ...said }, input);
  // An ended one is ended already, and a killed one stays what it is.
  if (!closed.ok || closed.value === null) return answered;
  const timers = [...(answered.timers ?? []), ...(closed.value.timers ?? [])];
  return { ...closed.value, events: [...answered.events, ...closed.value.events], timers };
}

/** The hook's facts after what was decided, inside the turn that stands then. */
function complete(
  plan: Plan,
  {
    state,
    record,
    heard,
  }: { readonly state: SessionState; readonly record: SessionRecord; readonly heard: HeardWrite },
  input: ObserveInput,
): Plan {
  const { turn } = foldDrafts(state, plan.events, input.nowMs);
  const context = turn === null ? {} : turnContext(turn);
  const events = [...plan.events, ...heard.facts.map((fact) => draft(input.mint, context, fact))];
  return { ...plan, events, team: heard.team, ...editOf(record, heard) };
}

function editOf({ edit }: SessionRecord, { title, keyId }: HeardWrite): Pick<Plan, "edit"> {
  const named = edit.title === null && title !== undefined ? { title } : {};
  const isOther = keyId !== undefined && keyId !== null && keyId !== edit.settings.hookKeyId;
  const keyed = isOther ? { settings: { ...edit.settings, hookKeyId: keyId } } : {};
  const changes = { ...named, ...keyed };
  return Object.keys(changes).length === 0 ? {} : { edit: changes };
}
