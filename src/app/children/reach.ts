/** Which sessions a session may name: those that it has started, and those that they have, however deep. */
import type { SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";

type Reads = Pick<SessionReads, "readSession">;

/** Unknown, foreign, deleted, and not below: all the same. */
export async function findBelow(store: Reads, above: SessionRecord, text: string): Promise<SessionRecord | undefined> {
  const id = parseId("session", text.trim());
  const record = id === undefined ? undefined : await store.readSession(id);
  if (record === undefined || record.workspaceId !== above.workspaceId || record.head.deletedAt !== null)
    return undefined;
  for await (const ancestor of ancestorsOf(store, record)) if (ancestor === above.id) return record;
  return undefined;
}

/** How many sessions stand one above the other, this one counted. */
export async function depthOf(store: Reads, record: SessionRecord): Promise<number> {
  let depth = 1;
  for await (const _ of ancestorsOf(store, record)) depth++;
  return depth;
}

/** From the parent on; a chain ends where one was erased. */
export async function* ancestorsOf(
  store: Reads,
  { parentId }: Pick<SessionRecord, "parentId">,
): AsyncIterable<SessionId> {
  for (let at = parentId; at !== null;) {
    yield at;
    at = (await store.readSession(at))?.parentId ?? null;
  }
}
