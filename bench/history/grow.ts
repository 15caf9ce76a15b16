/** Sessions whose logs have just so many events, and of each the id of the event in its middle. */
import { parseId } from "../../src/core/ids.ts";
import type { SessionId } from "../../src/core/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { growSession, mint, systemClock } from "../data-folder.ts";

export interface Grown {
  readonly id: SessionId;
  readonly events: number;
  readonly middleId: string;
}

export async function growSizes(data: string, sizes: readonly number[]): Promise<readonly Grown[]> {
  await using store = await openSqliteStore({ folder: data, clock: systemClock });
  const { records } = await store.listRecords({ kind: "workspace", limit: 1 });
  const workspaceId = parseId("workspace", records[0]?.id ?? "");
  if (workspaceId === undefined) throw new Error("The first start made no workspace");
  const grown: Grown[] = [];
  for (const events of sizes) {
    const id = mint("session");
    await growSession(store, { id, workspaceId, events });
    const { lines } = await store.readLog({ sessionId: id, after: events / 2 - 1, limit: 1 });
    grown.push({ id, events, middleId: lines[0]?.id ?? "" });
  }
  return grown;
}
