/**
 * The port by which a session's tools start, ask, look at and stop other sessions. Only what is below the session can be
 * named; anything else is unknown here. Waiting is not done here: a call that waits parks its turn (`end-waiting`).
 */
import type { SessionId } from "../../core/ids.ts";
import type { ChildSession } from "../../core/child-sessions.ts";
import type { Limits } from "../../core/limits.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Sessions, SessionsAnswer } from "../../core/ports/tools.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { CancelTurn } from "../cancel-turn.ts";
import { sayRefusal } from "../say-refusal.ts";
import { lookAtChildren } from "./look-at-children.ts";
import type { ChildReads } from "./look-at-children.ts";
import { findBelow } from "./reach.ts";
import { sendTo, startChild } from "./start-child.ts";
import type { StartChildDeps } from "./start-child.ts";

export interface SessionsDeps extends StartChildDeps {
  readonly store: StartChildDeps["store"] & ChildReads & Pick<SessionReads, "listSessions">;
  readonly cancelTurn: CancelTurn;
  readonly limits: StartChildDeps["limits"] & Pick<Limits, "sessionWaitMs">;
}

export type SessionsOf = (sessionId: SessionId) => Sessions;

/** Shown of the sessions that one has started: the newest. */
const LISTED = 50;

export function makeSessions(deps: SessionsDeps): SessionsOf {
  const { store } = deps;
  return (sessionId) => ({
    maxWaitMs: deps.limits.sessionWaitMs,
    async start(order) {
      const started = await startChild(deps, await own(store, sessionId), order);
      return started.ok ? { ok: true, value: await lookAtOne(store, started.value.id) } : started;
    },
    async send(order) {
      const found = await below(store, sessionId, order.sessionId);
      return found.ok ? sendTo(deps, found.value, order) : found;
    },
    async look(sessionIds) {
      for (const id of sessionIds) {
        const found = await below(store, sessionId, id);
        if (!found.ok) return found;
      }
      return { ok: true, value: await lookAtChildren(store, sessionIds) };
    },
    async cancel(text) {
      const found = await below(store, sessionId, text);
      if (!found.ok) return found;
      const { child } = found.value;
      const cancelled = await deps.cancelTurn(child, child.id, { clearsQueue: true });
      return cancelled.ok ? cancelled : { ok: false, reason: sayRefusal(cancelled.refusal) };
    },
    async list() {
      const { workspaceId } = await own(store, sessionId);
      const query = { workspaceId, parentId: sessionId, order: "created_at", limit: LISTED } as const;
      const ids = (await store.listSessions(query)).sessions.map(({ id }) => id);
      return lookAtChildren(store, ids);
    },
  });
}

async function own(store: ChildReads, id: SessionId): Promise<SessionRecord> {
  const record = await store.readSession(id);
  if (record === undefined) throw new Error(`Session ${id} is gone while its tools run`);
  return record;
}

interface Related {
  readonly parent: SessionRecord;
  readonly child: SessionRecord;
}

async function below(store: ChildReads, id: SessionId, text: string): Promise<SessionsAnswer<Related>> {
  const parent = await own(store, id);
  const child = await findBelow(store, parent, text);
  if (child !== undefined) return { ok: true, value: { parent, child } };
  return { ok: false, reason: `This session has started no session "${text}"; list_sessions shows those it has` };
}

async function lookAtOne(store: ChildReads, id: SessionId): Promise<ChildSession> {
  const [child] = await lookAtChildren(store, [id]);
  if (child === undefined) throw new Error(`Session ${id} was looked at and not seen`);
  return child;
}
