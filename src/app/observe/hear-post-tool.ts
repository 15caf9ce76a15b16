/**
 * A tool has run, or failed (R2, R6). What it was granted stands now; what it wrote without being asked before is taken
 * if it is free, and told to both agents if it is not. A failure gives back what only it was granted.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { EditedPath, ReservationStep, TeamReads } from "../../core/ports/team.ts";
import { grantNameOf } from "../../core/team/grant-names.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";
import { readHeld } from "../team/release-reservations.ts";
import { withoutOthersEdits } from "./others-edits.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps, HeardWrite } from "./commit-heard.ts";
import type { CommittedFiles } from "./committed-files.ts";
import { currentFileOf } from "./file-names.ts";
import { meetWritten } from "./meet-written.ts";
import type { MeetWrittenDeps, WrittenFiles } from "./meet-written.ts";
import { gatherNews } from "./news.ts";
import type { News, NewsDeps } from "./news.ts";
import { ALLOW, completedFact, holderOf, isObserved, presenceOf } from "./told.ts";
import type { Place, Reply, Told } from "./told.ts";
import type { TreeWatch } from "./tree-watch.ts";
import { MOST_TREES, resolveAll, wishedPaths } from "./wished-paths.ts";
import type { ReadShellWrites, TreeFiles } from "./wished-paths.ts";

export interface PostToolDeps extends CommitHeardDeps, NewsDeps, MeetWrittenDeps {
  readonly store: CommitHeardDeps["store"] &
    NewsDeps["store"] &
    MeetWrittenDeps["store"] &
    Pick<TeamReads, "listReservations" | "readEdits">;
  readonly readShell: ReadShellWrites;
  readonly treeWatch: TreeWatch;
  readonly committedFiles: CommittedFiles;
}

const ATTEMPTS = 20;

export async function hearPostTool(deps: PostToolDeps, told: Told): Promise<Reply> {
  if (told.watched.session.facts.lifecycle !== "open") return ALLOW;
  const written = await writtenFiles(deps, told);
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

async function writtenFiles(deps: PostToolDeps, told: Told): Promise<readonly WrittenFiles[]> {
  const { event, place, watched } = told;
  const looked = await deps.treeWatch.after(told);
  // A tool that failed may have written before it did; a look at the tree tells.
  const said = await resolveAll(event.changedFiles ?? [], place);
  const changed = looked.paths.length === 0 ? said : [...said, ...(await resolveOwn(looked.paths, place))];
  const named = event.moment === "tool_failed" ? [] : (await wishedPaths(event, place, deps.readShell)).files;
  if (changed.length === 0) return named.map((files) => ({ ...files, seen: NONE }));
  const trees = new Map([...named, ...changed].map((files) => [files.tree.tree, files]));
  const written = [...trees.values()].slice(0, MOST_TREES).map(async ({ tree, branch }) => {
    const certain = pathsIn(tree, named);
    const keys = new Set(certain.map(({ key }) => key));
    const unnamed = pathsIn(tree, changed).filter(({ key }) => !keys.has(key));
    const others = await withoutOthersEdits(deps, watched.session, { tree, changed: unnamed, sinceMs: looked.sinceMs });
    return { tree, branch, paths: [...certain, ...others], seen: new Set(others.map(({ key }) => key)) };
  });
  return (await Promise.all(written)).filter(({ paths }) => paths.length > 0);
}

const NONE: ReadonlySet<string> = new Set();

function pathsIn({ tree }: Tree, files: readonly TreeFiles[]): readonly TreePath[] {
  const paths = files.flatMap((each) => (each.tree.tree === tree ? each.paths : []));
  return [...new Map(paths.map((path) => [path.key, path])).values()];
}

/**
 * What git names is relative to the root, wherever below it the agent works. A link that has changed may lead into another
 * tree, and nothing has changed there.
 */
function resolveOwn(paths: readonly string[], place: Place): Promise<readonly TreeFiles[]> {
  const root = place.localRoot === "/" ? "" : place.localRoot;
  return resolveAll(
    paths.map((path) => `${root}/${path}`),
    { ...place, elsewhere: async () => null },
  );
}

interface Planned {
  readonly write: HeardWrite;
  readonly warning: string | null;
}

async function planOf(
  deps: PostToolDeps,
  told: Told,
  { written, news }: { readonly written: readonly WrittenFiles[]; readonly news: News },
): Promise<Planned> {
  const { toolUseId, moment } = told.event;
  const met = await meetWritten(deps, told, written);
  const released = await releaseCommitted(deps, told);
  const facts: Fact[] = [
    ...(moment === "file_edited" || !isObserved(told.watched)
      ? []
      : [completedFact(told, toolUseId ?? deps.mint("call"))]),
    ...met.facts,
    ...released.facts,
  ];
  return {
    warning: met.warning,
    write: {
      delivered: news.delivered,
      facts,
      team: {
        presence: presenceOf(told, currentFileOf(written, told.place)),
        reservations: [...ownSteps(told, written), ...met.steps, ...released.steps],
        noticesShown: news.noticesShown,
        ...(toolUseId === undefined || (moment !== "post_tool" && moment !== "tool_failed")
          ? {}
          : { hookKey: { toolUseId, moment } }),
        ...(met.notices.length === 0 ? {} : { notices: met.notices }),
      },
    },
  };
}

function ownSteps({ event, watched }: Told, written: readonly WrittenFiles[]): readonly ReservationStep[] {
  const slide = { kind: "slide" as const, holderId: holderOf(watched.session) };
  const name = grantNameOf(event);
  if (event.moment === "tool_failed") return name === null ? [slide] : [{ kind: "drop", toolUseId: name }, slide];
  const edited: readonly EditedPath[] = written.flatMap(({ tree, paths }) => paths.map((path) => ({ tree, path })));
  return [{ kind: "confirm", toolUseId: name ?? "", edited }, slide];
}

/** What is committed is no longer being worked on (R11). */
async function releaseCommitted(
  deps: PostToolDeps,
  told: Told,
): Promise<{ readonly steps: readonly ReservationStep[]; readonly facts: readonly Fact[] }> {
  const { session } = told.watched;
  const committed = await deps.committedFiles(told);
  if (committed.length === 0) return { steps: [], facts: [] };
  const files = await resolveOwn(committed, told.place);
  const isCommitted = ({ tree, path }: Reservation) =>
    files.some((each) => each.tree.tree === tree && each.paths.some(({ key }) => key === path.key));
  const rows = (await readHeld(deps, session)).filter(isCommitted);
  if (rows.length === 0) return { steps: [], facts: [] };
  return { steps: [{ kind: "release", ids: rows.map(({ id }) => id) }], facts: releasedFacts(rows, "committed") };
}
