/** What may happen to a session of the model: every decision, by anybody, at any moment; and every accident. */
import fc from "fast-check";
import { decideAnswer, decideExpiry, decideResults } from "../../../src/core/decide/answer.ts";
import { decideCancel } from "../../../src/core/decide/cancel.ts";
import { decideClose, decideRestore } from "../../../src/core/decide/close.ts";
import { cancelTail } from "../../../src/core/decide/end-turn.ts";
import { decidePause, decideResume } from "../../../src/core/decide/hold.ts";
import { draft, turnContext } from "../../../src/core/decide/plan.ts";
import type { Plan } from "../../../src/core/decide/plan.ts";
import { decideSend } from "../../../src/core/decide/send.ts";
import { decideTake } from "../../../src/core/decide/take-over.ts";
import type { QueuedMessage, WhenBusy } from "../../../src/core/session.ts";
import { pendingApprovals } from "../../../src/core/state.ts";
import { runStep, stepNames } from "./runner.ts";
import type { StepName } from "./runner.ts";
import type { SessionModel } from "./session-model.ts";

/**
 * `come`: what a parked turn waits for is there; `deny`: the same, but a person says no; `late`: it does not come in
 * time; `deadline`: of a cancel that its owner did not answer.
 */
type Plain =
  | "pause"
  | "resume"
  | "complete"
  | "kill"
  | "delete"
  | "restore"
  | "unqueue"
  | "edit_queue"
  | "come"
  | "deny"
  | "late"
  | "deadline";

export type Command =
  | { readonly kind: "send"; readonly whenBusy: WhenBusy; readonly hasSlot: boolean }
  | { readonly kind: "cancel"; readonly clears: boolean }
  | { [K in Plain]: { readonly kind: K } }[Plain]
  /** The runner commits its next step. */
  | { readonly kind: "step"; readonly step: StepName }
  /** The node stops without a word. */
  | { readonly kind: "crash" }
  /** Every node that takes the turn stops at once. */
  | { readonly kind: "poison" }
  /** The pulse takes what has no live owner. */
  | { readonly kind: "take"; readonly isRepeatable: boolean }
  /** Somebody decides; before the commit arrives, something else happens. */
  | { readonly kind: "race"; readonly decided: Decision; readonly meanwhile: Command }
  /** Somebody decides and is gone after the first commit, which may only have fenced an owner off. */
  | { readonly kind: "half"; readonly decided: Decision };

const rare = fc.constantFrom<Extract<Command, { readonly kind: "complete" | "kill" | "delete" | "restore" }>>(
  { kind: "complete" },
  { kind: "kill" },
  { kind: "delete" },
  { kind: "restore" },
  { kind: "restore" },
  { kind: "restore" },
);

type Decision = Exclude<Command, { readonly kind: "step" | "crash" | "poison" | "race" | "half" }>;

const sends = fc.record({
  kind: fc.constant("send" as const),
  whenBusy: fc.constantFrom<WhenBusy>("refuse", "queue", "steer"),
  hasSlot: fc.boolean(),
});
/** As a call, which opens more ways to go on than the others, is more likely than they are. */
const step = fc.constantFrom(...stepNames, "call", "call", "call", "approval", "client_tools");
const steps = fc.record({ kind: fc.constant("step" as const), step });
const takes = fc.record({ kind: fc.constant("take" as const), isRepeatable: fc.boolean() });
const cancels = fc.record({ kind: fc.constant("cancel" as const), clears: fc.boolean() });
const controls = fc.constantFrom<Extract<Command, { readonly kind: Plain }>>(
  { kind: "pause" },
  { kind: "resume" },
  { kind: "resume" },
  { kind: "come" },
  { kind: "come" },
  { kind: "deny" },
  { kind: "late" },
  { kind: "deadline" },
  { kind: "unqueue" },
  { kind: "edit_queue" },
);
const decisions: fc.Arbitrary<Decision> = fc.oneof(
  { weight: 8, arbitrary: sends },
  { weight: 2, arbitrary: cancels },
  { weight: 8, arbitrary: takes },
  { weight: 8, arbitrary: controls },
  { weight: 1, arbitrary: rare },
);
const plain: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: steps },
  { weight: 12, arbitrary: decisions },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ kind: "crash" }, { kind: "crash" }, { kind: "poison" }) },
);

export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("race" as const), decided: decisions, meanwhile: plain }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("half" as const), decided: decisions }) },
);

export function carryOut(model: SessionModel, command: Command): void {
  model.clock.advance(10);
  switch (command.kind) {
    case "step":
      return runStep(model, command.step);
    case "crash":
      model.runner = null;
      return;
    case "poison":
      for (let n = 0; n < 3; n++) {
        carryOut(model, { kind: "crash" });
        carryOut(model, { kind: "take", isRepeatable: false });
      }
      return;
    case "race": {
      const made = decide(model, command.decided);
      carryOut(model, command.meanwhile);
      return insist(model, command.decided, made);
    }
    case "half":
      decide(model, command.decided)?.commit();
      return;
    default:
      insist(model, command, decide(model, command));
  }
}

/** Whoever is refused, or has only fenced an owner off, reads and decides again. */
function insist(model: SessionModel, command: Decision, first: Made | null): void {
  for (let made = first; made !== null; made = decide(model, command)) {
    if (made.commit() && !made.isFence) return;
  }
}

/** A decision at the epoch it was made at; its commit says whether it was taken. */
interface Made {
  commit(): boolean;
  readonly isFence: boolean;
}

