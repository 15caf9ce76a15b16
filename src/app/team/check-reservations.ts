/**
 * Whether paths may be written, without taking them: no lock, no write (R12). The git guard asks with it before a
 * commit; it often knows no conversation, and then it speaks for the user, in the working tree that it runs in.
 */
import type { SessionId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { agentTypes } from "../../core/team/hook-event.ts";
import { briefDeny, warning } from "../../core/team/hold-text.ts";
import type { BranchPolicy, Overlap } from "../../core/team/reservation.ts";
import { resolvePath } from "../../core/team/resolve-path.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";
import { findPlace } from "./asked-tree.ts";
import type { AskedPaths, Place } from "./asked-tree.ts";
import { tellHolders } from "./describe-holders.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";
import { DEFAULT_POLICY } from "./asked-session.ts";
import type { ReadBranchPolicy } from "./asked-session.ts";
import { holderIdOf } from "./take-reservations.ts";

export interface CheckCommand extends AskedPaths {
  readonly sessionId?: SessionId;
  /** The agent's own id of its conversation, whichever agent it is. */
  readonly conversationId?: string;
  readonly policy?: BranchPolicy;
}

export interface CheckedPath {
  /** As it was asked for. */
  readonly path: string;
  readonly permission: "allow" | "warn" | "deny";
  readonly message: string | null;
}

export interface Checked {
  readonly paths: readonly CheckedPath[];
  readonly permission: "allow" | "deny";
}

export type CheckReservations = (principal: Principal, command: CheckCommand) => Promise<Outcome<Checked>>;

export interface CheckDeps extends DescribeHoldersDeps {
  readonly store: DescribeHoldersDeps["store"] & Pick<TeamReads, "findOverlaps" | "findPresence">;
  readonly clock: Pick<Clock, "now">;
  readonly branchPolicy: ReadBranchPolicy;
}

interface Asker {
  readonly principal: Principal;
  readonly session: SessionRecord | null;
  readonly place: Place;
  readonly policy: BranchPolicy;
}

export function makeCheckReservations(deps: CheckDeps): CheckReservations {
  return async (principal, command) => {
    const session = await findAsker(deps, principal, command);
    if (!session.ok) return session;
    const { workspaceId } = principal;
    const place = await findPlace(deps, { workspaceId, sessionId: session.value?.id ?? null }, command);
    const policy = command.policy ?? (await deps.branchPolicy(workspaceId)) ?? DEFAULT_POLICY;
    const asker = { principal, session: session.value, place, policy };
    const paths: CheckedPath[] = [];
    for (const path of command.paths) paths.push(await checkOne(deps, asker, { path, cwd: command.cwd }));
    return accept({ paths, permission: paths.some(({ permission }) => permission === "deny") ? "deny" : "allow" });
  };
}

async function findAsker(
  { store }: CheckDeps,
  principal: Principal,
  { sessionId, conversationId }: CheckCommand,
): Promise<Outcome<SessionRecord | null>> {
  const { boundTo } = principal;
  if (boundTo !== undefined && (sessionId ?? boundTo) !== boundTo) {
    return refuse({ code: "forbidden", reason: `your key is bound to session ${boundTo}, and asks for no other` });
  }
  if (boundTo !== undefined) return readOwnSession(store, principal, boundTo);
  if (sessionId !== undefined) return readOwnSession(store, principal, sessionId);
  if (conversationId === undefined || conversationId === "") return accept(null);
  for (const agentType of agentTypes) {
    const found = await store.findPresence(principal.workspaceId, agentType, conversationId);
    const session = found === undefined ? undefined : await store.readSession(found.sessionId);
    if (session !== undefined && session.head.deletedAt === null) return accept(session);
  }
  return accept(null);
}

async function checkOne(
  deps: CheckDeps,
  asker: Asker,
  { path, cwd }: { readonly path: string; readonly cwd: string | undefined },
): Promise<CheckedPath> {
  const { tree } = asker.place;
  const resolved = resolvePath(tree, path, cwd);
  // What is in no repository is nobody's (R1).
  if (resolved === undefined) return { path, permission: "allow", message: null };
  const overlaps = await overlapsOf(deps, asker, resolved);
  const denials = overlaps.filter(({ severity }) => severity === "deny");
  const told = await tellHolders(deps, asker.principal.workspaceId, denials.length > 0 ? denials : overlaps);
  const nowMs = deps.clock.now();
  if (denials.length > 0) return { path, permission: "deny", message: briefDeny(told, nowMs) };
  return overlaps.length > 0
    ? { path, permission: "warn", message: warning(told, nowMs) }
    : { path, permission: "allow", message: null };
}

async function overlapsOf(
  { store }: CheckDeps,
  { principal, session, place, policy }: Asker,
  path: TreePath,
): Promise<readonly Overlap[]> {
  const wish = {
    ...place,
    policy,
    mode: "exclusive" as const,
    sessionId: session?.id ?? null,
    holderId: session === null ? null : holderIdOf(session),
    paths: [path],
  };
  const { overlaps } = await store.findOverlaps(principal.workspaceId, wish);
  if (session !== null) return overlaps;
  const own = await Promise.all(
    overlaps.map(async ({ reservation: { sessionId, tree } }) => {
      const holder = await store.readSession(sessionId);
      return tree === place.tree.tree && holder?.createdBy === principal.userId;
    }),
  );
  // Their own agent's, in this very tree: the agent may be the one that commits.
  return overlaps.map((overlap, index) => (own[index] === true ? { ...overlap, severity: "warn" } : overlap));
}
