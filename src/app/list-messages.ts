/** The messages of a session, oldest first, made from its log: what was said, not how it came about. */
import type { Message } from "../core/events/content.ts";
import { parseLine } from "../core/events/envelope.ts";
import type { SessionEvent } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Principal } from "./principal.ts";
import { readLines, readOwnSession } from "./read-session.ts";

export interface ListedMessage {
  readonly message: Message;
  readonly seq: number;
  readonly createdAt: string;
}

export type ListMessages = (principal: Principal, id: SessionId) => Promise<Outcome<readonly ListedMessage[]>>;

/** The events that messages are made of. */
export const MESSAGE_TYPES = ["input.message", "output.message.completed", "tool.completed"] as const;

export function makeListMessages({
  store,
}: {
  readonly store: Pick<SessionReads, "readSession" | "readLog">;
}): ListMessages {
  return async (principal, id) => {
    const found = await readOwnSession(store, principal, id);
    if (!found.ok) return found;
    const messages: ListedMessage[] = [];
    for await (const lines of readLines(store, { sessionId: id, after: 0, types: MESSAGE_TYPES })) {
      for (const line of lines) messages.push(...messagesOf(parseLine(line)));
    }
    return accept(messages);
  };
}

/** What an event says, if it says something. */
export function messagesOf(event: SessionEvent): readonly ListedMessage[] {
  if (!event.known) return [];
  const at = { seq: event.seq, createdAt: event.ts };
  switch (event.type) {
    case "input.message":
    case "output.message.completed":
      return [{ ...at, message: event.data.message }];
    case "tool.completed": {
      const { tool_call_id, result, error } = event.data;
      const part = {
        type: "tool_result" as const,
        tool_call_id,
        ...(result === undefined ? {} : { result }),
        ...(error === undefined ? {} : { error }),
      };
      // A tool's result has no message of its own in the log; it is named after its event.
      return [{ ...at, message: { id: event.id.replace(/^evt_/, "msg_"), role: "tool_result", content: [part] } }];
    }
    default:
      return [];
  }
}
