/** The queue of messages that wait for their turn: listed, edited, deleted (T1). Every change raises the epoch (A1). */
import { draft } from "../core/decide/plan.ts";
import type { Plan } from "../core/decide/plan.ts";
import { refuseAction } from "../core/decide/hold.ts";
import type { ContentPart, Message } from "../core/events/content.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { cellOf } from "../core/transitions.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import { MessageIntake } from "./message-intake.ts";
import type { MessageIntakeDeps } from "./message-intake.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";
import type { CurrentSession } from "./read-session.ts";

export interface QueuedEntry {
  readonly message: Message;
  /** 1 is next. */
  readonly position: number;
  readonly createdAt: string;
}

export interface QueueDeps extends ControlDeps, MessageIntakeDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readQueue">;
  readonly mint: MintId;
  readonly onControl: (sessionId: SessionId) => void;
}

export interface QueueUseCases {
  list(principal: Principal, id: SessionId): Promise<Outcome<readonly QueuedEntry[]>>;
  remove(principal: Principal, id: SessionId, messageId: string): Promise<Outcome<null>>;
  edit(
    principal: Principal,
    id: SessionId,
    change: { readonly messageId: string; readonly content: readonly ContentPart[] },
  ): Promise<Outcome<QueuedEntry>>;
}

export function makeQueue(deps: QueueDeps): QueueUseCases {
  return {
    async list(principal, id) {
      const found = await readOwnSession(deps.store, principal, id);
      return found.ok ? accept(await readEntries(deps, id)) : found;
    },
    async remove(principal, id, messageId) {
      const changed = await change(deps, { principal, id, messageId }, async ({ message }) =>
        accept({
          events: [
            draft(deps.mint, {}, { type: "message.unqueued", data: { message_id: message.id, reason: "deleted" } }),
          ],
          raises: true,
          queue: [{ kind: "remove", messageIds: [message.id] }],
        }),
      );
      return changed.ok ? accept(null) : changed;
    },
    edit: (principal, id, edited) => editQueued(deps, { principal, id }, edited),
  };
}

async function editQueued(
  deps: QueueDeps,
  at: Pick<Changing, "principal" | "id">,
  { messageId, content }: { readonly messageId: string; readonly content: readonly ContentPart[] },
): Promise<Outcome<QueuedEntry>> {
  const { principal, id } = at;
  const paths = { content: "/content", controls: "/controls" };
  const held: { intake?: MessageIntake } = {};
  const changed = await change(deps, { ...at, messageId }, async (entry, { record }) => {
    const changedMessage = { ...entry.message, content: [...content] };
    const incoming = { reader: principal, sessionId: id, message: changedMessage, paths };
    const intake = (held.intake ??= new MessageIntake(deps, incoming));
    const message = await intake.prepare(record);
    if (!message.ok) return message;
    const kept = await intake.keep();
    if (!kept.ok) return kept;
    const data = { message_id: messageId, reason: "edited" } as const;
    const events = [draft(deps.mint, {}, { type: "message.unqueued", data })];
    return accept({ events, raises: true, queue: [{ kind: "replace", message: message.value }] });
  });
  if (!changed.ok) await held.intake?.discard();
  return changed;
}

async function readEntries(deps: QueueDeps, id: SessionId): Promise<readonly QueuedEntry[]> {
  const queued = await deps.store.readQueue(id);
  return queued.map(({ messageJson, createdAt }, index) => ({
    // Written by us as a Message; the store keeps it as text.
    message: JSON.parse(messageJson) as Message,
    position: index + 1,
    createdAt,
  }));
}

interface Changing {
  readonly principal: Principal;
  readonly id: SessionId;
  readonly messageId: string;
}

async function change(
  deps: QueueDeps,
  { principal, id, messageId }: Changing,
  plan: (entry: QueuedEntry, session: CurrentSession) => Promise<Outcome<Plan>>,
): Promise<Outcome<QueuedEntry>> {
  const decide = async (session: CurrentSession) => {
    const { state } = session;
    if (cellOf("edit_queue", state) !== "do") return refuseAction(state, "edit_queue", id);
    const entry = (await readEntries(deps, id)).find(({ message }) => message.id === messageId);
    if (entry === undefined) return refuse({ code: "not_found", kind: "queued_message", id: messageId });
    const made = await plan(entry, session);
    if (!made.ok) return made;
    const replaced = made.value.queue?.find((each) => each.kind === "replace");
    return accept({
      plan: made.value,
      answer: replaced === undefined ? entry : { ...entry, message: replaced.message },
    });
  };
  const controlled = await decideAndCommit(deps, { sessionId: id, workspaceId: principal.workspaceId, decide });
  if (!controlled.ok) return controlled;
  deps.onControl(id);
  return accept(controlled.value.answer);
}
