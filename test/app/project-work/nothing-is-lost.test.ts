/**
 * C3: whatever is done to sessions with checkouts, in whatever order, every file that an agent has ever written is still in a
 * working tree, on a branch, or under a hidden ref. Real repositories; a failure prints its seed.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeEnsureCheckout } from "../../../src/app/project-work/ensure-checkout.ts";
import { makeCollectCheckouts, makeReleaseCheckout } from "../../../src/app/project-work/release-checkout.ts";
import { workWrite } from "../../../src/app/project-work/session-checkouts.ts";
import { makeSettleTurn } from "../../../src/app/project-work/settle-turn.ts";
import { makeWorkUses } from "../../../src/app/project-work/work-uses.ts";
import { openCheckouts } from "../../../src/checkouts/checkouts.ts";
import type { ProjectId, SessionId } from "../../../src/core/ids.ts";
import { mergeStrategies, projectBody } from "../../../src/core/records/project.ts";
import { accept } from "../../../src/core/refusal.ts";
import { git } from "../../../src/lib/git.ts";
import { makeKeyedQueue } from "../../../src/lib/keyed-queue.ts";
import { makeRepository, put } from "../../checkouts/repository.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { plainEdit } from "../../store/plain-edit.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { initialState } from "../../../src/core/state.ts";
import { countingMint, openEngine, principal } from "../engine-world.ts";
import { makeScriptHarness } from "../script-harness.ts";

/** Two minutes and more of git on a laptop; where there is time, all of them. */
const SEQUENCES = process.env["CI"] === undefined ? 40 : 200;
const STEPS = 8;
const AT_ONCE = 4;
const projectId = "prj_00000000000000000000000000000001" as ProjectId;

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

async function openLife(seed: number) {
  const folder = await mkdtemp(join(tmpdir(), "serai-life-"));
  const repository = join(folder, "app");
  await makeRepository(repository, { "a.txt": "a\n" });
  const clock = makeClock();
  const mint = countingMint(seed);
  const node = mint("node");
  const store = await openMemoryStore({ clock, node });
  const engine = openEngine({ store, clock, node, mint, harness: makeScriptHarness({ steps: [] }) });
  const body = projectBody.parse({ path: repository });
  const project = { id: projectId, workspaceId: principal.workspaceId, name: "app", version: 1, body };
  const times = { createdAt: "", updatedAt: "", archivedAt: null, isVirtual: false };
  const projects = { get: () => Promise.resolve(accept({ ...project, ...times })) };
  const start = () => {
    const checkouts = openCheckouts({ folder: join(folder, "checkouts"), now: () => (clock.advance(1), clock.now()) });
    const deps = {
      ...{ store, clock, mint, checkouts, projects, commit: engine.commit, queue: makeKeyedQueue() },
      onControl: () => undefined,
      onFault: (fault: unknown) => {
        throw fault;
      },
    };
    const ensureCheckout = makeEnsureCheckout(deps);
    const release = makeReleaseCheckout(deps);
    return {
      ...{ deps, ensureCheckout, release, settle: makeSettleTurn(deps) },
      uses: makeWorkUses({ ...deps, ensureCheckout }),
      collect: makeCollectCheckouts({ ...deps, release }),
    };
  };
  return { folder, repository, store, engine, mint, start, machine: start() };
}

type Life = Awaited<ReturnType<typeof openLife>>;

async function makeSession({ engine, mint }: Life, isAuto: boolean): Promise<SessionId> {
  const sessionId = mint("session");
  const settings = { autoCommit: isAuto };
  await engine.commit({
    sessionId,
    create: {
      workspaceId: principal.workspaceId,
      createdBy: principal.userId,
      harness: "codex",
      conversationId: null,
      edit: { ...plainEdit, projectId, settings },
      idempotency: null,
    },
    events: [{ id: mint("event"), type: "session.created", contextJson: "{}", dataJson: '{"harness":"codex"}' }],
    fold: { state: initialState, through: 0 },
  });
  return sessionId;
}

interface Walk {
  readonly life: Life;
  readonly random: (below: number) => number;
  readonly sessions: SessionId[];
  readonly written: Map<string, string>;
  readonly snapshots: string[];
  readonly told: string[];
}

