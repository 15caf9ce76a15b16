/** Asks to be told when paths are free (R11): once, in the next that the session's agent is told. */
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { BranchPolicy } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { Principal } from "../principal.ts";
import type { AskedPaths, Place } from "./asked-tree.ts";
import { readAsked } from "./asked-session.ts";
import type { ReadBranchPolicy } from "./asked-session.ts";
import { holderIdOf } from "./take-reservations.ts";
import { writeReservations } from "./write-reservations.ts";
import type { WriteReservationsDeps } from "./write-reservations.ts";

export interface Waiting {
  readonly waitingFor: readonly string[];
  /** There is nothing to wait for. */
  readonly free: readonly string[];
}

export type WaitForReservations = (
  principal: Principal,
  id: SessionId,
  command: AskedPaths & { readonly policy?: BranchPolicy },
) => Promise<Outcome<Waiting>>;

export interface WaitDeps extends WriteReservationsDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence" | "findOverlaps">;
  readonly branchPolicy: ReadBranchPolicy;
}

export function makeWaitForReservations(deps: WaitDeps): WaitForReservations {
  return async (principal, id, command) => {
    const found = await readAsked(deps, { principal, id }, command);
    if (!found.ok) return found;
    const { session, place, paths, policy } = found.value;
    const { workspaceId } = session;
    const wish = { ...place, policy, mode: "exclusive" as const, holderId: holderIdOf(session) };
    const asked = { ...wish, sessionId: id, workspaceId };
    const held = (await sort(deps, asked, paths)).held;
    const written = await writeReservations(deps, id, async () =>
      accept(
        held.length === 0
          ? null
          : { facts: [], team: { reservations: [{ kind: "wait", wish: { ...wish, paths: held } }] } },
      ),
    );
    if (!written.ok) return written;
    // Looked at again: what was freed before the wish was written is told of here.
    const after = await sort(deps, asked, paths);
    return accept({ waitingFor: after.held.map(({ path }) => path), free: after.free.map(({ path }) => path) });
  };
}

interface Asked extends Place {
  readonly policy: BranchPolicy;
  readonly mode: "exclusive";
  readonly sessionId: SessionId;
  readonly holderId: SessionId;
  readonly workspaceId: Principal["workspaceId"];
}

interface Sorted {
  readonly held: readonly TreePath[];
  readonly free: readonly TreePath[];
}

async function sort({ store }: WaitDeps, asked: Asked, paths: readonly TreePath[]): Promise<Sorted> {
  const { workspaceId, ...wish } = asked;
  const [held, free]: [TreePath[], TreePath[]] = [[], []];
  for (const path of paths) {
    const { overlaps } = await store.findOverlaps(workspaceId, { ...wish, paths: [path] });
    (overlaps.some(({ severity }) => severity === "deny") ? held : free).push(path);
  }
  return { held, free };
}
