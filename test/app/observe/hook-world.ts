/** One node that hears hooks: an engine over the store in memory, and agents that speak as an IDE's hooks would. */
import { onTestFinished } from "vitest";
import { makeHandleHook } from "../../../src/app/observe/handle-hook.ts";
import type { HandleHookDeps, HookCall } from "../../../src/app/observe/handle-hook.ts";
import { makeCommittedFiles } from "../../../src/app/observe/committed-files.ts";
import { makeTreeWatch } from "../../../src/app/observe/tree-watch.ts";
import type { Place } from "../../../src/app/observe/told.ts";
import { makeCommit } from "../../../src/app/commit.ts";
import { parseLine } from "../../../src/core/events/envelope.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { NodeId, SessionId } from "../../../src/core/ids.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import type { HookEvent, HookMoment, HookReply } from "../../../src/core/team/hook-event.ts";
import type { Overlap } from "../../../src/core/team/reservation.ts";
import type { Tree, TreePath } from "../../../src/core/team/tree.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { countingMint, openEngine, principal, resolveNothing } from "../engine-world.ts";
import { makeScriptHarness } from "../script-harness.ts";

const node = formatId("node", 1, "1".repeat(20)) as NodeId;

export const tree: Tree = {
  repository: "github.com/acme/app",
  tree: "laptop:/repo",
  host: "laptop",
  root: "/repo",
  ignoresCase: false,
};

/** Another repository on the same machine. */
export const lib: Tree = { ...tree, repository: "github.com/acme/lib", tree: "laptop:/lib", root: "/lib" };
/** Another working tree of the first, on a branch of its own. */
export const feat: Tree = { ...tree, tree: "laptop:/feat", root: "/feat" };
/** More than one tool use may reserve in. */
const many = Array.from({ length: 9 }, (_, index) => `/many${index}`);
const others = [lib, feat, ...many.map((root) => ({ ...lib, repository: root, tree: `laptop:${root}`, root }))];

