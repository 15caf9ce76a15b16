/**
 * A tool is about to run (R2, R6). Somebody else's reservation refuses it without a write; what the agent holds already
 * is allowed without one. Only what is free is taken, in one commit, before the tool runs: of two agents that ask in the
 * same moment one is refused. That commit holds the reservation and its event; that the tool ran, and what else is recorded,
 * is recorded after the answer.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId } from "../../core/ids.ts";
import type { Overlaps, ReservationStep, TakeWish, TeamReads, TeamWrite } from "../../core/ports/team.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import type { Overlap, ReservationId } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import { takesContext } from "../../core/team/context-moments.ts";
import { deniedFact } from "../../core/team/reservation-facts.ts";
import { nodeOf } from "../../core/team/path-keys.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps } from "./commit-heard.ts";
import { guardOnly } from "./guard-only.ts";
import { ALLOW, holderOf, isObserved, presenceOf, startedFact, takenFacts } from "./told.ts";
import type { HoldWords, Reply, Told } from "./told.ts";
import type { TreeWatch } from "./tree-watch.ts";
import { wishedPaths } from "./wished-paths.ts";
import type { ReadShellWrites } from "./wished-paths.ts";

export interface PreToolDeps extends CommitHeardDeps {
  readonly store: CommitHeardDeps["store"] & Pick<TeamReads, "findOverlaps">;
  readonly mint: MintId;
  readonly words: HoldWords;
  readonly readShell: ReadShellWrites;
  readonly treeWatch: TreeWatch;
  /** Goes on after the answer. Contract: a fault is reported, never thrown. */
  readonly afterwards: (work: () => Promise<unknown>) => void;
}

const ATTEMPTS = 20;

export async function hearPreTool(deps: PreToolDeps, told: Told): Promise<Reply> {
  if (told.watched.session.facts.lifecycle !== "open") return guardEnded(deps, told);
  const { paths, isUncertain } = await wishedPaths(told.event, told.place, deps.readShell);
  if (isUncertain) await deps.treeWatch.before(told);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const reply = await decide(deps, told, paths);
    if (reply !== "moved") return reply;
  }
  throw new Error(`Reservations of session ${told.watched.session.id} moved ${ATTEMPTS} times during one take`);
}

/** An event that was delivered late must not hold files for an agent that is gone (D6). */
function guardEnded(deps: PreToolDeps, { watched: { session }, event, place, policy }: Told): Promise<Reply> {
  const { id: sessionId, workspaceId } = session;
  return guardOnly(deps, { workspaceId, sessionId, holderId: holderOf(session), event, place, policy });
}

async function decide(deps: PreToolDeps, told: Told, paths: readonly TreePath[]): Promise<Reply | "moved"> {
  const { tree } = told.place;
  if (tree === null || paths.length === 0) return record(deps, told, { paths, warnings: [] });
  const { session } = told.watched;
  const wish = { tree, branch: told.place.branch, policy: told.policy, mode: "exclusive" as const, paths };
  const asked = { ...wish, sessionId: session.id, holderId: holderOf(session) };
  const found = await deps.store.findOverlaps(session.workspaceId, asked);
  const denials = found.overlaps.filter(({ severity }) => severity === "deny");
  if (denials.length > 0) return refuse(deps, told, denials);
  const free = freeOf(paths, found, told.event.toolUseId);
  if (free.length === 0) return record(deps, told, { paths, warnings: found.overlaps });
  return take(deps, told, { found, free, wish: { ...wish, holderId: holderOf(session), paths: free } });
}

/** What nobody holds for certain: what only another tool use of the same agent was granted may go with that. */
function freeOf(paths: readonly TreePath[], { held }: Overlaps, toolUseId = ""): readonly TreePath[] {
  const standing = held.filter(
    ({ reservation: { provisionalFor } }) => provisionalFor.length === 0 || provisionalFor.includes(toolUseId),
  );
  const nodes = new Set(standing.map(({ path }) => nodeOf(path.key)));
  return paths.filter(({ key }) => !nodes.has(nodeOf(key)));
}

interface Taking {
  readonly found: Overlaps;
  readonly free: readonly TreePath[];
  readonly wish: Omit<TakeWish, "ttlMs" | "provisionalFor">;
}

