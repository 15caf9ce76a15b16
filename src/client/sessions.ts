/** Sessions: make, find, change, hold, end, bring back. */
import type { Cancelled, CreateSession, EditSession, ForkSession, Session, SessionList } from "./shapes.ts";
import type { SessionStats, SessionStatus } from "./shapes.ts";
import type { Cancelled as WireCancelled } from "../doors/native/schema/event.ts";
import type { Session as WireSession, SessionList as WireSessionList } from "../doors/native/schema/session.ts";
import type { SessionStats as WireStats } from "../doors/native/schema/session.ts";
import type { Transport } from "./transport.ts";

export interface ListSessions {
  readonly status?: SessionStatus;
  readonly agentId?: string;
  readonly projectId?: string;
  readonly taskId?: string;
  readonly tags?: readonly string[];
  readonly search?: string;
  readonly mine?: boolean;
  /** Those that wait for one of these. */
  readonly needs?: readonly Session["needs"][number][];
  readonly pinned?: boolean;
  /** The trash instead. */
  readonly deleted?: boolean;
  readonly createdAfter?: Date | string;
  readonly createdBefore?: Date | string;
  readonly order?: "created_at" | "last_activity";
  readonly offset?: number;
  /** At most 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before; counts instead of `offset`. */
  readonly cursor?: string;
}

type Verb = "pause" | "resume" | "complete" | "kill" | "restore";

export interface Sessions {
  /** With an `idempotencyKey` a repeat is answered with the session that is there. */
  create(session: CreateSession, options?: { readonly idempotencyKey?: string }): Promise<Session>;
  list(query?: ListSessions): Promise<SessionList>;
  /** Every session that fits, page after page. */
  all(query?: Omit<ListSessions, "offset" | "cursor">): AsyncGenerator<Session, void, undefined>;
  get(sessionId: string): Promise<Session>;
  update(sessionId: string, change: EditSession): Promise<Session>;
  /** To the trash for 7 days, or at once and for good. */
  delete(sessionId: string, options?: { readonly permanent?: boolean }): Promise<void>;
  restore(sessionId: string): Promise<Session>;
  /** A session that begins with what this one has, or had at the end of a message's turn. */
  fork(sessionId: string, change?: ForkSession, options?: { readonly idempotencyKey?: string }): Promise<Session>;
  /** Your one lasting conversation. */
  chat(options?: { readonly locale?: string }): Promise<Session>;
  stats(): Promise<SessionStats>;
  pin(sessionId: string): Promise<void>;
  unpin(sessionId: string): Promise<void>;
  /** Lines of JSON: one message a line, or one event; streamed. */
  export(sessionId: string, format?: "messages" | "events"): Promise<ReadableStream<Uint8Array>>;
  /** Cancels the running turn; `clear` also drops the messages that wait. */
  cancel(sessionId: string, options?: { readonly queue?: "keep" | "clear" }): Promise<Cancelled>;
  pause(sessionId: string, reason?: string): Promise<Session>;
  resume(sessionId: string): Promise<Session>;
  complete(sessionId: string, reason?: string): Promise<Session>;
  kill(sessionId: string, reason?: string): Promise<Session>;
}

export function sessionPath(sessionId: string, rest = ""): string {
  return `/sessions/${encodeURIComponent(sessionId)}${rest}`;
}

export function makeSessions(transport: Transport): Sessions {
  const { json, empty } = transport;
  const list: Sessions["list"] = (query = {}) =>
    json<WireSessionList>({ method: "GET", path: "/sessions", query: { ...query } });
  const act = (verb: Verb, sessionId: string, reason?: string) =>
    json<WireSession>({
      method: "POST",
      path: sessionPath(sessionId, `/${verb}`),
      ...(reason === undefined ? {} : { json: { reason } }),
    });
  return {
    create: (session, { idempotencyKey } = {}) =>
      json<WireSession>({
        method: "POST",
        path: "/sessions",
        json: session,
        headers: { "idempotency-key": idempotencyKey },
      }),
    list,
    all: (query) => allPages(list, query ?? {}),
    get: (sessionId) => json<WireSession>({ method: "GET", path: sessionPath(sessionId) }),
    update: (sessionId, change) => json<WireSession>({ method: "PATCH", path: sessionPath(sessionId), json: change }),
    delete: (sessionId, { permanent } = {}) =>
      empty({ method: "DELETE", path: sessionPath(sessionId), query: { permanent } }),
    cancel: (sessionId, options = {}) =>
      json<WireCancelled>({ method: "POST", path: sessionPath(sessionId, "/cancel"), json: options }),
    restore: (sessionId) => act("restore", sessionId),
    ...besides(transport),
    pause: (sessionId, reason) => act("pause", sessionId, reason),
    resume: (sessionId) => act("resume", sessionId),
    complete: (sessionId, reason) => act("complete", sessionId, reason),
    kill: (sessionId, reason) => act("kill", sessionId, reason),
  };
}

function besides({
  json,
  empty,
  ask,
}: Transport): Pick<Sessions, "fork" | "chat" | "stats" | "pin" | "unpin" | "export"> {
  return {
    fork: (sessionId, change = {}, { idempotencyKey } = {}) =>
      json<WireSession>({
        method: "POST",
        path: sessionPath(sessionId, "/fork"),
        json: change,
        headers: { "idempotency-key": idempotencyKey },
      }),
    chat: (options = {}) => json<WireSession>({ method: "POST", path: "/sessions/chat", json: options }),
    stats: () => json<WireStats>({ method: "GET", path: "/sessions/stats" }),
    pin: (sessionId) => empty({ method: "PUT", path: sessionPath(sessionId, "/pin") }),
    unpin: (sessionId) => empty({ method: "DELETE", path: sessionPath(sessionId, "/pin") }),
    async export(sessionId, format = "messages") {
      const response = await ask({ method: "GET", path: sessionPath(sessionId, "/export"), query: { format } });
      return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
    },
  };
}

async function* allPages(list: Sessions["list"], query: ListSessions): AsyncGenerator<Session, void, undefined> {
  let page = await list({ limit: 100, ...query });
  for (;;) {
    yield* page.data;
    if (typeof page.nextCursor !== "string") return;
    page = await list({ limit: 100, ...query, cursor: page.nextCursor });
  }
}
