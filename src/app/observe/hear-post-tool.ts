/**
 * A tool has run, or failed (R2, R6). What it was granted stands now; what it wrote without being asked before is taken
 * if it is free, and told to both agents if it is not. A failure gives back what only it was granted.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { EditedPath, ReservationStep, TakeWish, TeamReads } from "../../core/ports/team.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import { readHeld } from "../team/release-reservations.ts";
import { withoutOthersEdits } from "./others-edits.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps, HeardWrite } from "./commit-heard.ts";
import type { CommittedFiles } from "./committed-files.ts";
import { gatherNews } from "./news.ts";
import type { News, NewsDeps } from "./news.ts";
import { ALLOW, completedFact, holderOf, holdersOf, isObserved, presenceOf, takenFacts } from "./told.ts";
import type { HoldWords, Reply, Told } from "./told.ts";
import type { TreeWatch } from "./tree-watch.ts";
import { resolveAll, wishedPaths } from "./wished-paths.ts";
import type { ReadShellWrites } from "./wished-paths.ts";

export interface PostToolDeps extends CommitHeardDeps, NewsDeps {
  readonly store: CommitHeardDeps["store"] &
    NewsDeps["store"] &
    Pick<TeamReads, "findOverlaps" | "listReservations" | "readEdits">;
  readonly mint: MintId;
  readonly words: HoldWords;
  readonly readShell: ReadShellWrites;
  readonly treeWatch: TreeWatch;
  readonly committedFiles: CommittedFiles;
}

const ATTEMPTS = 20;
/** A command that changed more than this has built or unpacked something: it is told of, and holds nothing. */
const MOST_TAKEN = 20;

export async function hearPostTool(deps: PostToolDeps, told: Told): Promise<Reply> {
  if (told.watched.session.facts.lifecycle !== "open") return ALLOW;
  const written = await writtenPaths(deps, told);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const news = await gatherNews(deps, told);
    const plan = await planOf(deps, told, { written, news });
    const result = await commitHeard(deps, told.watched, plan.write);
    if (result.kind === "hook_known" || result.kind === "absent" || result.kind === "session_over") return ALLOW;
    if (result.kind !== "committed") continue;
    const context = [plan.warning, news.text].filter((text) => text !== null).join("\n\n");
    return context === "" ? ALLOW : { ...ALLOW, context };
  }
  throw new Error(`Reservations of session ${told.watched.session.id} moved ${ATTEMPTS} times during one hook`);
}

interface Written {
  readonly paths: readonly TreePath[];
  /** Of them: nobody saw who wrote these, only that they changed while the tool ran. */
  readonly seen: ReadonlySet<string>;
}

async function writtenPaths(deps: PostToolDeps, told: Told): Promise<Written> {
  const { event, place } = told;
  const looked = await deps.treeWatch.after(told);
  // A tool that failed may have written before it did; a look at the tree tells.
  const changed = await resolveAll([...(event.changedFiles ?? []), ...looked.paths], place);
  const named = event.moment === "tool_failed" ? [] : (await wishedPaths(event, place, deps.readShell)).paths;
  const certain = new Set(named.map(({ key }) => key));
  const unnamed = changed.filter(({ key }) => !certain.has(key));
  const others = await withoutOthersEdits(deps, told, { changed: unnamed, sinceMs: looked.sinceMs });
  return { paths: [...named, ...others], seen: new Set(others.map(({ key }) => key)) };
}

interface Planned {
  readonly write: HeardWrite;
  readonly warning: string | null;
}