/** What an agent does in a turn: new files only, so that nothing is its own to lose. */
async function turn({ life, random, written }: Walk, id: SessionId): Promise<void> {
  const { machine, engine } = life;
  const made = await machine.ensureCheckout(id, new AbortController().signal);
  if (!made.ok || made.value === null) return;
  const name = `file-${written.size}.txt`;
  const text = `${id} ${written.size} ${random(1_000_000)}\n`;
  written.set(name, text);
  await put(made.value.path, { [name]: text });
  // A turn may also be cut off before its end is seen to.
  if (random(4) === 0) return;
  const settled = await machine.settle(id, { turnId: `turn_${written.size}`, asked: name, said: "" });
  await engine.commit(workWrite(machine.deps, id, { facts: settled.facts, work: settled.work ?? {} }));
}

type Step = (walk: Walk, id: SessionId) => Promise<unknown>;

const steps: Readonly<Record<string, Step>> = {
  turn,
  "another turn": turn,
  async kill({ life: { engine, machine } }, id) {
    await engine.controlSession(principal, id, { action: "kill" });
    await machine.release(id);
  },
  async complete({ life: { engine } }, id) {
    await engine.controlSession(principal, id, { action: "complete" });
  },
  async delete({ life: { engine, machine }, random }, id) {
    await engine.controlSession(principal, id, { action: "delete", isPermanent: random(3) === 0 });
    await machine.release(id);
  },
  restore: ({ life: { engine } }, id) => engine.controlSession(principal, id, { action: "restore" }),
  async discard({ life: { machine }, snapshots }, id) {
    const done = await machine.uses.discardChanges(principal, id);
    if (done.ok) snapshots.push(done.value.snapshot);
  },
  async "restore files"({ life: { machine }, random, snapshots }, id) {
    const snapshot = snapshots[random(Math.max(1, snapshots.length))];
    if (snapshot !== undefined) await machine.uses.restoreFiles(principal, id, snapshot);
  },
  async merge({ life: { machine }, random }, id) {
    const strategy = mergeStrategies[random(mergeStrategies.length)] ?? "merge";
    await machine.uses.mergeCheckout(principal, id, { strategy });
  },
  commit: ({ life: { machine } }, id) => machine.uses.commitCheckout(principal, id, "By hand"),
  async restart({ life }) {
    life.machine = life.start();
    await life.machine.collect();
  },
};

async function walk(seed: number): Promise<string | null> {
  const random = randomOf(seed);
  const life = await openLife(seed);
  try {
    const sessions = [await makeSession(life, random(2) === 0), await makeSession(life, random(2) === 0)];
    const walked: Walk = { life, random, sessions, written: new Map(), snapshots: [], told: [] };
    const names = Object.keys(steps);
    for (let index = 0; index < STEPS; index++) {
      const name = index < 2 ? "turn" : (names[random(names.length)] ?? "turn");
      const id = sessions[index < 2 ? index : random(sessions.length)] ?? sessions[0];
      if (id === undefined) throw new Error("No session");
      walked.told.push(`${name} ${sessions.indexOf(id)}`);
      await steps[name]?.(walked, id);
    }
    const lost = await lostOf(walked);
    return lost.length === 0 ? null : `seed ${seed} lost ${lost.join(", ")} after ${walked.told.join(" · ")}`;
  } finally {
    await life.store[Symbol.asyncDispose]();
    await rm(life.folder, { recursive: true, force: true });
  }
}

async function lostOf({ life, written }: Walk): Promise<readonly string[]> {
  const objects = new Set((await git(life.repository, "rev-list", "--objects", "--all")).split(/\s/));
  const trees = (await git(life.repository, "worktree", "list", "--porcelain")).matchAll(/^worktree (.+)$/gm);
  const folders = Array.from(trees, ([, path = ""]) => path);
  const lost: string[] = [];
  for (const [name, text] of written) {
    const blob = createHash("sha1")
      .update(`blob ${Buffer.byteLength(text)}\0${text}`)
      .digest("hex");
    const found = await Promise.all(folders.map((path) => readFile(join(path, name), "utf8").catch(() => null)));
    if (!objects.has(blob) && !found.includes(text)) lost.push(name);
  }
  return lost;
}

describe("sessions with checkouts", () => {
  it(
    `C3: lose nothing over ${SEQUENCES} random lives of kill, delete, discard, merge, restore and restart`,
    { timeout: 600_000 },
    async () => {
      const seeds = Array.from({ length: SEQUENCES }, (_, index) => index + 1);
      const found: string[] = [];
      const work = async () => {
        for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
          const lost = await walk(seed);
          if (lost !== null) found.push(lost);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      expect(found).toEqual([]);
    },
  );
});
