/**
 * What the steps of a write do to rows, or why the write is refused. Pure: the store gives the rows it has, under the
 * lock of its one writer, and carries out the changes in the write's commit. A write changes rows of its own session,
 * and of those whose holder the session is; nobody else's.
 */
import type { SessionId, WorkspaceId } from "../ids.ts";
import type { EditedPath, ReservationStep } from "../ports/team.ts";
import { edited, isLive, renewed, slid } from "./deadlines.ts";
import { decideTake } from "./decide-take.ts";
import { afterFailure, grantedRow, keptRow } from "./grant.ts";
import { isBelow, nodeOf } from "./path-keys.ts";
import type { Overlap, Reservation, ReservationId } from "./reservation.ts";
import type { TreePath } from "./tree.ts";

/** Contract: rows with `openUntil` as it is now; dead ones may be among them. */
export interface TeamRows {
  /** Of the repository in this workspace, in every tree, that meet the path. */
  meeting(repository: string, path: TreePath): Iterable<Reservation>;
  byId(id: ReservationId): Reservation | undefined;
  ofSession(id: SessionId): readonly Reservation[];
  ofHolder(id: SessionId): readonly Reservation[];
}

export type WaitWish = Extract<ReservationStep, { kind: "wait" }>["wish"];

export interface TeamChanges {
  /** As they are to stand; a row without a token is new. */
  readonly put: readonly Reservation[];
  /** As they stood. */
  readonly freed: readonly Reservation[];
  /** Rows that the caller asked for, in the order of its paths; they are among `put` if they have changed. */
  readonly granted: readonly ReservationId[];
  readonly warnings: readonly Overlap[];
  readonly edits: readonly EditedPath[];
  readonly waits: readonly WaitWish[];
  /** Nothing is waited for any more. */
  readonly isOver: boolean;
}

export type StepsDecision =
  | { readonly kind: "changes"; readonly changes: TeamChanges }
  | { readonly kind: "held"; readonly overlaps: readonly Overlap[] }
  | { readonly kind: "reservations_moved" };

export interface Deciding {
  readonly rows: TeamRows;
  readonly workspaceId: WorkspaceId;
  readonly sessionId: SessionId;
  readonly nowMs: number;
}

export function decideSteps(steps: readonly ReservationStep[], deciding: Deciding): StepsDecision {
  const draft = new Draft(deciding);
  for (const step of steps) {
    const refused = decideStep(draft, step, deciding);
    if (refused !== undefined) return refused;
  }
  return { kind: "changes", changes: draft.changes() };
}

type Refused = Exclude<StepsDecision, { kind: "changes" }>;
const MOVED: Refused = { kind: "reservations_moved" };

function decideStep(draft: Draft, step: ReservationStep, deciding: Deciding): Refused | undefined {
  const { nowMs, sessionId } = deciding;
  switch (step.kind) {
    case "take":
      return take(draft, step, deciding);
    case "confirm":
      return confirm(draft, step, deciding);
    case "drop":
      for (const row of draft.own()) draft.change(row, afterFailure(row, step.toolUseId));
      return undefined;
    case "slide":
      for (const row of draft.ofHolder(step.holderId)) {
        if (isLive(row, nowMs)) draft.change(row, slid(row, nowMs) ?? row);
      }
      return undefined;
    case "renew":
      return named(draft, step.ids, (row) => {
        if (!isLive(row, nowMs)) return MOVED;
        draft.granted.push(row.id);
        return draft.change(row, renewed(row, step.ttlMs, nowMs));
      });
    case "release":
      return named(draft, step.ids, (row) => draft.change(row, undefined));
    case "expire":
      return named(draft, step.ids, (row) => (isLive(row, nowMs) ? MOVED : draft.change(row, undefined)));
    case "release_all":
      for (const row of [...draft.own(), ...draft.ofHolder(sessionId)]) draft.change(row, undefined);
      draft.isOver = true;
      return undefined;
    case "wait":
      draft.waits.push(step.wish);
      return undefined;
  }
}

