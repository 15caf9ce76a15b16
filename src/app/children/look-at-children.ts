/** What a session sees of those that it has started: read from their own rows and logs, and kept nowhere else. */
import { isAtRest } from "../../core/decide/tell.ts";
import { childStatusOf } from "../../core/child-sessions.ts";
import type { ChildSession } from "../../core/child-sessions.ts";
import { parseLine } from "../../core/events/envelope.ts";
import { textOf } from "../../core/fold-turn.ts";
import { parseId } from "../../core/ids.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { usageOf } from "../../core/usage.ts";
import { cutUtf8 } from "../../lib/well-formed.ts";

export type ChildReads = Pick<SessionReads, "readSession" | "readLogBack">;

/** Of all that are looked at together, as an event can hold it beside everything else. */
const TEXT_BYTES = 40 * 1024;

/** One that was erased is as good as deleted: nothing will come of it any more. */
export async function lookAtChildren(store: ChildReads, ids: readonly string[]): Promise<readonly ChildSession[]> {
  const maxBytes = Math.floor(TEXT_BYTES / Math.max(1, ids.length));
  const children: ChildSession[] = [];
  for (const text of ids) {
    const id = parseId("session", text);
    const record = id === undefined ? undefined : await store.readSession(id);
    children.push(record === undefined ? erased(text) : await lookAt(store, record, maxBytes));
  }
  return children;
}

async function lookAt(store: ChildReads, record: SessionRecord, maxBytes: number): Promise<ChildSession> {
  const { id, parentId, head, facts, edit, sums } = record;
  return {
    sessionId: id,
    parentId,
    agent: edit.agentId,
    title: edit.title,
    status: childStatusOf(record),
    isAtRest: head.deletedAt !== null || isAtRest(facts),
    needs: facts.needs,
    text: head.deletedAt === null ? cut(await lastText(store, id), maxBytes) : "",
    usage: usageOf(sums),
    lastEventSeq: head.seq,
  };
}

function erased(sessionId: string): ChildSession {
  const nothing = { parentId: null, agent: null, title: null, needs: [], text: "", usage: null, lastEventSeq: 0 };
  return { sessionId, status: "deleted", isAtRest: true, ...nothing };
}

async function lastText(store: ChildReads, sessionId: SessionId): Promise<string> {
  const lines = await store.readLogBack({ sessionId, limit: 1, types: ["output.message.completed"] });
  const [event] = lines.map(parseLine);
  return event?.known === true && event.type === "output.message.completed" ? textOf(event.data.message.content) : "";
}

function cut(text: string, maxBytes: number): string {
  const kept = cutUtf8(text, maxBytes);
  return kept.length === text.length ? text : `${kept}\n[The first ${kept.length} of ${text.length} characters]`;
}
