/** Short ways to say who takes what, for the cases about reservations. */
import type { SessionId } from "../../../src/core/ids.ts";
import type { WriteResult } from "../../../src/core/ports/store.ts";
import type { Overlaps, ReservationStep, TakeWish, TeamResult, TeamWrite } from "../../../src/core/ports/team.ts";
import { RESERVATION_TTL_MS } from "../../../src/core/team/reservation.ts";
import type { Reservation, ReservationId } from "../../../src/core/team/reservation.ts";
import type { Tree, TreePath } from "../../../src/core/team/tree.ts";
import type { Setting } from "./setting.ts";

export const tree: Tree = {
  repository: "github.com/acme/app",
  tree: "host-a:/repos/app",
  host: "host-a",
  root: "/repos/app",
  ignoresCase: false,
};
/** Another working tree of the same repository. */
export const elsewhere: Tree = { ...tree, tree: "host-b:/home/b/app", host: "host-b", root: "/home/b/app" };

export function pathOf(path: string): TreePath {
  return { key: path, path, isDirectory: path.endsWith("/") };
}

export function wishOf(holderId: SessionId, paths: readonly string[], more: Partial<TakeWish> = {}): TakeWish {
  return {
    tree,
    branch: "main",
    policy: "warn",
    mode: "exclusive",
    holderId,
    ttlMs: RESERVATION_TTL_MS,
    provisionalFor: null,
    ...more,
    paths: paths.map(pathOf),
  };
}

export type Taken = Extract<WriteResult, { kind: "committed" }> & { readonly team: TeamResult };

export interface TeamScene {
  /** With fresh ids, as if the session held nothing of it yet. */
  take(sessionId: SessionId, paths: readonly string[], more?: Partial<TakeWish>): Promise<WriteResult>;
  /** The same, and it must be granted. */
  hold(sessionId: SessionId, paths: readonly string[], more?: Partial<TakeWish>): Promise<readonly Reservation[]>;
  /** As everybody does it: what is held already is named by its id. */
  takeAgain(sessionId: SessionId, paths: readonly string[], more?: Partial<TakeWish>): Promise<WriteResult>;
  check(sessionId: SessionId, paths: readonly string[], more?: Partial<TakeWish>): Promise<Overlaps>;
  steps(sessionId: SessionId, ...steps: readonly ReservationStep[]): Promise<WriteResult>;
  say(sessionId: SessionId, team: TeamWrite): Promise<WriteResult>;
  release(sessionId: SessionId, ...ids: readonly ReservationId[]): Promise<WriteResult>;
  heldBy(sessionId: SessionId): Promise<readonly string[]>;
}

export function makeScene(setting: Setting): TeamScene {
  const { store, mint, workspaceId } = setting;
  const say: TeamScene["say"] = (sessionId, team) => store.write(setting.fact(sessionId, { team }));
  const steps: TeamScene["steps"] = (sessionId, ...reservations) => say(sessionId, { reservations });
  const take: TeamScene["take"] = (sessionId, paths, more) => {
    const ids = paths.map(() => mint("reservation"));
    return steps(sessionId, { kind: "take", wish: wishOf(more?.holderId ?? sessionId, paths, more), ids });
  };
  const check: TeamScene["check"] = (sessionId, paths, more) =>
    store.findOverlaps(workspaceId, { ...wishOf(more?.holderId ?? sessionId, paths, more), sessionId });
  return {
    say,
    steps,
    take,
    check,
    async hold(sessionId, paths, more) {
      return teamOf(await take(sessionId, paths, more)).granted;
    },
    async takeAgain(sessionId, paths, more) {
      const wish = wishOf(more?.holderId ?? sessionId, paths, more);
      const { held } = await check(sessionId, paths, more);
      const ids = wish.paths.map(
        ({ key }) => held.find(({ path }) => path.key === key)?.reservation.id ?? mint("reservation"),
      );
      return steps(sessionId, { kind: "take", wish, ids });
    },
    release: (sessionId, ...ids) => steps(sessionId, { kind: "release", ids }),
    async heldBy(sessionId) {
      const rows = await store.listReservations({ workspaceId, sessionId, limit: 1_000 });
      return rows.map(({ path }) => path.path).toSorted();
    },
  };
}

export function teamOf(result: WriteResult): TeamResult {
  if (result.kind !== "committed" || result.team === undefined) {
    throw new Error(`The write was not taken as one about reservations: ${JSON.stringify(result)}`);
  }
  return result.team;
}
