/** Messages as the log has them, as the wire shows them. */
import type { ListedMessage } from "../../app/list-messages.ts";
import type { QueuedEntry } from "../../app/queue.ts";
import type { Message } from "./schema/message.ts";
import type { QueuedMessage } from "./schema/message.ts";

export function encodeMessage(sessionId: string, { message, seq, createdAt }: ListedMessage): Message {
  return { ...message, session_id: sessionId, sequence: seq, created_at: createdAt };
}

export function encodeQueued(sessionId: string, { message, position, createdAt }: QueuedEntry): QueuedMessage {
  const { id, content, controls } = message;
  return {
    id,
    session_id: sessionId,
    position,
    content,
    ...(controls === undefined ? {} : { controls }),
    created_at: createdAt,
  };
}
