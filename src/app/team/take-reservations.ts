/**
 * Takes paths for a session: all or none (R2). What it holds already costs a look and no commit; what somebody else
 * holds is refused before anything is written; the rest is one commit, the event beside the rows.
 */
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { Overlaps, TakeWish, TeamReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { deniedFact, acquiredFacts } from "../../core/team/reservation-facts.ts";
import { SLIDE_BELOW } from "../../core/team/reservation.ts";
import type { BranchPolicy, Overlap, Reservation, ReservationMode } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { CommitWrite } from "../commit.ts";
import type { Principal } from "../principal.ts";
import { notFound } from "../read-session.ts";
import { readAsked } from "./asked-session.ts";
import type { ReadBranchPolicy } from "./asked-session.ts";
import type { AskedPaths, Place } from "./asked-tree.ts";
import { tellHolders } from "./describe-holders.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";
import { refuseEnded, reservedBy } from "./reserved.ts";

export interface TakeCommand extends AskedPaths {
  readonly mode: ReservationMode;
  readonly ttlMs: number;
  readonly policy?: BranchPolicy;
  /** Granted for this tool use, until it is confirmed or dropped. */
  readonly toolUseId?: string;
}

export interface Taken {
  readonly reservations: readonly Reservation[];
  /** Others on other branches. */
  readonly warnings: readonly Overlap[];
}

export type TakeReservations = (
  principal: Pick<Principal, "workspaceId">,
  id: SessionId,
  command: TakeCommand,
) => Promise<Outcome<Taken>>;

export interface TakeDeps extends DescribeHoldersDeps {
  readonly store: DescribeHoldersDeps["store"] & Pick<SessionReads, "readSession"> & Pick<TeamReads, "findOverlaps">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly clock: Pick<Clock, "now">;
  readonly branchPolicy: ReadBranchPolicy;
}

/** Each time somebody else, or another tool use, was faster. */
const ATTEMPTS = 100;

export function makeTakeReservations(deps: TakeDeps): TakeReservations {
  return async (principal, id, command) => {
    const asked = await readAsked(deps, { principal, id }, command);
    return asked.ok ? take(deps, asked.value.session, wishOf({ ...asked.value, command })) : asked;
  };
}

interface Wishing {
  readonly session: SessionRecord;
  readonly place: Place;
  readonly paths: readonly TreePath[];
  readonly command: TakeCommand;
  readonly policy: BranchPolicy;
}

function wishOf({ session, place, paths, command, policy }: Wishing): TakeWish {
  const { mode, ttlMs, toolUseId = null } = command;
  return { ...place, policy, mode, ttlMs, paths, holderId: holderIdOf(session), provisionalFor: toolUseId };
}

/** Children share what their root holds (R2). */
export function holderIdOf({ id, rootId }: Pick<SessionRecord, "id" | "rootId">): SessionId {
  return rootId ?? id;
}

async function take(deps: TakeDeps, session: SessionRecord, wish: TakeWish): Promise<Outcome<Taken>> {
  const { store, commit, clock } = deps;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await store.findOverlaps(session.workspaceId, { ...wish, sessionId: session.id });
    const denials = found.overlaps.filter(({ severity }) => severity === "deny");
    if (denials.length > 0) return refuseReserved(deps, { session, wish, overlaps: denials });
    if (isHeld(found, wish, clock.now())) {
      return accept({ reservations: found.held.map(({ reservation }) => reservation), warnings: found.overlaps });
    }
    const result = await commit(writeOf(deps, session, { wish, found }));
    if (result.kind === "committed") {
      return accept({ reservations: result.team?.granted ?? [], warnings: result.team?.warnings ?? [] });
    }
    if (result.kind === "held") return refuseReserved(deps, { session, wish, overlaps: result.overlaps });
    if (result.kind === "session_over") return refuseEnded(session);
    if (result.kind === "absent") return notFound(session.id);
    if (result.kind !== "reservations_moved") throw new Error(`A take was answered ${result.kind}`);
  }
  throw new Error(`Reservations of session ${session.id} moved ${ATTEMPTS} times while one take was decided`);
}

/** Everything, as firmly and as long as it is asked for. */
function isHeld({ held }: Overlaps, { paths, mode, ttlMs, provisionalFor }: TakeWish, nowMs: number): boolean {
  if (held.length < paths.length) return false;
  return held.every(({ reservation: row }) => {
    const isFirm =
      row.provisionalFor.length === 0 || (provisionalFor !== null && row.provisionalFor.includes(provisionalFor));
    const isLong = Date.parse(row.expiresAt) - nowMs >= ttlMs * SLIDE_BELOW;
    return isFirm && isLong && (row.mode === "exclusive" || mode === "shared");
  });
}

function writeOf(
  { mint }: TakeDeps,
  { id: sessionId }: SessionRecord,
  asked: { readonly wish: TakeWish; readonly found: Overlaps },
) {
  const { wish, found } = asked;
  const heldBy = new Map(found.held.map(({ path, reservation }) => [path.key, reservation.id]));
  const ids = wish.paths.map(({ key }) => heldBy.get(key) ?? mint("reservation"));
  const rows = wish.paths.flatMap((path, index) => {
    const id = ids[index];
    return id === undefined || heldBy.has(path.key) ? [] : [{ id, path }];
  });
  const { mode, ttlMs, branch, provisionalFor: toolUseId } = wish;
  const facts = acquiredFacts({ repository: wish.tree.repository, rows, mode, ttlMs, branch, toolUseId });
  const events = facts.map((fact) => encodeDraft(draft(mint, {}, fact)));
  return { sessionId, events, team: { reservations: [{ kind: "take", wish, ids } as const] } };
}

async function refuseReserved(
  deps: TakeDeps,
  {
    session,
    wish,
    overlaps,
  }: { readonly session: SessionRecord; readonly wish: TakeWish; readonly overlaps: readonly Overlap[] },
): Promise<Outcome<Taken>> {
  const told = await tellHolders(deps, session.workspaceId, overlaps);
  const refusal = reservedBy(told, deps.clock.now());
  const fact = deniedFact(overlaps, { reason: refusal.reason, toolUseId: wish.provisionalFor });
  await deps.commit({ sessionId: session.id, events: [encodeDraft(draft(deps.mint, {}, fact))] });
  return refuse(refusal);
}
