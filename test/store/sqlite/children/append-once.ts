/**
 * Ten appends one after the other, each said aloud when it is given and when it is acknowledged, for a tracer to hear.
 *
 *   strace -f -y -e trace=fsync,fdatasync,write node append-once.ts FOLDER
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { formatId } from "../../../../src/core/ids.ts";
import type { IdKind } from "../../../../src/core/ids.ts";
import { initialState } from "../../../../src/core/state.ts";
import { openSqliteStore } from "../../../../src/store/sqlite/store.ts";
import { plainEdit } from "../../plain-edit.ts";

const APPENDS = 10;

function mint<K extends IdKind>(kind: K) {
  return formatId(kind, Date.now(), randomBytes(10).toString("hex"));
}

async function main(folder: string): Promise<void> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const store = await openSqliteStore({ folder, clock });
  const sessionId = mint("session");
  const workspaceId = mint("workspace");
  const create = {
    workspaceId,
    createdBy: null,
    harness: "hosted",
    conversationId: null,
    edit: plainEdit,
    idempotency: null,
  } as const;
  await store.write({ sessionId, create, events: [], fold: { state: initialState, through: 0 } });
  for (let n = 0; n < APPENDS; n++) {
    const event = { id: mint("event"), type: "note.taken", contextJson: "{}", dataJson: "{}" };
    writeSync(1, `given ${n}\n`);
    await store.write({ sessionId, events: [event] });
    writeSync(1, `acknowledged ${n}\n`);
  }
  await store[Symbol.asyncDispose]();
}

await main(process.argv[2] ?? "");
