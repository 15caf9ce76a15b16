/**
 * Ours: the HTTP room, the native door's stream, followers and the tail as in the real server. The log is an empty one
 * and the lines come from here, so what is measured is delivery and nothing of the store.
 */
import { makeOpenFollow } from "../../src/app/follow.ts";
import { makeLiveTexts } from "../../src/app/live-texts.ts";
import { Tail } from "../../src/app/tail.ts";
import { openLocalBell } from "../../src/bells/local-bell.ts";
import { formatId } from "../../src/core/ids.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import type { SessionReads } from "../../src/core/ports/store.ts";
import type { SessionRecord } from "../../src/core/session.ts";
import { makeNativeDialect } from "../../src/doors/native/encode-event.ts";
import { eventRoutes } from "../../src/doors/native/events.ts";
import { encodeProblem, problem, problemContentType } from "../../src/doors/native/problem.ts";
import { makeHttpApp } from "../../src/http/app.ts";
import { openHttpServer } from "../../src/http/server.ts";
import { makeFrameBytes } from "../../src/http/sse/frames.ts";
import { defaultStreamSettings } from "../../src/http/sse/stream-settings.ts";
import { makeStreams } from "../../src/http/sse/streams.ts";
import { DELTA, lineOf, sessionId, sessionOf } from "./frame.ts";
import { serve, sharedMicroseconds } from "./publisher.ts";

/** `text`: each viewer has a session of its own, and in each a text grows. */
const isText = process.argv[2] === "text";
let seq = 0;
const workspaceId = formatId("workspace", 1, "0".repeat(20));
// Of a session only these are asked for by a stream.
const record = { id: sessionId, workspaceId, head: { seq, deletedAt: null } } as SessionRecord;
const store: Pick<SessionReads, "readSession" | "readLog" | "findEvent"> = {
  readSession: (id) => Promise.resolve({ ...record, id, head: { ...record.head, seq } }),
  readLog: () => Promise.resolve({ lines: [], through: seq, headSeq: seq }),
  findEvent: () => Promise.resolve(undefined),
};
const bell = openLocalBell();
const tail = new Tail();
const live = makeLiveTexts((id) => bell.ring(id));
const streams = makeStreams({
  settings: { ...defaultStreamSettings, cycleMs: 3_600_000 },
  now: () => performance.now(),
  random: Math.random,
  isStillValid: () => true,
  onFault: (error) => {
    throw error;
  },
});
const dialect = makeNativeDialect(Date.now);
const routes = eventRoutes({
  uses: {
    openFollow: makeOpenFollow({ store, bell, tail, live }),
    readEvents: () => Promise.reject(new Error("Nobody reads pages here")),
    summariseEvents: () => Promise.reject(new Error("Nobody asks for a summary here")),
  },
  limits: defaultLimits,
  streams,
  dialect,
  frames: makeFrameBytes(dialect),
});
const principal = { workspaceId, userId: formatId("user", 1, "0".repeat(20)), keyId: null, role: "owner" } as const;
const door = {
  name: "native",
  title: "Serai",
  prefixes: ["/api/v1"],
  routes,
  problemSchema: problem,
  problemContentType,
  encodeProblem,
} as const;
const app = makeHttpApp([door], {
  authenticate: () => Promise.resolve({ ok: true, value: principal }),
  isStillValid: () => true,
  mint: (kind) => formatId(kind, Date.now(), "0".repeat(20)),
  limits: defaultLimits,
  gate: { allowedHosts: [], corsOrigins: [] },
  onFault: ({ error }) => {
    throw error;
  },
});
const server = await openHttpServer({ app, host: "127.0.0.1", port: 0 });

function publishText(): void {
  const at = { turnId: "turn_1", epoch: 1, afterSeq: 0 };
  for (let index = 1; index <= streams.size; index++) {
    live.append({ ...at, sessionId: sessionOf(index) }, { kind: "text", messageId: "msg_1", delta: DELTA });
  }
}

const shown = isText ? "{session}" : sessionId;
serve(`${server.url}/api/v1/sessions/${shown}/sse?tail=true`, {
  viewers: () => streams.size,
  publish() {
    if (isText) return publishText();
    seq++;
    tail.push(sessionId, [lineOf(seq, sharedMicroseconds())]);
    bell.ring(sessionId);
  },
});
