/** Messages of a session, and those that wait in its queue. */
import type {
  AwaitedMessage,
  MessageList,
  NewMessage,
  Queue,
  QueuedMessage,
  SentMessage,
  UserContent,
} from "./shapes.ts";
import type {
  AwaitedMessage as WireAwaitedMessage,
  MessageList as WireMessageList,
  Queue as WireQueue,
  QueuedMessage as WireQueuedMessage,
  SentMessage as WireSentMessage,
} from "../doors/native/schema/message.ts";
import type { SeenEvents } from "./seen-events.ts";
import { sessionPath } from "./sessions.ts";
import type { Transport } from "./transport.ts";

export interface WaitForTurn {
  readonly wait: true;
  /** 120,000 if absent, at most 600,000. Node's own `fetch` gives up after 300,000: follow the events instead. */
  readonly timeoutMs?: number;
  /** Ends the waiting and not the turn. */
  readonly signal?: AbortSignal;
}

export interface Messages {
  /**
   * Starts a turn, unless one is running: then `whenBusy` says whether it is refused, queued or steers that turn. The
   * next stream of the session begins with this message.
   */
  create(sessionId: string, message: string | NewMessage): Promise<SentMessage>;
  /**
   * The same, and answers when the turn has ended, waits for somebody (`status: "waiting"`, see `needs`), or time is up
   * (`status: "timeout"`; the turn goes on).
   */
  create(sessionId: string, message: string | NewMessage, wait: WaitForTurn): Promise<AwaitedMessage>;
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

const DEFAULT_WAIT_MS = 120_000;
/** What the answer itself may take, once the server has stopped waiting. */
const GRACE_MS = 30_000;

function bodyOf(given: string | NewMessage) {
  const { whenBusy, clientMessageId, ...message } = typeof given === "string" ? { content: contentOf(given) } : given;
  return { message, whenBusy, clientMessageId };
}

export function makeMessages({ json }: Transport, seen: SeenEvents): Messages {
  // Whatever is before it belongs to turns that are over.
  const saw = (sessionId: string, { delivery, sequence }: SentMessage) => {
    if (delivery === "started") seen.saw(sessionId, { seq: sequence - 1, id: null });
  };
  const callOf = (sessionId: string, given: string | NewMessage) =>
    ({ method: "POST", path: sessionPath(sessionId, "/messages"), json: bodyOf(given) }) as const;
  async function create(sessionId: string, given: string | NewMessage): Promise<SentMessage>;
  async function create(sessionId: string, given: string | NewMessage, wait: WaitForTurn): Promise<AwaitedMessage>;
  async function create(sessionId: string, given: string | NewMessage, wait?: WaitForTurn) {
    if (wait === undefined) {
      const sent = await json<WireSentMessage>(callOf(sessionId, given));
      saw(sessionId, sent);
      return sent;
    }
    const { timeoutMs = DEFAULT_WAIT_MS, signal } = wait;
    const query = { wait: true, timeoutMs };
    const limits = { timeoutMs: timeoutMs + GRACE_MS, signal };
    const awaited = await json<WireAwaitedMessage>({ ...callOf(sessionId, given), query, ...limits });
    saw(sessionId, awaited.message);
    return awaited;
  }
  return {
    create,
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
