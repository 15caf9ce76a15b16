/**
 * Records that were just read, kept for the next who asks: each request and each turn asks for the same agent, model,
 * provider and pins, which change a few times a day. Only over a store that nobody else writes to (`isAlone`).
 *
 * Invariant: a read that begins after a write has resolved sees it. A write forgets everything as it begins and again as
 * it ends, and what was read in between is not kept. What is kept is bounded; sealed secrets never are.
 */
import type { RecordKind, RecordRow, RecordStore } from "../../core/ports/records.ts";
import type { Store } from "../../core/ports/store.ts";

const MOST_ROWS = 500;
/** A longer body is read anew each time, so that at most 8 MB are held. */
const LONGEST_BODY = 16_000;

type Found = RecordRow | undefined;

/** The same store; where others write to it too, as it is. */
export function withRecentRecords<Whole extends RecordStore & Pick<Store, "isAlone">>(store: Whole): Whole {
  return store.isAlone ? { ...store, ...makeRecentRecords(store) } : store;
}

export function makeRecentRecords(store: RecordStore): RecordStore {
  const rows = new Map<string, Found>();
  let writes = 0;
  const forget = () => {
    writes++;
    rows.clear();
  };

  async function recall(kind: RecordKind, key: string, read: () => Promise<Found>): Promise<Found> {
    if (kind === "secret") return read();
    if (rows.has(key)) return rows.get(key);
    const before = writes;
    const row = await read();
    if (before === writes && (row?.body.length ?? 0) <= LONGEST_BODY) keep(key, row);
    return row;
  }

  function keep(key: string, row: Found): void {
    const [oldest] = rows.keys();
    if (oldest !== undefined && rows.size >= MOST_ROWS) rows.delete(oldest);
    rows.set(key, row);
  }

  return {
    readRecord: (kind, id, workspaceId) =>
      recall(kind, `id ${kind} ${workspaceId ?? ""} ${id}`, () => store.readRecord(kind, id, workspaceId)),
    findRecordByName: (kind, name, workspaceId) =>
      recall(kind, `name ${kind} ${workspaceId} ${name}`, () => store.findRecordByName(kind, name, workspaceId)),
    listRecords: (query) => store.listRecords(query),
    async writeRecord(write) {
      forget();
      try {
        return await store.writeRecord(write);
      } finally {
        forget();
      }
    },
  };
}
