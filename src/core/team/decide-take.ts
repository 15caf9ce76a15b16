/**
 * Whether a wish may be granted (R2, D1, D2): all of its paths or none. Pure; the store finds the rows that could meet a
 * path, under the lock of its one writer, and carries the answer out. A check asks the same without a lock.
 */
import type { SessionId } from "../ids.ts";
import { isLive } from "./deadlines.ts";
import { isBelow, nodeOf } from "./path-keys.ts";
import type { BranchPolicy, Overlap, Reservation, ReservationMode } from "./reservation.ts";
import type { Tree, TreePath } from "./tree.ts";

/** What of a wish decides about others. */
export interface Wish {
  readonly tree: Pick<Tree, "repository" | "tree">;
  readonly branch: string | null;
  readonly policy: BranchPolicy;
  readonly mode: ReservationMode;
  /** Who asks; nobody: it meets everybody's. */
  readonly sessionId: SessionId | null;
  readonly holderId: SessionId | null;
  readonly paths: readonly TreePath[];
}

export interface PathGrant {
  readonly path: TreePath;
  /** The session holds it already, as this or as a directory above it. */
  readonly kept: Reservation | null;
}

export type TakeDecision =
  | { readonly kind: "granted"; readonly grants: readonly PathGrant[]; readonly warnings: readonly Overlap[] }
  | { readonly kind: "held"; readonly overlaps: readonly Overlap[] };

/**
 * Rows of the wish's repository that meet a path, of all trees; more may be given, dead ones too.
 * Contract: read to its end or left in the middle; never read twice.
 */
export type FindRows = (path: TreePath) => Iterable<Reservation>;

/** More of them tell nobody more. */
export const OVERLAPS_TOLD = 20;

export function decideTake(find: FindRows, wish: Wish, nowMs: number): TakeDecision {
  const grants: PathGrant[] = [];
  const [denials, warnings]: [Overlap[], Overlap[]] = [[], []];
  for (const path of distinct(wish.paths)) {
    let kept: Reservation | null = null;
    for (const row of find(path)) {
      if (!isLive(row, nowMs)) continue;
      if (covers(row, path, wish)) kept = betterOf(kept, row);
      const severity = severityOf(row, wish);
      if (severity === "none") continue;
      const told = severity === "deny" ? denials : warnings;
      if (told.length < OVERLAPS_TOLD) told.push({ reservation: row, wished: path, severity });
      if (denials.length >= OVERLAPS_TOLD) return { kind: "held", overlaps: denials };
      if (severity === "deny" && isWholly(row, path, wish)) break;
    }
    grants.push({ path, kept });
  }
  return denials.length > 0 ? { kind: "held", overlaps: denials } : { kind: "granted", grants, warnings };
}

function distinct(paths: readonly TreePath[]): readonly TreePath[] {
  return [...new Map(paths.map((path) => [nodeOf(path.key), path])).values()];
}

/** Nobody else can have anything of the path in this tree, and who has it elsewhere is no reason beside that. */
function isWholly(row: Reservation, path: TreePath, wish: Wish): boolean {
  return row.mode === "exclusive" && row.tree === wish.tree.tree && nodeOf(row.path.key) === nodeOf(path.key);
}

/** The row stands for the path: the session's own, in this tree, as strong, and not dependent on another tool use. */
function covers(row: Reservation, path: TreePath, wish: Wish): boolean {
  if (row.sessionId !== wish.sessionId || row.tree !== wish.tree.tree) return false;
  const [held, wished] = [nodeOf(row.path.key), nodeOf(path.key)];
  if (held === wished) return true;
  const isAsStrong = row.mode === "exclusive" || wish.mode === "shared";
  return isAsStrong && row.provisionalFor.length === 0 && isBelow(wished, held);
}

/** The path's own row rather than one above it. */
function betterOf(kept: Reservation | null, row: Reservation): Reservation {
  return kept === null || row.path.key.length > kept.path.key.length ? row : kept;
}

export function severityOf(row: Reservation, wish: Wish): "deny" | "warn" | "none" {
  if (row.holderId === wish.holderId) return "none";
  if (row.mode === "shared" && wish.mode === "shared") return "none";
  // One tree has one set of files, whatever its branch was called when they were taken.
  if (row.tree === wish.tree.tree) return "deny";
  if (row.branch === null || wish.branch === null || row.branch === wish.branch) return "deny";
  return wish.policy === "ignore" ? "none" : wish.policy;
}
