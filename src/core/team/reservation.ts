/** A session's time-limited right to write a path. Rows are facts; whether one still counts is asked of the store's clock. */
import type { Id, SessionId, WorkspaceId } from "../ids.ts";
import type { TreePath } from "./tree.ts";

export type ReservationId = Id<"reservation">;
export const reservationModes = ["exclusive", "shared"] as const;
export type ReservationMode = (typeof reservationModes)[number];
/** What a hold on another branch or in another working tree of the repository means (R4). */
export const branchPolicies = ["deny", "warn", "ignore"] as const;
export type BranchPolicy = (typeof branchPolicies)[number];

export interface Reservation {
  readonly id: ReservationId;
  readonly workspaceId: WorkspaceId;
  readonly repository: string;
  readonly tree: string;
  readonly path: TreePath;
  readonly mode: ReservationMode;
  readonly sessionId: SessionId;
  /** Sub-agents and children share what their root holds (R2). */
  readonly holderId: SessionId;
  readonly branch: string | null;
  /** From one counter per repository that is never reset (R10). */
  readonly token: number;
  /** Granted by the `pre` of these tool uses, and none of them has had its `post`. Empty: it stands. */
  readonly provisionalFor: readonly string[];
  readonly takenAt: string;
  /** The last edit that was seen; before the first, when it was taken. */
  readonly editedAt: string;
  readonly ttlMs: number;
  readonly expiresAt: string;
  /** A tool call of the session is open and keeps what it holds up to then, if that is later (D6). */
  readonly openUntil: string | null;
}

/** Somebody else's, in the way of a wish or beside it. */
export interface Overlap {
  readonly reservation: Reservation;
  /** The path of the wish that meets it. */
  readonly wished: TreePath;
  /** `warn`: on another branch or in another tree, where the policy says so. */
  readonly severity: "deny" | "warn";
}

export const RESERVATION_TTL_MS = 10 * 60_000;
/** The longest that may be asked for. */
export const MAX_RESERVATION_TTL_MS = 2 * 60 * 60_000;
/** After the last edit nothing slides it further (R3). */
export const RESERVATION_MAX_AFTER_EDIT_MS = 2 * 60 * 60_000;
/** An open tool call keeps it that long (D6). */
export const OPEN_TOOL_CALL_MS = 60 * 60_000;
/** A slide is written once less than this part of the TTL is left (D5). */
export const SLIDE_BELOW = 0.9;
