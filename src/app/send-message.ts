/**
 * Sends a message to a session (T1, T2, A2). The key is looked up before any other rule, and after the session's state
 * was read: a repeat that meets its own running turn is answered, not refused.
 */
import { askForFix } from "../core/delivery.ts";
import { draft } from "../core/decide/plan.ts";
import type { Plan } from "../core/decide/plan.ts";
import { decideSend } from "../core/decide/send.ts";
import type { Delivery } from "../core/decide/send.ts";
import type { ContentPart, Message, MessageControls } from "../core/events/content.ts";
import { parseLine } from "../core/events/envelope.ts";
import type { LogLine } from "../core/events/envelope.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { MessageKey, SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord, WhenBusy } from "../core/session.ts";
import type { SessionState } from "../core/state.ts";
import { cellOf } from "../core/transitions.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { Control, ControlDeps } from "./decide-and-commit.ts";
import { MessageIntake } from "./message-intake.ts";
import type { MessageIntakeDeps } from "./message-intake.ts";
import type { CheckBudget } from "./project-work/project-budget.ts";
import { newsOf } from "./project-work/read-delivery.ts";
import { nextMessage } from "./next-message.ts";
import type { Principal } from "./principal.ts";
import { notFound } from "./read-session.ts";
import type { Runners, Slot } from "./runners.ts";
import { startRunner } from "./start-runner.ts";
import type { StartDeps } from "./start-runner.ts";

export interface SendCommand {
  readonly message: {
    readonly content: readonly ContentPart[];
    readonly controls?: MessageControls;
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly tags?: readonly string[];
  };
  readonly whenBusy?: WhenBusy;
  /** What it reacts to; that is then known to have been seen to, as long as it stands so. */
  readonly reaction?: "ci_failed";
  readonly clientMessageId?: string;
  /** SHA-256 of the decoded command, hex; required with `clientMessageId`. */
  readonly bodyHash?: string;
}

export interface Sent {
  readonly message: Message;
  readonly sessionId: SessionId;
  /** Of its `input.message`, or of its `message.queued` while it waits. */
  readonly seq: number;
  readonly createdAt: string;
  readonly delivery: Delivery | "duplicate";
}

export interface SendMessageDeps extends ControlDeps, MessageIntakeDeps, StartDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "findMessageKey" | "readLogBack" | "readQueue">;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly runners: Pick<Runners, "reserve" | "nudge" | "isRunning">;
  readonly limits: Pick<Limits, "messageBytes" | "queuedMessages">;
  /** Absent: no session is of a project. */
  readonly checkBudget?: CheckBudget;
}

export type SendMessage = (principal: Principal, id: SessionId, command: SendCommand) => Promise<Outcome<Sent>>;

type Answer = { readonly delivery: Delivery; readonly message: Message } | { readonly repeats: MessageKey };

export function makeSendMessage(deps: SendMessageDeps): SendMessage {
  return async (principal, id, command) => {
    const message = makeMessage(command, deps.mint);
    const paths = { content: "/message/content", controls: "/message/controls" };
    const intake = new MessageIntake(deps, { reader: principal, sessionId: id, message, paths });
    const slot = deps.runners.reserve();
    try {
      return await send(deps, { principal, id, command, messageId: message.id, intake, slot });
    } finally {
      slot?.release();
    }
  };
}

