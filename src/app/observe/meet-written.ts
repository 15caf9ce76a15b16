/**
 * What a tool has written, held against what others have reserved (R2, R6): its own stays, what is free is taken, and what
 * is somebody else's is told to both, in whichever tree it lies.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ReservationStep, TakeWish, TeamReads, TeamWrite } from "../../core/ports/team.ts";
import { overlapsByRepository } from "../../core/team/reservation-facts.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import { nameOverlaps } from "./file-names.ts";
import { holderOf, holdersOf, takenFacts } from "./told.ts";
import type { HoldWords, Told } from "./told.ts";
import type { TreeFiles } from "./wished-paths.ts";

export interface MeetWrittenDeps {
  readonly store: Pick<TeamReads, "findOverlaps">;
  readonly mint: MintId;
  readonly clock: Pick<Clock, "now">;
  readonly words: HoldWords;
}

export interface WrittenFiles extends TreeFiles {
  /** Of their keys: nobody saw who wrote these, only that they changed while the tool ran. */
  readonly seen: ReadonlySet<string>;
}

export interface Met {
  readonly steps: readonly ReservationStep[];
  readonly facts: readonly Fact[];
  readonly notices: NonNullable<TeamWrite["notices"]>;
  /** For the writer; nothing, where all is well. */
  readonly warning: string | null;
}

/** A command that changed more than this has built or unpacked something: it is told of, and holds nothing. */
const MOST_TAKEN = 20;

export async function meetWritten(deps: MeetWrittenDeps, told: Told, written: readonly WrittenFiles[]): Promise<Met> {
  const count = written.reduce((sum, { paths }) => sum + paths.length, 0);
  const denials: Overlap[] = [];
  const takes: Taking[] = [];
  for (const files of written) {
    const met = await meet(deps, told, files);
    denials.push(...met.denials);
    if (count <= MOST_TAKEN && met.wish.paths.length > 0) takes.push(takingOf(deps, met.wish));
  }
  const violated = denials.length === 0 ? NOBODY : await tell(deps, told, { denials, written });
  return {
    ...violated,
    steps: takes.map(({ wish, ids }) => ({ kind: "take", wish, ids })),
    facts: [
      ...overlapsByRepository(denials).map((some) => violatedFact(told, some)),
      ...takes.flatMap(({ wish, ids }) => takenFacts(wish, ids)),
    ],
  };
}

type Taking = Omit<Extract<ReservationStep, { kind: "take" }>, "kind">;

function takingOf({ mint }: MeetWrittenDeps, wish: TakeWish): Taking {
  return { wish, ids: wish.paths.map(() => mint("reservation")) };
}

/** Who is in the way in one tree, and a wish for what is free there. */
async function meet(
  { store, clock }: MeetWrittenDeps,
  { policy, watched: { session } }: Told,
  { tree, branch, paths, seen }: WrittenFiles,
): Promise<{ readonly denials: readonly Overlap[]; readonly wish: TakeWish }> {
  const wish = { tree, branch, policy, mode: "exclusive" as const, holderId: holderOf(session), paths };
  const { overlaps, held } = await store.findOverlaps(session.workspaceId, { ...wish, sessionId: session.id });
  const met = overlaps.filter(({ severity }) => severity === "deny");
  const known = new Set([...held.map(({ path }) => path.key), ...met.map(({ wished }) => wished.key)]);
  const free = paths.filter(({ key }) => !known.has(key));
  return {
    denials: met.filter((overlap) => !seen.has(overlap.wished.key) || !isAtWork(overlap, clock.now())),
    wish: { ...wish, paths: free, ttlMs: RESERVATION_TTL_MS, provisionalFor: null },
  };
}

/** Its holder runs a tool in this moment, and may well be the one that wrote: nobody is accused of that. */
function isAtWork({ reservation: { openUntil } }: Overlap, nowMs: number): boolean {
  return openUntil !== null && Date.parse(openUntil) > nowMs;
}

const NOBODY: Pick<Met, "notices" | "warning"> = { notices: [], warning: null };

/** Each holder of its own files alone. */
async function tell(
  { words }: MeetWrittenDeps,
  { place, watched }: Told,
  { denials, written }: { readonly denials: readonly Overlap[]; readonly written: readonly WrittenFiles[] },
): Promise<Pick<Met, "notices" | "warning">> {
  const { toWriter } = await words.violated(nameOverlaps(denials, written, place), watched);
  const byHolder = Map.groupBy(denials, ({ reservation }) => reservation.sessionId);
  const notices = [...byHolder].map(async ([to, theirs]) => {
    const { toHolder } = await words.violated(theirs, watched);
    return { to, text: toHolder };
  });
  return { warning: toWriter, notices: await Promise.all(notices) };
}

function violatedFact({ event }: Told, denials: readonly Overlap[]): Fact {
  return {
    type: "reservation.violated",
    data: {
      paths: denials.map(({ wished }) => wished.path),
      repository: denials[0]?.reservation.repository ?? "",
      holders: holdersOf(denials),
      ...(event.toolUseId === undefined ? {} : { tool_use_id: event.toolUseId }),
      ...(event.command === undefined ? {} : { command: event.command.slice(0, 500) }),
    },
  };
}
