/** The message that the queue starts next. */
import type { Message } from "../core/events/content.ts";
import type { QueuedMessage } from "../core/session.ts";

export function nextMessage([first]: readonly QueuedMessage[]): Message | null {
  // Written by us as a Message; the store keeps it as text.
  return first === undefined ? null : (JSON.parse(first.messageJson) as Message);
}
