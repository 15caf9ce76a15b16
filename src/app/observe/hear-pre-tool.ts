/**
 * A tool is about to run (R2, R6). Somebody else's reservation refuses it without a write; what the agent holds already
 * is allowed without one. Only what is free is taken, in one commit, before the tool runs: of two agents that ask in the
 * same moment one is refused. That commit holds the reservation and its event; that the tool ran, and what else is recorded,
 * is recorded after the answer.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId } from "../../core/ids.ts";
import type { Overlaps, ReservationStep, TakeWish, TeamReads, TeamWrite } from "../../core/ports/team.ts";
import { grantNameOf } from "../../core/team/grant-names.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import type { Overlap, ReservationId } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import { takesContext } from "../../core/team/context-moments.ts";
import { deniedFacts } from "../../core/team/reservation-facts.ts";
import { nodeOf } from "../../core/team/path-keys.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps } from "./commit-heard.ts";
import { currentFileOf, nameOverlaps, namesOf } from "./file-names.ts";
import { guardOnly } from "./guard-only.ts";
import { ALLOW, holderOf, isObserved, presenceOf, startedFact, takenFacts } from "./told.ts";
import type { HoldWords, Reply, Told } from "./told.ts";
import type { TreeWatch } from "./tree-watch.ts";
import { wishedPaths } from "./wished-paths.ts";
import type { ReadShellWrites, TreeFiles } from "./wished-paths.ts";

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
  const { files, isUncertain } = await wishedPaths(told.event, told.place, deps.readShell);
  if (isUncertain) await deps.treeWatch.before(told);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const reply = await decide(deps, told, files);
    if (reply !== "moved") return reply;
  }
  throw new Error(`Reservations of session ${told.watched.session.id} moved ${ATTEMPTS} times during one take`);
}

/** An event that was delivered late must not hold files for an agent that is gone (D6). */
function guardEnded(deps: PreToolDeps, { watched: { session }, event, place, policy }: Told): Promise<Reply> {
  const { id: sessionId, workspaceId } = session;
  return guardOnly(deps, { workspaceId, sessionId, holderId: holderOf(session), event, place, policy });
}

/** All of the files in all of their trees, or none (R2, R7). */
async function decide(deps: PreToolDeps, told: Told, files: readonly TreeFiles[]): Promise<Reply | "moved"> {
  const { session } = told.watched;
  const holderId = holderOf(session);
  const looks: Look[] = [];
  for (const each of files) {
    const wish = { ...each, policy: told.policy, mode: "exclusive" as const, holderId };
    const found = await deps.store.findOverlaps(session.workspaceId, { ...wish, sessionId: session.id });
    looks.push({ wish, found, free: freeOf(each.paths, found, grantNameOf(told.event)) });
  }
  const overlaps = looks.flatMap(({ found }) => found.overlaps);
  const denials = overlaps.filter(({ severity }) => severity === "deny");
  if (denials.length > 0) return refuse(deps, told, { files, denials });
  const free = looks.filter((look) => look.free.length > 0);
  if (free.length === 0) return record(deps, told, { files, warnings: overlaps });
  return take(deps, told, { files, free });
}

/** At the files of one tree. */
interface Look {
  readonly wish: Omit<TakeWish, "ttlMs" | "provisionalFor">;
  readonly found: Overlaps;
  readonly free: readonly TreePath[];
}

/** What nobody holds for certain: what only another tool use of the same agent was granted may go with that. */
function freeOf(paths: readonly TreePath[], { held }: Overlaps, name: string | null): readonly TreePath[] {
  const standing = held.filter(
    ({ reservation: { provisionalFor } }) =>
      provisionalFor.length === 0 || (name !== null && provisionalFor.includes(name)),
  );
  const nodes = new Set(standing.map(({ path }) => nodeOf(path.key)));
  return paths.filter(({ key }) => !nodes.has(nodeOf(key)));
}

interface Taking {
  readonly files: readonly TreeFiles[];
  /** Where something of them is free. */
  readonly free: readonly Look[];
}