export interface Hook {
  readonly moment: HookMoment;
  readonly agent: string;
  readonly file?: string;
  readonly files?: readonly string[];
  readonly command?: string;
  readonly use?: string;
  readonly branch?: string | null;
  readonly tree?: Tree | null;
  readonly endsAtTurnEnd?: boolean;
  readonly startedFor?: string;
  readonly more?: Partial<HookEvent>;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** `slots: 0`: turns begin and are not carried out. `afterwards`: carries out what is left behind an answer, or does not. */
export async function openWorld(
  options: { readonly store?: Store; readonly slots?: number } & Partial<Pick<HandleHookDeps, "afterwards">> = {},
) {
  const clock = makeClock();
  const mint = countingMint(1);
  const store = options.store ?? (await openMemoryStore({ clock, node }));
  const harness = makeScriptHarness({ steps: [] });
  const { slots = 64 } = options;
  const engine = openEngine({ store, clock, node, mint, harness, slots, resolveTurn: resolveNothing });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const writes: string[] = [];
  const commit = makeCommit({ store, onCommitted: (id) => writes.push(id) });
  const behind: Promise<unknown>[] = [];
  const disk = new Map<string, string>();
  const committed: string[] = [];
  let place = placeOf({ tree });
  const deps: HandleHookDeps = {
    store,
    commit,
    mint,
    clock,
    onControl: () => undefined,
    afterwards: options.afterwards ?? ((work) => void behind.push(work())),
    words: { deny: sayDenied, warn: sayWarned, violated: sayViolated },
    readShell: readWrites,
    treeWatch: makeTreeWatch({
      snapshot: async () => new Map(disk),
      changed: (before, after) => [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path),
      now: () => clock.now(),
    }),
    committedFiles: makeCommittedFiles(async () => committed),
    briefs: { whole: async () => "Team briefing", delta: async () => null },
    locate: async () => place,
    branchPolicy: async () => null,
  };
  const handle = makeHandleHook(deps);
  return {
    clock,
    store,
    engine,
    writes,
    disk,
    committed,
    deps,
    async tell(hook: Hook): Promise<HookReply> {
      place = placeOf(hook);
      const told = await handle(principal, callOf(hook));
      await Promise.all(behind.splice(0));
      if (!told.ok) throw new Error(told.refusal.code);
      return told.value;
    },
    /** As two IDEs do that fire in one moment. */
    async race(...hooks: readonly Hook[]): Promise<readonly HookReply[]> {
      const told = await Promise.all(hooks.map((hook) => handle(principal, callOf(hook))));
      await Promise.all(behind.splice(0));
      return told.flatMap((each) => (each.ok ? [each.value] : []));
    },
    async events(agent: string) {
      const id = await this.sessionOf(agent);
      const page = await store.readLog({ sessionId: id, after: 0, limit: 500 });
      return page.lines.map(parseLine);
    },
    async types(agent: string): Promise<readonly string[]> {
      return (await this.events(agent)).map(({ type }) => type);
    },
    async sessionOf(agent: string): Promise<SessionId> {
      const found = await store.findPresence(principal.workspaceId, "claude_code", agent);
      if (found === undefined) throw new Error(`Nobody has heard of ${agent}`);
      return found.sessionId;
    },
    async held(): Promise<readonly string[]> {
      const rows = await store.listReservations({ workspaceId: principal.workspaceId, limit: 100 });
      return rows.map(({ path }) => path.path).toSorted();
    },
  };
}

function callOf(hook: Hook): HookCall {
  const { moment, agent, use, command, startedFor, endsAtTurnEnd = false } = hook;
  const files = (hook.files ?? (hook.file === undefined ? [] : [hook.file])).map((path) => ({
    path,
    operation: "write" as const,
  }));
  const kind = command === undefined ? ("edit" as const) : ("shell" as const);
  const event: HookEvent = {
    moment,
    agentType: "claude_code",
    conversationId: agent,
    files,
    rawEvent: moment,
    tool: { name: command === undefined ? "Write" : "Bash", kind },
    ...(command === undefined ? {} : { command }),
    ...(use === undefined ? {} : { toolUseId: use }),
    ...hook.more,
  };
  const named = startedFor === undefined ? {} : { startedFor };
  return { event, report: {}, ...named, options: { branchDefault: "warn", endsAtTurnEnd } };
}

function placeOf({ tree: at = tree, branch }: Pick<Hook, "tree" | "branch">): Place {
  return {
    tree: at,
    branch: branch === undefined ? "main" : branch,
    head: null,
    localRoot: at?.root ?? null,
    resolve: async (path) => (path.startsWith("/") && !path.startsWith("/repo/") ? null : pathOf(path)),
    elsewhere: async (path) => {
      const at = others.find(({ root }) => path.startsWith(`${root}/`));
      return at === undefined ? null : { tree: at, branch: at === lib ? "main" : "feat", path: pathOf(path) };
    },
  };
}

/** Absolute paths of the trees here begin with one folder. */
function pathOf(path: string): TreePath {
  const below = path.replace(/^\/[^/]+\//, "");
  return { key: below, path: below, isDirectory: path.endsWith("/") };
}

/** `> file` is certain, `make` may write anything. */
async function readWrites(command: string) {
  return { certain: [...command.matchAll(/> (\S+)/g)].map(([, path = ""]) => path), isUncertain: /make/.test(command) };
}

const pathsOf = (overlaps: readonly Overlap[]) => overlaps.map(({ wished }) => wished.path).join(", ");

async function sayDenied(_: unknown, overlaps: readonly Overlap[]) {
  return { reason: `Reserved: ${pathsOf(overlaps)}; work on another file`, brief: `Reserved: ${pathsOf(overlaps)}` };
}

async function sayWarned(_: unknown, overlaps: readonly Overlap[]) {
  return `On another branch: ${pathsOf(overlaps)}`;
}

async function sayViolated(overlaps: readonly Overlap[]) {
  return { toWriter: `You wrote into ${pathsOf(overlaps)}`, toHolder: `Somebody wrote into ${pathsOf(overlaps)}` };
}
