/** What the memory store holds about who works on what, and the rows of it that a decision may look at. */
import type { SessionId, WorkspaceId } from "../../../src/core/ids.ts";
import type { FileEdits, HookKey, Notice, Presence, TeamResult } from "../../../src/core/ports/team.ts";
import type { TeamRows } from "../../../src/core/team/decide-steps.ts";
import { isLive } from "../../../src/core/team/deadlines.ts";
import { meet, nodeOf } from "../../../src/core/team/path-keys.ts";
import { OPEN_TOOL_CALL_MS } from "../../../src/core/team/reservation.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";
import type { Tree } from "../../../src/core/team/tree.ts";
import type { Waiter } from "../../../src/core/team/waiting.ts";
import { isoOf } from "./world.ts";

export interface StoredHook extends HookKey {
  readonly sessionId: SessionId;
  readonly atMs: number;
  /** Of a `pre`: nothing has come after it. */
  isOpen: boolean;
}

export interface TeamWorld {
  readonly presences: Map<SessionId, Presence & { readonly workspaceId: WorkspaceId }>;
  readonly trees: Map<string, Tree & { readonly workspaceId: WorkspaceId }>;
  /** The last token given, by workspace and repository. */
  readonly tokens: Map<string, number>;
  reservations: readonly Reservation[];
  waiters: readonly (Waiter & { readonly workspaceId: WorkspaceId })[];
  notices: readonly (Notice & { readonly to: SessionId })[];
  noticeCount: number;
  hooks: readonly StoredHook[];
  /** By workspace, repository and key. */
  readonly edits: Map<string, FileEdits>;
  /** Of each commit by the id of its first event (A8). */
  readonly results: Map<string, TeamResult>;
}

export function emptyTeam(): TeamWorld {
  return {
    presences: new Map(),
    trees: new Map(),
    tokens: new Map(),
    reservations: [],
    waiters: [],
    notices: [],
    noticeCount: 0,
    hooks: [],
    edits: new Map(),
    results: new Map(),
  };
}

/** When the youngest of a session's open tool calls began. */
function openUntil(team: TeamWorld, sessionId: SessionId): string | null {
  const opened = team.hooks.filter((hook) => hook.sessionId === sessionId && hook.isOpen);
  return opened.length === 0 ? null : isoOf(Math.max(...opened.map(({ atMs }) => atMs)) + OPEN_TOOL_CALL_MS);
}

export function shownRow(team: TeamWorld, row: Reservation): Reservation {
  return { ...row, openUntil: openUntil(team, row.sessionId) };
}

export function isLiveRow(team: TeamWorld, row: Reservation, nowMs: number): boolean {
  return isLive(shownRow(team, row), nowMs);
}

export function teamRows(team: TeamWorld, workspaceId: WorkspaceId): TeamRows {
  const some = (test: (row: Reservation) => boolean) =>
    team.reservations.filter(test).map((row) => shownRow(team, row));
  return {
    meeting: (repository, path) =>
      some(
        (row) =>
          row.workspaceId === workspaceId &&
          row.repository === repository &&
          meet(nodeOf(row.path.key), nodeOf(path.key)),
      ),
    byId: (id) => some((row) => row.id === id)[0],
    ofSession: (id) => some(({ sessionId }) => sessionId === id),
    ofHolder: (id) => some(({ holderId }) => holderId === id),
  };
}
