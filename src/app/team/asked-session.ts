/** What a session asks for, read once for all who may be asked: the open session, its paths in a tree, and the policy (R4). */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { BranchPolicy } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";
import { findPlace, resolveAsked } from "./asked-tree.ts";
import type { AskedPaths, Place } from "./asked-tree.ts";
import { refuseEnded } from "./reserved.ts";

/** What the workspace has said about other branches (R4); nothing, where it has not. */
export type ReadBranchPolicy = (workspaceId: WorkspaceId) => Promise<BranchPolicy | null>;

export const DEFAULT_POLICY: BranchPolicy = "warn";

export interface AskedSessionDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence">;
  readonly branchPolicy: ReadBranchPolicy;
}

export interface AskedSession {
  readonly session: SessionRecord;
  readonly place: Place;
  readonly paths: readonly TreePath[];
  readonly policy: BranchPolicy;
}

export async function readAsked(
  deps: AskedSessionDeps,
  { principal, id }: { readonly principal: Pick<Principal, "workspaceId">; readonly id: SessionId },
  command: AskedPaths & { readonly policy?: BranchPolicy },
): Promise<Outcome<AskedSession>> {
  const found = await readOwnSession(deps.store, principal, id);
  if (!found.ok) return found;
  const session = found.value;
  if (session.facts.lifecycle !== "open") return refuseEnded(session);
  const { workspaceId } = session;
  const place = await findPlace(deps, { workspaceId, sessionId: id }, command);
  const paths = resolveAsked(place.tree, command);
  if (!paths.ok) return paths;
  const policy = command.policy ?? (await deps.branchPolicy(workspaceId)) ?? DEFAULT_POLICY;
  return accept({ session, place, paths: paths.value, policy });
}
