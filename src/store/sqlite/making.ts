/**
 * Making a session: its number, its head, its row and its key, unless the key or the conversation has made one before
 * (C3, S3). Runs in the writer thread inside a session's write.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Heads, HeadValues } from "./heads.ts";
import type { CreateValues, SessionAnswer, SessionJob } from "./jobs.ts";
import type { SessionFacts } from "./session-facts.ts";
import { prepareRows } from "./statement.ts";

export const MAKING_STATEMENTS = {
  byKey: `SELECT s.id, k.body_hash FROM session_key k JOIN session s ON s.number = k.number
    WHERE k.workspace_id = ? AND k.principal = ? AND k.key = ?`,
  byConversation: `SELECT s.id, k.body_hash FROM session s LEFT JOIN session_key k ON k.number = s.number
    WHERE s.workspace_id = ? AND s.harness = ? AND s.conversation_id = ?`,
  insertKey: "INSERT INTO session_key (workspace_id, principal, key, body_hash, number) VALUES (?, ?, ?, ?, ?)",
} as const;

interface Earlier {
  readonly id: string;
  readonly body_hash: string | null;
}

export type Made =
  | { readonly kind: "made"; readonly number: number; readonly head: HeadValues }
  | { readonly kind: "duplicate"; readonly bodyHash: string; readonly madeId: string }
  | { readonly kind: "refused"; readonly answer: SessionAnswer };

export interface MakingDeps {
  readonly heads: Heads;
  readonly facts: SessionFacts;
}

/** Contract: runs inside an open transaction; `refuse` is asked before anything is made. */
export type Making = (job: SessionJob, nowMs: number, refuse: () => SessionAnswer | undefined) => Made;

export function openMaking(db: DatabaseSync, { heads, facts }: MakingDeps): Making {
  const byKey = prepareRows<Earlier>(db, MAKING_STATEMENTS.byKey);
  const byConversation = prepareRows<Earlier>(db, MAKING_STATEMENTS.byConversation);
  const insertKey = prepareRows<never>(db, MAKING_STATEMENTS.insertKey);

  function findEarlier({ workspaceId, harness, conversationId, idempotency }: CreateValues): Earlier | undefined {
    const same = idempotency === null ? undefined : byKey.first(workspaceId, idempotency.principal, idempotency.key);
    if (same !== undefined || conversationId === null) return same;
    return byConversation.first(workspaceId, harness, conversationId);
  }

  return (job, nowMs, refuse) => {
    const [, sessionId, , , , , , rest] = job;
    const create = rest?.create;
    if (create === undefined) throw new Error(`The write to "${sessionId}" makes no session`);
    const earlier = findEarlier(create);
    if (earlier !== undefined) return { kind: "duplicate", bodyHash: earlier.body_hash ?? "", madeId: earlier.id };
    const refused = refuse();
    if (refused !== undefined) return { kind: "refused", answer: refused };
    // The id of a session that is there breaks a constraint here, and the retry of its own making finds itself (A8).
    const { number, head } = heads.insert(job, nowMs);
    facts.insert({ number, seq: head[0], ts: nowMs }, create);
    const key = create.idempotency;
    if (key !== null) insertKey.run(create.workspaceId, key.principal, key.key, key.bodyHash, number);
    return { kind: "made", number, head };
  };
}
