/** A data folder of its own for one bench, and sessions of any size in it, grown at the store's port. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatId } from "../src/core/ids.ts";
import type { MintId, SessionId, WorkspaceId } from "../src/core/ids.ts";
import type { SessionWrite } from "../src/core/ports/store.ts";
import { initialState } from "../src/core/state.ts";
import type { Store } from "../src/core/ports/store.ts";
import { plainEdit } from "../test/store/plain-edit.ts";

export const systemClock = { now: () => Date.now(), monotonic: () => performance.now() };
export const mint: MintId = (kind) => formatId(kind, Date.now(), randomBytes(10).toString("hex"));

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "serai-bench-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const BATCH = 2_000;

export interface GrownSession {
  readonly id: SessionId;
  readonly workspaceId: WorkspaceId;
  readonly events: number;
}

/** A session whose log has so many events, folded to its end as the end of a turn leaves it. */
export async function growSession(store: Store, { id, workspaceId, events }: GrownSession): Promise<void> {
  const created = { id: mint("event"), type: "session.created", contextJson: "{}", dataJson: '{"harness":"hosted"}' };
  await mustCommit(store, {
    sessionId: id,
    create: {
      workspaceId,
      createdBy: null,
      harness: "hosted",
      conversationId: null,
      edit: plainEdit,
      idempotency: null,
    },
    events: [created],
    fold: { state: initialState, through: 0 },
  });
  for (let seq = 1; seq < events; seq += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, events - seq) }, (_, at) => lineOf(seq + at));
    await mustCommit(store, { sessionId: id, epoch: 1, events: lines, fold: { state: initialState, through: seq } });
  }
}

async function mustCommit(store: Store, write: SessionWrite): Promise<void> {
  const result = await store.write(write);
  if (result.kind !== "committed") throw new Error(`A write of the preparation was answered ${result.kind}`);
}

/** What most of a long log is: results of tools. */
function lineOf(seq: number): SessionWrite["events"][number] {
  const data = {
    tool_call_id: `call_${seq.toString(16).padStart(12, "0")}`,
    tool_name: "read_file",
    success: true,
    status: "success",
    result: [{ type: "text", text: `line ${seq} of what a tool had to say` }],
    duration_ms: 3,
  };
  return { id: mint("event"), type: "tool.completed", contextJson: "{}", dataJson: JSON.stringify(data) };
}
