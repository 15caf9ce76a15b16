/**
 * The images that a fork's messages show. What the other session brought is deleted with it, so the fork gets records of
 * its own over the same bytes, and its messages name those. Images of nobody's session are shared.
 */
import type { LogLine } from "../../core/events/envelope.ts";
import type { MintId, SessionId, WorkspaceId } from "../../core/ids.ts";
import type { BlobHash, BlobKeeping } from "../../core/ports/files.ts";
import type { RecordRow, RecordStore } from "../../core/ports/records.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import { imageBody } from "../../core/records/bodies.ts";
import { writeImage } from "../images/store-image.ts";

export interface ForkImagesDeps {
  readonly store: RecordStore & Pick<SessionReads, "readSession">;
  readonly mint: MintId;
  readonly blobs: Pick<BlobKeeping, "renew">;
}

export interface ForkedImages {
  /** Event data with the images of the fork in place of the other's. */
  rename(dataJson: string): string;
  /** After a commit that was not. */
  discard(): Promise<void>;
}

export interface ForkPlace {
  readonly workspaceId: WorkspaceId;
  readonly from: SessionId;
  readonly to: SessionId;
}

const NAMED = /"image_id":"(img_[0-9a-f]{32})"/g;

export async function forkImages(
  deps: ForkImagesDeps,
  lines: readonly LogLine[],
  place: ForkPlace,
): Promise<ForkedImages> {
  const { store, mint } = deps;
  const { workspaceId, to: sessionId } = place;
  const named = new Set(
    lines.flatMap(({ dataJson }) => Array.from(dataJson.matchAll(NAMED), (match) => match[1] ?? "")),
  );
  const renamed = new Map<string, string>();
  for (const id of named) {
    const row = await store.readRecord("image", id, workspaceId);
    if (row === undefined) continue;
    const body = await imageOf(deps, row, place.from);
    if (body === null) continue;
    const ownId = mint("image");
    await writeImage(deps, { id: ownId, workspaceId, sessionId, body });
    renamed.set(id, ownId);
  }
  return {
    rename: (dataJson) =>
      renamed.size === 0
        ? dataJson
        : dataJson.replaceAll(NAMED, (text, id: string) => text.replace(id, renamed.get(id) ?? id)),
    async discard() {
      for (const id of renamed.values()) {
        await store.writeRecord({ kind: "delete", of: { kind: "image", id, workspaceId } });
      }
    },
  };
}

/** Nothing: it is not the other session's, or gone. */
async function imageOf({ blobs }: Pick<ForkImagesDeps, "blobs">, row: RecordRow, from: SessionId) {
  const body = imageBody.parse(JSON.parse(row.body));
  if (body.session_id !== from) return null;
  // Hashes in records came from the blob port.
  const isThere = await blobs.renew(body.hash as BlobHash);
  return isThere ? { ...body, thumbnail: null } : null;
}
