/** The reservations of a session as its own tools take them: before a file of its checkout is written, and settled after. */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { ReservationStep, TeamReads } from "../../core/ports/team.ts";
import type { Reserve, ReserveCall } from "../../core/ports/tools.ts";
import type { Refusal } from "../../core/refusal.ts";
import { accept } from "../../core/refusal.ts";
import { longDeny, warning } from "../../core/team/hold-text.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import { findPlace, resolveAsked } from "./asked-tree.ts";
import { tellHolders } from "./describe-holders.ts";
import { readHeld } from "./release-reservations.ts";
import { DEFAULT_POLICY } from "./asked-session.ts";
import { holderIdOf, makeTakeReservations } from "./take-reservations.ts";
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
      const { reservations, warnings } = taken.value;
      const tokens = reservations.map(({ token }) => token);
      if (warnings.length === 0) return { ok: true, warning: null, tokens };
      const told = await tellHolders(deps, workspaceId, warnings);
      return { ok: true, warning: warning(told, deps.clock.now()), tokens };
    },
    stands: (call) => stands(deps, { workspaceId, sessionId, report }, call),
    async after(call) {
      const settle = call.isDone ? () => confirmOf(report, call) : () => dropOf(deps, { workspaceId, sessionId }, call);
      const written = await writeReservations(deps, sessionId, async () => accept(await settle()));
      // Of a session that is gone nothing is held.
      if (!written.ok && written.refusal.code !== "not_found") throw new Error(reasonOf(written.refusal));
    },
  });
}

const GONE = "The reservation ended while the tool ran, and others may have written since; read it again and repeat";

/** Somebody's force, an expiry, an end: what was granted then is not what is held now. */
async function stands(
  deps: ReserveDeps,
  { workspaceId, sessionId, report }: Reserving,
  { paths, tokens }: ReserveCall & { readonly tokens: readonly number[] },
): Promise<Awaited<ReturnType<Reserve["stands"]>>> {
  const place = await findPlace(deps, { workspaceId, sessionId }, { report });
  const resolved = resolveAsked(place.tree, { paths });
  if (!resolved.ok) return { ok: false, reason: reasonOf(resolved.refusal) };
  const session = await deps.store.readSession(sessionId);
  const holderId = session === undefined ? sessionId : holderIdOf(session);
  const policy = (await deps.branchPolicy(workspaceId)) ?? DEFAULT_POLICY;
  const wish = { ...place, policy, mode: "exclusive" as const, paths: resolved.value };
  const { overlaps, held } = await deps.store.findOverlaps(workspaceId, { ...wish, sessionId, holderId });
  const denials = overlaps.filter(({ severity }) => severity === "deny");
  if (denials.length > 0) {
    const told = await tellHolders(deps, workspaceId, denials);
    return { ok: false, reason: `${GONE}. ${longDeny(told, deps.clock.now())}` };
  }
  const now = new Set(held.map(({ reservation }) => reservation.token));
  return tokens.every((token) => now.has(token)) ? { ok: true } : { ok: false, reason: GONE };
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