/** Every row must be there, and the session's to change. */
function named(
  draft: Draft,
  ids: readonly ReservationId[],
  work: (row: Reservation) => Refused | undefined,
): Refused | undefined {
  for (const id of ids) {
    const row = draft.byId(id);
    const refused = row === undefined ? MOVED : work(row);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function take(
  draft: Draft,
  { wish, ids }: Extract<ReservationStep, { kind: "take" }>,
  { rows, sessionId, workspaceId, nowMs }: Deciding,
): Refused | undefined {
  const find = (path: TreePath) => rows.meeting(wish.tree.repository, path);
  const decided = decideTake(find, { ...wish, sessionId }, nowMs);
  if (decided.kind === "held") return decided;
  const idOf = new Map(wish.paths.map((path, index) => [nodeOf(path.key), ids[index]]));
  for (const { path, kept } of decided.grants) {
    const id = idOf.get(nodeOf(path.key));
    // The events of the write name this id: it must be what stands afterwards.
    if (id === undefined || (kept === null ? rows.byId(id) !== undefined : kept.id !== id)) return MOVED;
    const { mode, ttlMs, provisionalFor } = wish;
    const granting = { path, mode, ttlMs, provisionalFor };
    if (kept === null) draft.add(grantedRow({ ...wish, ...granting, id, workspaceId, sessionId }, nowMs));
    else draft.change(draft.now(kept), keptRow(draft.now(kept), granting, nowMs));
    draft.granted.push(id);
  }
  draft.warnings.push(...decided.warnings);
  return undefined;
}

function confirm(
  draft: Draft,
  { toolUseId, edited: edits }: Extract<ReservationStep, { kind: "confirm" }>,
  { nowMs }: Deciding,
): undefined {
  draft.edits.push(...edits);
  for (const row of draft.own()) {
    const isEdited = edits.some(({ tree, path }) => tree.tree === row.tree && stands(row, path));
    if (!isLive(row, nowMs) || !(isEdited || row.provisionalFor.includes(toolUseId))) continue;
    draft.change(row, isEdited ? edited(row, nowMs) : { ...row, provisionalFor: [] });
  }
}

function stands(row: Reservation, path: TreePath): boolean {
  const [held, wrote] = [nodeOf(row.path.key), nodeOf(path.key)];
  return held === wrote || isBelow(wrote, held);
}

/** The rows of a session as the steps before have left them. */
class Draft {
  readonly granted: ReservationId[] = [];
  readonly warnings: Overlap[] = [];
  readonly edits: EditedPath[] = [];
  readonly waits: WaitWish[] = [];
  isOver = false;
  readonly #deciding: Deciding;
  readonly #added: Reservation[] = [];
  readonly #changed = new Map<ReservationId, { readonly before: Reservation; readonly after: Reservation | null }>();

  constructor(deciding: Deciding) {
    this.#deciding = deciding;
  }

  own(): readonly Reservation[] {
    const { rows, sessionId } = this.#deciding;
    return this.#left(rows.ofSession(sessionId));
  }

  ofHolder(id: SessionId): readonly Reservation[] {
    return this.#left(this.#deciding.rows.ofHolder(id));
  }

  byId(id: ReservationId): Reservation | undefined {
    const { rows, sessionId } = this.#deciding;
    const row = rows.byId(id);
    if (row === undefined || (row.sessionId !== sessionId && row.holderId !== sessionId)) return undefined;
    return this.#left([row])[0];
  }

  now(row: Reservation): Reservation {
    return this.#changed.get(row.id)?.after ?? row;
  }

  add(row: Reservation): void {
    this.#added.push(row);
  }

  change(row: Reservation, after: Reservation | undefined): undefined {
    if (after === row) return;
    const before = this.#changed.get(row.id)?.before ?? row;
    this.#changed.set(row.id, { before, after: after ?? null });
  }

  changes(): TeamChanges {
    const changed = [...this.#changed.values()];
    return {
      put: [...this.#added, ...changed.flatMap(({ after }) => (after === null ? [] : [after]))],
      freed: changed.flatMap(({ before, after }) => (after === null ? [before] : [])),
      granted: this.granted,
      warnings: this.warnings,
      edits: this.edits,
      waits: this.waits,
      isOver: this.isOver,
    };
  }

  #left(rows: readonly Reservation[]): readonly Reservation[] {
    return rows.flatMap((row) => {
      const change = this.#changed.get(row.id);
      if (change === undefined) return [row];
      return change.after === null ? [] : [change.after];
    });
  }
}