async function take(deps: PreToolDeps, told: Told, { files, free }: Taking): Promise<Reply | "moved"> {
  const takes = free.map((look) => takeOf(deps, told, look));
  const result = await commitHeard(deps, told.watched, {
    delivered: [],
    facts: takes.flatMap(({ wish, ids }) => takenFacts(wish, ids)),
    team: { ...untilRecorded(told), reservations: takes },
  });
  switch (result.kind) {
    case "committed":
      recordStarted(deps, told, { files, reservations: [] });
      return allow(deps, told, { files, warnings: result.team?.warnings ?? [] });
    case "held":
      return refuse(deps, told, { files, denials: result.overlaps });
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

function takeOf(deps: PreToolDeps, { event }: Told, { wish, found, free }: Look) {
  const ids = free.map((path) => idOf(found, path) ?? deps.mint("reservation"));
  const whole: TakeWish = { ...wish, paths: free, ttlMs: RESERVATION_TTL_MS, provisionalFor: grantNameOf(event) };
  return { kind: "take" as const, wish: whole, ids };
}

function idOf({ held }: Overlaps, { key }: TreePath): ReservationId | undefined {
  const node = nodeOf(key);
  return held.find(({ path, reservation }) => nodeOf(path.key) === node && nodeOf(reservation.path.key) === node)
    ?.reservation.id;
}

/** A spawned agent's tools are told by its harness. */
function started(deps: PreToolDeps, told: Told, files: readonly TreeFiles[]): readonly Fact[] {
  if (!isObserved(told.watched)) return [];
  return [startedFact(told, told.event.toolUseId ?? deps.mint("call"), namesOf(files, told.place))];
}

function teamOf(told: Told, files: readonly TreeFiles[], reservations: readonly ReservationStep[]): TeamWrite {
  const { toolUseId } = told.event;
  return {
    reservations,
    presence: presenceOf(told, currentFileOf(files, told.place)),
    ...(toolUseId === undefined ? {} : { hookKey: { toolUseId, moment: "pre_tool" } }),
  };
}

/** What the take itself is decided on; the rest of what its hook tells is recorded behind the answer. */
function untilRecorded(told: Told): TeamWrite {
  const { toolUseId } = told.event;
  const { isEnded } = presenceOf(told);
  return {
    ...(toolUseId === undefined ? {} : { unlessHeard: { toolUseId, moment: "pre_tool" } }),
    ...(isEnded === undefined ? {} : { presence: { isEnded } }),
  };
}

interface Warned {
  readonly files: readonly TreeFiles[];
  readonly warnings: readonly Overlap[];
}

/** Allowed without a take. */
function record(deps: PreToolDeps, told: Told, warned: Warned): Promise<Reply> {
  const reservations = [{ kind: "slide", holderId: holderOf(told.watched.session) }] as const;
  recordStarted(deps, told, { files: warned.files, reservations });
  return allow(deps, told, warned);
}

/** That the tool ran is written down behind the answer: its editor stands still until then. */
function recordStarted(
  deps: PreToolDeps,
  told: Told,
  { files, reservations }: { readonly files: readonly TreeFiles[]; readonly reservations: readonly ReservationStep[] },
): void {
  deps.afterwards(() =>
    commitHeard(deps, told.watched, {
      delivered: [],
      facts: started(deps, told, files),
      team: teamOf(told, files, reservations),
    }),
  );
}

async function allow({ words }: PreToolDeps, told: Told, { files, warnings }: Warned): Promise<Reply> {
  const { event, place, watched } = told;
  if (warnings.length === 0 || !takesContext(event.agentType, "post_tool")) return ALLOW;
  return { ...ALLOW, context: await words.warn(watched.session.workspaceId, nameOverlaps(warnings, files, place)) };
}

interface Denied {
  readonly files: readonly TreeFiles[];
  readonly denials: readonly Overlap[];
}

async function refuse(deps: PreToolDeps, told: Told, { files, denials }: Denied): Promise<Reply> {
  const named = nameOverlaps(denials, files, told.place);
  const { reason, brief } = await deps.words.deny(told.watched.session.workspaceId, named);
  const { toolUseId = null } = told.event;
  // A call that is refused never runs: it is over, and keeps nothing of what its session holds (D6).
  const hookKey = toolUseId === null ? {} : { hookKey: { toolUseId, moment: "tool_failed" as const } };
  deps.afterwards(() =>
    commitHeard(deps, told.watched, {
      delivered: [],
      facts: deniedFacts(denials, { reason: brief, toolUseId }),
      team: { presence: presenceOf(told), ...hookKey },
    }),
  );
  return { verdict: { permission: "deny", reason, brief } };
}
