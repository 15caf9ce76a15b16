/** Sessions that hold as many paths of one repository as a bench asks for, taken as everybody takes them. */
import type { SessionId, WorkspaceId } from "../../src/core/ids.ts";
import type { Store } from "../../src/core/ports/store.ts";
import type { TakeWish } from "../../src/core/ports/team.ts";
import { MAX_RESERVATION_TTL_MS } from "../../src/core/team/reservation.ts";
import type { Tree } from "../../src/core/team/tree.ts";
import { verify } from "../bench.ts";
import { growSession, mint } from "../data-folder.ts";

export const tree: Tree = {
  repository: "github.com/acme/app",
  tree: ":/w/app",
  host: "",
  root: "/w/app",
  ignoresCase: false,
};
const AT_ONCE = 500;

export async function makeSession(store: Store, workspaceId: WorkspaceId): Promise<SessionId> {
  const id = mint("session");
  await growSession(store, { id, workspaceId, events: 1 });
  return id;
}

export function wishOf(sessionId: SessionId, paths: readonly string[], ttlMs = MAX_RESERVATION_TTL_MS): TakeWish {
  const rows = paths.map((path) => ({ key: path, path, isDirectory: false }));
  return {
    tree,
    branch: "main",
    policy: "warn",
    mode: "exclusive",
    holderId: sessionId,
    paths: rows,
    ttlMs,
    provisionalFor: null,
  };
}

export async function take(store: Store, sessionId: SessionId, wish: TakeWish): Promise<void> {
  const ids = wish.paths.map(() => mint("reservation"));
  const data = {
    reservation_ids: ids,
    paths: wish.paths.map(({ path }) => path),
    repository: tree.repository,
    mode: wish.mode,
    ttl_ms: wish.ttlMs,
  };
  const event = { id: mint("event"), type: "reservation.acquired", contextJson: "{}", dataJson: JSON.stringify(data) };
  const result = await store.write({
    sessionId,
    events: [event],
    team: { reservations: [{ kind: "take", wish, ids }] },
  });
  verify(
    result.kind === "committed" && result.team?.granted.length === ids.length,
    `a take was answered ${result.kind}`,
  );
}

/** Files four directories deep, ten in each. */
export function pathAt(index: number): string {
  return `src/part-${index % 97}/area-${index % 10_007}/unit-${Math.floor(index / 10)}/file-${index}.ts`;
}

/** Holds paths from one number up to another, not including it. */
export async function fill(
  store: Store,
  sessionId: SessionId,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let at = from; at < to; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, to - at);
    await take(
      store,
      sessionId,
      wishOf(
        sessionId,
        Array.from({ length: count }, (_, index) => pathAt(at + index)),
      ),
    );
  }
}
