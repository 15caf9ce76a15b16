/**
 * Appends to sessions of a data folder until it is killed, and says on its standard output what was acknowledged: one
 * line `session seq event-id` for each, written after the store has answered.
 *
 *   node append.ts FOLDER WRITERS
 */
import { randomBytes } from "node:crypto";
import { formatId } from "../../../../src/core/ids.ts";
import type { IdKind } from "../../../../src/core/ids.ts";
import { initialState } from "../../../../src/core/state.ts";
import { openSqliteStore } from "../../../../src/store/sqlite/store.ts";
import { plainEdit } from "../../plain-edit.ts";

function mint<K extends IdKind>(kind: K) {
  return formatId(kind, Date.now(), randomBytes(10).toString("hex"));
}

function eventOf(type: string, size: number) {
  return { id: mint("event"), type, contextJson: "{}", dataJson: JSON.stringify({ text: "x".repeat(size) }) };
}

async function main(folder: string, writers: number): Promise<void> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const store = await openSqliteStore({ folder, clock });
  const workspaceId = mint("workspace");
  const create = {
    workspaceId,
    createdBy: null,
    harness: "hosted",
    conversationId: null,
    edit: plainEdit,
    idempotency: null,
  } as const;

  async function append(writer: number): Promise<never> {
    const sessionId = mint("session");
    const fold = { state: initialState, through: 0 };
    await store.write({ sessionId, create, events: [eventOf("session.created", 0)], fold });
    for (let n = 1; ; n++) {
      const events = Array.from({ length: 1 + (n % 3) }, () => eventOf("note.taken", ((n * 37 + writer) % 50) * 40));
      const result = await store.write({ sessionId, events });
      if (result.kind !== "committed") throw new Error(`An append was refused: ${result.kind}`);
      process.stdout.write(result.lines.map(({ seq, id }) => `${sessionId} ${seq} ${id}\n`).join(""));
    }
  }

  await Promise.all(Array.from({ length: writers }, (_, writer) => append(writer)));
}

const [folder = "", writers = "1"] = process.argv.slice(2);
await main(folder, Number(writers));
