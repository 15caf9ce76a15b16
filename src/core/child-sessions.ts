/**
 * Sessions that a session has started, as it sees them itself. One form for a tool that looks, for a wait that ends and
 * for one whose time is up, so a model reads the same however it came to know.
 */
import type { Usage } from "./events/content.ts";
import type { Need, SessionRecord } from "./session.ts";
import { isAtRest } from "./decide/tell.ts";

/** `idle`: it had no turn yet. `running`, `waiting`: its turn goes on. The others say how its last turn ended, or it itself. */
export type ChildStatus = "idle" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "killed" | "deleted";

export interface ChildSession {
  readonly sessionId: string;
  readonly parentId: string | null;
  readonly agent: string | null;
  readonly title: string | null;
  readonly status: ChildStatus;
  /** Waiting for nothing that it would still do by itself. */
  readonly isAtRest: boolean;
  readonly needs: readonly Need[];
  /** What it said last. */
  readonly text: string;
  readonly usage: Usage | null;
  readonly lastEventSeq: number;
}

export function childStatusOf({ head, facts }: Pick<SessionRecord, "head" | "facts">): ChildStatus {
  if (head.deletedAt !== null) return "deleted";
  if (facts.lifecycle === "killed" || facts.lifecycle === "failed") return facts.lifecycle;
  if (!isAtRest(facts)) return facts.turn === "waiting" ? "waiting" : "running";
  if (facts.turnCount === 0) return "idle";
  if (facts.stopReason === "agent_gone") return "failed";
  return facts.stopReason === "failed" || facts.stopReason === "cancelled" ? facts.stopReason : "completed";
}

/** JSON, as tools give it to a model. */
export function describeChild(child: ChildSession): Readonly<Record<string, unknown>> {
  const { sessionId, agent, title, status, needs, text, usage, lastEventSeq } = child;
  return {
    session_id: sessionId,
    ...(agent === null ? {} : { agent }),
    ...(title === null ? {} : { title }),
    status,
    ...(needs.length === 0 ? {} : { needs }),
    ...(text === "" ? {} : { text }),
    ...(usage === null ? {} : { usage }),
    last_event_seq: lastEventSeq,
  };
}

export function describeChildren(children: readonly ChildSession[]): string {
  return JSON.stringify(children.map(describeChild), null, 2);
}
