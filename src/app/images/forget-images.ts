/** Deletes the images that a session brought: pasted into its messages, or uploaded for it. Their bytes go with the sweep. */
import type { SessionId } from "../../core/ids.ts";
import type { ImageDeps } from "./image-kind.ts";
import { recordName } from "./image-kind.ts";

const PAGE = 100;

export async function forgetImages({ store }: Pick<ImageDeps, "store">, sessionId: SessionId): Promise<void> {
  const search = recordName("", sessionId) ?? "";
  for (;;) {
    const { records } = await store.listRecords({ kind: "image", search, limit: PAGE });
    for (const { id, workspaceId } of records) {
      await store.writeRecord({ kind: "delete", of: { kind: "image", id, workspaceId } });
    }
    if (records.length < PAGE) return;
  }
}
