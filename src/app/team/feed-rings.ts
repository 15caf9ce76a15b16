/**
 * Wakes those who follow a workspace's feed when one of its sessions has committed something that the feed shows. The
 * bell has one key per workspace; which workspace a session is of is looked up once and only while somebody listens.
 */
import { isFeedType } from "../../core/events/feed-types.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { Bell, Ear } from "../../core/ports/bell.ts";
import type { SessionReads } from "../../core/ports/store.ts";

export interface FeedRings {
  /** Contract: cheap, never throws. */
  committed(sessionId: SessionId, lines: readonly Pick<LogLine, "type">[]): void;
  /** Contract: dispose the ear. */
  listen(workspaceId: WorkspaceId): Promise<Ear>;
}

export interface FeedRingsDeps {
  readonly store: Pick<SessionReads, "readSession">;
  readonly bell: Bell;
  readonly onFault: (fault: unknown) => void;
}

/** Workspaces of sessions held at once, while somebody listens. */
const MOST_KNOWN = 10_000;

export function makeFeedRings({ store, bell, onFault }: FeedRingsDeps): FeedRings {
  const known = new Map<SessionId, WorkspaceId>();
  let listeners = 0;
  const keyOf = (workspaceId: WorkspaceId) => `feed ${workspaceId}`;

  async function ring(sessionId: SessionId): Promise<void> {
    const workspaceId = known.get(sessionId) ?? (await store.readSession(sessionId))?.workspaceId;
    if (workspaceId === undefined) return;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(sessionId, workspaceId);
    bell.ring(keyOf(workspaceId));
  }

  return {
    committed(sessionId, lines) {
      if (listeners === 0 || !lines.some(({ type }) => isFeedType(type))) return;
      ring(sessionId).catch(onFault);
    },
    async listen(workspaceId) {
      listeners++;
      const ear = await bell.listen(keyOf(workspaceId));
      return counted(ear, () => {
        listeners--;
        if (listeners === 0) known.clear();
      });
    },
  };
}

function counted(ear: Ear, onClose: () => void): Ear {
  let isOpen = true;
  return {
    clear: () => ear.clear(),
    rung: () => ear.rung(),
    [Symbol.dispose]() {
      if (!isOpen) return;
      isOpen = false;
      onClose();
      ear[Symbol.dispose]();
    },
  };
}
