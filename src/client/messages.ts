/** Messages of a session, and those that wait in its queue. */
import type { MessageList, NewMessage, Queue, QueuedMessage, SentMessage, UserContent } from "./shapes.ts";
import type {
  MessageList as WireMessageList,
  Queue as WireQueue,
  QueuedMessage as WireQueuedMessage,
  SentMessage as WireSentMessage,
} from "../doors/native/schema/message.ts";
import type { SeenEvents } from "./seen-events.ts";
import { sessionPath } from "./sessions.ts";
import type { Transport } from "./transport.ts";

export interface Messages {
  /**
   * Starts a turn, unless one is running: then `whenBusy` says whether it is refused, queued or steers that turn. The
   * next stream of the session begins with this message.
   */
  create(sessionId: string, message: string | NewMessage): Promise<SentMessage>;
  list(sessionId: string): Promise<MessageList>;
}

export interface MessageQueue {
  list(sessionId: string): Promise<Queue>;
  edit(sessionId: string, messageId: string, content: string | UserContent): Promise<QueuedMessage>;
  delete(sessionId: string, messageId: string): Promise<void>;
}

function contentOf(content: string | UserContent): UserContent {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

export function makeMessages({ json }: Transport, seen: SeenEvents): Messages {
  return {
    async create(sessionId, given) {
      const { whenBusy, clientMessageId, ...message } =
        typeof given === "string" ? { content: contentOf(given) } : given;
      const sent = await json<WireSentMessage>({
        method: "POST",
        path: sessionPath(sessionId, "/messages"),
        json: { message, whenBusy, clientMessageId },
      });
      // Whatever is before it belongs to turns that are over.
      if (sent.delivery === "started") seen.saw(sessionId, { seq: sent.sequence - 1, id: null });
      return sent;
    },
    list: (sessionId) => json<WireMessageList>({ method: "GET", path: sessionPath(sessionId, "/messages") }),
  };
}

export function makeMessageQueue({ json, empty }: Transport): MessageQueue {
  const place = (sessionId: string, messageId: string) =>
    sessionPath(sessionId, `/queue/${encodeURIComponent(messageId)}`);
  return {
    list: (sessionId) => json<WireQueue>({ method: "GET", path: sessionPath(sessionId, "/queue") }),
    edit: (sessionId, messageId, content) =>
      json<WireQueuedMessage>({
        method: "PATCH",
        path: place(sessionId, messageId),
        json: { content: contentOf(content) },
      }),
    delete: (sessionId, messageId) => empty({ method: "DELETE", path: place(sessionId, messageId) }),
  };
}
