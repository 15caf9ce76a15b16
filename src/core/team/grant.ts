/** What a granted wish makes of rows: new ones, and those that the session held already (R2, R8). */
import type { SessionId, WorkspaceId } from "../ids.ts";
import { isoOf } from "./deadlines.ts";
import { isNameWithin } from "./grant-names.ts";
import { nodeOf } from "./path-keys.ts";
import type { Reservation, ReservationId, ReservationMode } from "./reservation.ts";
import type { Tree, TreePath } from "./tree.ts";

interface Granting {
  readonly mode: ReservationMode;
  readonly ttlMs: number;
  readonly provisionalFor: string | null;
}

export interface NewGrant extends Granting {
  readonly id: ReservationId;
  readonly workspaceId: WorkspaceId;
  readonly tree: Pick<Tree, "repository" | "tree">;
  readonly path: TreePath;
  readonly sessionId: SessionId;
  readonly holderId: SessionId;
  readonly branch: string | null;
}

/** The store gives the token when it writes the row. */
export function grantedRow(grant: NewGrant, nowMs: number): Reservation {
  const { id, workspaceId, tree, path, mode, sessionId, holderId, branch, ttlMs, provisionalFor } = grant;
  const now = isoOf(nowMs);
  return {
    ...{ id, workspaceId, repository: tree.repository, tree: tree.tree, path, mode, sessionId, holderId, branch },
    token: 0,
    provisionalFor: provisionalFor === null ? [] : [provisionalFor],
    ...{ takenAt: now, editedAt: now, ttlMs, expiresAt: isoOf(nowMs + ttlMs), openUntil: null },
  };
}

interface Again extends Granting {
  readonly path: TreePath;
}

/** Uses of which nobody told the end pile up until the next prompt; the row is written anew with each. */
const MOST_WAITING = 100;

/** Taken again. Of a directory above the path only the deadline moves. */
export function keptRow(row: Reservation, { path, mode, ttlMs, provisionalFor }: Again, nowMs: number): Reservation {
  const later = isoOf(nowMs + ttlMs);
  const expiresAt = later > row.expiresAt ? later : row.expiresAt;
  if (nodeOf(row.path.key) !== nodeOf(path.key)) return { ...row, expiresAt };
  const isStanding = provisionalFor === null || row.provisionalFor.length === 0;
  const waiting = isStanding ? [] : [...new Set([...row.provisionalFor, provisionalFor])].slice(-MOST_WAITING);
  return { ...row, ttlMs, expiresAt, mode: row.mode === "exclusive" ? row.mode : mode, provisionalFor: waiting };
}

/**
 * What is left when a tool use has failed; nothing: the row goes. `null`: every tool use has, but those of agents within
 * the session's own.
 */
export function afterFailure(row: Reservation, toolUseId: string | null): Reservation | undefined {
  if (row.provisionalFor.length === 0) return row;
  const left = row.provisionalFor.filter((name) => (toolUseId === null ? isNameWithin(name) : name !== toolUseId));
  if (left.length === row.provisionalFor.length) return row;
  return left.length === 0 ? undefined : { ...row, provisionalFor: left };
}
