/** How far an export reads: no further than its reader. */
import { expect, it } from "vitest";
import type { EventId, SessionId } from "../../../src/core/ids.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { openClient } from "./native-client.ts";
import { openNative } from "./open-native.ts";

const LINES = 2_000;
/** A page ends at 200 lines. */
const PAGES = LINES / 200;

it("reads a page when the one before has been taken, and none when the reader has gone", async () => {
  let reads = 0;
  const counted = (store: Store): Store => ({
    ...store,
    readLog: (read) => {
      reads++;
      return store.readLog(read);
    },
  });
  await using native = await openNative({ slots: 0, wrapStore: counted });
  const owner = await openClient(native);
  const { id } = await owner.session();
  const events = Array.from({ length: LINES }, (_, n) => ({
    id: `evt_${String(n).padStart(32, "0")}` as EventId,
    type: "note.taken",
    contextJson: "{}",
    dataJson: "{}",
  }));
  await native.store.write({ sessionId: id as SessionId, events });

  const response = await native.app.fetch(
    new Request(`http://localhost/api/v1/sessions/${id}/export?format=events`, {
      headers: { authorization: "Bearer key-of-the-owner" },
    }),
  );
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  reads = 0;
  for (let taken = 1; taken <= 3; taken++) {
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    // One is at hand for the next read.
    expect(reads).toBeLessThanOrEqual(taken + 1);
  }
  await reader.cancel();
  const atEnd = reads;
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads).toBe(atEnd);
  expect(atEnd).toBeLessThan(PAGES);
});
