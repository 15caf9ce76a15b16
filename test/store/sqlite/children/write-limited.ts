/**
 * Appends until the disk fails, under a limit of file sizes that its parent has set: a write beyond it is an I/O error
 * and not a full disk. Says what it saw as one line of JSON, and exits as a server should.
 *
 *   sh -c 'ulimit -f BLOCKS; exec node write-limited.ts FOLDER'
 */
import { randomBytes } from "node:crypto";
import { formatId } from "../../../../src/core/ids.ts";
import type { IdKind } from "../../../../src/core/ids.ts";
import { initialState } from "../../../../src/core/state.ts";
import { openSqliteStore } from "../../../../src/store/sqlite/store.ts";
import { plainEdit } from "../../plain-edit.ts";

const BROKEN = 7;

function mint<K extends IdKind>(kind: K) {
  return formatId(kind, Date.now(), randomBytes(10).toString("hex"));
}

function eventOf(type: string) {
  return { id: mint("event"), type, contextJson: "{}", dataJson: JSON.stringify({ text: "x".repeat(10_000) }) };
}

function sayOf(error: unknown): { readonly name: string; readonly message: string } {
  if (!(error instanceof Error)) throw new Error("What was rejected with is no error", { cause: error });
  return { name: error.name, message: error.message };
}

async function main(folder: string): Promise<void> {
  // Without a handler the signal that comes with such a write would end the process.
  process.on("SIGXFSZ", () => undefined);
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const faults: string[] = [];
  const store = await openSqliteStore({ folder, clock, onFault: (error) => faults.push(error.message) });
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
  const fold = { state: initialState, through: 0 };
  await store.write({ sessionId, create, events: [eventOf("session.created")], fold });

  let acknowledged = 1;
  const rejections: { readonly name: string; readonly message: string }[] = [];
  const appends = async () => {
    for (let n = 0; n < 2_000 && faults.length === 0; n++) {
      await store.write({ sessionId, events: [eventOf("note.taken")] }).then(
        () => acknowledged++,
        (error: unknown) => rejections.push(sayOf(error)),
      );
    }
  };
  await Promise.all([appends(), appends(), appends()]);
  const late = await store.write({ sessionId, events: [] }).then(
    () => "taken",
    (error: unknown) => sayOf(error).message,
  );
  const read = await store.readHead(sessionId);
  const seen = { sessionId, acknowledged, faults, rejections, late, readSeq: read?.seq };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit(BROKEN);
}

await main(process.argv[2] ?? "");