function makeMessage({ message }: SendCommand, mint: MintId): Message {
  const { content, controls, metadata, tags } = message;
  return {
    id: mint("message"),
    role: "user",
    content: [...content],
    ...(controls === undefined ? {} : { controls }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
  };
}

interface Sending {
  readonly principal: Principal;
  readonly id: SessionId;
  readonly command: SendCommand;
  readonly messageId: string;
  readonly intake: MessageIntake;
  readonly slot: Slot | null;
}

async function send(deps: SendMessageDeps, sending: Sending): Promise<Outcome<Sent>> {
  const controlled = await decideAndCommit(deps, controlOf(deps, sending));
  const isIn = controlled.ok && controlled.value.result?.kind === "committed";
  if (!isIn) await sending.intake.discard();
  if (!controlled.ok) return controlled;
  const { answer, result } = controlled.value;
  if ("repeats" in answer) return answerRepeat(deps, sending, answer.repeats);
  if (result?.kind === "duplicate") {
    const clientMessageId = sending.command.clientMessageId ?? "";
    return answerRepeat(deps, sending, { clientMessageId, bodyHash: result.bodyHash, messageId: result.madeId });
  }
  if (result?.kind !== "committed") throw new Error("A message was admitted without a commit");
  const startsTurn = result.lines.some(({ type }) => type === "turn.started");
  if (startsTurn || answer.delivery === "resumed") startRunner(deps, sending.slot, controlled.value);
  else deps.runners.nudge(sending.id);
  const line = result.lines.find(({ type }) => type === "input.message" || type === "message.queued");
  if (line === undefined) throw new Error("The commit of a message does not hold it");
  return accept(sentOf(answer.message, line, answer.delivery));
}

function controlOf(deps: SendMessageDeps, sending: Sending): Control<Answer> {
  const { principal, id, command, messageId, intake, slot } = sending;
  const { clientMessageId, bodyHash = "" } = command;
  return {
    sessionId: id,
    workspaceId: principal.workspaceId,
    ...(clientMessageId === undefined ? {} : { key: { clientMessageId, bodyHash, messageId } }),
    decide: async ({ state, record }) => {
      const repeats = clientMessageId === undefined ? undefined : await deps.store.findMessageKey(id, clientMessageId);
      if (repeats !== undefined) return accept({ plan: null, answer: { repeats } });
      const paid = (await deps.checkBudget?.(record)) ?? accept(null);
      if (!paid.ok) return paid;
      const message = await intake.prepare(record);
      if (!message.ok) return message;
      const whenBusy = command.whenBusy ?? record.edit.settings.whenBusy ?? "refuse";
      const next = cellOf("send", state) === "reopen" ? await readNext(deps.store, state, id) : null;
      const runner = slot === null || deps.runners.isRunning(id) ? null : deps.node;
      const decided = decideSend(
        state,
        { sessionId: id, message: message.value, whenBusy, queueLimit: deps.limits.queuedMessages, next },
        { mint: deps.mint, runner, agentId: record.edit.agentId },
      );
      if (!decided.ok) return decided;
      const kept = await intake.keep();
      if (!kept.ok) return kept;
      const { delivery } = decided.value;
      const plan = command.reaction === undefined ? decided.value.plan : withFix(deps, record, decided.value.plan);
      return accept({ plan, answer: { delivery, message: message.value } });
    },
  };
}

/** Said by the message's own commit: a fix is asked for when the message is in, and not before. */
function withFix({ mint }: Pick<SendMessageDeps, "mint">, { work }: SessionRecord, plan: Plan): Plan {
  const asked = askForFix(work.delivery);
  const news = asked === null ? null : newsOf(work.delivery, asked);
  if (news === null) return plan;
  const event = draft(mint, {}, { type: "delivery.updated", data: news.data });
  return { ...plan, events: [event, ...plan.events], work: { ...plan.work, delivery: news.change } };
}

async function readNext(
  store: SendMessageDeps["store"],
  { queuedCount }: SessionState,
  id: SessionId,
): Promise<Message | null> {
  return queuedCount === 0 ? null : nextMessage(await store.readQueue(id));
}

function sentOf(message: Message, line: LogLine, delivery: Sent["delivery"]): Sent {
  return { message, sessionId: line.sessionId, seq: line.seq, createdAt: line.ts, delivery };
}

/** The first answer again, rebuilt from what the first request made. */
async function answerRepeat(deps: SendMessageDeps, { id, command }: Sending, key: MessageKey): Promise<Outcome<Sent>> {
  if (key.bodyHash !== command.bodyHash) return refuse({ code: "idempotency_mismatch", key: key.clientMessageId });
  let before: number | undefined;
  for (;;) {
    const lines = await deps.store.readLogBack({
      sessionId: id,
      limit: 200,
      types: ["input.message", "message.queued"],
      ...(before === undefined ? {} : { before }),
    });
    const first = lines[0];
    if (first === undefined) return notFound(id);
    const line = lines.find((each) => messageOf(each)?.id === key.messageId);
    const message = line === undefined ? undefined : messageOf(line);
    if (line !== undefined && message !== undefined) return accept(sentOf(message, line, "duplicate"));
    before = first.seq;
  }
}

function messageOf(line: LogLine): Message | undefined {
  const event = parseLine(line);
  return event.known && (event.type === "input.message" || event.type === "message.queued")
    ? event.data.message
    : undefined;
}