async function take(deps: PreToolDeps, told: Told, { found, free, wish }: Taking): Promise<Reply | "moved"> {
  const { toolUseId } = told.event;
  const ids = free.map((path) => idOf(found, path) ?? deps.mint("reservation"));
  const whole: TakeWish = { ...wish, ttlMs: RESERVATION_TTL_MS, provisionalFor: toolUseId ?? null };
  const result = await commitHeard(deps, told.watched, {
    delivered: [],
    facts: takenFacts(whole, ids),
    team: { ...untilRecorded(told), reservations: [{ kind: "take", wish: whole, ids }] },
  });
  switch (result.kind) {
    case "committed":
      recordStarted(deps, told, { paths: free, reservations: [] });
      return allow(deps, told, result.team?.warnings ?? []);
    case "held":
      return refuse(deps, told, result.overlaps);
    case "reservations_moved":
      return "moved";
    case "session_over":
      return guardEnded(deps, told);
    case "hook_known":
    case "absent":
      return ALLOW;
    default:
      throw new Error(`A take was answered ${result.kind}`);
  }
}

function idOf({ held }: Overlaps, { key }: TreePath): ReservationId | undefined {
  const node = nodeOf(key);
  return held.find(({ path, reservation }) => nodeOf(path.key) === node && nodeOf(reservation.path.key) === node)
    ?.reservation.id;
}

/** A spawned agent's tools are told by its harness. */
function started(deps: PreToolDeps, told: Told, paths: readonly TreePath[]): readonly Fact[] {
  return isObserved(told.watched) ? [startedFact(told, told.event.toolUseId ?? deps.mint("call"), paths)] : [];
}

function teamOf(told: Told, paths: readonly TreePath[], reservations: readonly ReservationStep[]): TeamWrite {
  const { toolUseId } = told.event;
  return {
    reservations,
    presence: presenceOf(told, paths.at(-1)?.path),
    ...(toolUseId === undefined ? {} : { hookKey: { toolUseId, moment: "pre_tool" } }),
  };
}

/** What the take itself is decided on; the rest of what its hook tells is recorded behind the answer. */
function untilRecorded(told: Told): TeamWrite {
  const { toolUseId } = told.event;
  const { isEnded } = presenceOf(told);
  return {
    ...(toolUseId === undefined ? {} : { unlessHeard: toolUseId }),
    ...(isEnded === undefined ? {} : { presence: { isEnded } }),
  };
}

/** Allowed without a take. */
function record(
  deps: PreToolDeps,
  told: Told,
  { paths, warnings }: { readonly paths: readonly TreePath[]; readonly warnings: readonly Overlap[] },
): Promise<Reply> {
  const reservations = [{ kind: "slide", holderId: holderOf(told.watched.session) }] as const;
  recordStarted(deps, told, { paths, reservations });
  return allow(deps, told, warnings);
}

/** That the tool ran is written down behind the answer: its editor stands still until then. */
function recordStarted(
  deps: PreToolDeps,
  told: Told,
  { paths, reservations }: { readonly paths: readonly TreePath[]; readonly reservations: readonly ReservationStep[] },
): void {
  deps.afterwards(() =>
    commitHeard(deps, told.watched, {
      delivered: [],
      facts: started(deps, told, paths),
      team: teamOf(told, paths, reservations),
    }),
  );
}

async function allow({ words }: PreToolDeps, { event, watched }: Told, warnings: readonly Overlap[]): Promise<Reply> {
  if (warnings.length === 0 || !takesContext(event.agentType, "post_tool")) return ALLOW;
  return { ...ALLOW, context: await words.warn(watched.session.workspaceId, warnings) };
}

async function refuse(deps: PreToolDeps, told: Told, denials: readonly Overlap[]): Promise<Reply> {
  const { reason, brief } = await deps.words.deny(told.watched.session.workspaceId, denials);
  const { toolUseId = null } = told.event;
  // A call that is refused never runs: it is over, and keeps nothing of what its session holds (D6).
  const hookKey = toolUseId === null ? {} : { hookKey: { toolUseId, moment: "tool_failed" as const } };
  deps.afterwards(() =>
    commitHeard(deps, told.watched, {
      delivered: [],
      facts: [deniedFact(denials, { reason: brief, toolUseId })],
      team: { presence: presenceOf(told), ...hookKey },
    }),
  );
  return { verdict: { permission: "deny", reason, brief } };
}
