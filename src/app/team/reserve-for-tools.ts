/** The reservations of a session as its own tools take them: before a file of its checkout is written, and settled after. */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { ReservationStep, TeamReads } from "../../core/ports/team.ts";
import type { Reserve, ReserveCall } from "../../core/ports/tools.ts";
import type { Refusal } from "../../core/refusal.ts";
import { accept } from "../../core/refusal.ts";
import { warning } from "../../core/team/hold-text.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import { tellHolders } from "./describe-holders.ts";
import { readHeld } from "./release-reservations.ts";
import { makeTakeReservations } from "./take-reservations.ts";
import type { TakeDeps } from "./take-reservations.ts";
import { writeReservations } from "./write-reservations.ts";

export interface ReserveDeps extends TakeDeps {
  readonly store: TakeDeps["store"] & Pick<TeamReads, "listReservations">;
}

export interface Reserving {
  readonly workspaceId: WorkspaceId;
  readonly sessionId: SessionId;
  /** Of the checkout that its tools write to. */
  readonly report: TreeReport;
}

export function makeReserve(deps: ReserveDeps): (reserving: Reserving) => Reserve {
  const take = makeTakeReservations(deps);
  return ({ workspaceId, sessionId, report }) => ({
    async before({ callId, paths }) {
      const where = { paths, report, toolUseId: callId };
      const command = { ...where, mode: "exclusive", ttlMs: RESERVATION_TTL_MS } as const;
      const taken = await take({ workspaceId }, sessionId, command);
      if (!taken.ok) return { ok: false, reason: reasonOf(taken.refusal) };
      if (taken.value.warnings.length === 0) return { ok: true, warning: null };
      const told = await tellHolders(deps, workspaceId, taken.value.warnings);
      return { ok: true, warning: warning(told, deps.clock.now()) };
    },
    async after(call) {
      const settle = call.isDone ? () => confirmOf(report, call) : () => dropOf(deps, { workspaceId, sessionId }, call);
      const written = await writeReservations(deps, sessionId, async () => accept(await settle()));
      // Of a session that is gone nothing is held.
      if (!written.ok && written.refusal.code !== "not_found") throw new Error(reasonOf(written.refusal));
    },
  });
}

function confirmOf(report: TreeReport, { callId, paths }: ReserveCall) {
  const tree = treeOf(report);
  const edited = paths.flatMap((path) => {
    const resolved = tree === undefined ? undefined : resolvePath(tree, path);
    return tree === undefined || resolved === undefined ? [] : [{ tree, path: resolved }];
  });
  const step: ReservationStep = { kind: "confirm", toolUseId: callId, edited };
  return { facts: [], team: { reservations: [step] } };
}

async function dropOf(deps: ReserveDeps, of: Omit<Reserving, "report">, { callId }: ReserveCall) {
  const held = await readHeld(deps, { id: of.sessionId, workspaceId: of.workspaceId });
  const unused = held.filter(({ provisionalFor }) => provisionalFor.length === 1 && provisionalFor[0] === callId);
  const step: ReservationStep = { kind: "drop", toolUseId: callId };
  return { facts: releasedFacts(unused, "unused"), team: { reservations: [step] } };
}

function reasonOf(refusal: Refusal): string {
  switch (refusal.code) {
    case "reserved":
      return refusal.advice;
    case "invalid_input":
      return `${refusal.path}: ${refusal.reason}`;
    case "not_allowed":
      return "The session has ended, and nothing is reserved for it any more";
    default:
      return `The path could not be reserved (${refusal.code})`;
  }
}