function isFence({ owner }: SessionModel, { events }: Plan): boolean {
  return events.length === 0 && owner !== null;
}

function decide(model: SessionModel, command: Decision): Made | null {
  const { epoch } = model;
  switch (command.kind) {
    case "send":
      return send(model, command);
    case "take":
      return take(model, command.isRepeatable);
    default: {
      const plan = planOf(model, command);
      return plan === null ? null : { isFence: isFence(model, plan), commit: () => model.commit(plan, epoch) };
    }
  }
}

type Control = Extract<Command, { readonly kind: Plain | "cancel" }>;

function planOf(model: SessionModel, command: Control): Plan | null {
  const { state, sessionId } = model;
  const input = model.deciding();
  switch (command.kind) {
    case "cancel": {
      const clear = command.clears ? model.queue.map((message) => queued(model, message)) : [];
      return decideCancel(state, { ...model.ending(), hasOwner: model.owner !== null, clear }).plan;
    }
    case "pause":
    case "resume": {
      const decided = (command.kind === "pause" ? decidePause : decideResume)(state, sessionId, input);
      return decided.ok ? decided.value : null;
    }
    case "restore":
      return decideRestore(state, input);
    case "complete":
    case "kill":
    case "delete": {
      const decided = decideClose(state, { action: command.kind, sessionId, hasOwner: model.owner !== null }, input);
      return decided.ok ? decided.value : null;
    }
    case "unqueue":
    case "edit_queue":
      return queuePlan(model, command.kind);
    case "come":
      return comePlan(model, "allow");
    case "deny":
      return comePlan(model, "deny");
    case "late": {
      const need = state.turn?.needs.find((one) => one === "approval" || one === "tool_results");
      return need === undefined ? null : decideExpiry(state, need, input);
    }
    case "deadline": {
      const { turn } = state;
      return turn?.phase === "cancelling" ? cancelTail({ ...state, turn }, model.ending()) : null;
    }
  }
}

function queued(model: SessionModel, message: SessionModel["queue"][number]): QueuedMessage {
  return {
    messageId: message.id,
    sessionId: model.sessionId,
    position: 1,
    messageJson: JSON.stringify(message),
    queuedEventId: model.mint("event"),
    createdAt: "2026-01-01T12:00:00.000Z",
  };
}

function send(model: SessionModel, { whenBusy, hasSlot }: Extract<Command, { kind: "send" }>): Made | null {
  const message = model.message();
  const { epoch } = model;
  const node = hasSlot && model.runner === null ? model.mint("node") : null;
  const next = model.queue[0] ?? null;
  const wanted = { sessionId: model.sessionId, message, whenBusy, queueLimit: 5, next };
  const decided = decideSend(model.state, wanted, model.deciding(node));
  if (!decided.ok) return null;
  const { plan, delivery } = decided.value;
  return {
    isFence: false,
    commit: () => {
      if (!model.commit(plan, epoch)) return false;
      model.taken.set(message.id, delivery);
      const startsTurn = plan.events.some(({ type }) => type === "turn.started");
      if (node !== null && (startsTurn || delivery === "resumed")) model.startRunner(node);
      return true;
    },
  };
}

function take(model: SessionModel, isRepeatable: boolean): Made | null {
  // Whoever is alive keeps its turn; the pulse asks for those without a live owner.
  if (model.runner !== null) return null;
  const { epoch } = model;
  const node = model.mint("node");
  const plan = decideTake(model.state, {
    ...model.ending(node),
    takes: model.takes,
    hasOwner: model.owner !== null,
    isRepeatable: () => isRepeatable,
    // Of one harness in this model; what asks in a process of its own is tried by itself.
    holdsProcess: false,
  });
  if (plan === null) return null;
  return {
    isFence: isFence(model, plan),
    commit: () => {
      if (!model.commit(plan, epoch)) return false;
      model.startRunner(node);
      return true;
    },
  };
}

function queuePlan(model: SessionModel, kind: "unqueue" | "edit_queue"): Plan | null {
  const message = model.queue.at(-1);
  if (message === undefined || model.state.isDeleted || model.state.lifecycle !== "open") return null;
  const reason = kind === "unqueue" ? "deleted" : "edited";
  const data = { message_id: message.id, reason } as const;
  const changed = { ...message, content: [{ type: "text" as const, text: "other words" }] };
  return {
    events: [draft(model.mint, {}, { type: "message.unqueued", data })],
    raises: true,
    queue: [kind === "unqueue" ? { kind: "remove", messageIds: [message.id] } : { kind: "replace", message: changed }],
  };
}

function comePlan(model: SessionModel, answer: "allow" | "deny"): Plan | null {
  const { state, mint } = model;
  const { turn } = state;
  if (turn?.phase !== "waiting") return null;
  if (turn.needs.includes("quota")) {
    const event = draft(mint, turnContext(turn), { type: "quota.resumed", data: { turn_id: turn.id } });
    return { events: [event], raises: true };
  }
  const input = model.deciding();
  const results = turn.openCalls.flatMap(({ id, isRequested }) => (isRequested ? [{ callId: id, content: [] }] : []));
  if (results.length > 0) {
    const given = decideResults(state, { sessionId: model.sessionId, results }, input);
    return given.ok ? given.value : null;
  }
  const [asked] = pendingApprovals(turn);
  if (asked === undefined) throw new Error("S6: a turn waits for nothing");
  const said = { approvalId: asked.id, answer, scope: "once", by: "usr_1" } as const;
  return decideAnswer(state, said, input)?.plan ?? null;
}