async function planOf(
  deps: PostToolDeps,
  told: Told,
  { written, news }: { readonly written: Written; readonly news: News },
): Promise<Planned> {
  const { toolUseId, moment } = told.event;
  const met = await meet(deps, told, written);
  const released = await releaseCommitted(deps, told);
  const violated = met.denials.length === 0 ? null : await deps.words.violated(met.denials, told.watched);
  const facts: Fact[] = [
    ...(moment === "file_edited" || !isObserved(told.watched)
      ? []
      : [completedFact(told, toolUseId ?? deps.mint("call"))]),
    ...met.facts,
    ...released.facts,
  ];
  return {
    warning: violated?.toWriter ?? null,
    write: {
      delivered: news.delivered,
      facts,
      team: {
        presence: presenceOf(told, written.paths.at(-1)?.path),
        reservations: [...ownSteps(told, written.paths), ...met.steps, ...released.steps],
        noticesShown: news.noticesShown,
        ...(toolUseId === undefined || (moment !== "post_tool" && moment !== "tool_failed")
          ? {}
          : { hookKey: { toolUseId, moment } }),
        ...(violated === null ? {} : { notices: noticesTo(met.denials, violated.toHolder) }),
      },
    },
  };
}

function ownSteps({ event, place, watched }: Told, written: readonly TreePath[]): readonly ReservationStep[] {
  const slide = { kind: "slide" as const, holderId: holderOf(watched.session) };
  if (event.moment === "tool_failed") {
    return event.toolUseId === undefined ? [slide] : [{ kind: "drop", toolUseId: event.toolUseId }, slide];
  }
  const { tree } = place;
  const edited: readonly EditedPath[] = tree === null ? [] : written.map((path) => ({ tree, path }));
  return [{ kind: "confirm", toolUseId: event.toolUseId ?? "", edited }, slide];
}

function noticesTo(denials: readonly Overlap[], text: string) {
  const holders = new Set<SessionId>(denials.map(({ reservation }) => reservation.sessionId));
  return [...holders].map((to) => ({ to, text }));
}

interface Met {
  readonly denials: readonly Overlap[];
  readonly steps: readonly ReservationStep[];
  readonly facts: readonly Fact[];
}

/** What was written: its own, free and then taken, or somebody else's and then told. */
async function meet(deps: PostToolDeps, told: Told, { paths: written, seen }: Written): Promise<Met> {
  const { tree, branch } = told.place;
  const { session } = told.watched;
  if (tree === null || written.length === 0) return { denials: [], steps: [], facts: [] };
  const wish = { tree, branch, policy: told.policy, mode: "exclusive" as const, paths: written };
  const asked = { ...wish, sessionId: session.id, holderId: holderOf(session) };
  const { overlaps, held } = await deps.store.findOverlaps(session.workspaceId, asked);
  const met = overlaps.filter(({ severity }) => severity === "deny");
  const denials = met.filter((overlap) => !seen.has(overlap.wished.key) || !isAtWork(overlap, deps.clock.now()));
  const known = new Set([...held.map(({ path }) => path.key), ...met.map(({ wished }) => wished.key)]);
  const free = written.filter(({ key }) => !known.has(key));
  const facts = denials.length === 0 ? [] : [violatedFact(told, denials)];
  if (free.length === 0 || written.length > MOST_TAKEN) return { denials, steps: [], facts };
  const taken: TakeWish = { ...asked, paths: free, ttlMs: RESERVATION_TTL_MS, provisionalFor: null };
  const ids = free.map(() => deps.mint("reservation"));
  return {
    denials,
    steps: [{ kind: "take", wish: taken, ids }],
    facts: [...facts, ...takenFacts(taken, ids)],
  };
}

/** Its holder runs a tool in this moment, and may well be the one that wrote: nobody is accused of that. */
function isAtWork({ reservation: { openUntil } }: Overlap, nowMs: number): boolean {
  return openUntil !== null && Date.parse(openUntil) > nowMs;
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

/** What is committed is no longer being worked on (R11). */
async function releaseCommitted(deps: PostToolDeps, told: Told): Promise<Pick<Met, "steps" | "facts">> {
  const { session } = told.watched;
  const files = new Set((await resolveAll(await deps.committedFiles(told), told.place)).map(({ key }) => key));
  if (files.size === 0) return { steps: [], facts: [] };
  const { tree } = told.place;
  const own = await readHeld(deps, session);
  const rows = own.filter((row) => row.tree === tree?.tree && files.has(row.path.key));
  if (rows.length === 0) return { steps: [], facts: [] };
  return { steps: [{ kind: "release", ids: rows.map(({ id }) => id) }], facts: releasedFacts(rows, "committed") };
}
